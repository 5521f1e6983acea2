import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  bearer,
  configure,
  control,
  driveAppdata,
  exchange,
  postForm,
  type RawAnswer,
  refresh,
  send,
  sendJson,
  signIn,
  webRedirectUri,
  webRequest,
} from './raw-http.ts'
import { test } from './with-google.ts'

const expired = { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }

/** Returns tokens of a web client that sent the browser to the consent page. */
async function webLogin(
  google: Emulator,
  answer: Parameters<typeof answerConsent>[1] = {},
  parameters: Record<string, string> = {},
): Promise<RawAnswer> {
  const url = authorizationUrl(google, { ...webRequest(google), prompt: 'consent', ...parameters })
  const { url: final } = await answerConsent(url, answer)
  const code = new URL(final).searchParams.get('code') ?? ''
  return await exchange(google, code, { redirect_uri: webRedirectUri })
}

describe('an app in testing', () => {
  test('gets refresh tokens that announce seven days, and expire then', async ({ google }) => {
    await configure(google, 'POST projects', { publishingStatus: 'testing' })
    const { json } = await webLogin(google)
    expect(json.refresh_token_expires_in).toBe(604_799)
    google.advanceClock('6d23h')
    expect((await refresh(google, json.refresh_token)).status).toBe(200)
    google.advanceClock('1h')
    const refused = await refresh(google, json.refresh_token)
    expect({ status: refused.status, ...refused.json }).toEqual({ status: 400, ...expired })
  })

  test.for(['android', 'ios', 'web-popup'] as const)(
    'also announces it to the backend of an app on %s',
    async (platform, { google }) => {
      await configure(google, 'POST projects', { publishingStatus: 'testing' })
      const redirectUri = platform === 'web-popup' ? 'postmessage' : ''
      const { json } = await exchange(google, await google.createCode({ platform }), { redirect_uri: redirectUri })
      expect(json.refresh_token_expires_in).toBe(604_799)
    },
  )

  test('keeps them when it requests only sign-in scopes', async ({ google }) => {
    await configure(google, 'POST projects', { publishingStatus: 'testing' })
    const { json } = await webLogin(google, {}, { scope: 'openid email profile' })
    expect(json).not.toHaveProperty('refresh_token_expires_in')
    google.advanceClock('30d')
    expect((await refresh(google, json.refresh_token)).status).toBe(200)
  })

  test('gets normal tokens again once it is in production', async ({ google }) => {
    await configure(google, 'POST projects', { publishingStatus: 'testing' })
    await configure(google, 'POST projects', { publishingStatus: 'production' })
    expect((await webLogin(google)).json).not.toHaveProperty('refresh_token_expires_in')
  })
})

describe('access limited to 180 days', () => {
  test('is announced to a web app and expires on time', async ({ google }) => {
    const { json } = await webLogin(google, { limitedAccess: true })
    expect(json.refresh_token_expires_in).toBe(15_551_999)
    google.advanceClock('90d')
    expect((await refresh(google, json.refresh_token)).status).toBe(200)
    google.advanceClock('90d')
    expect((await refresh(google, json.refresh_token)).json).toEqual(expired)
  })

  test('is announced to an Android app, but not to an iOS app, and expires too', async ({ google }) => {
    const android = await exchange(google, await google.createCode({ limitedAccess: true, platform: 'android' }))
    expect(android.json.refresh_token_expires_in).toBe(15_551_999)
    const ios = await google.createCode({ limitedAccess: true, platform: 'ios', forceRefreshToken: true })
    const { json } = await exchange(google, ios)
    expect(json).not.toHaveProperty('refresh_token_expires_in')
    google.advanceClock('180d')
    expect((await refresh(google, json.refresh_token)).json).toEqual(expired)
  })
})

describe('a refresh token in production', () => {
  test('expires after six months without use, counted from the last use', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    google.advanceClock('182d')
    expect((await refresh(google, refresh_token)).status).toBe(200)
    google.advanceClock('182d')
    expect((await refresh(google, refresh_token)).status).toBe(200)
    google.advanceClock('183d')
    expect((await refresh(google, refresh_token)).json).toEqual(expired)
  })

  test('ends with a password change only if it has a mail scope', async ({ google }) => {
    const mail = await signIn(google, {
      clientId: webRequest(google)['client_id'] ?? '',
      scopes: ['https://mail.google.com/'],
    })
    await configure(google, 'POST clients', { type: 'web', clientId: '2-other', clientSecret: 's' })
    const files = await exchange(google, await google.createCode({ clientId: '2-other', scopes: [driveAppdata] }), {
      client_id: '2-other',
      client_secret: 's',
    })
    const changed = await control(google, 'POST accounts/password', { account: 'ada@example.com' })
    expect(changed.json).toEqual({ refreshTokensEnded: 1 })
    expect((await refresh(google, mail.refresh_token)).json).toEqual(expired)
    const other = { client_id: '2-other', client_secret: 's' }
    expect((await refresh(google, files.json.refresh_token, other)).status).toBe(200)
  })
})

