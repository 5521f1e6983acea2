import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test, withGsa } from '../support/harness.ts'

const ada = 'ada@example.com'
const grace = 'grace@corp.example'

async function exchange(gsa: Gsa, google: Emulator, account = ada): Promise<void> {
  const { exitCode, stderr } = await gsa.run('exchange', '-', { stdin: await google.createCode({ account }) })
  expect(exitCode, stderr).toBe(0)
}

const tokenRequests = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

describe('gsa refresh', () => {
  test('gets a new access token and keeps the refresh token', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const result = await gsa.run('refresh', '--json')
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      account: { email: ada },
      refreshToken: { received: false, stored: true, store: gsa.store, rotated: false },
      idToken: { verified: true },
    })
  })

  test('stores a rotated refresh token', async ({ gsa, google }) => {
    await exchange(gsa, google)
    google.arm({ on: 'token', fault: 'rotate-refresh-token' })
    const rotated = await gsa.run('refresh', '--json')
    expect(rotated.json).toMatchObject({ refreshToken: { received: true, stored: true, rotated: true } })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('exits with 3 when the server is down, and leaves the stored token alone', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const before = new Map(gsa.memory)
    await google.close()
    const result = await gsa.run('refresh', '--json')
    expect(result.exitCode).toBe(3)
    expect(result.error['code']).toBe('unreachable')
    expect(new Map(gsa.memory)).toEqual(before)
  })

  test('retries when the server has trouble, then gives up and leaves the stored token alone', async ({
    gsa,
    google,
  }) => {
    await exchange(gsa, google)
    const before = new Map(gsa.memory)
    google.arm({ on: 'token', fault: 'http-503', times: 10 })
    const result = await gsa.run('refresh', '--json')
    expect(result.exitCode).toBe(3)
    expect(tokenRequests(google)).toBe(1 + 3)
    expect(new Map(gsa.memory)).toEqual(before)
  })

  test('exits with 4 when access was revoked, says why, and deletes only the refused token', async ({
    gsa,
    google,
  }) => {
    await exchange(gsa, google)
    await exchange(gsa, google, grace)
    await revokeAtServer(google, gsa, ada)
    const result = await gsa.run('refresh', '--json', '--account', ada)
    expect(result.exitCode).toBe(4)
    expect(result.error).toMatchObject({
      code: 'refresh_token_refused',
      details: { error: 'invalid_grant', description: 'Token has been expired or revoked.' },
    })
    expect(result.error['message']).toContain('its user or another program revoked access at the server')
    expect((await gsa.run('refresh', '--account', ada, '--json')).error['code']).toBe('no_refresh_token')
    expect((await gsa.run('refresh', '--account', grace)).exitCode).toBe(0)
  })

  test('says that nothing is stored', async ({ gsa }) => {
    const result = await gsa.run('refresh', '--json')
    expect(result.exitCode).toBe(4)
    expect(result.error['code']).toBe('nothing_stored')
  })
})

test.each(['http://HOST', 'http://HOST/'])('the address of the emulator may be %s', async (address) => {
  await withGsa(async (gsa, google) => {
    const env = { GSA_EMULATOR_HOST: address.replace('HOST', new URL(google.issuer).host) }
    const run = await gsa.run('exchange', '-', { env, stdin: await google.createCode() })
    expect(run.exitCode, run.stderr).toBe(0)
  })
})

describe('gsa logout at a terminal', () => {
  test('asks before it deletes a refresh token, and Ctrl-C deletes nothing', async ({ gsa, google }) => {
    await exchange(gsa, google, grace)
    const no = await gsa.run('logout', { typing: [[/Delete grace@corp\.example from this machine/, '\r']] })
    expect(no).toMatchObject({ exitCode: 0, stdout: 'Nothing was deleted.\n' })
    const interrupted = await gsa.run('logout', { typing: [[/Delete grace/, '\u0003']] })
    expect(interrupted.exitCode).toBe(130)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
    const yes = await gsa.run('logout', { typing: [[/Delete grace/, 'y\r']] })
    expect(yes.stdout).toContain('Access is not revoked')
    expect((await gsa.run('refresh')).exitCode).toBe(4)
  })
})

