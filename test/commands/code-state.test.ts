import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { test as providerTest, sendJson } from '../conformance/fake-provider.ts'
import { type Gsa, test, withGsa } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { freePort } from '../support/free-port.ts'

type State = 'unused' | 'used' | 'unknown'

const sentences: Readonly<Record<State, string>> = {
  unused: 'The code was not used; you can',
  used: 'The code no longer works; get a new one.',
  unknown: 'The code may have been used; get a new one.',
}

const tokenRequests = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

/** Writes a client secrets file with a wrong secret. */
function wrongSecret(gsa: Gsa, clientId: string, type: 'web' | 'installed' = 'web'): string {
  const client = { client_id: clientId, client_secret: 'GOCSPX-old', redirect_uris: ['http://localhost'] }
  return gsa.file('wrong.json', JSON.stringify({ [type]: client }))
}
const web = '100000000001-web.apps.googleusercontent.com'
const desktop = '100000000001-desktop.apps.googleusercontent.com'
const tv = '100000000001-tv.apps.googleusercontent.com'

describe('a failed exchange says whether the same code can be sent again, and it can', () => {
  test.each<[state: State, on: 'token' | 'certs' | 'discovery', fault: string]>([
    ['unused', 'token', 'invalid-client-secret'],
    ['unused', 'token', 'deleted-client'],
    ['unused', 'token', 'disabled-client'],
    ['unused', 'token', 'malformed-code'],
    ['unused', 'certs', 'html-error'],
    ['unused', 'discovery', 'html-error'],
    ['used', 'token', 'code-used'],
    ['unknown', 'token', 'admin-policy'],
    ['unknown', 'token', 'org-internal'],
    ['unknown', 'token', 'rate-limited'],
    ['unknown', 'token', 'http-500'],
    ['unknown', 'token', 'http-429'],
    ['unknown', 'token', 'html-error'],
    ['unknown', 'token', 'reset'],
    ['unknown', 'token', 'lost-answer'],
    ['unknown', 'token', 'no-access-token'],
  ])('%s after %s %s', async (state, on, fault) => {
    await withGsa(async (gsa, google) => {
      const code = await google.createCode()
      google.arm({ on, fault })
      const failed = await gsa.run('exchange', '-', '--json', { stdin: code })
      expect(failed.exitCode).not.toBe(0)
      expect(failed.error['details']).toMatchObject({ codeState: state })
      expect(failed.error['cause']).toContain(sentences[state])
      const sent = tokenRequests(google)
      const again = await gsa.run('exchange', '-', '--json', { stdin: code })
      expect(again.exitCode, again.stderr).toBe(state === 'unused' ? 0 : 5)
      expect(again.stderr.includes('code_used_before')).toBe(state !== 'unused')
      expect(tokenRequests(google)).toBe(state === 'unused' ? sent + 1 : sent)
    })
  })

  providerTest.for<[state: State, error: string, description: string | undefined]>([
    ['unused', 'invalid_client', undefined],
    ['unused', 'invalid_request', 'client_secret is missing.'],
    ['unused', 'unsupported_grant_type', undefined],
    ['used', 'invalid_grant', 'Code was already redeemed.'],
    ['unknown', 'invalid_grant', 'Invalid code verifier.'],
    ['unknown', 'redirect_uri_mismatch', 'Bad Request'],
    ['unknown', 'unauthorized_client', 'Unauthorized'],
    ['unknown', 'invalid_scope', undefined],
    ['unknown', 'constructor', undefined],
  ])('%s after a response %s %s', async ([state, error, description], { run, gsa, provider }) => {
    provider.misdeeds = {
      instead: ({ path }, response) => {
        if (path === '/token') sendJson(response, 400, { error, error_description: description })
        return path === '/token'
      },
    }
    const args = ['exchange', '-', '--json', '--client-secrets', gsa.webClient]
    const failed = await run(...args, { stdin: '4/0AcodeThatTheServerRefuses' })
    expect(failed.error['details']).toMatchObject({ codeState: state })
    const again = await run(...args, { stdin: '4/0AcodeThatTheServerRefuses' })
    expect(provider.to('/token')).toHaveLength(state === 'unused' ? 2 : 1)
    expect(again.error['code'] === 'code_used_before').toBe(state !== 'unused')
  })

  test.each(['memory', 'helper:files'])('with a wrong client secret and then the right one (%s)', async (store) => {
    await withGsa(async (gsa, google) => {
      const env = store === 'memory' ? {} : lastingStore(gsa).env
      const code = await google.createCode()
      const wrong = await gsa.run('exchange', '-', '--client-secrets', wrongSecret(gsa, web), { stdin: code, env })
      expect(wrong.exitCode).toBe(5)
      expect(wrong.stderr).toContain('The code was not used; you can send it again.')
      const right = await gsa.run('exchange', '-', { stdin: code, env })
      expect(right.exitCode, right.stderr).toBe(0)
    })
  })

  test('with nothing listening at the token endpoint', async ({ gsa, google }) => {
    const code = await google.createCode()
    const env = { GSA_EMULATOR_HOST: `127.0.0.1:${await freePort()}` }
    const failed = await gsa.run('exchange', '-', '--json', { stdin: code, env })
    expect(failed.error).toMatchObject({ code: 'unreachable', details: { codeState: 'unused' } })
    expect((await gsa.run('exchange', '-', { stdin: code })).exitCode).toBe(0)
  })

  test('after the code was redeemed, but its tokens cannot be stored or are refused', async ({ gsa, google }) => {
    const args = ['exchange', '-', '--json']
    const nonce = await gsa.run(...args, '--nonce', 'mine', { stdin: await google.createCode() })
    expect(nonce.error).toMatchObject({ code: 'id_token_invalid', details: { codeState: 'used' } })
    expect(nonce.error['message']).toContain('Nothing was stored.')
    const other = await gsa.run(...args, '--expect-email', 'a@b.example', { stdin: await google.createCode() })
    expect(other.error).toMatchObject({ code: 'account_unexpected', details: { codeState: 'used' } })
    expect(other.error['cause']).toContain('The tokens were discarded, but the grant still exists.')
  })

  test('before sending a code that needs a redirect URI', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--from', 'web', '--json', { stdin: await google.createCode() })
    expect(result.error).toMatchObject({ code: 'redirect_uri_needed', details: { codeState: 'unused' } })
  })
})

