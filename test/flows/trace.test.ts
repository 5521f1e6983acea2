import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import type { Flow } from '../../src/flows/flow.ts'
import { inFastTime } from '../support/fast-time.ts'
import { type Gsa, type Run, test as testWithGsa, withGsa } from '../support/harness.ts'
import { startHttpServer } from '../support/http-server.ts'
import { leakIn } from './leak.ts'
import { failingScenes, type Scene, scenes, tracedRun } from './scenes.ts'
import { schemaErrors } from './schema.ts'

interface Played {
  readonly run: Run
  readonly content: string
  readonly secrets: readonly string[]
}

/** Plays a scene and returns what `--trace` wrote, and every secret that gsa had. */
async function played(
  { play, isSlow = false }: Pick<Scene, 'play' | 'isSlow'>,
  extension: 'html' | 'json',
): Promise<Played> {
  let result: Played | undefined
  const playNow = async (): Promise<void> =>
    withGsa(async (gsa, google) => {
      const given: string[] = []
      const { traced, file } = tracedRun(gsa, extension)
      const run = await play({
        gsa,
        google: listening(google, given),
        traced,
      })
      const content = readFileSync(file, 'utf8')
      result = { run, content, secrets: [...given, ...secretsOf(gsa, run)] }
    })
  await (isSlow ? inFastTime(playNow) : playNow())
  if (result === undefined) throw new Error('the scene was not played')
  return result
}

/** Returns the emulator, and collects each code that it gives out. */
function listening(google: Emulator, given: string[]): Emulator {
  return {
    ...google,
    createCode: async (request) => {
      const code = await google.createCode(request)
      given.push(code)
      return code
    },
  }
}

/** Returns the secrets in the store, the client files and the address that the browser opened. */
function secretsOf(gsa: Gsa, run: Run): readonly string[] {
  const files = readdirSync(gsa.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /client_secret|items-/.test(join(entry.parentPath, entry.name)))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  const members =
    /\\?"(?:client_secret|refresh_token|access_token|value|dpop_key|id_token|state|nonce|code_verifier)\\?":\\?"([^"\\]{8,})/g
  const sent = /[?&](?:state|nonce|code_challenge)=([^&\s]+)/g
  const found = [...files, ...gsa.memory.values()].flatMap((text) => [...text.matchAll(members)])
  const opened = [...`${run.stdout}${run.stderr}`.matchAll(sent)]
  return [...found, ...opened].map(([, secret = '']) => secret)
}

const flowOf = ({ content }: Played): Flow => JSON.parse(content) as Flow

// A code verifier, a nonce or a key is a long random word. The identifier of a signing key is public, and hex.
const randomWord = /(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}(?![\w-])/