describe('gsa token', () => {
  test('prints a header on one line, however narrow the terminal is', async ({ gsa, google }) => {
    await exchange(gsa, google, grace)
    const { stdout } = await gsa.run('token', '--header', { typing: [], printsSecrets: true })
    expect(stdout).toMatch(/^Authorization: Bearer ya29\.\S{100,}\n$/)
  })

  test('uses a cached token from up to a minute in the future, because clocks differ', async ({ gsa, google }) => {
    const now = Date.now()
    const stdin = await google.createCode()
    expect((await gsa.run('exchange', '-', { stdin, now: () => now + 60_000 })).exitCode).toBe(0)
    const before = google.requests().length
    expect((await gsa.run('token', { now: () => now, printsSecrets: true })).exitCode).toBe(0)
    expect(google.requests()).toHaveLength(before)
    expect((await gsa.run('token', { now: () => now - 1, printsSecrets: true })).exitCode).toBe(0)
    expect(google.requests().length).toBeGreaterThan(before)
  })

  test('prints the cached token without a request while it is valid for long enough', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const before = google.requests().length
    const first = await gsa.run('token', { printsSecrets: true })
    expect(first.stdout).toMatch(/^ya29\.[\w-]+\n$/)
    expect((await gsa.run('token', '--header', { printsSecrets: true })).stdout).toBe(
      `Authorization: Bearer ${first.stdout}`,
    )
    expect(google.requests()).toHaveLength(before)
  })

  test('refreshes when the cached token expires too soon', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const first = await gsa.run('token', { printsSecrets: true })
    const second = await gsa.run('token', '--min-ttl', '2h', { printsSecrets: true })
    expect(second.exitCode).toBe(0)
    expect(second.stdout).not.toBe(first.stdout)
    const later = await gsa.run('token', { printsSecrets: true, now: () => Date.now() + 56 * 60_000 })
    expect(later.stdout).not.toBe(second.stdout)
  })

  test.for(['\u001b[2J', '\n', ' ', 'ü', ''])(
    'gets a new token instead of printing a cached one that contains %j',
    async (part, { gsa, google }) => {
      await exchange(gsa, google)
      const [item = '', text = ''] = [...gsa.memory].find(([, value]) => value.includes('"access_token":')) ?? []
      const cached = JSON.parse(text) as Record<string, unknown>
      gsa.memory.set(item, JSON.stringify({ ...cached, access_token: part === '' ? '' : `ya29.bad${part}token` }))
      const { exitCode, stdout } = await gsa.run('token', { printsSecrets: true })
      expect(exitCode).toBe(0)
      expect(stdout).toMatch(/^ya29\.[\w-]{20,}\n$/)
    },
  )

  test('says in JSON when the token expires', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const { json } = await gsa.run('token', '--json', { printsSecrets: true })
    expect(json).toMatchObject({
      accessToken: { expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string },
    })
  })
})

describe('gsa whoami', () => {
  test("shows the account, its store and the refresh token's age, without a request", async ({ gsa, google }) => {
    await exchange(gsa, google, grace)
    const before = google.requests().length
    const inThreeDays = (): number => Date.now() + 3 * 86_400_000
    const { json } = await gsa.run('whoami', '--json', { now: inThreeDays })
    expect(json).toMatchObject({
      account: { email: grace, hostedDomain: 'corp.example' },
      store: gsa.store,
      refreshToken: { stored: true, ageSeconds: expect.closeTo(259_200, -2) as number },
    })
    expect((await gsa.run('whoami', { now: inThreeDays })).stdout).toMatch(
      /Refresh token\s+in memory until gsa exits, obtained 3 days ago/,
    )
    expect(google.requests()).toHaveLength(before)
  })

  test("keeps the refresh token's age when an access token is refreshed", async ({ gsa, google }) => {
    await exchange(gsa, google, grace)
    const inThreeDays = (): number => Date.now() + 3 * 86_400_000
    google.advanceClock('3d')
    expect((await gsa.run('refresh', { now: inThreeDays })).exitCode).toBe(0)
    const { json } = await gsa.run('whoami', '--json', { now: inThreeDays })
    expect(json).toMatchObject({ refreshToken: { ageSeconds: expect.closeTo(259_200, -2) as number } })
  })
})

