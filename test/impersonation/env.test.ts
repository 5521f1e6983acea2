import { test as base, describe, expect } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { send } from '../emulator/raw-http.ts'
import { runGsa, runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'

const test = base.extend<{ google: Emulator; host: string }>({
  google: async ({ task: _task }, use) => {
    const google = await startEmulator({ impersonate: { environment: {} } })
    await use(google)
    await google.close()
  },
  host: async ({ google }, use) => use(new URL(google.driveUrl).host),
})

async function printed(host: string, ...options: readonly string[]): Promise<string> {
  const ended = await runGsa(['emulator', 'env', '--emulator', host, ...options], {
    env: { NODE_OPTIONS: '--no-warnings' },
  })
  expect(ended).toMatchObject({ exitCode: 0 })
  return ended.stdout
}

const request = 'curl -sS https://accounts.google.com/.well-known/openid-configuration'

describe('gsa emulator env', () => {
  test('prints variables that a POSIX shell evaluates, as often as it wants', async ({ host, skip }) => {
    needs({ skip }, 'curl and jq')
    const script = `${await printed(host)}\n${await printed(host)}\n${request}; echo "$NODE_OPTIONS / $GSA_EMULATOR_HOST"`
    const { stdout } = await runProgram('sh', ['-c', script], { env: { GSA_EMULATOR_HOST: host } })
    expect(stdout).toContain('"issuer": "https://accounts.google.com"')
    expect(stdout).toMatch(/^--no-warnings --require \S+ \/ $/m)
  })

  test('prints variables that fish evaluates', async ({ host, skip }) => {
    needs({ skip }, 'curl and jq', 'fish')
    const { stdout } = await runProgram('fish', ['-c', `${await printed(host, '--shell', 'fish')}\n${request}`])
    expect(stdout).toContain('"issuer": "https://accounts.google.com"')
  })

  test('prints variables for PowerShell', async ({ host }) => {
    const lines = (await printed(host, '--shell', 'powershell')).trimEnd().split('\n')
    expect(lines).toContainEqual(expect.stringMatching(/^\$env:HTTPS_PROXY = 'http:\/\/127\.0\.0\.1:\d+'$/))
    expect(lines.at(-1)).toBe('Remove-Item -ErrorAction Ignore Env:GSA_EMULATOR_HOST')
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/^\$env:\w+ = '(?:[^']|'')*'$/)
  })

  test('prints them as JSON', async ({ google, host }) => {
    const { environment } = JSON.parse(await printed(host, '--json')) as { environment: Record<string, string> }
    expect(environment).toMatchObject({ HTTPS_PROXY: google.proxy?.url })
  })

  test('says how to start an emulator that stands in for Google', async () => {
    const google = await startEmulator()
    try {
      const ended = await runGsa(['emulator', 'env', '--emulator', new URL(google.driveUrl).host])
      expect(ended).toMatchObject({ exitCode: 2, stdout: '' })
      expect(ended.stderr).toContain('gsa emulator start --impersonate')
    } finally {
      await google.close()
    }
  })
})

describe('a browser at the address of the emulator', () => {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: '100000000001-desktop.apps.googleusercontent.com',
    redirect_uri: 'http://127.0.0.1:9/callback',
    scope: 'openid',
  }).toString()

  async function redirect(address: string, path: string, headers: Record<string, string>): Promise<string> {
    const { headers: sent } = await send(`${address}${path}`, { headers })
    return new URL(sent.location ?? '').origin
  }

  test.for([
    ['sign-in page', `/o/oauth2/v2/auth?${query}`],
    ['error page', `/o/oauth2/v2/auth?${query}x`],
    ['error page of a wrong request', '/o/oauth2/v2/auth'],
  ] as const)('stays there, although the issuer is Google: %s', async ([, path], { google }) => {
    const navigation = { 'sec-fetch-mode': 'navigate' }
    expect(await redirect(google.driveUrl, path, navigation)).toBe(google.driveUrl)
    const { port } = new URL(google.driveUrl)
    expect(await redirect(`http://localhost:${port}`, path, navigation)).toBe(`http://localhost:${port}`)
    // Other clients get what Google sends.
    expect(await redirect(google.driveUrl, path, {})).toBe('https://accounts.google.com')
  })
})
