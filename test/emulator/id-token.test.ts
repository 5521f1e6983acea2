import { createPublicKey, verify, X509Certificate } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { accessTokenHash } from '../../src/emulator/oauth/id-token.ts'
import { credentials, decodeJwt, exchange, refresh, send, signIn } from './raw-http.ts'
import { startGoogle, test } from './with-google.ts'

interface PublishedKey {
  kid: string
  n: string
  e: string
}

async function publishedKeys(google: Emulator): Promise<PublishedKey[]> {
  return (await send(`${google.issuer}/oauth2/v3/certs`)).json.keys
}

/** Returns the kid of the published key that verifies the token. */
async function verifiedBy(google: Emulator, token: string): Promise<string | undefined> {
  const [head, body, signature = ''] = token.split('.')
  const signed = Buffer.from(`${head}.${body}`)
  const keys = await publishedKeys(google)
  return keys.find(({ n, e }) => {
    const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
    return verify('sha256', signed, key, Buffer.from(signature, 'base64url'))
  })?.kid
}

describe('an ID token', () => {
  test('has Google’s header and claims, and a signature by the published key it names', async ({ google }) => {
    const tokens = await signIn(google)
    const { header, claims } = decodeJwt(tokens.id_token)
    expect(Object.keys(header)).toEqual(['alg', 'kid', 'typ'])
    expect(header).toEqual({ alg: 'RS256', kid: expect.stringMatching(/^[0-9a-f]{40}$/), typ: 'JWT' })
    const clientId = credentials(google).client_id
    expect(claims).toEqual({
      iss: google.issuer,
      azp: clientId,
      aud: clientId,
      sub: '110000000000000000001',
      email: 'ada@example.com',
      email_verified: true,
      at_hash: accessTokenHash(tokens.access_token),
      name: 'Ada Lovelace',
      picture: expect.stringMatching(/^https:/),
      given_name: 'Ada',
      family_name: 'Lovelace',
      iat: expect.any(Number),
      exp: Number(claims['iat']) + 3600,
    })
    expect(Math.abs(Number(claims['iat']) - Date.now() / 1000)).toBeLessThan(60)
    expect(await verifiedBy(google, tokens.id_token)).toBe(header['kid'])
  })

  test('at_hash is computed as in Google’s own example', () => {
    const accessToken = 'ya29.CjHSA1l5WUn8xZ6HanHFzzdHdbXm-14rxnC7JHch9eFIsZkQEGoWzaYG4o7k5f6BnPLj'
    expect(accessTokenHash(accessToken)).toBe('piwt8oCH-K2D9pXlaS1Y-w')
  })

  test('of a Workspace account names its domain', async ({ google }) => {
    const { id_token } = await signIn(google, { account: 'grace@corp.example' })
    expect(decodeJwt(id_token).claims).toMatchObject({ hd: 'corp.example', email: 'grace@corp.example' })
  })

  test('has only the claims that the scopes allow', async ({ google }) => {
    const { id_token } = await signIn(google, { scopes: ['openid'] })
    expect(Object.keys(decodeJwt(id_token).claims)).toEqual(['iss', 'azp', 'aud', 'sub', 'at_hash', 'iat', 'exp'])
  })

  test('has the requested nonce, but not after a refresh', async ({ google }) => {
    const tokens = await signIn(google, { nonce: 'the nonce' })
    expect(decodeJwt(tokens.id_token).claims['nonce']).toBe('the nonce')
    const refreshed = (await refresh(google, tokens.refresh_token)).json
    const { claims } = decodeJwt(refreshed.id_token)
    expect(claims).not.toHaveProperty('nonce')
    expect(claims['at_hash']).toBe(accessTokenHash(refreshed.access_token))
  })

  test('is dated by the emulator’s clock', async ({ google }) => {
    google.advanceClock('7d')
    const { claims } = decodeJwt((await signIn(google)).id_token)
    expect(Number(claims['iat']) - Date.now() / 1000).toBeGreaterThan(7 * 86_400 - 60)
  })
})