describe('a failed login says how to log in again', () => {
  test('in the browser', async ({ gsa }) => {
    const client = wrongSecret(gsa, desktop, 'installed')
    const failed = await gsa.run('login', '--no-browser', '--client-secrets', client, '--json', { browser: {} })
    expect(failed.error).toMatchObject({ code: 'client_refused', details: { codeState: 'unused' } })
    expect(failed.error['cause']).toContain('gsa cannot send it again; log in again with: gsa login.')
  })

  test('with a device code and a wrong client secret', async ({ gsa }) => {
    const client = wrongSecret(gsa, tv, 'installed')
    const failed = await gsa.run('login', '--device', '--json', '--client-secrets', client, { device: {} })
    expect(failed.error).toMatchObject({ code: 'client_refused', details: { codeState: 'unused' } })
    expect(failed.error['cause']).toContain('log in again with: gsa login --device.')
  })

  test('with a device code that belongs to another account', async ({ gsa }) => {
    const args = ['login', '--device', '--json', '--client-secrets', gsa.tvClient]
    const failed = await gsa.run(...args, '--expect-email', 'a@b.example', { device: {} })
    expect(failed.error).toMatchObject({ code: 'account_unexpected', details: { codeState: 'used' } })
    expect(failed.error['cause']).toContain('log in again with: gsa login --device.')
  }, 15_000)
})