describe('--trace', () => {
  test.each(scenes)('shows each step of this flow: $title', async (scene) => {
    const { steps } = scene
    const done = await played(scene, 'json')
    expect(done.run.exitCode, done.run.stderr).toBe(0)
    const flow = flowOf(done)
    expect(schemaErrors(flow)).toEqual([])
    expect(flow.steps.map(({ name }) => name)).toEqual(steps)
    expect(flow.outcome.result).toBe('succeeded')
    expect(flow.steps.flatMap(({ checks }) => checks).filter(({ result }) => result === 'failed')).toEqual([])
    expect(leakIn(done.content, done.secrets)).toBeUndefined()
    expect(done.content).not.toMatch(randomWord)
  })

  test.each(scenes)('writes this flow as a page without a secret: $title', async (scene) => {
    const { run, content, secrets } = await played(scene, 'html')
    expect(run.exitCode, run.stderr).toBe(0)
    expect(content.match(/<li class="step"/g)).toHaveLength(scene.steps.length)
    expect(secrets.length).toBeGreaterThan(3)
    expect(leakIn(content, secrets)).toBeUndefined()
    expect(content.replace(/sha256-[\w+/=]+/, '')).not.toMatch(randomWord)
  })

  test.each(failingScenes)('says where this flow stopped, and why: $title', async (scene) => {
    const { code, exitCode, stopsAt } = scene
    const done = await played(scene, 'json')
    const { outcome, steps } = flowOf(done)
    expect(outcome, done.run.stderr).toMatchObject({ result: 'failed', code, exitCode })
    expect(done.run.exitCode).toBe(exitCode)
    expect(steps[(outcome.step ?? 0) - 1]?.name).toBe(stopsAt)
    // The same sentences as on the terminal.
    expect(done.run.stderr).toContain(outcome.text.slice(0, 40))
    expect(outcome.fix).not.toBe('')
    expect(leakIn(done.content, done.secrets)).toBeUndefined()
    expect(done.content).not.toMatch(randomWord)
  })

  test.each(failingScenes)('writes this failure as a page without a secret: $title', async (scene) => {
    const { content, secrets } = await played(scene, 'html')
    expect(content).toContain(scene.code)
    expect(leakIn(content, secrets)).toBeUndefined()
    expect(content.replace(/sha256-[\w+/=]+/, '')).not.toMatch(randomWord)
  })

  test.each([
    ['a response of another server', ['passed', 'passed', 'failed', 'not checked']],
    ['consent that was denied', ['passed', 'passed', 'passed', 'passed']],
  ])('says which checks were reached: %s', async (title, results) => {
    const scene = failingScenes.find((one) => one.title === title)
    if (scene === undefined) throw new Error(`no scene ${title}`)
    const { steps } = flowOf(await played(scene, 'json'))
    const response = steps.find(({ name }) => name === 'authorization-response')
    expect(response?.checks.map(({ result }) => result)).toEqual(results)
  })

  testWithGsa('shows no secret that a server repeats in a name, a scope or another member', async ({ gsa }) => {
    const code = 'k7Qz2mX9vR4tB8nL'
    const secret = 'w3Ej6uH1yG5cP0sA'
    const access = 'f8Dk4jZ7xW2qN6bV'
    const content = (issuer: string, path: string, body: string): object => {
      if (path === '/jwks') return { keys: [{ kid: secret, kty: 'RSA', alg: 'RS256', use: 'sig', n: 'AQ', e: 'AQAB' }] }
      const endpoints = { authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
      if (path !== '/token') return { issuer, ...endpoints, jwks_uri: `${issuer}/jwks`, [`${secret}_endpoint`]: 'x' }
      const sent = new URLSearchParams(body).get('code') ?? ''
      const echoed = { scope: `${sent} ${encodeURIComponent(secret).toUpperCase()} ${access}`, [sent]: 1, kind: access }
      return { access_token: access, token_type: 'Bearer', expires_in: 3600, ...echoed, error_uri: secret }
    }
    const issuer = await startHttpServer(({ url = '', headers }, response, body) => {
      response.writeHead(200, { 'content-type': 'application/json', 'retry-after': secret })
      response.end(JSON.stringify(content(`http://${headers.host}`, url, body)))
    })
    const client = gsa.file('client.json', JSON.stringify({ web: { client_id: 'someone', client_secret: secret } }))
    for (const extension of ['json', 'html']) {
      const file = join(gsa.folder, `flow.${extension}`)
      const words = ['exchange', '-', '--yes', '--no-store', '--issuer', issuer, '--client-secrets', client, '--debug']
      const run = await gsa.run(...words, '--trace', file, {
        stdin: `${code}${extension}`,
        env: { GSA_EMULATOR_HOST: undefined },
      })
      const text = readFileSync(file, 'utf8')
      expect(text).toContain('[redacted]')
      expect(leakIn(`${text}${run.stderr}`, [`${code}${extension}`, secret, access])).toBeUndefined()
    }
  })

  testWithGsa.for([
    ['the client secrets', (gsa: Gsa) => gsa.webClient],
    ['any other file', (gsa: Gsa) => gsa.file('notes.txt', 'hello')],
    ['standard output', () => '/dev/stdout'],
    ['a name that is missing', () => ''],
  ] as const)('refuses to write over %s, before the code is sent', async ([, fileOf], { gsa, google }) => {
    const stdin = await google.createCode()
    const file = fileOf(gsa)
    const before = file === '' || file.startsWith('/dev') ? '' : readFileSync(file, 'utf8')
    const refused = await gsa.run('exchange', '-', '--yes', '--trace', file, { stdin })
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toContain('--trace')
    if (before !== '') expect(readFileSync(file, 'utf8')).toBe(before)
    expect(google.requests()).toEqual([])
  })

  testWithGsa.for(['flow.html', 'flow.JSON'])('writes over an earlier trace: %s', async (name, { gsa, google }) => {
    const file = join(gsa.folder, name)
    for (const _ of [1, 2]) {
      const run = await gsa.run('exchange', '-', '--yes', '--trace', file, { stdin: await google.createCode() })
      expect(run.exitCode, run.stderr).toBe(0)
    }
  })

  testWithGsa('is refused if it is the file of --junit', async ({ gsa }) => {
    const file = join(gsa.folder, 'smoke.html')
    expect(await gsa.run('smoke', '--junit', file, '--trace', file)).toMatchObject({ exitCode: 2 })
    expect(existsSync(file)).toBe(false)
  })

  testWithGsa.for([
    ['wrapped', (code: string) => code.replace(/.{16}/g, '$&\n')],
    ['with zero-width spaces', (code: string) => code.replace(/.{15}/g, '$&\u200b')],
    ['of another server', () => 'authcode-12345'],
  ] as const)('does not show a code in the arguments: %s', async ([, change], { gsa, google }) => {
    const file = join(gsa.folder, 'flow.json')
    const code = change(await google.createCode())
    const run = await gsa.run('exchange', code, '--nonce', 'my-nonce-123', '--from=android', '--trace', file)
    const flow = JSON.parse(readFileSync(file, 'utf8')) as Flow
    expect(flow.command, run.stderr).toBe(`gsa exchange … --nonce … --from=android --trace ${file}`)
    expect(leakIn(JSON.stringify(flow), [code, code.replaceAll(/[\n\u200b]/g, '')])).toBeUndefined()
  })

  testWithGsa('replaces an earlier trace before anything is sent', async ({ gsa }) => {
    const earlier = '{\n  "version": 1,\n  "title": "gsa exchange",\n  "purpose": "earlier"\n}\n'
    const file = gsa.file('flow.json', earlier)
    const run = await gsa.run('exchange', '-', '--trace', file, { stdin: 'no code' })
    expect(run.exitCode).not.toBe(0)
    expect(readFileSync(file, 'utf8')).not.toContain('earlier')
  })

  testWithGsa('refuses a file that cannot be written, before the code is sent', async ({ gsa, google }) => {
    const stdin = await google.createCode()
    const file = join(gsa.file('flat', ''), 'flow.html')
    const refused = await gsa.run('exchange', '-', '--yes', '--trace', file, { stdin })
    expect(refused).toMatchObject({ exitCode: 2 })
    expect(refused.stderr).toContain('--trace cannot write')
    expect(google.requests()).toEqual([])
    expect((await gsa.run('exchange', '-', '--yes', { stdin })).exitCode).toBe(0)
  })

  testWithGsa('is for one code: gsa serve wants --once with it', async ({ gsa }) => {
    const file = join(gsa.folder, 'flow.html')
    expect(await gsa.run('serve', '--trace', file)).toMatchObject({ exitCode: 2 })
    expect(existsSync(file)).toBe(false)
  })

  testWithGsa('shows the same steps as --debug', async ({ gsa, google }) => {
    const file = join(gsa.folder, 'flow.json')
    const { stderr } = await gsa.run('exchange', '-', '--yes', '--debug', '--trace', file, {
      stdin: await google.createCode(),
    })
    const { steps } = JSON.parse(readFileSync(file, 'utf8')) as Flow
    const lines = stderr.split('\n').filter((line) => /^[>*<] \S/.test(line))
    expect(lines).toHaveLength(steps.length)
    for (const [at, { kind, line = '', title }] of steps.entries())
      expect(lines[at]).toContain(kind === 'request' || kind === 'response' ? line : title)
  })
})

describe('the search for leaks', () => {
  const secret = '4/0AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_abcdefgh'
  test.each([
    ['as it is', `code=${secret}`],
    ['in part', `…${secret.slice(8, 24)}…`],
    ['encoded for a URL', `code=${encodeURIComponent(secret)}`],
    ['in base64', Buffer.from(`the code ${secret}!`).toString('base64')],
    ['in base64url', Buffer.from(`code ${secret}`).toString('base64url')],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['over two lines', `${secret.slice(0, 8)}\n   ${secret.slice(8)}`],
    ['between tags', `<b>${secret.slice(0, 9)}</b><i>${secret.slice(9)}</i>`],
  ])('finds a secret %s', (_, text) => {
    expect(leakIn(text, [secret])).toBeDefined()
  })

  test('finds nothing in a text without it', () => {
    expect(leakIn('code [authorization code, 73 characters]', [secret])).toBeUndefined()
  })
})
