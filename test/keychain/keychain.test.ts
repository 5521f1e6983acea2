import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { root, runProgram, startGsa } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { exchange, test, tokenRequests } from './machine.ts'

const ada = '110000000000000000001'
const grace = '110000000000000000002'

describe('an unlocked keychain', () => {
  test("stores the tokens of an exchange, where another program finds them under gsa's name", async ({
    google,
    machine,
  }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    const { clientId } = google.clients.find(({ type }) => type === 'web')!
    const account = `${google.issuer} ${clientId} ${ada}`
    const items = await machine.items()
    expect(items.map((item) => item.account)).toEqual([`credential ${account}`])
    for (const { secret } of items) {
      // Windows accepts no more, and a line break would destroy an unencrypted GNOME keyring.
      expect(secret.length).toBeLessThanOrEqual(1200)
      expect(secret).not.toMatch(/[\r\n]/)
    }
    expect(await machine.refreshToken(ada)).toMatch(/^1\/\/0/)
  })

  test('is the only place where the tokens are', async ({ google, machine }) => {
    await machine.logIn('unlocked')
    const code = await google.createCode()
    const runs = [
      await machine.gsa(['exchange', '-', '--debug'], { stdin: code }),
      await machine.gsa(['refresh', '--json', '--debug']),
      await machine.gsa(['whoami']),
      await machine.gsa(['accounts', 'list', '--json']),
    ]
    const refreshToken = await machine.refreshToken(ada)
    const accessToken = (await machine.gsa(['token'])).stdout.trim()
    const secrets = [code, refreshToken!, accessToken]
    expect(secrets.every((secret) => secret.length > 40)).toBe(true)
    const files = machine.files()
    expect(files.map(({ path }) => path)).toContain(join(machine.env['GSA_CONFIG_DIR']!, 'accounts.json'))
    const places = [
      ...files.map(({ path, content }) => ({ place: path, text: content })),
      ...runs.flatMap(({ stdout, stderr }, run) => [
        { place: `stdout of run ${run}`, text: stdout },
        { place: `stderr of run ${run}`, text: stderr },
      ]),
    ]
    const leaks = places.filter(({ text }) =>
      secrets.some((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret))),
    )
    expect(leaks.map(({ place }) => place)).toEqual([])
  })

  test('serves later processes: refresh gets a new token, token prints it without a question', async ({
    google,
    machine,
  }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    // Another desktop login: stored tokens must outlive the session.
    await machine.logIn('unlocked')
    const before = await machine.refreshToken(ada)
    expect(await machine.gsa(['refresh', '--json'])).toMatchObject({
      exitCode: 0,
      json: { account: { email: 'ada@example.com' }, refreshToken: { received: false, stored: true, rotated: false } },
    })
    expect(await machine.refreshToken(ada)).toBe(before)

    const requests = google.requests().length
    const token = await machine.gsa(['token'])
    expect(token).toMatchObject({ exitCode: 0, stderr: '' })
    expect(token.stdout).toMatch(/^ya29\.\S+\n$/)
    expect(google.requests()).toHaveLength(requests)
    const [item] = await machine.items()
    expect(JSON.parse(item!.secret)).toMatchObject({ cached: { access_token: token.stdout.trim() } })
  })

  test.for([
    ['a login', (item: string) => item.replace('"refresh_token":"', '"refresh_token":"newer')],
    ['a logout', () => undefined],
  ] as const)(
    'keeps what %s by a program with other locks changes during a refresh',
    async ([, change], { google, machine }) => {
      await machine.logIn('unlocked')
      await exchange(machine, google)
      const [{ account, secret } = { account: '', secret: '' }] = await machine.items()
      google.arm({ on: 'token', fault: 'slow', seconds: 2 })
      const refreshing = startGsa(['refresh'], { env: machine.env })
      await expect.poll(() => tokenRequests(google), { timeout: 60_000 }).toBe(2)
      const changed = change(secret)
      const attributes = ['service', 'gsa-cli', 'username', account]
      await (changed === undefined
        ? runProgram('secret-tool', ['clear', ...attributes], { env: machine.env })
        : runProgram('secret-tool', ['store', '--label=gsa', ...attributes], { env: machine.env, stdin: changed }))
      const { exitCode, stderr } = await refreshing.ended
      expect(exitCode, stderr).toBe(0)
      expect(await machine.secret(account)).toBe(changed)
    },
  )

  test('stores the refresh token that the server rotates to', async ({ google, machine }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    const before = await machine.refreshToken(ada)
    google.arm({ on: 'token', fault: 'rotate-refresh-token' })
    expect(await machine.gsa(['refresh', '--json'])).toMatchObject({
      exitCode: 0,
      json: { refreshToken: { rotated: true } },
    })
    expect(await machine.refreshToken(ada)).not.toBe(before)
    expect((await machine.gsa(['refresh'])).exitCode).toBe(0)
  })

  test('is empty after a revocation, and the server rejects the token', async ({ google, machine }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    const refreshToken = await machine.refreshToken(ada)
    expect(await machine.gsa(['revoke', '--yes', '--json'])).toMatchObject({ exitCode: 0, json: { proven: true } })
    expect(await machine.items()).toEqual([])
    expect(await serverRefreshes(google, refreshToken!)).toBe(false)
    expect((await machine.gsa(['refresh', '--json'])).exitCode).toBe(4)
  })

  test("is empty after a logout, although Google's access remains granted", async ({ google, machine }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    const refreshToken = await machine.refreshToken(ada)
    expect(await machine.gsa(['logout', '--json'])).toMatchObject({ exitCode: 0, json: { grantStands: true } })
    expect(await machine.items()).toEqual([])
    expect(await serverRefreshes(google, refreshToken!)).toBe(true)
  })

  test('is unchanged when the server is down', async ({ google, machine }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    const before = await machine.items()
    await google.close()
    const result = await machine.gsa(['refresh', '--json'])
    expect(result).toMatchObject({ exitCode: 3, stdout: '', error: { code: 'unreachable', exitCode: 3 } })
    expect(await machine.items()).toEqual(before)
  })

  test('loses only the refresh token that the server rejected', async ({ google, machine }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google, 'ada@example.com')
    await exchange(machine, google, 'grace@corp.example')
    const kept = await machine.refreshToken(grace)
    await endGrantAtServer(google, (await machine.refreshToken(ada))!)

    const result = await machine.gsa(['refresh', '--account', 'ada@example.com', '--json'])
    expect(result).toMatchObject({ exitCode: 4, stdout: '', error: { code: 'refresh_token_refused', exitCode: 4 } })
    expect(result.error['cause']).toMatch(/ada@example\.com .*its user or another program revoked access at the server/)
    expect(await machine.refreshToken(ada)).toBeUndefined()
    expect(await machine.refreshToken(grace)).toBe(kept)
    expect((await machine.gsa(['refresh', '--account', 'grace@corp.example'])).exitCode).toBe(0)
  })
})

