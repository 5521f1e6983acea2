import { createHmac, createPublicKey, sign } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { createProofKey, jtiOf, proof, type ProofKey, type ProofRequest, signedProof } from '../support/dpop-proof.ts'
import { credentials, postForm, type RawAnswer } from './raw-http.ts'
import { test } from './with-google.ts'

const key = createProofKey()
const now = (): number => Math.floor(Date.now() / 1000)

/** A place for a proof: the code that it exchanges, and the address of the token endpoint. */
interface Place {
  readonly google: Emulator
  readonly code: string
  readonly htu: string
}

const valid = ({ code, htu }: Place, more: Partial<ProofRequest> = {}): string =>
  proof({ key, htu, jti: jtiOf(code), ...more })

/** A proof that differs from a valid one in its header or its claims. */
const withHeader =
  (header: Readonly<Record<string, unknown>>, by: ProofKey = key) =>
  (place: Place): string =>
    valid(place, { key: by, header })
const withClaims =
  (claims: Readonly<Record<string, unknown>>) =>
  (place: Place): string =>
    valid(place, { claims })
const withKey = (by: ProofKey, header: Readonly<Record<string, unknown>> = {}) => withHeader(header, by)
const withHtu =
  (change: (htu: string) => string) =>
  (place: Place): string =>
    valid(place, { htu: change(place.htu) })

/** Changes one of the three parts of a valid proof. */
const withPart =
  (index: 0 | 1 | 2, change: (part: string) => string) =>
  (place: Place): string =>
    valid(place)
      .split('.')
      .map((part, at) => (at === index ? change(part) : part))
      .join('.')

/** Signs a header and claims that are changed as text. */
const withText =
  (change: { readonly header?: (json: string) => string; readonly payload?: (json: string) => string }) =>
  ({ code, htu }: Place): string => {
    const header = JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk })
    const payload = JSON.stringify({ htm: 'POST', htu, jti: jtiOf(code), iat: now() })
    return signedProof(key, change.header?.(header) ?? header, change.payload?.(payload) ?? payload)
  }

/** Changes the bytes of a part. */
const bytes = (change: (bytes: Buffer) => Buffer) => (part: string) =>
  change(Buffer.from(part, 'base64url')).toString('base64url')
const flipped = (at: number, bit: number) =>
  bytes((all) => Buffer.from(all.map((byte, index) => (index === at ? byte ^ bit : byte))))

const p384 = createProofKey('P-384')
const koblitz = createProofKey('secp256k1')
const ed25519 = createProofKey('Ed25519')
const rsa = createProofKey('RSA')
const shortRsa = createProofKey('RSA-1024')
const privateJwk = key.privateKey.export({ format: 'jwk' })
const { x = '', y = '' } = createPublicKey(key.privateKey).export({ format: 'jwk' })

const withHs256 = ({ code, htu }: Place): string => {
  const [head = '', payload = ''] = proof({ key, htu, jti: jtiOf(code), header: { alg: 'HS256' } }).split('.')
  const secret = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' })
  return `${head}.${payload}.${createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url')}`
}

const withDer = (place: Place): string => {
  const [head = '', payload = ''] = valid(place).split('.')
  const der = sign('sha256', Buffer.from(`${head}.${payload}`), key.privateKey)
  return `${head}.${payload}.${der.toString('base64url')}`
}

const unsigned = ({ code, htu }: Place): string => {
  const [head, payload] = proof({ key, htu, jti: jtiOf(code), header: { alg: 'none' } }).split('.')
  return `${head}.${payload}.`
}

/** The last character of 64 bytes has four unused bits: A, Q, g or w. */
const lastWithUnusedBit = (part: string): string => String.fromCharCode(part.charCodeAt(part.length - 1) + 1)
const zeros = Buffer.alloc(32).toString('base64url')
const withZero = (value: string): string =>
  Buffer.concat([Buffer.alloc(1), Buffer.from(value, 'base64url')]).toString('base64url')

