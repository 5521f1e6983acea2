import { createHash, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { accessTokenHash, type IdTokenExpectations, verifyIdToken } from '../../src/oauth/id-token.ts'
import { failureOf } from '../support/failure-of.ts'
import { rsaKeyPair } from '../support/key-pair.ts'

const now = 1_800_000_000
const audience = '123-web.apps.googleusercontent.com'
const { privateKey, publicKey } = rsaKeyPair()
const small = rsaKeyPair(1024)

const jwk = (key: KeyObject, kid: string, more: object = {}): Record<string, unknown> => ({
  ...key.export({ format: 'jwk' }),
  kid,
  alg: 'RS256',
  use: 'sig',
  ...more,
})
const jwks = {
  source: 'the test',
  keys: [
    jwk(publicKey, 'k1'),
    jwk(small.publicKey, 'small'),
    jwk(publicKey, 'enc', { use: 'enc' }),
    jwk(publicKey, 'twice'),
    jwk(publicKey, 'twice'),
  ],
}
const expected: IdTokenExpectations = { issuers: ['https://accounts.google.com', 'accounts.google.com'], audience, now }
const goodHeader = { alg: 'RS256', kid: 'k1', typ: 'JWT' }
const goodClaims = {
  iss: 'https://accounts.google.com',
  aud: audience,
  azp: audience,
  sub: '1',
  iat: now,
  exp: now + 3600,
}

const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url')

/** Builds a signed token from raw header and payload texts, to try what JSON.stringify would never write. */
function signed(header: object | string, payload: object | string | Buffer, key = privateKey): string {
  const text = (value: object | string): string | Buffer =>
    typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)
  const input = `${base64url(text(header))}.${base64url(text(payload))}`
  return `${input}.${base64url(sign('sha256', Buffer.from(input), key))}`
}

describe('an ID token is accepted', () => {
  test.each([
    ['as Google issues it', goodClaims, {}],
    ['with the issuer spelt without https', { ...goodClaims, iss: 'accounts.google.com' }, {}],
    ['with a list of one audience', { ...goodClaims, aud: [audience] }, {}],
    [
      'with the Android client of the same project as azp',
      { ...goodClaims, azp: '123-android.apps.googleusercontent.com' },
      {},
    ],
    ['without azp', { ...goodClaims, azp: undefined }, {}],
    ['within the clock skew', { ...goodClaims, iat: now + 59, exp: now + 3659 }, {}],
    ['just expired', { ...goodClaims, exp: now - 59, iat: now - 3600 }, {}],
    ['with the sent nonce', { ...goodClaims, nonce: 'n' }, { nonce: 'n' }],
    ['with the expected domain', { ...goodClaims, hd: 'corp.example' }, { hostedDomain: 'corp.example' }],
    ['young enough', { ...goodClaims, iat: now - 100 }, { maxAgeSeconds: 100 }],
  ])('%s', async (_, claims, more) => {
    const { claims: verified } = verifyIdToken(new Secret(signed(goodHeader, claims)), jwks, {
      ...expected,
      ...more,
    })
    expect(verified.sub).toBe('1')
  })

  test('with the at_hash of Google’s published example', () => {
    const token = new Secret('ya29.CjHSA1l5WUn8xZ6HanHFzzdHdbXm-14rxnC7JHch9eFIsZkQEGoWzaYG4o7k5f6BnPLj')
    expect(accessTokenHash(token)).toBe('piwt8oCH-K2D9pXlaS1Y-w')
  })
})