const broken = [
  { mode: 'locked', what: 'a locked keychain', code: 'keychain_locked', cause: /locked/ },
  { mode: 'nodaemon', what: 'no Secret Service', code: 'keychain_missing', cause: /no Secret Service is running/ },
  { mode: 'nobus', what: 'no D-Bus', code: 'keychain_missing', cause: /no D-Bus session bus is running/ },
  { mode: 'hanging', what: 'a Secret Service that never responds', code: /^keychain_/, cause: /keychain/ },
] as const

describe('without a working keychain', () => {
  for (const { mode, what, code, cause } of broken) {
    test(`an exchange with ${what} says so and uses up no code`, async ({ google, machine, skip }) => {
      if (mode === 'hanging') needs({ skip }, 'python3-dbus')
      await machine.logIn(mode)
      const stdin = await google.createCode()
      const refused = await machine.gsa(['exchange', '-', '--json'], { stdin })
      expect(refused).toMatchObject({ exitCode: 7, stdout: '', error: { exitCode: 7 } })
      expect(refused.error['code']).toMatch(code)
      expect(refused.error['cause']).toMatch(cause)
      expect(refused.error['cause']).toMatch(/^[A-Z][^\n]*[^.]\.$/)
      expect(refused.error['fix']).toMatch(/^[A-Z][^\n]+$/)
      expect(tokenRequests(google)).toBe(0)

      expect(await machine.gsa(['exchange', '-', '--no-store', '--json'], { stdin })).toMatchObject({
        exitCode: 0,
        json: { refreshToken: { received: true, stored: false, store: null } },
      })
    })
  }

  test('the failure has one sentence of cause and one of fix, and no stack trace', async ({ google, machine }) => {
    await machine.logIn('nobus')
    const { exitCode, stdout, stderr } = await machine.gsa(['exchange', '-', '--quiet'], {
      stdin: await google.createCode(),
    })
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: '' })
    expect(stderr).toMatch(
      /^Authorization server: [^\n]+ \(not Google\)\nError: No keychain is available: [^\n]+\.\n {7}Start one [^\n]+\n$/,
    )
  })

  test('the memory store is used only on request', async ({ google, machine }) => {
    await machine.logIn('nodaemon')
    const stdin = await google.createCode()
    expect((await machine.gsa(['exchange', '-'], { stdin })).exitCode).toBe(7)
    expect(await machine.gsa(['exchange', '-', '--json'], { stdin, env: { GSA_STORE: 'memory' } })).toMatchObject({
      exitCode: 0,
      json: { refreshToken: { stored: true, store: 'memory' } },
    })
  })

  test('a refresh with a locked keychain does not say "not logged in", and works once it is unlocked', async ({
    google,
    machine,
  }) => {
    await machine.logIn('unlocked')
    await exchange(machine, google)
    const before = await machine.items()
    const requests = tokenRequests(google)

    await machine.logIn('locked')
    for (const command of ['refresh', 'token', 'logout'])
      expect(await machine.gsa([command, '--json'])).toMatchObject({
        exitCode: 7,
        stdout: '',
        error: { code: 'keychain_locked' },
      })
    expect(tokenRequests(google)).toBe(requests)

    await machine.logIn('unlocked')
    expect(await machine.items()).toEqual(before)
    expect((await machine.gsa(['refresh'])).exitCode).toBe(0)
  })

  test('a login with a locked keychain does not open the browser', async ({ google, machine }) => {
    await machine.logIn('locked')
    const result = await machine.gsa(['login', '--no-browser', '--json'])
    expect(result).toMatchObject({ exitCode: 7, stdout: '', error: { code: 'keychain_locked' } })
    expect(result.stderr).not.toMatch(/client_id=/)
    expect(google.requests().filter(({ path }) => path !== '/.well-known/openid-configuration')).toEqual([])
  })

  test('an installation without the keychain module says how to get it, and uses up no code', async ({
    google,
    machine,
  }) => {
    await machine.logIn('unlocked')
    const installation = mkdtempSync(join(tmpdir(), 'gsa-without-keyring-'))
    try {
      for (const part of ['bin', 'dist', 'package.json'])
        cpSync(join(root, part), join(installation, part), { recursive: true })
      const run = async (...argv: string[]): ReturnType<typeof runProgram> =>
        runProgram(process.execPath, [join(installation, 'bin/gsa.js'), 'exchange', '-', '--json', ...argv], {
          env: machine.env,
          stdin,
        })
      const stdin = await google.createCode()
      const refused = await run()
      expect(refused).toMatchObject({ exitCode: 7, stdout: '', error: { code: 'keychain_unsupported' } })
      expect(refused.error['fix']).toMatch(/--omit=optional/)
      expect(tokenRequests(google)).toBe(0)
      expect((await run('--no-store')).exitCode).toBe(0)
    } finally {
      rmSync(installation, { recursive: true, force: true })
    }
  })
})

async function serverRefreshes(google: Emulator, refreshToken: string): Promise<boolean> {
  const { clientId, clientSecret } = google.clients.find(({ type }) => type === 'web')!
  const { ok } = await fetch(`${google.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
      client_secret: clientSecret,
    }),
  })
  return ok
}

async function endGrantAtServer(google: Emulator, token: string): Promise<void> {
  const { status } = await fetch(`${google.issuer}/revoke`, { method: 'POST', body: new URLSearchParams({ token }) })
  expect(status).toBe(200)
}
