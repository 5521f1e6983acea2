import { describe, expect } from 'vitest'
import {
  bearer,
  credentials,
  decodeJwt,
  driveAppdata,
  emailScope,
  exchange,
  postForm,
  refresh,
  send,
  signIn,
} from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

describe('the older token addresses', () => {
  test.for([
    { path: '/o/oauth2/token', scheme: '' },
    { path: '/oauth2/v3/token', scheme: '' },
    { path: '/oauth2/v4/token', scheme: 'http://' },
  ])('$path exchanges and refreshes, and signs with $scheme before the host', async ({ path, scheme }, { google }) => {
    const url = google.issuer + path
    const issuer = scheme + new URL(google.issuer).host
    const grant = { ...credentials(google), redirect_uri: '' }
    const code = await google.createCode()
    const tokens = await postForm(url, { ...grant, grant_type: 'authorization_code', code })
    expect(decodeJwt(tokens.json.id_token).claims['iss']).toBe(issuer)
    const { refresh_token } = tokens.json
    const again = await postForm(url, { ...grant, grant_type: 'refresh_token', refresh_token })
    expect(decodeJwt(again.json.id_token).claims['iss']).toBe(issuer)
    const described = await send(`${google.issuer}/tokeninfo?id_token=${again.json.id_token}`)
    expect(described).toMatchObject({ status: 200, json: { iss: issuer } })
  })

  test('reject what the current address rejects, in the same words', async ({ google }) => {
    const form = { ...credentials(google), grant_type: 'refresh_token', refresh_token: 'garbage' }
    const answers = []
    for (const path of ['/token', '/o/oauth2/token', '/oauth2/v3/token', '/oauth2/v4/token'])
      answers.push((await postForm(google.issuer + path, form)).body)
    expect(new Set(answers).size).toBe(1)
    expect((await send(`${google.issuer}/oauth2/v4/token`)).status).toBe(404)
  })

  test('a fault of the token endpoint strikes there too', async ({ google }) => {
    google.arm({ on: 'token', fault: 'http-503' })
    expect((await postForm(`${google.issuer}/oauth2/v4/token`, {})).status).toBe(503)
  })
})

describe('the older addresses of the account', () => {
  test('/o/oauth2/revoke revokes by GET and by POST', async ({ google }) => {
    const url = `${google.issuer}/o/oauth2/revoke`
    for (const method of ['GET', 'POST']) {
      const { access_token, refresh_token } = await signIn(google)
      expect((await send(`${url}?token=${access_token}`, { method })).status).toBe(200)
      expect((await refresh(google, refresh_token)).json.error_description).toBe('Token has been expired or revoked.')
    }
    expect((await send(`${url}?token=x`)).json).toEqual({
      error: 'invalid_token',
      error_description: 'Token expired or revoked',
    })
  })

  test('/o/oauth2/device/code starts the device flow', async ({ google }) => {
    const { client_id } = credentials(google, 'tv')
    const answer = await postForm(`${google.issuer}/o/oauth2/device/code`, { client_id, scope: 'email' })
    expect(answer).toMatchObject({ status: 200, json: { verification_url: `${google.issuer}/device` } })
  })

  test.for(['/oauth2/v1/userinfo', '/userinfo/v2/me'])(
    '%s answers like /oauth2/v2/userinfo',
    async (path, { google }) => {
      const headers = bearer((await signIn(google)).access_token)
      const [older, current] = [google.issuer + path, `${google.issuer}/oauth2/v2/userinfo`]
      expect((await send(older, { headers })).json).toEqual((await send(current, { headers })).json)
      expect(await send(older)).toMatchObject({ status: 401, json: { error: { status: 'UNAUTHENTICATED' } } })
    },
  )

  test('userinfo also takes the token under its old name', async ({ google }) => {
    const { access_token } = await signIn(google)
    const answer = await send(`${google.issuer}/oauth2/v2/userinfo?oauth_token=${access_token}`)
    expect(answer).toMatchObject({ status: 200, json: { email: 'ada@example.com' } })
    expect(google.requests().at(-1)?.query['oauth_token']).toMatch(/^sha256:/)
  })

  test.for(['/oauth2/v1/tokeninfo', '/oauth2/v2/tokeninfo'])(
    '%s describes tokens with numbers, under the older names',
    async (path, { google }) => {
      const { access_token, id_token } = await signIn(google, { scopes: ['email', driveAppdata] })
      const { client_id } = credentials(google)
      const url = google.issuer + path
      expect((await send(`${url}?access_token=${access_token}`)).json).toEqual({
        issued_to: client_id,
        audience: client_id,
        user_id: '110000000000000000001',
        scope: expect.stringContaining(emailScope),
        expires_in: expect.toSatisfy((seconds: number) => seconds > 3500 && seconds < 3600),
        email: 'ada@example.com',
        verified_email: true,
        access_type: 'offline',
      })
      expect((await postForm(url, { id_token })).json).toEqual({
        issuer: google.issuer,
        issued_to: client_id,
        audience: client_id,
        user_id: '110000000000000000001',
        expires_in: expect.toSatisfy((seconds: number) => seconds > 3500 && seconds <= 3600),
        issued_at: expect.any(Number),
        email: 'ada@example.com',
        email_verified: true,
      })
      expect((await postForm(url, { access_token: 'x' })).json.error_description).toBe('Invalid Value')
      expect((await postForm(url, {})).json.error_description).toMatch(/^Either access_token, id_token/)
    },
  )
})