describe('an ID token is refused', () => {
  const good = signed(goodHeader, goodClaims)
  const [head = '', body = '', signature = ''] = good.split('.')
  const claims = (more: object): string => signed(goodHeader, { ...goodClaims, ...more })
  const header = (more: object): string => signed({ ...goodHeader, ...more }, goodClaims)

  test.each<[string, string, string, Partial<IdTokenExpectations>?]>([
    ['in two parts', `${head}.${body}`, 'its form'],
    ['in four parts', `${good}.x`, 'its form'],
    ['with padding', `${head}=.${body}.${signature}`, 'its form'],
    ['with white space', `${head}.${body}.${signature}\n`, 'its form'],
    ['in standard base64', `${head}.${body}.${signature.slice(0, -4)}+/+/`, 'its form'],
    [
      'with stray bits at the end',
      `${head}.${body}.${signature.slice(0, -1)}${signature.endsWith('B') ? 'C' : 'B'}`,
      'its form',
    ],
    ['that is huge', `${head}.${'A'.repeat(20_000)}.${signature}`, 'its length'],
    ['whose header is not an object', signed('[]', goodClaims), 'the header'],
    ['whose payload is not UTF-8', signed(goodHeader, Buffer.from([0x7b, 0xff, 0x7d])), 'the payload'],
    ['with a duplicate claim', signed(goodHeader, `{"sub":"1","s\\u0075b":"2"}`), 'the payload'],
    ['without a signature algorithm', header({ alg: 'none' }), 'alg'],
    ['signed with HS256', header({ alg: 'HS256' }), 'alg'],
    ['signed with RS512', header({ alg: 'RS512' }), 'alg'],
    ['with crit', header({ crit: ['exp'] }), 'crit'],
    ['with b64', header({ b64: false }), 'b64'],
    ['that is an access token', header({ typ: 'at+jwt' }), 'typ'],
    ['without a key id', header({ kid: undefined }), 'kid'],
    ['with an unknown key', header({ kid: 'other' }), 'kid'],
    ['with an ambiguous key', header({ kid: 'twice' }), 'kid'],
    ['with a short key', signed({ ...goodHeader, kid: 'small' }, goodClaims, small.privateKey), 'the size of the key'],
    ['with a key for encryption', header({ kid: 'enc' }), 'the use of the key'],
    [
      'with a key inside',
      signed({ ...goodHeader, jwk: jwk(small.publicKey, 'k1') }, goodClaims, small.privateKey),
      'the signature',
    ],
    [
      'with another payload',
      `${head}.${base64url(JSON.stringify({ ...goodClaims, sub: '2' }))}.${signature}`,
      'the signature',
    ],
    ['from another issuer', claims({ iss: 'https://accounts.google.com.evil.example' }), 'iss'],
    ['without an issuer', claims({ iss: undefined }), 'iss'],
    ['for another client', claims({ aud: '9-x.apps.googleusercontent.com' }), 'aud'],
    ['for another client as well', claims({ aud: [audience, 'other'] }), 'aud'],
    ['for an empty list of clients', claims({ aud: [] }), 'aud'],
    ['without an audience', claims({ aud: undefined }), 'aud'],
    ['for a party from another project', claims({ azp: '9-android.apps.googleusercontent.com' }), 'azp'],
    ['for a party that is not text', claims({ azp: 7 }), 'azp'],
    ['that is expired', claims({ exp: now - 60 }), 'exp'],
    ['whose expiry is text', claims({ exp: String(now + 3600) }), 'exp'],
    ['without an expiry', claims({ exp: undefined }), 'exp'],
    ['that expires before it becomes valid', claims({ exp: now + 10, iat: now + 20 }), 'exp'],
    ['from the future', claims({ iat: now + 120 }), 'iat'],
    ['without an issue time', claims({ iat: undefined }), 'iat'],
    ['that is too old', claims({ iat: now - 200 }), 'iat', { maxAgeSeconds: 100 }],
    ['that is not valid yet', claims({ nbf: now + 120 }), 'nbf'],
    ['with another nonce', claims({ nonce: 'other' }), 'nonce', { nonce: 'mine' }],
    ['without the nonce', claims({}), 'nonce', { nonce: 'mine' }],
    [
      'with another at_hash',
      claims({ at_hash: 'piwt8oCH-K2D9pXlaS1Y-w' }),
      'at_hash',
      { accessToken: new Secret('ya29.other') },
    ],
    ['from another domain', claims({ hd: 'other.example' }), 'hd', { hostedDomain: 'corp.example' }],
    ['without a domain', claims({}), 'hd', { hostedDomain: 'corp.example' }],
    ['without a subject', claims({ sub: undefined }), 'sub'],
    ['with an empty subject', claims({ sub: '' }), 'sub'],
    ['with a numeric subject', claims({ sub: 1 }), 'sub'],
    ['with a long subject', claims({ sub: 'x'.repeat(256) }), 'sub'],
  ])('%s', async (_, token, check, more) => {
    const refusal = await failureOf(() => verifyIdToken(new Secret(token), jwks, { ...expected, ...more }))
    expect(refusal).toMatchObject({ code: 'id_token_invalid', exitCode: 6, details: { check } })
    expect(refusal.message).not.toContain(token.split('.')[1])
  })
})