describe('gsa accounts', () => {
  test('lists all accounts, asks which one you mean, and remembers the default', async ({ gsa, google }) => {
    await exchange(gsa, google)
    await exchange(gsa, google, grace)
    const ambiguous = await gsa.run('refresh', '--json')
    expect(ambiguous.exitCode).toBe(2)
    expect(ambiguous.error).toMatchObject({
      code: 'account_ambiguous',
      details: { candidates: [expect.stringContaining(ada), expect.stringContaining(grace)] as string[] },
    })
    expect((await gsa.run('accounts', 'use', grace)).exitCode).toBe(0)
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ account: { email: grace } })
    const bySub = await gsa.run('whoami', '--json', { env: { GSA_ACCOUNT: '110000000000000000001' } })
    expect(bySub.json).toMatchObject({ account: { email: ada } })
    expect((await gsa.run('accounts')).stdout).toMatch(/^ {2}ada@example\.com .*\n\* grace@corp\.example /)
    expect((await gsa.run('accounts', 'remove', grace, '--yes')).exitCode).toBe(0)
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ account: { email: ada } })
  })

  test('lists the accounts that exist when the requested one does not', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const result = await gsa.run('refresh', '--account', 'eve@example.com', '--json')
    expect(result.exitCode).toBe(4)
    expect(result.error).toMatchObject({ code: 'account_not_stored', details: { stored: [ada] } })
  })

  test('keeps the accounts of two clients apart', async ({ gsa, google }) => {
    await exchange(gsa, google)
    await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, { browser: {} })
    const list = await gsa.run('accounts', '--json')
    expect(list.json['accounts']).toHaveLength(2)
    const web = await gsa.run('refresh', '--json', '--client-secrets', gsa.webClient)
    const desktop = await gsa.run('refresh', '--json', '--client-secrets', gsa.desktopClient)
    expect((await gsa.run('accounts', 'use', ada, '--client-secrets', gsa.desktopClient)).exitCode).toBe(0)
    const preferred = await gsa.run('whoami', '--json', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(preferred.json['clientId']).toBe('100000000001-desktop.apps.googleusercontent.com')
    expect([web.json['clientId'], desktop.json['clientId']]).toEqual([
      '100000000001-web.apps.googleusercontent.com',
      '100000000001-desktop.apps.googleusercontent.com',
    ])
  })

  test('does not use an account of another server', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const result = await gsa.run('refresh', '--json', { env: { GSA_EMULATOR_HOST: '127.0.0.1:9' } })
    expect(result.exitCode).toBe(4)
    expect(result.error).toMatchObject({ code: 'nothing_stored', details: { others: [ada] } })
  })

  test("uses the account's own server when none is named", async ({ gsa, google }) => {
    await exchange(gsa, google)
    const result = await gsa.run('refresh', { env: { GSA_EMULATOR_HOST: undefined, GSA_CLIENT_SECRETS: undefined } })
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toContain(`Authorization server: ${google.issuer} (not Google)`)
  })
})

describe('gsa logout', () => {
  test("deletes the local copy, and says that Google's access remains granted", async ({ gsa, google }) => {
    await exchange(gsa, google)
    const result = await gsa.run('logout')
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toContain('Access is not revoked')
    expect([...gsa.memory.keys()]).toEqual(['accounts'])
    expect(google.requests().filter(({ path }) => path === '/revoke')).toHaveLength(0)
  })
})