describe('the People API', () => {
  test('/v1/people/me has the names, photos and addresses that the scopes allow', async ({ google }) => {
    const { access_token } = await signIn(google)
    const url = `${google.issuer}/v1/people/me?personFields=names,photos,emailAddresses,birthdays`
    expect((await send(url, { headers: bearer(access_token) })).json).toMatchObject({
      resourceName: 'people/110000000000000000001',
      names: [{ metadata: { primary: true, source: { type: 'PROFILE' } }, displayName: 'Ada Lovelace' }],
      photos: [{ url: expect.stringMatching(/^https:.*=s100$/) }],
      emailAddresses: [{ metadata: { verified: true }, value: 'ada@example.com' }],
    })
    const { access_token: limited } = await signIn(google, { scopes: ['email'], account: 'grace@corp.example' })
    expect(Object.keys((await send(url, { headers: bearer(limited) })).json)).toEqual([
      'resourceName',
      'etag',
      'emailAddresses',
    ])
  })

  test.for([
    { query: '', message: /^personFields mask is required\./ },
    { query: '?personFields=1x', message: /^Invalid personFields mask path: "1x"\./ },
  ])('rejects personFields in "$query"', async ({ query, message }, { google }) => {
    const headers = bearer((await signIn(google)).access_token)
    const answer = await send(`${google.issuer}/v1/people/me${query}`, { headers })
    expect(answer.json.error).toEqual({
      code: 400,
      message: expect.stringMatching(message),
      status: 'INVALID_ARGUMENT',
    })
    expect((await send(`${google.issuer}/v1/people/me${query}`)).status).toBe(401)
  })
})

describe('another issuer', () => {
  test('is what ID tokens, discovery and addresses in answers say', async () => {
    const google = await startGoogle({ issuer: 'http://google:9077/' })
    expect(google.issuer).toBe('http://google:9077')
    expect(google.driveUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(google.controlUrl).toBe(`${google.driveUrl}/emulator/v1`)
    const discovery = (await send(`${google.driveUrl}/.well-known/openid-configuration`)).json
    expect(discovery).toMatchObject({ issuer: google.issuer, token_endpoint: 'http://google:9077/token' })
    const code = await google.createCode()
    const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
    const { json } = await postForm(`${google.driveUrl}/token`, form)
    expect(decodeJwt(json.id_token).claims['iss']).toBe(google.issuer)
    const started = await send(`${google.driveUrl}/upload/drive/v3/files?uploadType=resumable`, {
      method: 'POST',
      headers: { ...bearer(json.access_token), 'content-type': 'application/json' },
      body: '{"parents":["appDataFolder"]}',
    })
    expect(started.headers.location).toMatch(/^http:\/\/google:9077\/upload\/drive\/v3\/files\?/)
  })

  test("that is Google's brings the addresses of Google's hosts", async () => {
    const google = await startGoogle({ issuer: 'https://accounts.google.com' })
    expect((await send(`${google.driveUrl}/.well-known/openid-configuration`)).json).toMatchObject({
      issuer: 'https://accounts.google.com',
      authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
      device_authorization_endpoint: 'https://oauth2.googleapis.com/device/code',
      token_endpoint: 'https://oauth2.googleapis.com/token',
      userinfo_endpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
      revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    })
    expect((await send(`${google.driveUrl}/discovery/v1/apis/drive/v3/rest`)).json).toMatchObject({
      rootUrl: 'https://www.googleapis.com/',
      baseUrl: 'https://www.googleapis.com/drive/v3/',
    })
    const code = await google.createCode()
    const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
    const { access_token } = (await postForm(`${google.driveUrl}/token`, form)).json
    const upload = `${google.driveUrl}/upload/drive/v3/files?uploadType=resumable`
    const started = await send(upload, {
      method: 'POST',
      headers: bearer(access_token),
      body: '{"parents":["appDataFolder"]}',
    })
    expect(started.headers.location).toMatch(/^https:\/\/www\.googleapis\.com\/upload\/drive\/v3\/files\?/)
    expect(google.oauth2ClientOptions.issuers).toEqual(['https://accounts.google.com', 'accounts.google.com'])
    expect(google.oauth2ClientOptions.endpoints.oauth2TokenUrl).toBe(`${google.driveUrl}/token`)
  })

  test.for(['google:9077', 'http://google:9077/path', 'ftp://google', 'http://Google', 'https://a.example?x'])(
    'is not %s',
    async (issuer) => {
      await expect(startGoogle({ issuer })).rejects.toThrow('must be an origin such as')
    },
  )
})

test('tokens and codes have the recorded lengths and shapes', async ({ google }) => {
  const lengths = new Set<number>()
  for (let round = 0; round < 40; round++) {
    const code = await google.createCode({ forceRefreshToken: true })
    expect(code).toMatch(/^4\/0A[\w-]{68}[AQgw]$/)
    const { json } = await exchange(google, code)
    expect(json.access_token).toMatch(/^ya29\.a0[\w-]{203,246}$/)
    expect(json.refresh_token).toMatch(/^1\/\/0[\w-]{12}CgYIARAAGAMSNwF-L9Ir[\w-]{67}$/)
    lengths.add(json.access_token.length)
  }
  expect(lengths.size).toBeGreaterThan(3)
})