describe('gsa login --finish with an unused code', () => {
  async function landed(gsa: Gsa, client: string): Promise<{ url: string; env: Record<string, string> }> {
    const { env } = lastingStore(gsa)
    const started = await gsa.run('login', '--start', '--client-secrets', client, { env })
    const { url } = await answerConsent(started.stdout.trimEnd(), { decision: 'allow' })
    return { url, env }
  }

  test.each([
    ['token', 'invalid-client-secret'],
    ['certs', 'html-error'],
  ] as const)('accepts the same address again after %s %s', async (on, fault) => {
    await withGsa(async (gsa, google) => {
      const { url, env } = await landed(gsa, gsa.desktopClient)
      google.arm({ on, fault })
      const failed = await gsa.run('login', '--finish', url, { env })
      expect(failed.exitCode).not.toBe(0)
      expect(failed.stderr).toContain('The code was not used; run gsa login --finish again with the same address')
      const again = await gsa.run('login', '--finish', url, { env })
      expect(again.exitCode, again.stderr).toBe(0)
    })
  })

  test('accepts the right client secret of the same client, and no other client', async ({ gsa }) => {
    const { url, env } = await landed(gsa, wrongSecret(gsa, desktop, 'installed'))
    expect((await gsa.run('login', '--finish', url, { env })).exitCode).toBe(5)
    const other = await gsa.run('login', '--finish', url, '--client-secrets', gsa.webClient, '--json', { env })
    expect(other.error).toMatchObject({ code: 'usage' })
    const right = await gsa.run('login', '--finish', url, '--client-secrets', gsa.desktopClient, { env })
    expect(right.exitCode, right.stderr).toBe(0)
  })

  test('stops waiting after a lost response', async ({ gsa, google }) => {
    const { url, env } = await landed(gsa, gsa.desktopClient)
    google.arm({ on: 'token', fault: 'reset' })
    const failed = await gsa.run('login', '--finish', url, '--json', { env })
    expect(failed.error).toMatchObject({ code: 'code_fate_unknown', details: { codeState: 'unknown' } })
    expect(failed.error['cause']).toContain('begin again with: gsa login --start')
    expect((await gsa.run('login', '--finish', url, '--json', { env })).error['code']).toBe('no_pending_login')
  })
})

describe('a code is sent only once', () => {
  test.each([
    ['--no-store', { GSA_STORE: 'keychain' }],
    ['--no-store', {}],
    ['--show-tokens', { GSA_STORE: 'memory' }],
  ])('even with %s and %j', async (flag, env) => {
    await withGsa(async (gsa, google) => {
      const code = await google.createCode()
      const first = await gsa.run('exchange', '-', flag, { stdin: code, env, printsSecrets: true })
      expect(first.exitCode, first.stderr).toBe(0)
      const again = await gsa.run('exchange', '-', flag, '--json', { stdin: code, env })
      expect(again.error['code']).toBe('code_used_before')
      expect(tokenRequests(google)).toBe(1)
    })
  })

  test('and is not sent where that cannot be recorded', async ({ gsa, google }) => {
    // A file in the folder's place stops even root.
    mkdirSync(join(gsa.folder, 'home', 'gsa'))
    writeFileSync(join(gsa.folder, 'home', 'gsa', 'used-codes'), '')
    const code = await google.createCode()
    const result = await gsa.run('exchange', '-', '--no-store', '--json', { stdin: code })
    expect(result.exitCode).toBe(7)
    expect(result.error).toMatchObject({ code: 'config_unusable', details: { codeState: 'unused' } })
    expect(result.error['fix']).toContain('GSA_CONFIG_DIR')
    expect(tokenRequests(google)).toBe(0)
    const env = { GSA_CONFIG_DIR: join(gsa.folder, 'elsewhere') }
    expect((await gsa.run('exchange', '-', '--no-store', { stdin: code, env })).exitCode).toBe(0)
  })

  test('and a login notices that before it opens the browser', async ({ gsa, google }) => {
    mkdirSync(join(gsa.folder, 'home', 'gsa'))
    writeFileSync(join(gsa.folder, 'home', 'gsa', 'used-codes'), '')
    const result = await gsa.run('login', '--client-secrets', gsa.desktopClient, '--json')
    expect(result.error['code']).toBe('config_unusable')
    expect(google.requests().filter(({ path }) => path === '/o/oauth2/v2/auth')).toEqual([])
  })
})
