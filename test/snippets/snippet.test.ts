import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect } from 'vitest'
import { runProgram } from '../support/built-gsa.ts'
import { type Gsa, test } from '../support/harness.ts'
import { debianPython, needs } from '../support/system-parts.ts'
import { unbalanced } from './balance.ts'

const webClientId = '100000000001-web.apps.googleusercontent.com'
const driveAppdata = 'https://www.googleapis.com/auth/drive.appdata'

interface File {
  readonly name: string
  readonly language: string
  readonly content: string
}

const variants = [
  ['android'],
  ['android', '--legacy'],
  ['ios'],
  ['web'],
  ['node'],
  ['python'],
  ['java'],
  ['go'],
  ['node', '--dpop'],
  ['python', '--dpop'],
  ['java', '--dpop'],
  ['go', '--dpop'],
] as const

async function filesOf(gsa: Gsa, ...args: readonly string[]): Promise<readonly File[]> {
  const result = await gsa.run('snippet', ...args, '--json')
  expect(result, result.stderr).toMatchObject({ exitCode: 0, stderr: '' })
  return result.json['files'] as readonly File[]
}

async function fileOf(gsa: Gsa, name: string, ...args: readonly string[]): Promise<string> {
  const file = (await filesOf(gsa, ...args)).find((one) => one.name === name)
  if (file === undefined) throw new Error(`no ${name}`)
  return file.content
}

