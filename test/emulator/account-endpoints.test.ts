import { describe, expect } from 'vitest'
import { bearer, credentials, driveAppdata, exchange, postForm, refresh, send, signIn } from './raw-http.ts'
import { test } from './with-google.ts'

describe('userinfo', () => {
  test.for(['/v1/userinfo', '/oauth2/v3/userinfo'])(
    '%s returns sub and the claims that the scopes allow',
    async (path, { google }) => {
      const all = await signIn(google, { account: 'grace@corp.example' })
      expect((await send(google.issuer + path, { headers: bearer(all.access_token) })).json).toEqual({
        sub: '110000000000000000002',
        name: 'Grace Hopper',
        given_name: 'Grace',
        family_name: 'Hopper',
        picture: expect.stringMatching(/^https:/),
        email: 'grace@corp.example',
        email_verified: true,
        hd: 'corp.example',
      })
      const little = await signIn(google, { scopes: ['openid'] })
      const answer = await send(google.issuer + path, { headers: bearer(little.access_token) })
      expect(Object.keys(answer.json)).toEqual(['sub', 'picture'])
    },
  )

  test('v2 spells id and verified_email', async ({ google }) => {
    const { access_token } = await signIn(google)
    const { json } = await send(`${google.issuer}/oauth2/v2/userinfo`, { headers: bearer(access_token) })
    expect(json).toMatchObject({ id: '110000000000000000001', email: 'ada@example.com', verified_email: true })
    expect(json).not.toHaveProperty('sub')
  })

  test.for(['/v1/userinfo', '/oauth2/v3/userinfo'])('%s rejects a bad token', async (path, { google }) => {
    const { status, headers, json } = await send(google.issuer + path, { headers: bearer('bad') })
    expect(status).toBe(401)
    expect(json).toEqual({ error: 'invalid_request', error_description: 'Invalid Credentials' })
    expect(headers['www-authenticate']).toContain('error="invalid_token"')
  })

  test('v2 gives the same response to a bad token and one without sign-in scopes', async ({ google }) => {
    const { access_token } = await signIn(google, { scopes: [driveAppdata] })
    for (const token of ['bad', access_token]) {
      const { status, json } = await send(`${google.issuer}/oauth2/v2/userinfo`, { headers: bearer(token) })
      expect(status).toBe(401)
      expect(json.error).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' })
      expect(json.error.message).toMatch(/^Request is missing required authentication credential\. Expected OAuth 2/)
    }
  })
})

describe('tokeninfo', () => {
  test.for(['/tokeninfo', '/oauth2/v3/tokeninfo'])(
    '%s describes an access token in strings',
    async (path, { google }) => {
      const { access_token, scope } = await signIn(google)
      const { json } = await send(`${google.issuer}${path}?access_token=${access_token}`)
      const clientId = credentials(google).client_id
      expect(json).toEqual({
        azp: clientId,
        aud: clientId,
        sub: '110000000000000000001',
        scope,
        exp: expect.stringMatching(/^\d+$/),
        expires_in: expect.stringMatching(/^359\d$/),
        email: 'ada@example.com',
        email_verified: 'true',
        access_type: 'offline',
      })
    },
  )

  test('takes the token from the query, the body or the header', async ({ google }) => {
    const { access_token } = await signIn(google)
    const url = `${google.issuer}/tokeninfo`
    for (const answer of [
      await send(`${url}?${new URLSearchParams({ access_token }).toString()}`),
      await postForm(url, { access_token }),
      await postForm(url, '', bearer(access_token)),
    ])
      expect(answer).toMatchObject({ status: 200, json: { email: 'ada@example.com' } })
  })

  test('omits the identity without the scopes', async ({ google }) => {
    const { access_token } = await signIn(google, { scopes: [driveAppdata] })
    const { json } = await send(`${google.issuer}/tokeninfo?access_token=${access_token}`)
    expect(Object.keys(json)).toEqual(['azp', 'aud', 'scope', 'exp', 'expires_in', 'access_type'])
  })

  test('describes an ID token in strings, with its header', async ({ google }) => {
    const { id_token } = await signIn(google)
    const { json } = await send(`${google.issuer}/tokeninfo?id_token=${id_token}`)
    expect(json).toMatchObject({ email_verified: 'true', alg: 'RS256', typ: 'JWT', iss: google.issuer })
    expect(Object.values(json).every((value) => typeof value === 'string')).toBe(true)
  })

  test('rejects a request without a token', async ({ google }) => {
    const answer = await send(`${google.issuer}/tokeninfo`)
    expect(answer).toMatchObject({ status: 400, headers: { server: 'ESF' } })
    expect(answer.json).toEqual({
      error: 'invalid_token',
      error_description: 'Either access_token, id_token, or token_handle required',
    })
  })

  test('rejects anything but a live access or ID token', async ({ google }) => {
    const { refresh_token, access_token, id_token } = await signIn(google)
    google.advanceClock('1h')
    const bad = [
      `access_token=${refresh_token}`,
      `access_token=${access_token}`,
      `id_token=${id_token}`,
      `id_token=${id_token.slice(0, -8)}AAAAAAAA`,
      'id_token=a.b.c',
      'access_token=',
    ]
    for (const query of bad) {
      const { status, json } = await send(`${google.issuer}/tokeninfo?${query}`)
      expect(status).toBe(400)
      expect(json).toEqual({ error: 'invalid_token', error_description: 'Invalid Value' })
    }
  })
})

