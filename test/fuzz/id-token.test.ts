import { sign } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { accessTokenHash, idTokenHeader, type VerifiedIdToken, verifyIdToken } from '../../src/oauth/id-token.ts'
import { parseJwks } from '../../src/oauth/jwks.ts'
import { bytesOf, damaged, jsonWith, property, roughText, valueOrFailure } from './property.ts'
import { rsaKeyPair } from '../support/key-pair.ts'

const now = 1_800_000_000
const audience = '1-a.apps.googleusercontent.com'
const accessToken = new Secret('ya29.accessAccess')
const { privateKey, publicKey } = rsaKeyPair()
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
const jwks = { source: 'the test', keys: [jwk, { ...jwk, kid: 'other' }] }
const expected = {
  issuers: ['https://accounts.google.com', 'accounts.google.com'],
  audience,
  nonce: 'n',
  accessToken,
  now,
}
const header = { alg: 'RS256', kid: 'k', typ: 'JWT' }
const claims = {
  iss: 'https://accounts.google.com',
  aud: audience,
  azp: audience,
  sub: '1',
  iat: now,
  exp: now + 3600,
  nbf: now,
  nonce: 'n',
  at_hash: accessTokenHash(accessToken),
  hd: 'corp.example',
}

const decoded = (text: string): string => Buffer.from(text, 'base64url').toString('hex')
const base64url = (text: string | Buffer): string => Buffer.from(text).toString('base64url')

function signed(head: string | Buffer, body: string | Buffer): string {
  const input = `${base64url(head)}.${base64url(body)}`
  return `${input}.${base64url(sign('sha256', Buffer.from(input), privateKey))}`
}

const good = signed(JSON.stringify(header), JSON.stringify(claims))
const verify = async (token: string): Promise<VerifiedIdToken> => verifyIdToken(new Secret(token), jwks, expected)

/** A change to a token: replaces some characters at a position. */
const mutations = fc
  .tuple(
    fc.nat(good.length),
    fc.nat(3),
    fc.oneof(fc.stringMatching(/^[A-Za-z0-9_.=-]{0,3}$/), fc.string({ maxLength: 3 }), roughText),
  )
  .map(([at, length, text]) => good.slice(0, at) + text + good.slice(at + length))
  .filter((token) => token !== good)

describe('an ID token', () => {
  property(
    'that is intact is accepted',
    fc.constant(good),
    async (token) => {
      expect((await verify(token)).claims.sub).toBe('1')
    },
    { portion: 1, whole: 1 },
  )

  property('with any change is refused', mutations, async (token) => {
    expect(await valueOrFailure(() => verify(token), [good.slice(200, 220)])).toBeUndefined()
  })

  const [head = '', body = '', signature = ''] = good.split('.')
  const joints = fc.array(fc.constantFrom(head, body, signature, '', 'e30', head.slice(0, -1)), { maxLength: 5 })
  property(
    'with other parts, or in another order, is refused',
    joints.map((parts) => parts.join('.')).filter((token) => token !== good),
    async (token) => {
      expect(await valueOrFailure(() => verify(token))).toBeUndefined()
    },
  )

  property('of arbitrary text is refused', roughText, async (text) => {
    expect(await valueOrFailure(() => verify(text))).toBeUndefined()
    idTokenHeader(new Secret(text))
  })

  const payloads = fc.oneof(damaged(claims), jsonWith(Object.keys(claims))).map((value) => JSON.stringify(value))
  property(
    'that is signed is accepted only with valid claims, whatever they are',
    bytesOf(payloads),
    async (payload) => {
      const token = await valueOrFailure(() => verify(signed(JSON.stringify(header), payload)))
      if (token === undefined) return
      const { iss, aud, sub, iat, exp, nonce } = token.claims
      expect(expected.issuers).toContain(iss)
      expect([aud].flat()).toEqual([audience])
      expect(sub).toMatch(/^[\x21-\x7e]{1,255}$/)
      expect(Number(exp)).toBeGreaterThan(now - 60)
      expect(Number(iat)).toBeLessThanOrEqual(now + 60)
      expect(nonce).toBe('n')
    },
  )

  const headers = fc
    .oneof(damaged(header), jsonWith(['alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'zip']))
    .map((value) => JSON.stringify(value))
  property('is accepted only with a valid header, whatever it is', bytesOf(headers), async (text) => {
    const token = await valueOrFailure(() => verify(signed(text, JSON.stringify(claims))))
    if (token !== undefined) expect(token.header).toMatchObject({ alg: 'RS256', kid: 'k' })
  })

  const keys = fc.array(
    fc.oneof(damaged(jwk), jsonWith(['kty', 'kid', 'n', 'e', 'alg', 'use', 'key_ops', 'crv', 'k'])),
    { maxLength: 3 },
  )
  const keySets = fc.oneof(
    keys.map((list) => ({ keys: list })),
    fc.jsonValue(),
  )
  property(
    'is accepted only with its own key, whatever is published',
    bytesOf(keySets.map((value) => JSON.stringify(value))),
    async (bytes) => {
      const token = await valueOrFailure(async () =>
        verifyIdToken(new Secret(good), parseJwks(bytes, 'keys.json'), expected),
      )
      if (token === undefined) return
      const published = JSON.parse(bytes.toString()) as { keys: ({ n?: unknown; e?: unknown } | null)[] }
      const isOwn = (text: unknown, own: string | undefined): boolean => decoded(String(text)) === decoded(own ?? '')
      expect(published.keys.some((key) => isOwn(key?.n, jwk.n) && isOwn(key?.e, jwk.e))).toBe(true)
    },
  )
})