describe('gsa snippet', () => {
  test.for(variants)('%s %s contains the client and each scope, no secret, and no gap', async (variant, { gsa }) => {
    const secret = (JSON.parse(readFileSync(gsa.webClient, 'utf8')) as { web: { client_secret: string } }).web
      .client_secret
    const result = await gsa.run('snippet', ...variant)
    expect(result).toMatchObject({ exitCode: 0, stderr: '' })
    expect(result.stdout).toContain(webClientId)
    const appFolder = variant[1] === '--legacy' ? 'Scope(Scopes.DRIVE_APPFOLDER)' : driveAppdata
    for (const scope of ['openid', 'email', 'profile', appFolder]) expect(result.stdout).toContain(scope)
    expect(result.stdout).not.toContain(secret)
    expect(result.stdout).not.toMatch(/[«»]|[^\n]$/)
  })

  test.for(variants)('%s %s as JSON has the same files', async (variant, { gsa }) => {
    const result = await gsa.run('snippet', ...variant, '--json')
    expect(result.json).toEqual({
      platform: variant[0],
      legacy: variant[1] === '--legacy',
      dpop: variant[1] === '--dpop',
      clientId: webClientId,
      scopes: ['openid', 'email', 'profile', driveAppdata],
      files: expect.any(Array),
    })
    const text = (await gsa.run('snippet', ...variant)).stdout
    for (const { name, content } of result.json['files'] as readonly File[]) {
      expect(text).toContain(content)
      expect(content).not.toContain(`===== ${name}`)
    }
  })

  test('prints one file unchanged, and several with each name in its own comment', async ({ gsa }) => {
    expect((await gsa.run('snippet', 'node')).stdout).toBe(await fileOf(gsa, 'server.mjs', 'node'))
    const { stdout } = await gsa.run('snippet', 'ios')
    expect(stdout).toMatch(/^\/\/ ===== DriveConnection\.swift =====\n/)
    expect(stdout).toMatch(/\n\n<!-- ===== Info\.plist ===== -->\n<plist /)
  })

  test('requests the named scopes, also by their short names', async ({ gsa }) => {
    const web = await fileOf(gsa, 'index.html', 'web', '--scope', 'openid', '--scope', 'drive.file')
    expect(web).toContain("'https://www.googleapis.com/auth/drive.file'")
    expect(web).not.toContain('drive.appdata')
    const android = await fileOf(gsa, 'ConnectDriveActivity.kt', 'android', '--scope', 'drive.appfolder')
    expect(android).toContain(`listOf(\n    Scope("${driveAppdata}"),\n)`)
  })

  test('without a client has a placeholder, and says so', async ({ gsa }) => {
    const env = { GSA_CLIENT_SECRETS: undefined }
    const result = await gsa.run('snippet', 'android', { env })
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toContain('"YOUR_WEB_CLIENT_ID.apps.googleusercontent.com"')
    expect(result.stderr).toBe(
      'Warning: No OAuth client is configured, so the code contains YOUR_WEB_CLIENT_ID.apps.googleusercontent.com instead.\n' +
        '         Replace it, or pass the JSON of your web client: gsa snippet android --client-secrets FILE\n',
    )
    expect((await gsa.run('snippet', 'android', '--json', { env })).json['clientId']).toMatch(/^YOUR_WEB_CLIENT_ID\./)
  })

  test("knows a stored account's client", async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const result = await gsa.run('snippet', 'go', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(result).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining(webClientId) })
  })

  test('refuses a desktop client, whose id works in none of them', async ({ gsa }) => {
    const result = await gsa.run('snippet', 'ios', '--json', '--client-secrets', gsa.desktopClient)
    expect(result).toMatchObject({ exitCode: 2, stdout: '', error: { code: 'client_type_unsuitable' } })
    expect(result.error['message']).toBe(
      'The client is of type "Desktop app" (installed), but code for ios needs "Web application" (web).',
    )
  })

  test('does not ignore an unreadable client secrets file', async ({ gsa }) => {
    const result = await gsa.run('snippet', 'ios', '--json', '--client-secrets', 'nowhere.json')
    expect(result).toMatchObject({ exitCode: 2, stdout: '', error: { code: 'client_secrets_unreadable' } })
  })

  test.for(['ios', 'web', 'node', 'python', 'java', 'go'])('refuses --legacy for %s', async (platform, { gsa }) => {
    const result = await gsa.run('snippet', platform, '--legacy', '--json')
    expect(result).toMatchObject({ exitCode: 2, stdout: '', error: { code: 'usage' } })
    expect(result.error['message']).toContain('--legacy is for android')
  })

  test.for([
    ['android', '--dpop'],
    ['android', '--legacy', '--dpop'],
    ['ios', '--dpop'],
    ['web', '--dpop'],
  ])('refuses %s %s %s, which sends no token requests', async (args, { gsa }) => {
    const result = await gsa.run('snippet', ...args, '--json')
    expect(result).toMatchObject({ exitCode: 2, stdout: '', error: { code: 'usage' } })
    expect(result.error['message']).toContain('--dpop is for node, python, java and go')
  })

  test('refuses an unknown platform, and lists the known ones', async ({ gsa }) => {
    const result = await gsa.run('snippet', 'windows', '--json')
    expect(result).toMatchObject({ exitCode: 2, stdout: '', error: { code: 'usage' } })
    expect(result.error['message']).toContain('android, ios, web, node, python, java, go')
  })
})