/** The defect of each proof, the proof, and a part of the description that the client gets. */
const badProofs: readonly (readonly [what: string, make: (place: Place) => string, says: string])[] = [
  ['an empty header', () => '', 'compact JWS'],
  ['a word', () => 'proof', 'compact JWS'],
  ['two parts', (place) => valid(place).split('.').slice(0, 2).join('.'), 'compact JWS'],
  ['four parts', (place) => `${valid(place)}.${valid(place).split('.')[2]}`, 'compact JWS'],
  ['a JWS with JSON serialization', () => JSON.stringify({ payload: '', signatures: [] }), 'exactly one DPoP header'],
  ['two proofs with a comma between', (place) => `${valid(place)}, ${valid(place)}`, 'exactly one DPoP header'],
  ['the scheme DPoP before it', (place) => `DPoP ${valid(place)}`, 'compact JWS'],
  ['padding', (place) => `${valid(place)}==`, 'compact JWS'],
  ['base64 instead of base64url', withPart(2, () => '+/'.repeat(43)), 'compact JWS'],
  ['a blank in a part', withPart(1, (part) => `${part.slice(0, 4)} ${part.slice(4)}`), 'compact JWS'],
  ['unused bits that are set', withPart(2, (part) => part.slice(0, -1) + lastWithUnusedBit(part)), 'compact JWS'],
  ['an impossible length', withPart(2, (part) => `${part}AAA`), 'compact JWS'],
  ['5,000 characters', (place) => valid(place, { claims: { filler: 'x'.repeat(4000) } }), 'longer than 4096'],
  ['a header that is no JSON', withText({ header: () => '{' }), 'header of the DPoP proof must be a JSON object'],
  ['a header that is a list', withText({ header: () => '[]' }), 'header of the DPoP proof must be a JSON object'],
  ['a header that is null', withText({ header: () => 'null' }), 'header of the DPoP proof must be a JSON object'],
  ['a byte order mark', withText({ header: (json) => `\uFEFF${json}` }), 'must be a JSON object'],
  [
    'invalid UTF-8',
    withPart(
      1,
      bytes((all) => Buffer.concat([all, Buffer.from([0xff])])),
    ),
    'must be a JSON object',
  ],
  ['claims that are a string', withText({ payload: () => '"x"' }), 'payload of the DPoP proof must be a JSON object'],
  ['no claims', withText({ payload: () => '' }), 'payload of the DPoP proof must be a JSON object'],
  ['alg twice', withText({ header: (json) => json.replace('{', '{"alg":"ES256",') }), 'the same member twice'],
  [
    'alg twice, once escaped',
    withText({ header: (json) => json.replace('{', String.raw`{"\u0061lg":"none",`) }),
    'twice',
  ],
  ['a member of the jwk twice', withText({ header: (json) => json.replace('"kty"', '"kty" : "RSA","kty"') }), 'twice'],
  ['jti twice', withText({ payload: (json) => json.replace('{', '{"jti":"other",') }), 'the same member twice'],
  ['no typ', withHeader({ typ: undefined }), 'typ of the DPoP proof must be dpop+jwt'],
  ['typ JWT', withHeader({ typ: 'JWT' }), 'typ of the DPoP proof must be dpop+jwt'],
  ['typ as a list', withHeader({ typ: ['dpop+jwt'] }), 'typ of the DPoP proof must be dpop+jwt'],
  ['no alg', withHeader({ alg: undefined }), 'alg of the DPoP proof must be ES256'],
  ['alg none', withHeader({ alg: 'none' }), 'alg of the DPoP proof must be ES256'],
  ['alg none without a signature', unsigned, 'alg of the DPoP proof must be ES256'],
  ['no signature', withPart(2, () => ''), '64 bytes'],
  ['HS256 with the public key as the secret', withHs256, 'alg of the DPoP proof must be ES256'],
  ['alg es256 in lower case', withHeader({ alg: 'es256' }), 'alg of the DPoP proof must be ES256'],
  ['alg ES384 with P-384', withKey(p384, { alg: 'ES384' }), 'alg of the DPoP proof must be ES256'],
  ['alg EdDSA with Ed25519', withKey(ed25519, { alg: 'EdDSA' }), 'alg of the DPoP proof must be ES256'],
  ['alg PS256 with RSA', withKey(rsa, { alg: 'PS256' }), 'alg of the DPoP proof must be ES256'],
  ['a crit', withHeader({ crit: ['b64'], b64: false }), 'must not have crit'],
  ['an empty crit', withHeader({ crit: [] }), 'must not have crit'],
  ['no jwk', withHeader({ jwk: undefined }), 'must have the public key as jwk'],
  ['a jwk as text', withHeader({ jwk: JSON.stringify(key.jwk) }), 'must have the public key as jwk'],
  ['a list of jwk', withHeader({ jwk: [key.jwk] }), 'must have the public key as jwk'],
  ['an empty jwk', withHeader({ jwk: {} }), 'a key on P-256'],
  ['a private jwk', withHeader({ jwk: privateJwk }), 'contains a private key'],
  ['a private jwk of RSA', withKey(rsa, { jwk: rsa.privateKey.export({ format: 'jwk' }) }), 'contains a private key'],
  ['a symmetric jwk', withHeader({ jwk: { kty: 'oct', k: 'AAAA' } }), 'contains a private key'],
  [
    'a coordinate of 31 bytes',
    withHeader({ jwk: { ...key.jwk, x: Buffer.alloc(31, 1).toString('base64url') } }),
    '32 bytes each',
  ],
  ['a kid in the jwk', withHeader({ jwk: { ...key.jwk, kid: '1' } }), 'exactly the members kty, crv, x and y'],
  ['use and alg in the jwk', withHeader({ jwk: { ...key.jwk, use: 'sig', alg: 'ES256' } }), 'exactly the members'],
  ['no y in the jwk', withHeader({ jwk: { ...key.jwk, y: undefined } }), 'a key on P-256'],
  ['no kty in the jwk', withHeader({ jwk: { ...key.jwk, kty: undefined } }), 'a key on P-256'],
  ['another kty', withHeader({ jwk: { ...key.jwk, kty: 'RSA' } }), 'a key on P-256'],
  ['another crv', withHeader({ jwk: { ...key.jwk, crv: 'P-384' } }), 'a key on P-256'],
  ['x as a number', withHeader({ jwk: { ...key.jwk, x: 1 } }), 'a key on P-256'],
  ['x and y exchanged', withHeader({ jwk: { ...key.jwk, x: y, y: x } }), 'a key on P-256'],
  ['x with padding', withHeader({ jwk: { ...key.jwk, x: `${x}=` } }), 'a key on P-256'],
  ['x with a leading zero', withHeader({ jwk: { ...key.jwk, x: withZero(x) } }), 'a key on P-256'],
  ['the point at infinity', withHeader({ jwk: { ...key.jwk, x: zeros, y: zeros } }), 'a key on P-256'],
  ['ES256 with P-384', withKey(p384), 'a key on P-256'],
  ['ES256 with secp256k1', withKey(koblitz), 'a key on P-256'],
  ['ES256 with Ed25519', withKey(ed25519), 'a key on P-256'],
  ['ES256 with RSA', withKey(rsa, { alg: 'ES256' }), 'a key on P-256'],
  ['RS256 with P-256', withHeader({ alg: 'RS256' }), 'an RSA key of at least 2048 bits'],
  ['RSA with 1024 bits', withKey(shortRsa), 'an RSA key of at least 2048 bits'],
  ['RSA with alg in the jwk', withKey(rsa, { jwk: { ...rsa.jwk, alg: 'RS256' } }), 'exactly the members kty, n and e'],
  ['RSA with a leading zero', withKey(rsa, { jwk: { ...rsa.jwk, e: 'AAEAAQ' } }), 'exactly the members kty, n and e'],
  ['the jwk of another key', withHeader({ jwk: createProofKey().jwk }), 'does not match its jwk'],
  ['the jwk of another RSA key', withKey(rsa, { jwk: createProofKey('RSA').jwk }), 'does not match its jwk'],
  ['a DER signature', withDer, 'not DER'],
  [
    'a signature that is too short',
    withPart(
      2,
      bytes((all) => all.subarray(1)),
    ),
    '64 bytes',
  ],
  [
    'a signature that is too long',
    withPart(
      2,
      bytes((all) => Buffer.concat([all, Buffer.alloc(1)])),
    ),
    '64 bytes',
  ],
  [
    'a signature of zeros',
    withPart(
      2,
      bytes((all) => Buffer.alloc(all.length)),
    ),
    'does not match its jwk',
  ],
  ['the first bit of r flipped', withPart(2, flipped(0, 0x80)), 'does not match its jwk'],
  ['the last bit of s flipped', withPart(2, flipped(63, 1)), 'does not match its jwk'],
  [
    'r and s exchanged',
    withPart(
      2,
      bytes((all) => Buffer.concat([all.subarray(32), all.subarray(0, 32)])),
    ),
    'match',
  ],
  [
    'a blank added to the claims',
    withPart(
      1,
      bytes((all) => Buffer.concat([all, Buffer.from(' ')])),
    ),
    'match',
  ],
  ['no htm', withClaims({ htm: undefined }), 'htm of the DPoP proof must be POST'],
  ['htm GET', withClaims({ htm: 'GET' }), 'htm of the DPoP proof must be POST'],
  ['htm in lower case', withClaims({ htm: 'post' }), 'htm of the DPoP proof must be POST'],
  ['htm as a list', withClaims({ htm: ['POST'] }), 'htm of the DPoP proof must be POST'],
  ['no htu', withClaims({ htu: undefined }), 'htu of the DPoP proof must be http://127.0.0.1'],
  ['htu as a list', (place) => valid(place, { claims: { htu: [place.htu] } }), 'htu of the DPoP proof'],
  ['Google’s htu', withClaims({ htu: 'https://oauth2.googleapis.com/token' }), 'htu of the DPoP proof must be http://'],
  ['https in htu', withHtu((htu) => htu.replace('http', 'https')), 'htu of the DPoP proof'],
  ['another host in htu', withHtu((htu) => htu.replace('127.0.0.1', '127.0.0.2')), 'htu of the DPoP proof'],
  ['another port in htu', withHtu((htu) => htu.replace(/:\d+/, ':1')), 'htu of the DPoP proof'],
  ['another path in htu', withHtu((htu) => htu.replace('/token', '/revoke')), 'htu of the DPoP proof'],
  ['capitals in the path of htu', withHtu((htu) => htu.replace('/token', '/Token')), 'htu of the DPoP proof'],
  ['a slash after htu', withHtu((htu) => `${htu}/`), 'htu of the DPoP proof'],
  ['a query in htu', withHtu((htu) => `${htu}?x=1`), 'htu of the DPoP proof'],
  ['an empty query in htu', withHtu((htu) => `${htu}?`), 'htu of the DPoP proof'],
  ['a fragment in htu', withHtu((htu) => `${htu}#x`), 'htu of the DPoP proof'],
  ['a user in htu', withHtu((htu) => htu.replace('//', '//user@')), 'htu of the DPoP proof'],
  ['a blank before htu', withHtu((htu) => ` ${htu}`), 'htu of the DPoP proof'],
  ['only the path as htu', withClaims({ htu: '/token' }), 'htu of the DPoP proof'],
  ['backslashes in htu', withHtu((htu) => htu.replace('//', String.raw`\\`)), 'htu of the DPoP proof'],
  ['no iat', withClaims({ iat: undefined }), 'iat of the DPoP proof must be a number'],
  ['iat as text', withClaims({ iat: String(now()) }), 'iat of the DPoP proof must be a number'],
  ['iat null', withClaims({ iat: null }), 'iat of the DPoP proof must be a number'],
  ['iat in milliseconds', withClaims({ iat: now() * 1000 }), 'in seconds, not milliseconds'],
  ['iat an hour ago', withClaims({ iat: now() - 3600 }), 'at most 300 seconds old, or 60 seconds ahead'],
  ['iat in an hour', withClaims({ iat: now() + 3600 }), 'at most 300 seconds old, or 60 seconds ahead'],
  ['iat beyond all numbers', withText({ payload: (json) => json.replace(/"iat":\d+/, '"iat":1e999') }), 'is Infinity'],
  ['no jti', withClaims({ jti: undefined }), 'jti of the DPoP proof must be a string'],
  ['an empty jti', withClaims({ jti: '' }), 'jti of the DPoP proof must be a string'],
  ['jti as a number', withClaims({ jti: 1 }), 'jti of the DPoP proof must be a string'],
  ['a jti of 513 characters', withClaims({ jti: 'x'.repeat(513) }), '1 to 512 characters'],
  ['a random jti', withClaims({ jti: 'random' }), 'must be base64url(SHA-256(code))'],
  ['another code’s jti', withClaims({ jti: jtiOf('4/0Aother') }), 'must be base64url(SHA-256(code))'],
  ['the code’s jti with padding', (place) => valid(place, { jti: `${jtiOf(place.code)}=` }), 'SHA-256(code)'],
  ['nonce as a number', withClaims({ nonce: 1 }), 'nonce of the DPoP proof must be a string'],
  ['nonce null', withClaims({ nonce: null }), 'nonce of the DPoP proof must be a string'],
]