describe('revoke', () => {
  test.for(['query', 'body'])('accepts the token in the %s and returns {}', async (where, { google }) => {
    const { refresh_token } = await signIn(google)
    const url = `${google.issuer}/revoke`
    const answer =
      where === 'query'
        ? await postForm(`${url}?token=${encodeURIComponent(refresh_token)}`, '')
        : await postForm(url, { token: refresh_token })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({})
    expect((await refresh(google, refresh_token)).json.error).toBe('invalid_grant')
  })

  test('revoking an access token also revokes its refresh token', async ({ google }) => {
    const { access_token, refresh_token } = await signIn(google)
    await postForm(`${google.issuer}/revoke`, { token: access_token })
    const { json } = await refresh(google, refresh_token)
    expect(json.error_description).toBe('Token has been expired or revoked.')
  })

  test('ends access for every client of the project, and for no other account', async ({ google }) => {
    const first = await signIn(google)
    const second = await signIn(google)
    const grace = await signIn(google, { account: 'grace@corp.example' })
    await postForm(`${google.issuer}/revoke`, { token: first.refresh_token })
    expect((await refresh(google, second.refresh_token)).json.error_description).toBe(
      'Token has been expired or revoked.',
    )
    const userinfo = await send(`${google.issuer}/v1/userinfo`, { headers: bearer(second.access_token) })
    expect(userinfo.status).toBe(401)
    expect((await refresh(google, grace.refresh_token)).status).toBe(200)
  })

  test('makes the next consent a first consent and empties the hidden folder', async ({ google }) => {
    const { access_token } = await signIn(google)
    const files = `${google.issuer}/drive/v3/files?spaces=appDataFolder`
    const created = await send(`${google.issuer}/drive/v3/files`, {
      method: 'POST',
      headers: { ...bearer(access_token), 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'a', parents: ['appDataFolder'] }),
    })
    expect(created.status).toBe(200)
    await postForm(`${google.issuer}/revoke`, { token: access_token })
    const again = (await exchange(google, await google.createCode())).json
    expect(again).toHaveProperty('refresh_token')
    expect((await send(files, { headers: bearer(again.access_token) })).json.files).toEqual([])
  })

  test('rejects unknown, expired and already revoked tokens', async ({ google }) => {
    const { refresh_token, access_token } = await signIn(google)
    google.advanceClock('1h')
    const url = `${google.issuer}/revoke`
    expect((await postForm(url, { token: access_token })).status).toBe(400)
    expect((await postForm(url, { token: refresh_token })).status).toBe(200)
    for (const token of [refresh_token, 'garbage']) {
      const { status, json } = await postForm(url, { token })
      expect(status).toBe(400)
      expect(json).toEqual({ error: 'invalid_token', error_description: 'Token expired or revoked' })
    }
  })

  test('GET is Google’s HTML 404', async ({ google }) => {
    const { status, headers } = await send(`${google.issuer}/revoke?token=x`)
    expect(status).toBe(404)
    expect(headers['content-type']).toContain('text/html')
  })
})
