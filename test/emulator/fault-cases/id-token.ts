import { constants, createHmac, createPublicKey, verify } from 'node:crypto'
import { expect } from 'vitest'
import type { Emulator } from '../../../src/emulator/index.ts'
import { decodeJwt, exchange, send } from '../raw-http.ts'
import type { FaultCase } from './fault-case.ts'

interface Jwk {
  [member: string]: string
  kid: string
}

async function publishedKeys(google: Emulator): Promise<Jwk[]> {
  return (await send(`${google.issuer}/oauth2/v3/certs`)).json.keys
}

/** Returns the header and claims of a code grant's ID token, its signer, and the age of its key. */
async function idTokenOf(google: Emulator): Promise<unknown> {
  const before = await publishedKeys(google)
  const code = await google.createCode({ nonce: 'the-nonce' })
  const { id_token: token } = (await exchange(google, code)).json
  const { header, claims } = decodeJwt(token)
  const after = await publishedKeys(google)
  const isIn = (keys: Jwk[]): boolean => keys.some(({ kid }) => kid === header['kid'])
  return {
    header,
    claims,
    issuer: String(claims['iss']).replace(google.issuer, 'ISSUER'),
    age: Math.round(Date.now() / 1000 - Number(claims['iat'])),
    left: Math.round(Number(claims['exp']) - Date.now() / 1000),
    signature: signatureOf(token, after),
    key: {
      isNew: !isIn(before),
      isPublished: isIn(after),
      oldIsPublished: after.some(({ kid }) => kid === before[0]?.kid),
    },
  }
}

/** Returns the algorithm with which a published key verifies the signature; ES256 keys are not published. */
function signatureOf(token: string, keys: readonly Jwk[]): string {
  const [head = '', body = '', last = ''] = token.split('.')
  if (last === '') return 'none'
  const { header } = decodeJwt(token)
  const input = Buffer.from(`${head}.${body}`)
  const signature = Buffer.from(last, 'base64url')
  const padding = constants.RSA_PKCS1_PSS_PADDING
  for (const jwk of keys.filter(({ kid }) => header['kid'] === undefined || kid === header['kid'])) {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    if (verify('sha256', input, key, signature)) return 'RS256'
    if (verify('sha512', input, key, signature)) return 'RS512'
    if (verify('sha256', input, { key, padding, saltLength: 32 }, signature)) return 'PS256'
    const secret = key.export({ format: 'pem', type: 'spki' })
    if (createHmac('sha256', secret).update(input).digest().equals(signature)) return 'HS256'
  }
  return `unknown, ${signature.length} bytes`
}

const claims = (expected: object): object => ({ claims: expected, signature: 'RS256' })
const noClaim = (name: string): object => claims(expect.not.objectContaining({ [name]: expect.anything() }))
const web = '100000000001-web.apps.googleusercontent.com'
const stranger = '100000000002-other.apps.googleusercontent.com'

const rows: readonly (readonly [fault: string, sees: object])[] = [
  ['id-token-wrong-issuer', { issuer: 'ISSUER1', signature: 'RS256' }],
  ['id-token-no-issuer', noClaim('iss')],
  ['id-token-issuer-without-scheme', claims({ iss: expect.stringMatching(/^127\.0\.0\.1:\d+$/) })],
  ['id-token-no-subject', noClaim('sub')],
  ['id-token-other-subject', claims({ sub: '119999999999999999999' })],
  ['id-token-no-audience', noClaim('aud')],
  ['id-token-wrong-audience', claims({ aud: stranger })],
  ['id-token-audience-list', claims({ aud: [web] })],
  ['id-token-second-audience', claims({ aud: [web, stranger] })],
  ['id-token-other-party', claims({ azp: stranger })],
  ['id-token-no-iat', noClaim('iat')],
  ['id-token-week-old', { age: near(604_800), left: near(3600), signature: 'RS256' }],
  ['id-token-from-the-future', { age: near(-3600), left: near(7200), signature: 'RS256' }],
  ['id-token-no-exp', noClaim('exp')],
  ['id-token-expired', { age: near(3901), left: near(-301), signature: 'RS256' }],
  ['id-token-no-nonce', noClaim('nonce')],
  ['id-token-wrong-nonce', claims({ nonce: 'the-noncex' })],
  ['id-token-no-at-hash', noClaim('at_hash')],
  ['id-token-wrong-at-hash', claims({ at_hash: 'piwt8oCH-K2D9pXlaS1Y-w' })],
  ['id-token-text-email-verified', claims({ email_verified: 'true' })],
  ['id-token-no-kid', { header: expect.not.objectContaining({ kid: expect.anything() }), signature: 'RS256' }],
  ['id-token-unknown-kid', { header: { kid: '0'.repeat(40) }, key: { isPublished: false } }],
  ['id-token-unsigned', { header: { alg: 'none' }, signature: 'none' }],
  ['id-token-alg-none', { header: { alg: 'none' }, signature: 'RS256' }],
  ['id-token-alg-hs256', { header: { alg: 'HS256' }, signature: 'HS256' }],
  ['id-token-alg-es256', { header: { alg: 'ES256' }, signature: 'unknown, 64 bytes' }],
  ['id-token-alg-ps256', { header: { alg: 'PS256' }, signature: 'PS256' }],
  ['id-token-alg-rs512', { header: { alg: 'RS512' }, signature: 'RS512' }],
  ['id-token-corrupted-signature', { header: { alg: 'RS256' }, signature: 'unknown, 256 bytes' }],
  [
    'id-token-unpublished-key',
    { header: { alg: 'RS256' }, signature: 'unknown, 256 bytes', key: { isPublished: true } },
  ],
  ['rotate-keys', { signature: 'RS256', key: { isNew: true, isPublished: true, oldIsPublished: true } }],
  ['rotate-and-retire-keys', { signature: 'RS256', key: { isNew: true, isPublished: true, oldIsPublished: false } }],
]

/** Matches a number of seconds, with tolerance for slow machines. */
function near(seconds: number): unknown {
  return expect.closeTo(seconds, -2)
}

/** Faults of the ID token, tested with a code grant. */
export const idTokenCases: readonly FaultCase[] = rows.map(([fault, sees]) => ({
  fault,
  on: 'token',
  ask: idTokenOf,
  sees,
}))
