import { describe, expect } from 'vitest'
import { test as withProvider } from './fake-provider.ts'
import { type Gsa, test } from '../support/harness.ts'
import { version } from '../../src/terminal/version.ts'
import { guidesIds, guidesRows } from './guides-rows.ts'
import { testRules } from './pinned-rules.ts'

describe('the requirements of the guides', () => {
  testRules({
    rules: guidesRows,
    ids: guidesIds,
    page: 'guides.md',
    intro: [
      '# Requirements of the offline-access guides',
      '',
      'Each line of the guides for Android, iOS and the web, then their current replacements, each with its tests. Generated from',
      '`test/conformance/guides-rows.ts`, which names the sentence of each test.',
    ],
  })
})

const snippetOf = async (gsa: Gsa, ...args: string[]): Promise<string> => (await gsa.run('snippet', ...args)).stdout

describe('a backend that follows the guides', () => {
  test("R1: a phone's code is not sent with a desktop client", async ({ gsa, google }) => {
    const stdin = await google.createCode()
    const run = await gsa.run('exchange', '-', '--json', '--client-secrets', gsa.desktopClient, { stdin })
    expect([run.exitCode, run.error['code']]).toEqual([2, 'client_type_unsuitable'])
    expect(run.error['fix']).toContain('a "Web application" (web) client in the same project')
    expect(google.requests()).toEqual([])
  })

  test('R4: a login requests openid, email, profile and the app folder', async ({ gsa }) => {
    const run = await gsa.run('login', '--json', '--client-secrets', gsa.desktopClient, { browser: {} })
    expect(run.json).toMatchObject({
      scopes: {
        requested: ['openid', 'email', 'profile', 'https://www.googleapis.com/auth/drive.appdata'],
        missing: [],
      },
    })
  })

  test.for(['nil', 'serverAuthCode: nil', '{"serverAuthCode":null}'])(
    'R7: nil in an iOS app is explained by a silent sign-in (%s)',
    async (stdin, { gsa, google }) => {
      const run = await gsa.run('exchange', '-', '--json', { stdin })
      expect([run.exitCode, run.error['code']]).toEqual([2, 'code_missing'])
      expect(run.error['fix']).toContain('silent')
      expect(google.requests()).toEqual([])
    },
  )

  test('R12: a mismatch names the other origins, and the code is sent once', async ({ gsa, google }) => {
    const stdin = await google.createCode({ platform: 'web-popup' })
    const run = await gsa.run('exchange', '-', '--json', { stdin })
    expect([run.exitCode, run.error['code']]).toEqual([5, 'redirect_uri_mismatch'])
    for (const way of ['--from web-popup', '--from web --redirect-uri']) expect(run.error['fix']).toContain(way)
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('R14: the fix names the way to a new refresh token for each platform', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const { json } = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    const warnings = json['warnings'] as { code: string; fix: string }[]
    const fix = warnings.find(({ code }) => code === 'no_refresh_token')?.fix
    for (const way of [
      'gsa login --force-consent',
      'requestOfflineAccess(webClientId, true)',
      'prompt: "consent"',
      'disconnect()',
    ])
      expect(fix).toContain(way)
  })

  test("R17: gsa drive info makes the guides' call", async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    expect((await gsa.run('drive', 'info')).exitCode).toBe(0)
    expect(google.requests().map(({ path }) => path)).toContain('/drive/v3/files/appDataFolder')
  })

  withProvider('R18: every request names gsa and its version', async ({ provider, run }) => {
    await run('login', '--json', { browser: {} })
    // Requests of the browser are not gsa's.
    const requests = provider.requests.filter(({ path }) => path !== '/authorize')
    expect(requests.length).toBeGreaterThan(2)
    expect(new Set(requests.map(({ headers }) => headers['user-agent']))).toEqual(new Set([`gsa/${version}`]))
  })

  test('R20: the claims from the samples are shown', async ({ gsa, google }) => {
    const { json } = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(json['account']).toEqual({
      sub: '110000000000000000001',
      email: 'ada@example.com',
      emailVerified: true,
      name: 'Ada Lovelace',
      givenName: 'Ada',
      familyName: 'Lovelace',
      picture: expect.stringMatching(/^https:/) as string,
      locale: null,
      hostedDomain: null,
    })
  })

  test('R20: email_verified may be a string', async ({ gsa, google }) => {
    google.arm({ on: 'token', fault: 'id-token-text-email-verified' })
    const { json } = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(json['account']).toMatchObject({ emailVerified: true })
  })

  test('Play Games: its code is exchanged like an Android code', async ({ gsa, google }) => {
    const stdin = `requestServerSideAccess: serverAuthCode=${await google.createCode({ platform: 'android' })}`
    expect((await gsa.run('exchange', '-', { stdin })).exitCode).toBe(0)
    expect(google.requests().find(({ path }) => path === '/token')?.form['redirect_uri']).toBe('')
  })

  test("Time-based access: a refresh token's expiry is shown, and gsa warns of it", async ({ gsa, google }) => {
    const stdin = await google.createCode({ platform: 'web-popup', limitedAccess: true })
    const { json } = await gsa.run('exchange', '-', '--json', '--from', 'web-popup', { stdin })
    expect(json['refreshToken']).toMatchObject({ expiresAt: expect.stringMatching(/^20\d\d-.*Z$/) as string })
    expect(json['warnings']).toContainEqual(expect.objectContaining({ code: 'refresh_token_expires' }))
  })
})

describe('the code for apps', () => {
  test("R21: the guides' code for Android says that it is outdated", async ({ gsa }) => {
    const legacy = await snippetOf(gsa, 'android', '--legacy')
    expect(legacy).toContain('requestServerAuthCode(')
    expect(legacy).toMatch(/deprecated|outdated/i)
    expect(legacy).toContain('Wear OS')
    expect(await snippetOf(gsa, 'android')).not.toContain('GoogleSignInOptions')
  })

  test('R22: the code for iOS names the oldest usable version', async ({ gsa }) => {
    expect(await snippetOf(gsa, 'ios')).toMatch(/Use 7\.1\.0 or newer: .*privacy manifest/)
  })

  test('R23 and R24: no snippet repeats the samples or uses what they used', async ({ gsa }) => {
    const platforms = ['android', 'ios', 'web', 'node', 'python', 'java', 'go']
    const all = (await Promise.all(platforms.map(async (platform) => snippetOf(gsa, platform)))).join('\n')
    const repeated = ['yourbackend', 'Auth Code Exchange Demo', 'storeAuthCode', 'tokensignin', 'mobile app']
    const dead = [
      'JacksonFactory',
      'GoogleCredential ',
      'oauth2client',
      'apiclient',
      'httplib2',
      'GIDSignInDelegate',
      'gapi.auth2',
    ]
    expect([...repeated, ...dead].filter((word) => all.includes(word))).toEqual([])
  })

  test('Android sign-in: Credential Manager gets the web client id and a nonce', async ({ gsa }) => {
    const code = await snippetOf(gsa, 'android')
    expect(code).toContain('GetSignInWithGoogleOption.Builder(WEB_CLIENT_ID).setNonce(nonce)')
    expect(code).toContain('100000000001-web.apps.googleusercontent.com')
  })

  test('iOS: signIn and addScopes may return a code, and a missing code has its own error', async ({ gsa }) => {
    const code = await snippetOf(gsa, 'ios')
    for (const part of ['additionalScopes: scopes', 'addScopes(', 'guard let code = result.serverAuthCode else'])
      expect(code).toContain(part)
  })
})
