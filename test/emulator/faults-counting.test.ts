import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import {
  authorizationUrl,
  bearer,
  credentials,
  decodeJwt,
  driveAppdata,
  exchange,
  postForm,
  type RawAnswer,
  refresh,
  send,
  sendJson,
  signIn,
} from './raw-http.ts'
import { test } from './with-google.ts'

type Ask = (google: Emulator, tokens: Awaited<ReturnType<typeof signIn>>) => Promise<unknown>

const certs: Ask = async ({ issuer }) => await send(`${issuer}/oauth2/v3/certs`)
const code: Ask = async (google) => await exchange(google, await google.createCode())
const again: Ask = async (google, { refresh_token }) => await refresh(google, refresh_token)
const list: Ask = async ({ driveUrl }, { access_token }) =>
  await send(`${driveUrl}/drive/v3/files?spaces=appDataFolder`, { headers: bearer(access_token) })
const poll = async (google: Emulator): Promise<RawAnswer> => {
  const { client_id, client_secret } = credentials(google, 'tv')
  const { json } = await postForm(`${google.issuer}/device/code`, { client_id, scope: 'openid email' })
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const { device_code } = json
  return await postForm(`${google.issuer}/token`, { grant_type, client_id, client_secret, device_code })
}
const signInPage: Ask = async (google) => await send(authorizationUrl(google))

describe('a fault is not used up by a request it cannot strike', () => {
  test.for<{ fault: string; on: string; what: string; ask: Ask }>([
    {
      fault: 'http-500',
      on: 'token',
      what: 'another method',
      ask: async ({ issuer }) => await send(`${issuer}/token`),
    },
    { fault: 'http-500', on: 'upload', what: 'a Drive request that is not an upload', ask: list },
    { fault: 'gzip-cut', on: 'certs', what: 'a client that does not accept gzip', ask: certs },
    {
      fault: 'truncated',
      on: 'certs',
      what: 'a response without a body',
      ask: async ({ issuer }) => await send(`${issuer}/oauth2/v3/certs`, { method: 'HEAD' }),
    },
    {
      fault: 'same-kid-twice',
      on: 'certs',
      what: 'the certificates',
      ask: async ({ issuer }) => await send(`${issuer}/oauth2/v1/certs`),
    },
    { fault: 'code-used', on: 'token', what: 'a refresh', ask: again },
    { fault: 'expired-or-revoked', on: 'token', what: 'a code', ask: code },
    {
      fault: 'rate-limited',
      on: 'token',
      what: 'a client with a wrong secret',
      ask: async (google, { refresh_token }) => await refresh(google, refresh_token, { client_secret: 'wrong' }),
    },
    {
      fault: 'code-used',
      on: 'token',
      what: 'a request without a code',
      ask: async (google) =>
        await postForm(`${google.issuer}/token`, { grant_type: 'authorization_code', ...credentials(google) }),
    },
    { fault: 'no-refresh-token', on: 'token', what: 'a code without a refresh token', ask: code },
    { fault: 'refresh-token-expires-in', on: 'token', what: 'a code', ask: code },
    { fault: 'no-scope', on: 'token', what: 'an error', ask: async (google) => await exchange(google, 'no code') },
    { fault: 'id-token-no-nonce', on: 'token', what: 'an ID token without a nonce', ask: again },
    {
      fault: 'id-token-wrong-issuer',
      on: 'token',
      what: 'a response without an ID token',
      ask: async (google) =>
        await exchange(google, await google.createCode({ scopes: [driveAppdata], account: 'grace@corp.example' })),
    },
    {
      fault: 'rotate-keys',
      on: 'token',
      what: 'a response without an ID token',
      ask: async (google) =>
        await exchange(google, await google.createCode({ scopes: [driveAppdata], account: 'grace@corp.example' })),
    },
    { fault: 'wrong-state', on: 'authorize', what: 'the sign-in page', ask: signInPage },
    {
      fault: 'no-state',
      on: 'authorize',
      what: 'a response without a state',
      ask: async (google) => await answerConsent(authorizationUrl(google, { state: null })),
    },
    {
      fault: 'two-codes',
      on: 'authorize',
      what: 'a denial',
      ask: async (google) => await answerConsent(authorizationUrl(google), { decision: 'deny' }),
    },
    {
      fault: 'org-internal',
      on: 'authorize',
      what: 'a request that is rejected anyway',
      ask: async (google) => await send(authorizationUrl(google, { scope: null })),
    },
    {
      fault: 'encoded-code',
      on: 'authorize',
      what: 'a posted response',
      ask: async (google) => await answerConsent(authorizationUrl(google, { response_mode: 'form_post' })),
    },
    { fault: 'code-used', on: 'token', what: 'a device', ask: poll },
    { fault: 'no-scope', on: 'token', what: 'a device that has to wait', ask: poll },
    { fault: 'storage-full', on: 'drive', what: 'a list', ask: list },
    {
      fault: 'upload-damaged',
      on: 'upload',
      what: 'an upload that is rejected',
      ask: async ({ driveUrl }, { access_token }) => {
        const headers = { ...bearer(access_token), 'content-type': 'multipart/related; boundary=b' }
        const body = '--b\r\n\r\n{"parents":["none"]}\r\n--b\r\n\r\none\r\n--b--'
        await send(`${driveUrl}/upload/drive/v3/files?uploadType=multipart`, { method: 'POST', headers, body })
      },
    },
    { fault: 'abusive-file', on: 'drive', what: 'a list', ask: list },
    { fault: 'app-not-authorized', on: 'drive', what: 'a list', ask: list },
    { fault: 'sharing-rate-limit', on: 'drive', what: 'a list', ask: list },
    {
      fault: 'user-rate-limit',
      on: 'drive',
      what: 'a dead token',
      ask: async ({ driveUrl }) => await send(`${driveUrl}/drive/v3/files`, { headers: bearer('ya29.dead') }),
    },
    {
      fault: 'children-limit',
      on: 'drive',
      what: 'a change',
      ask: async ({ driveUrl }, { access_token }) =>
        await sendJson(
          `${driveUrl}/drive/v3/files/none`,
          { name: 'y' },
          { method: 'PATCH', headers: bearer(access_token) },
        ),
    },
    {
      fault: 'other-subject',
      on: 'userinfo',
      what: 'a dead token',
      ask: async ({ issuer }) => await send(`${issuer}/v1/userinfo`, { headers: bearer('ya29.dead') }),
    },
  ])('$fault by $what', async ({ fault, on, ask }, { google }) => {
    const tokens = await signIn(google)
    google.arm({ on, fault, times: 2, after: 1 })
    await ask(google, tokens)
    expect((await send(`${google.controlUrl}/faults`)).json.armed).toEqual([{ on, fault, times: 2, after: 1 }])
  })
})