describe('the published keys', () => {
  test('are two RSA keys in a JWK set, cacheable, and with an age', async ({ google }) => {
    const { headers, json } = await send(`${google.issuer}/oauth2/v3/certs`)
    expect(json.keys).toHaveLength(2)
    for (const key of json.keys) {
      expect(Object.keys(key)).toEqual(['kid', 'use', 'e', 'n', 'kty', 'alg'])
      expect(key).toMatchObject({ use: 'sig', e: 'AQAB', kty: 'RSA', alg: 'RS256' })
      expect(Buffer.from(key.n, 'base64url')).toHaveLength(256)
    }
    const maxAge = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1])
    expect(headers['cache-control']).toBe(`public, max-age=${maxAge}, must-revalidate, no-transform`)
    expect(headers['content-type']).toBe('application/json; charset=UTF-8')
    const age = Number(headers['age'])
    expect(age).toBeGreaterThan(0)
    const left = (Date.parse(headers['expires'] ?? '') - Date.parse(headers['date'] ?? '')) / 1000
    expect(Math.abs(left - (maxAge - age))).toBeLessThanOrEqual(1)
  })

  test('are the same as a map of kid to self-signed X.509 certificate', async ({ google }) => {
    const keys = await publishedKeys(google)
    const certificates: Record<string, string> = (await send(`${google.issuer}/oauth2/v1/certs`)).json
    expect(Object.keys(certificates)).toEqual(keys.map(({ kid }) => kid))
    for (const { kid, n } of keys) {
      const certificate = new X509Certificate(certificates[kid] ?? '')
      expect(certificate.publicKey.export({ format: 'jwk' }).n).toBe(n)
      expect(certificate.verify(certificate.publicKey)).toBe(true)
      expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now())
    }
  })

  test('after a rotation a new key signs and the old one stays published', async ({ google }) => {
    const before = (await signIn(google)).id_token
    await google.rotateKeys()
    const after = (await signIn(google)).id_token
    expect(decodeJwt(after).header['kid']).not.toBe(decodeJwt(before).header['kid'])
    expect(await verifiedBy(google, after)).toBe(decodeJwt(after).header['kid'])
    expect(await verifiedBy(google, before)).toBe(decodeJwt(before).header['kid'])
  })

  test('after a rotation with retire the old one is gone', async ({ google }) => {
    const before = (await signIn(google)).id_token
    await google.rotateKeys({ retire: true })
    expect(await verifiedBy(google, before)).toBeUndefined()
    expect(await verifiedBy(google, (await signIn(google)).id_token)).toBeDefined()
  })

  test('survive a reset', async ({ google }) => {
    await google.rotateKeys()
    const before = await publishedKeys(google)
    google.reset()
    expect(await publishedKeys(google)).toEqual(before)
  })

  test('start equal in all emulators of a process, and rotate independently', async ({ google }) => {
    const other = await startGoogle()
    expect(await publishedKeys(other)).toEqual(await publishedKeys(google))
    await other.rotateKeys({ retire: true })
    expect((await publishedKeys(google)).map(({ kid }) => kid)).not.toContain((await publishedKeys(other))[0]?.kid)
  })
})

test('the discovery document is the captured one with the emulator’s origin', async ({ google }) => {
  const { headers, body, json } = await send(`${google.issuer}/.well-known/openid-configuration`)
  const { issuer } = google
  expect(headers['content-type']).toBe('application/json')
  expect(body.startsWith(`{\n "issuer": "${issuer}",\n "authorization_endpoint": "${issuer}/o/oauth2/v2/auth",`)).toBe(
    true,
  )
  expect(json).toEqual({
    issuer,
    authorization_endpoint: `${issuer}/o/oauth2/v2/auth`,
    device_authorization_endpoint: `${issuer}/device/code`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/v1/userinfo`,
    revocation_endpoint: `${issuer}/revoke`,
    jwks_uri: `${issuer}/oauth2/v3/certs`,
    response_types_supported: [
      'code',
      'token',
      'id_token',
      'code token',
      'code id_token',
      'token id_token',
      'code token id_token',
      'none',
    ],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    scopes_supported: ['openid', 'email', 'profile'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic'],
    claims_supported: [
      'aud',
      'email',
      'email_verified',
      'exp',
      'family_name',
      'given_name',
      'iat',
      'iss',
      'name',
      'picture',
      'sub',
    ],
    code_challenge_methods_supported: ['plain', 'S256'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ],
    authorization_response_iss_parameter_supported: true,
  })
})

test('the authorization server metadata is the same without scopes, with three addresses for people', async ({
  google,
}) => {
  const discovery = await send(`${google.issuer}/.well-known/openid-configuration`)
  const { status, headers, json } = await send(`${google.issuer}/.well-known/oauth-authorization-server`)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('application/json')
  const { service_documentation, op_policy_uri, op_tos_uri, ...shared } = json
  for (const address of [service_documentation, op_policy_uri, op_tos_uri]) expect(address).toMatch(/^https:\/\//)
  expect({ ...shared, scopes_supported: discovery.json.scopes_supported }).toEqual(discovery.json)
  expect(json).not.toHaveProperty('scopes_supported')
})

test('an emulator responds to its first exchange while its keys are still being generated', async () => {
  const google = await startGoogle()
  const { json } = await exchange(google, await google.createCode())
  expect(json).toHaveProperty('id_token')
})
