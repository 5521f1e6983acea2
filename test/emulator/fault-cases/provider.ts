import { expect } from 'vitest'
import { bearer, credentials, postForm, refresh, send } from '../raw-http.ts'
import type { FaultCase } from './fault-case.ts'

const keys: FaultCase['ask'] = async ({ issuer }) => {
  const found: { kid: string }[] = (await send(`${issuer}/oauth2/v3/certs`)).json.keys
  return { count: found.length, ids: new Set(found.map(({ kid }) => kid)).size }
}
const discovery: FaultCase['ask'] = async ({ issuer }) => {
  const { json } = await send(`${issuer}/.well-known/openid-configuration`)
  const published = await send(json.jwks_uri)
  return { ...json, jwks_uri: new URL(json.jwks_uri).pathname, keysThere: published.json.keys.length }
}

const deviceCode: FaultCase['ask'] = async (google) => {
  const { client_id } = credentials(google, 'tv')
  return await postForm(`${google.issuer}/device/code`, { client_id, scope: 'openid' })
}
const without = (member: string): object => ({
  status: 200,
  json: expect.not.objectContaining({ [member]: expect.anything() }),
})

/** Faults of the endpoints other than sign-in and tokens. */
export const providerCases: readonly FaultCase[] = [
  { fault: 'single-key', on: 'certs', ask: keys, sees: { count: 1 } },
  { fault: 'no-keys', on: 'certs', ask: keys, sees: { count: 0 } },
  { fault: 'same-kid-twice', on: 'certs', ask: keys, sees: { count: 2, ids: 1 } },
  { fault: 'wrong-issuer', on: 'discovery', ask: discovery, sees: { issuer: 'https://other.example' } },
  {
    fault: 'other-jwks-uri',
    on: 'discovery',
    ask: discovery,
    sees: { jwks_uri: '/oauth2/v3/certs/moved', keysThere: 2 },
  },
  {
    fault: 'no-iss-promise',
    on: 'discovery',
    ask: discovery,
    sees: expect.not.objectContaining({ authorization_response_iss_parameter_supported: expect.anything() }),
  },
  {
    fault: 'other-subject',
    on: 'userinfo',
    ask: async ({ issuer }, { access_token }) => await send(`${issuer}/v1/userinfo`, { headers: bearer(access_token) }),
    sees: { status: 200, json: { sub: '110000000000000000001x' } },
  },
  {
    fault: 'device-quota',
    on: 'device',
    ask: deviceCode,
    sees: { status: 403, json: { error_code: 'rate_limit_exceeded' } },
  },
  {
    fault: 'verification-uri',
    on: 'device',
    ask: deviceCode,
    sees: {
      status: 200,
      json: {
        verification_uri: expect.stringMatching(/\/device$/),
        verification_uri_complete: expect.stringMatching(/\/device\?user_code=[A-Z]{4}-[A-Z]{4}$/),
      },
    },
  },
  { fault: 'no-verification-address', on: 'device', ask: deviceCode, sees: without('verification_url') },
  { fault: 'no-interval', on: 'device', ask: deviceCode, sees: without('interval') },
  {
    fault: 'other-interval',
    on: 'device',
    seconds: 30,
    ask: deviceCode,
    sees: { status: 200, json: { interval: 30 } },
  },
  {
    fault: 'other-lifetime',
    on: 'device',
    seconds: 90,
    ask: deviceCode,
    sees: { status: 200, json: { expires_in: 90 } },
  },
  {
    fault: 'delayed-revocation',
    on: 'revoke',
    // The effect shows: the first revocation leaves the refresh token alive, the second ends it immediately.
    ask: async (google, { refresh_token, access_token }) => {
      const { status } = await postForm(`${google.issuer}/revoke`, { token: access_token })
      return { status, refresh: (await refresh(google, refresh_token)).status }
    },
    sees: { status: 200, refresh: 200 },
  },
]
