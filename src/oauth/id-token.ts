import { createHash, createPublicKey, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { hasDuplicateMembers } from '../core/duplicate-members.ts'
import { type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { Jwks } from './jwks.ts'
import { claimDetails } from './other-tokens.ts'
import { projectNumber } from './project-number.ts'

/** The values that an ID token is checked against. */
export interface IdTokenExpectations {
  readonly issuers: readonly string[]
  /** The client ID. Required: a token for another audience belongs to another client. */
  readonly audience: string
  /** The nonce that was sent; undefined if none was, as for codes of mobile SDKs. */
  readonly nonce?: string | undefined
  /** The access token that came with it, for at_hash (OpenID Connect Core section 3.1.3.8). */
  readonly accessToken?: Secret | undefined
  /** The maximum time since `iat`, in seconds. */
  readonly maxAgeSeconds?: number | undefined
  /** The Workspace domain that `hd` must name. */
  readonly hostedDomain?: string | undefined
  /** Unix time in seconds. */
  readonly now: number
}

/** A verified ID token. */
export interface VerifiedIdToken {
  readonly header: JsonObject
  readonly claims: JsonObject & { readonly sub: string }
}

/** The allowed clock skew, in seconds. Zero broke users of other libraries; five minutes is more than needed. */
const clockSkewSeconds = 60
const longestTokenCharacters = 16 * 1024
const smallestModulusBits = 2048
// The common exponent is 65,537.
const largestExponent = 2n ** 32n
// RFC 7518 section 6.3.2.
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth']

/**
 * Verifies an ID token (OpenID Connect Core section 3.1.3.7, RFC 8725): {@link verifySignature}, then every claim.
 * @throws Failure `id_token_invalid`, which names the check with the expected and the found value, never the token
 */
export function verifyIdToken(token: Secret, jwks: Jwks, expected: IdTokenExpectations): VerifiedIdToken {
  const { header, payload: bytes } = withClaimedOrigin(token, expected, () => verifySignature(token, jwks))
  const payload = parseObject('the payload', bytes)
  checkIssuerAndAudience(payload, expected)
  checkTimes(payload, expected)
  checkBindings(payload, expected)
  const { sub } = payload
  if (typeof sub !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(sub))
    throw invalid('sub', 'a text of 1 to 255 ASCII characters', shown(sub))
  return { header, claims: { ...payload, sub } }
}

// The claims of a token with another problem are not worth showing.
const unverifiable = new Set(['its form', 'alg', 'kid', 'the signature'])

/** Adds the claimed issuer and audience to the failure of a token whose signature could not be verified. */
function withClaimedOrigin<T>(token: Secret, { issuers }: IdTokenExpectations, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid') || !unverifiable.has(error.details.check)) throw error
    throw new Failure(error.code, { ...error.details, ...claimDetails(token, issuers) }, { cause: error })
  }
}

/**
 * Verifies the form, algorithm, key and signature of a signed token (RFC 7515 section 5.2): RS256 only, with a key from
 * the given set, chosen by `kid`. Keys and URLs inside the token are ignored. The claims are not verified yet.
 * @throws Failure `id_token_invalid`
 */
export function verifySignature(
  token: Secret,
  jwks: Jwks,
): { readonly header: JsonObject; readonly payload: Uint8Array } {
  const segments = segmentsOf(token.reveal())
  const [headerBytes, payload, signature] = segments.map((segment) => Buffer.from(segment, 'base64url'))
  const header = parseObject('the header', headerBytes!)
  checkHeader(header)
  // RS256 is RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 section 3.3), Node's default for RSA keys.
  if (!verify('sha256', Buffer.from(segments.slice(0, 2).join('.')), signingKey(header, jwks), signature!))
    throw invalid('the signature', `valid for key ${shown(header['kid'])}`, 'not')
  return { header, payload: payload! }
}

/** Returns the header of a token that need not be valid, for display; undefined if it is unreadable. */
export function idTokenHeader(token: Secret): JsonObject | undefined {
  const segment = token.reveal().split('.')[0] ?? ''
  return isBase64url(segment) ? parseJsonObject(Buffer.from(segment, 'base64url')) : undefined
}

function invalid(check: string, expected: string, found: string): Failure {
  return new Failure('id_token_invalid', { check, expected, found })
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing'
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

// Deliberately strict (RFC 7515 section 2): Buffer.from would skip padding, white space and stray characters.
function isBase64url(segment: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(segment) && Buffer.from(segment, 'base64url').toString('base64url') === segment
}

function segmentsOf(token: string): readonly [header: string, payload: string, signature: string] {
  if (token.length > longestTokenCharacters)
    throw invalid('its length', `at most ${longestTokenCharacters} characters`, `${token.length}`)
  const segments = token.split('.')
  const [header, payload, signature] = segments
  if (segments.length !== 3 || header === undefined || payload === undefined || signature === undefined)
    throw invalid(
      'its form',
      'three parts separated by dots',
      `${segments.length} part${segments.length === 1 ? '' : 's'}`,
    )
  // An empty payload is valid for a signature; the claims check reports what is missing.
  if (![header, signature].every(isBase64url) || (payload !== '' && !isBase64url(payload)))
    throw invalid('its form', 'base64url in each part', 'something else')
  return [header, payload, signature]
}

function parseObject(name: string, bytes: Uint8Array): JsonObject {
  const object = parseJsonObject(bytes)
  if (object === undefined) throw invalid(name, 'a JSON object in UTF-8', 'not')
  if (hasDuplicateMembers(Buffer.from(bytes).toString('utf8')))
    throw invalid(name, 'free of repeated member names', 'not')
  return object
}

function checkHeader(header: JsonObject): void {
  if (header['alg'] !== 'RS256') throw invalid('alg', '"RS256"', shown(header['alg']))
  if (header['crit'] !== undefined) throw invalid('crit', 'absent', shown(header['crit']))
  if (header['b64'] !== undefined) throw invalid('b64', 'absent', shown(header['b64']))
  const { typ } = header
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT'))
    throw invalid('typ', '"JWT"', shown(typ))
  const { kid } = header
  if (kid !== undefined && (typeof kid !== 'string' || kid === '')) throw invalid('kid', 'the id of a key', shown(kid))
}

function signingKey(header: JsonObject, jwks: Jwks): KeyObject {
  const { kid } = header
  // Without a key ID, the set must contain only one key (OpenID Connect Core section 10.1).
  const candidates = kid === undefined ? jwks.keys : jwks.keys.filter((key) => key['kid'] === kid)
  const [jwk] = candidates
  if (jwk === undefined || (kid === undefined && candidates.length > 1))
    throw invalid('kid', `one of the keys at ${jwks.source}`, shown(kid))
  if (candidates.length > 1) throw invalid('kid', 'the id of one key', 'the id of several')
  if (jwk['kty'] !== 'RSA') throw invalid('the kind of the key', 'RSA', shown(jwk['kty']))
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') throw invalid('the use of the key', '"sig"', shown(jwk['use']))
  const { key_ops: operations } = jwk
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw invalid('the operations of the key', '"verify" among them', shown(operations))
  if (jwk['alg'] !== undefined && jwk['alg'] !== 'RS256')
    throw invalid('the algorithm of the key', '"RS256"', shown(jwk['alg']))
  return rsaPublicKey(jwk)
}

/** Returns a checked RSA key (RFC 7518 section 6.3). OpenSSL accepts any numbers: with exponent 1, anyone can sign. */
function rsaPublicKey(jwk: JsonObject): KeyObject {
  const { n, e } = jwk
  if (typeof n !== 'string' || typeof e !== 'string')
    throw invalid('the key', 'complete', 'without modulus or exponent')
  // A published private key lets anyone sign.
  if (privateMembers.some((name) => jwk[name] !== undefined)) throw invalid('the key', 'public', 'private')
  if (!isBase64url(n) || !isBase64url(e)) throw invalid('the key', 'encoded in base64url', 'not')
  const modulus = integerOf(n)
  const bits = modulus.toString(2).length
  if (bits < smallestModulusBits)
    throw invalid('the size of the key', `at least ${smallestModulusBits} bits`, `${bits}`)
  const exponent = integerOf(e)
  if (exponent < 3n || exponent > largestExponent)
    throw invalid('the exponent of the key', `3 to ${largestExponent}`, shown(e))
  if (modulus % 2n === 0n || exponent % 2n === 0n) throw invalid('the key', 'odd in its numbers', 'even')
  try {
    return createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
  } catch {
    throw invalid('the key', 'an RSA public key', 'not')
  }
}

function integerOf(base64url: string): bigint {
  return BigInt(`0x${Buffer.from(base64url, 'base64url').toString('hex')}`)
}

function checkIssuerAndAudience(payload: JsonObject, { issuers, audience }: IdTokenExpectations): void {
  const { iss, aud, azp } = payload
  if (typeof iss !== 'string' || !issuers.includes(iss))
    throw invalid('iss', issuers.map((issuer) => `"${issuer}"`).join(' or '), shown(iss))
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  if (audiences.length === 0 || !audiences.every((one) => one === audience))
    throw invalid('aud', `"${audience}"`, shown(aud))
  // Codes of an Android or iOS app carry the app's client as azp: accept clients of the same project, but no others.
  if (azp !== undefined && (typeof azp !== 'string' || (azp !== audience && projectOf(azp) !== projectOf(audience))))
    throw invalid('azp', `"${audience}" or a client of the same project`, shown(azp))
}

// Google's client IDs start with the project number; treat any other ID as its own project.
function projectOf(clientId: string): string {
  return projectNumber(clientId) ?? clientId
}

function checkTimes(payload: JsonObject, { now, maxAgeSeconds }: IdTokenExpectations): void {
  const time = (name: string): number | undefined => {
    const value = payload[name]
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(name, 'a number of seconds', shown(value))
    return value
  }
  const required = (name: string): number => {
    const value = time(name)
    if (value === undefined) throw invalid(name, 'a number of seconds', 'missing')
    return value
  }
  const instant = (seconds: number): string =>
    Math.abs(seconds) < 8e12 ? new Date(seconds * 1000).toISOString() : String(seconds)
  const exp = required('exp')
  if (now >= exp + clockSkewSeconds) throw invalid('exp', `after ${instant(now)}`, instant(exp))
  const iat = required('iat')
  if (iat > now + clockSkewSeconds) throw invalid('iat', `not after ${instant(now)}`, instant(iat))
  if (exp < iat) throw invalid('exp', `after iat (${instant(iat)})`, instant(exp))
  if (maxAgeSeconds !== undefined && now - iat > maxAgeSeconds + clockSkewSeconds)
    throw invalid('iat', `at most ${maxAgeSeconds} seconds ago`, instant(iat))
  const nbf = time('nbf')
  if (nbf !== undefined && nbf > now + clockSkewSeconds) throw invalid('nbf', `not after ${instant(now)}`, instant(nbf))
}

function checkBindings(payload: JsonObject, { nonce, accessToken, hostedDomain }: IdTokenExpectations): void {
  if (nonce !== undefined && payload['nonce'] !== nonce)
    throw invalid('nonce', 'the one that was sent', payload['nonce'] === undefined ? 'missing' : 'another one')
  if (accessToken !== undefined && payload['at_hash'] !== undefined) {
    const hash = Buffer.from(accessTokenHash(accessToken))
    const found = Buffer.from(stringMember(payload, 'at_hash') ?? '')
    if (hash.length !== found.length || !timingSafeEqual(hash, found))
      throw invalid('at_hash', 'the hash of the access token', 'another one')
  }
  if (hostedDomain !== undefined && payload['hd'] !== hostedDomain)
    throw invalid('hd', `"${hostedDomain}"`, shown(payload['hd']))
}

/**
 * Returns the RS256 `at_hash`: the left half of the token's SHA-256, base64url (OpenID Connect Core section 3.1.3.6).
 */
export function accessTokenHash(accessToken: Secret): string {
  return createHash('sha256').update(accessToken.reveal()).digest().subarray(0, 16).toString('base64url')
}