describe('gsa revoke', () => {
  test('revokes access, deletes the local copy, and proves it with a refused refresh', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const result = await gsa.run('revoke', '--yes', '--json')
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({ revoked: { email: ada }, wasKnown: true, proven: true })
    const last = google.requests().slice(-2)
    expect(last.map(({ method, path, status }) => [method, path, status])).toEqual([
      ['POST', '/revoke', 200],
      ['POST', '/token', 400],
    ])
    expect(last[0]?.query).toEqual({})
    expect([...gsa.memory.keys()]).toEqual(['accounts'])
  })

  test('asks first on a terminal, and does nothing if you say no', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const no = await gsa.run('revoke', { typing: [[/Revoke access/, '\r']] })
    expect(no.exitCode).toBe(0)
    expect(no.stderr).toContain('At Google, it affects every client in the project')
    expect(no.stdout).toContain('Nothing was revoked.')
    expect((await gsa.run('refresh')).exitCode).toBe(0)
    const unasked = await gsa.run('revoke', '--json')
    expect(unasked.exitCode).toBe(2)
    expect(unasked.error).toMatchObject({ code: 'answer_needed', details: { flag: '--yes' } })
  })

  test('reports access that was already revoked as revoked', async ({ gsa, google }) => {
    await exchange(gsa, google)
    await revokeAtServer(google, gsa, ada)
    const result = await gsa.run('revoke', '--yes', '--json')
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({ wasKnown: false, proven: true })
  })

  test('deletes the local copy even when the server is unreachable, and says so', async ({ gsa, google }) => {
    await exchange(gsa, google)
    await google.close()
    const result = await gsa.run('revoke', '--yes', '--json')
    expect(result.exitCode).toBe(3)
    expect(result.error).toMatchObject({
      code: 'revocation_not_sent',
      fix: 'Remove the app in your account settings at that server.',
    })
    expect([...gsa.memory.keys()]).toEqual(['accounts'])
  })

  test('says what is done and what is not when the proof fails', async ({ gsa, google }) => {
    await exchange(gsa, google)
    google.arm({ on: 'token', fault: 'http-503', times: 10 })
    const result = await gsa.run('revoke', '--yes', '--json')
    expect(result.exitCode).toBe(3)
    expect(result.error['code']).toBe('revocation_proof_failed')
    expect(result.error['message']).toContain('gsa deleted its copy of the token')
  })

  test('does not run again where it would use a replaced token', async ({ gsa, google }) => {
    await exchange(gsa, google)
    google.arm({ on: 'token', fault: 'rotate-refresh-token' })
    await gsa.run('refresh')
    const before = tokenRequests(google)
    google.arm({ on: 'token', fault: 'http-503', times: 10 })
    expect((await gsa.run('refresh')).exitCode).toBe(3)
    expect(tokenRequests(google)).toBe(before + 1)
  })

  test('reports a declined question in JSON, too', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const no = await gsa.run('revoke', '--json', { typing: [[/Revoke access/, 'n\r']] })
    expect(no.json).toEqual({ revoked: null })
    const kept = await gsa.run('accounts', 'remove', ada, '--json', {
      typing: [[/Delete ada@example\.com from this machine/, 'n\r']],
    })
    expect(kept.json).toEqual({ removed: null })
  })
})

/** Revokes the stored account's access without gsa, as a user does on the account page. */
async function revokeAtServer(google: Emulator, gsa: Gsa, account: string): Promise<void> {
  const { stdout } = await gsa.run('token', '--account', account, { printsSecrets: true })
  const response = await fetch(`${google.issuer}/revoke`, {
    method: 'POST',
    body: new URLSearchParams({ token: stdout.trim() }),
  })
  expect(response.status).toBe(200)
}