test.each([
  ['without a key id', undefined, 'kid should be one of the keys at the test'],
  ['with an unknown key', 'other', 'kid should be one of the keys at the test'],
  ['with an ambiguous key', 'twice', 'kid should be the id of one key, but is the id of several'],
])('an ID token %s is refused for that reason', async (_, kid, reason) => {
  const token = new Secret(signed({ ...goodHeader, kid }, goodClaims))
  const refusal = await failureOf(() => verifyIdToken(token, jwks, expected))
  expect(refusal.message).toContain(reason)
})

describe('a key in a key set', () => {
  const key = jwk(publicKey, 'k1')
  const n = String(key['n'])
  const bytes = (...values: readonly number[]): string => base64url(Buffer.from(values))
  const even = (modulus: string): string => {
    const number = Buffer.from(modulus, 'base64url')
    number[number.length - 1]! &= 0xfe
    return base64url(number)
  }
  const withExponent = (exponent: number): readonly [Record<string, unknown>, KeyObject] => {
    const pair = rsaKeyPair(2048, exponent)
    return [jwk(pair.publicKey, 'k1'), pair.privateKey]
  }

  test.each<[string, readonly [Record<string, unknown>, KeyObject]]>([
    ['the exponent 3', withExponent(3)],
    ['the exponent 65,537', [key, privateKey]],
    ['a zero byte before its exponent', [{ ...key, e: bytes(0, 1, 0, 1) }, privateKey]],
    [
      'a zero byte before its modulus',
      [{ ...key, n: base64url(Buffer.concat([Buffer.of(0), Buffer.from(n, 'base64url')])) }, privateKey],
    ],
    ['the use "verify" among its operations', [{ ...key, key_ops: ['verify'] }, privateKey]],
  ])('with %s verifies', (_, [one, signingKey]) => {
    const token = new Secret(signed(goodHeader, goodClaims, signingKey))
    expect(verifyIdToken(token, { keys: [one], source: 'the test' }, expected).claims.sub).toBe('1')
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['the exponent 1, with which anyone can sign', { e: bytes(1) }, 'the exponent of the key'],
    ['the exponent 0', { e: bytes(0) }, 'the exponent of the key'],
    ['an even exponent', { e: bytes(1, 0, 0) }, 'the key'],
    ['an exponent of 33 bits', { e: bytes(1, 0, 0, 0, 1) }, 'the exponent of the key'],
    ['an exponent that is padded', { e: 'AQ==' }, 'the key'],
    ['no exponent', { e: undefined }, 'the key'],
    ['an empty exponent', { e: '' }, 'the key'],
    ['an exponent that is a number', { e: 65_537 }, 'the key'],
    ['an even modulus', { n: even(n) }, 'the key'],
    ['a modulus of zeros', { n: base64url(Buffer.alloc(256)) }, 'the size of the key'],
    [
      'a modulus that zeros make long',
      { n: base64url(Buffer.concat([Buffer.alloc(256), Buffer.from(n, 'base64url').subarray(128)])) },
      'the size of the key',
    ],
    ['a modulus that is padded', { n: `${n}==` }, 'the key'],
    ['a modulus with a line break', { n: `${n.slice(0, 64)}\n${n.slice(64)}` }, 'the key'],
    ['a modulus with a stray character', { n: `${n.slice(0, 64)}*${n.slice(64)}` }, 'the key'],
    ['a modulus with stray bits at its end', { n: `${n.slice(0, -1)}_` }, 'the key'],
    ['its private part', { ...privateKey.export({ format: 'jwk' }) }, 'the key'],
    ['one private number', { dp: 'AQAB' }, 'the key'],
    ['operations without "verify"', { key_ops: ['sign'] }, 'the operations of the key'],
    ['another algorithm', { alg: 'PS256' }, 'the algorithm of the key'],
    ['another kind', { kty: 'EC' }, 'the kind of the key'],
  ])('with %s is refused', async (_, members, check) => {
    const set = { keys: [{ ...key, ...members }], source: 'the test' }
    const refusal = await failureOf(() => verifyIdToken(new Secret(signed(goodHeader, goodClaims)), set, expected))
    expect(refusal).toMatchObject({ code: 'id_token_invalid', exitCode: 6, details: { check } })
  })
})

test('the hash of an access token is the left half of its SHA-256', () => {
  const digest = createHash('sha256').update('x').digest()
  expect(accessTokenHash(new Secret('x'))).toBe(digest.subarray(0, 16).toString('base64url'))
})