describe('the code for apps', () => {
  test.for([
    ['ConnectDriveActivity.kt', 'android'],
    ['PostAuthCode.kt', 'android'],
    ['app/build.gradle.kts', 'android'],
    ['SignInActivity.kt', 'android', '--legacy'],
    ['DriveConnection.swift', 'ios'],
  ] as const)('%s has no unclosed bracket, string or comment', async ([name, ...args], { gsa }) => {
    const content = await fileOf(gsa, name, ...args, '--scope', String.raw`a"b\c(d{e$f`, '--scope', 'openid')
    expect(unbalanced(content)).toBeUndefined()
    // The scanner is useful only if it notices every missing bracket.
    const code = content.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\n])*"/g, (token) => ' '.repeat(token.length))
    const brackets = [...code.matchAll(/[()[\]{}]/g)].map(({ index }) => index)
    expect(brackets.length).toBeGreaterThan(9)
    for (const place of brackets) {
      const broken = content.slice(0, place) + content.slice(place + 1)
      expect(unbalanced(broken), content.slice(place - 20, place + 20)).toBeDefined()
    }
  })

  test.for<readonly [string, string]>([
    ['val a = "b', 'the end: " left open'],
    ['val a = "b\nval c = 1', 'line 1: the string does not end'],
    ['val a = b"\n', 'line 1: the string does not end'],
    ['val a = "b\\"\n', 'line 1: the string does not end'],
    ['val a = "${b"\n', 'line 1: the string does not end'],
    ['"a\\(b"\n', 'line 1: the string does not end'],
    ['f(\n/* g)', 'line 2: the comment does not end'],
    ['f(g]', 'line 1: ] after ('],
    ['}', 'line 1: } after nothing'],
  ])('%j would be caught', ([text, problem]) => {
    expect(unbalanced(text)).toBe(problem)
  })

  test('for Android sends the header, requests offline access for the web client, and handles a missing code', async ({
    gsa,
  }) => {
    const activity = await fileOf(gsa, 'ConnectDriveActivity.kt', 'android')
    expect(activity).toContain('.requestOfflineAccess(WEB_CLIENT_ID)\n')
    expect(activity).toContain(`WEB_CLIENT_ID = "${webClientId}"`)
    const posting = await fileOf(gsa, 'PostAuthCode.kt', 'android')
    expect(posting).toContain('setRequestProperty("X-Requested-With", "XMLHttpRequest")')
    expect(posting).toContain('"https://')
  })

  test('for the web is a page whose script is JavaScript, whatever a scope contains', async ({ gsa }) => {
    const page = await fileOf(gsa, 'index.html', 'web', '--scope', "</script><script>alert('1')//", '--scope', 'openid')
    const scripts = [...page.matchAll(/<script type="module">([\s\S]*?)<\/script>/g)]
    expect(scripts).toHaveLength(1)
    expect(page.match(/<script/g)).toHaveLength(2)
    const script = gsa.file('script.mjs', scripts[0]?.[1] ?? '')
    expect(await runProgram(process.execPath, ['--check', script])).toMatchObject({ exitCode: 0, stderr: '' })
  })
})

describe('the XML', () => {
  beforeEach(({ skip }) => needs({ skip }, 'official clients for Python'))

  test('Info.plist is a property list with both client ids and the URL scheme', async ({ gsa }) => {
    const stdin = await fileOf(gsa, 'Info.plist', 'ios')
    const program =
      'import json, plistlib, sys; print(json.dumps(plistlib.load(sys.stdin.buffer, fmt=plistlib.FMT_XML)))'
    expect((await runProgram(debianPython, ['-c', program], { stdin })).json).toEqual({
      GIDClientID: 'YOUR_IOS_CLIENT_ID.apps.googleusercontent.com',
      GIDServerClientID: webClientId,
      CFBundleURLTypes: [{ CFBundleURLSchemes: ['com.googleusercontent.apps.YOUR_IOS_CLIENT_ID'] }],
    })
  })

  test('Info.plist stays valid with any client id that a file may contain', async ({ gsa }) => {
    const clientId = `a<b>&"c'--]]>`
    const file = gsa.file('odd.json', JSON.stringify({ web: { client_id: clientId, client_secret: 's' } }))
    const stdin = await fileOf(gsa, 'Info.plist', 'ios', '--client-secrets', file)
    const program =
      'import plistlib, sys; print(plistlib.load(sys.stdin.buffer, fmt=plistlib.FMT_XML)["GIDServerClientID"])'
    expect(await runProgram(debianPython, ['-c', program], { stdin })).toMatchObject({ stdout: `${clientId}\n` })
  })

  test.for(['app/src/debug/AndroidManifest.xml', 'app/src/debug/res/xml/network_security_config.xml'])(
    '%s is well-formed',
    async (name, { gsa }) => {
      const stdin = await fileOf(gsa, name, 'android')
      const program = 'import sys, xml.etree.ElementTree as x; print(x.parse(sys.stdin.buffer).getroot().tag)'
      const ended = await runProgram(debianPython, ['-c', program], { stdin })
      expect(ended).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^(?:manifest|network-security-config)$/m),
      })
    },
  )
})