async function exchange({ google, code }: Place, dpop: string | string[]): Promise<RawAnswer> {
  const form = { ...credentials(google), grant_type: 'authorization_code', code, redirect_uri: '' }
  return await postForm(`${google.issuer}/token`, form, { dpop })
}

async function newPlace(google: Emulator): Promise<Place> {
  return { google, code: await google.createCode(), htu: `${google.issuer}/token` }
}

const refusal = (says: string): object => ({
  status: 400,
  json: { error: 'invalid_dpop_proof', error_description: expect.stringContaining(says) },
})

describe('a proof is refused, and the code stays good, with', () => {
  test.for(badProofs)('%s', async ([, make, says], { google }) => {
    const here = await newPlace(google)
    const refused = await exchange(here, make(here))
    expect(refused).toMatchObject(refusal(says))
    // RFC 6749 section 5.2
    expect(refused.json.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,200}$/)
    expect((await exchange(here, valid(here))).status).toBe(200)
  })

  test('another in a second header', async ({ google }) => {
    const here = await newPlace(google)
    expect(await exchange(here, [valid(here), valid(here)])).toMatchObject(refusal('exactly one DPoP header'))
    expect(await exchange(here, [valid(here), ''])).toMatchObject(refusal('exactly one DPoP header'))
    expect((await exchange(here, valid(here))).status).toBe(200)
  })
})