describe('the faults of the token endpoint', () => {
  test('also strike devices', async ({ autoGoogle: google }) => {
    for (const fault of ['org-internal', 'rate-limited', 'id-token-no-subject']) google.arm({ on: 'token', fault })
    expect(await poll(google)).toMatchObject({ status: 403, json: { error: 'org_internal' } })
    expect(await poll(google)).toMatchObject({ status: 429 })
    const { json } = await poll(google)
    expect(decodeJwt(json.id_token).claims).not.toHaveProperty('sub')
  })
})

describe('faults of one request', () => {
  test('combine when they differ, and wait for the next request when they are the same', async ({ google }) => {
    for (const fault of ['no-scope', 'no-expires-in', 'no-expires-in', 'id-token-no-iat', 'id-token-alg-none'])
      google.arm({ on: 'token', fault })
    const first = (await exchange(google, await google.createCode())).json
    expect(Object.keys(first)).toEqual(['access_token', 'refresh_token', 'token_type', 'id_token'])
    const { header, claims } = decodeJwt(first.id_token)
    expect(header['alg']).toBe('none')
    expect(claims).not.toHaveProperty('iat')
    const second = (await exchange(google, await google.createCode())).json
    expect(second).toHaveProperty('scope')
    expect(second).not.toHaveProperty('expires_in')
  })

  test('of an ID token also strike refreshes, and after=1 skips the login before', async ({ google }) => {
    google.arm({ on: 'token', fault: 'id-token-wrong-issuer', after: 1 })
    const { id_token, refresh_token } = await signIn(google)
    expect(decodeJwt(id_token).claims['iss']).toBe(google.issuer)
    expect(decodeJwt((await refresh(google, refresh_token)).json.id_token).claims['iss']).toBe(`${google.issuer}1`)
  })

  test('are listed with their parts and effects, and settings are kept', async ({ google }) => {
    google.arm({ on: 'drive', fault: 'slow', times: 3, seconds: 2 })
    const { json } = await send(`${google.controlUrl}/faults`)
    expect(json.armed).toEqual([{ on: 'drive', fault: 'slow', times: 3, after: 0, seconds: 2 }])
    expect(json.faults).toContainEqual({ fault: 'deleted-client', on: ['token'], does: 'returns 401 deleted_client' })
    expect(json.faults.filter(({ fault }: { fault: string }) => fault === 'deleted-client')).toHaveLength(2)
  })
})