describe('session control of a Workspace', () => {
  test('requires another sign-in after a while, then accepts the same refresh token again', async ({ google }) => {
    await configure(google, 'PATCH accounts', { account: 'grace@corp.example', sessionSeconds: 16 * 3600 })
    const { refresh_token } = await signIn(google, { account: 'grace@corp.example' })
    google.advanceClock('15h')
    expect((await refresh(google, refresh_token)).status).toBe(200)
    google.advanceClock('1h')
    const refused = await refresh(google, refresh_token)
    expect(refused.status).toBe(400)
    expect(refused.json).toEqual({
      error: 'invalid_grant',
      error_description: 'reauth related error (invalid_rapt)',
      error_uri: 'https://support.google.com/a/answer/9368756',
      error_subtype: 'invalid_rapt',
    })
    await google.createCode({ account: 'grace@corp.example' })
    expect((await refresh(google, refresh_token)).status).toBe(200)
  })
})

describe('a delayed revocation', () => {
  test('responds immediately and revokes the tokens a minute later', async ({ google }) => {
    const { access_token, refresh_token } = await signIn(google)
    google.arm({ on: 'revoke', fault: 'delayed-revocation' })
    expect((await postForm(`${google.issuer}/revoke`, { token: refresh_token })).status).toBe(200)
    expect((await refresh(google, refresh_token)).status).toBe(200)
    google.advanceClock('60s')
    expect((await refresh(google, refresh_token)).json).toEqual(expired)
    const info = await send(`${google.issuer}/v1/userinfo`, { headers: bearer(access_token) })
    expect(info.status).toBe(401)
  })

  test('repeated does not affect the next consent and its files', async ({ google }) => {
    const { refresh_token } = await signIn(google)
    google.arm({ on: 'revoke', fault: 'delayed-revocation' })
    await postForm(`${google.issuer}/revoke`, { token: refresh_token })
    const next = await signIn(google)
    const files = `${google.driveUrl}/drive/v3/files`
    const created = await sendJson(files, { parents: ['appDataFolder'] }, { headers: bearer(next.access_token) })
    expect((await postForm(`${google.issuer}/revoke`, { token: refresh_token })).status).toBe(200)
    const found = await send(`${files}/${created.json.id}`, { headers: bearer(next.access_token) })
    expect(found.status).toBe(200)
    expect((await refresh(google, next.refresh_token)).status).toBe(200)
  })
})

describe('an earlier consent', () => {
  test('redirects a web app without a page when it names the account, and issues no second refresh token', async ({
    google,
  }) => {
    await webLogin(google)
    const again = await send(authorizationUrl(google, { ...webRequest(google), login_hint: 'ada@example.com' }))
    const answer = new URL(again.headers.location ?? '')
    expect(answer.searchParams.get('prompt')).toBe('none')
    const { json } = await exchange(google, answer.searchParams.get('code') ?? '', { redirect_uri: webRedirectUri })
    expect(json).not.toHaveProperty('refresh_token')
  })

  test.for([
    { more: 'a scope that was not given', parameters: { scope: 'https://www.googleapis.com/auth/calendar' } },
    { more: 'prompt=consent', parameters: { prompt: 'consent' } },
    { more: 'prompt=select_account', parameters: { prompt: 'select_account' } },
    { more: 'another account', parameters: { login_hint: 'grace@corp.example' } },
  ])('shows the page again for $more', async ({ parameters }, { google }) => {
    await webLogin(google)
    const request = { ...webRequest(google), login_hint: 'ada@example.com', ...parameters }
    expect((await send(authorizationUrl(google, request))).headers.location).toContain('/v3/signin/identifier?')
  })

  test('shows the page to a desktop app each time', async ({ google }) => {
    const url = authorizationUrl(google, { login_hint: 'ada@example.com' })
    await answerConsent(url)
    expect((await send(url)).headers.location).toContain('/v3/signin/identifier?')
  })

  test('allows prompt=none only for a signed-in account', async ({ google }) => {
    await webLogin(google)
    const silent = { ...webRequest(google), prompt: 'none' }
    expect((await send(authorizationUrl(google, silent))).headers.location).toMatch(/code=4\/0A.*prompt=none$/)
    const other = await send(authorizationUrl(google, { ...silent, login_hint: 'grace@corp.example' }))
    expect(other.headers.location).toContain('error=interaction_required')
  })
})