describe('the time of a proof', () => {
  test.for([
    ['299 seconds ago', -299, true],
    ['302 seconds ago', -302, false],
    ['55 seconds ahead', 55, true],
    ['70 seconds ahead', 70, false],
  ] as const)('%s is by the emulator’s clock', async ([, offset, accepted], { google }) => {
    google.advanceClock('30d')
    const here = await newPlace(google)
    const iat = now() + 30 * 86_400 + offset
    const { status, json, headers } = await exchange(here, valid(here, { iat }))
    expect(status).toBe(accepted ? 200 : 400)
    expect(String(json.error_description)).toContain(accepted ? 'undefined' : `is ${iat}, but it is `)
    expect(Math.abs(Date.parse(String(headers.date)) / 1000 - iat + offset)).toBeLessThan(60)
  })

  test('may have a fraction', async ({ google }) => {
    const here = await newPlace(google)
    expect((await exchange(here, valid(here, { iat: now() + 0.5 }))).status).toBe(200)
  })
})

describe('a proof that was used', () => {
  const refresh = async (google: Emulator, refresh_token: string, dpop: string): Promise<RawAnswer> =>
    await postForm(
      `${google.issuer}/token`,
      { ...credentials(google), grant_type: 'refresh_token', refresh_token },
      { dpop },
    )

  test('is refused at the next refresh; another key may use the same jti', async ({ google }) => {
    const { htu, code } = await newPlace(google)
    const exchanged = valid({ google, code, htu })
    const { refresh_token } = (await exchange({ google, code, htu }, exchanged)).json
    expect(await refresh(google, refresh_token, exchanged)).toMatchObject(refusal('was used before'))
    const once = proof({ key, htu, jti: 'once' })
    expect((await refresh(google, refresh_token, once)).status).toBe(200)
    expect(await refresh(google, refresh_token, once)).toMatchObject(refusal('was used before'))
    expect(await refresh(google, refresh_token, proof({ key, htu, jti: 'once' }))).toMatchObject(refusal('used before'))
    const unbound = await postForm(htu, {
      ...credentials(google),
      grant_type: 'authorization_code',
      redirect_uri: '',
      code: await google.createCode({ forceRefreshToken: true }),
    })
    const other = proof({ key: createProofKey(), htu, jti: 'once' })
    expect((await refresh(google, unbound.json.refresh_token, other)).status).toBe(200)
  })

  test('stays refused as long as its time is accepted', async ({ google }) => {
    const here = await newPlace(google)
    const { refresh_token } = (await exchange(here, valid(here))).json
    const iat = now() + 50
    const once = proof({ key, htu: here.htu, iat })
    expect((await refresh(google, refresh_token, once)).status).toBe(200)
    google.advanceClock('340s')
    expect(await refresh(google, refresh_token, once)).toMatchObject(refusal('was used before'))
    google.advanceClock('30s')
    expect(await refresh(google, refresh_token, once)).toMatchObject(refusal(`is ${iat}, but it is`))
  })

  test('gets the same as any used code at a second exchange', async ({ google }) => {
    const here = await newPlace(google)
    await exchange(here, valid(here))
    expect(await exchange(here, valid(here))).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Bad Request' },
    })
  })
})
