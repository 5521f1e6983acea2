import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { proofAgeMs } from '../records/dpop-memory.ts'
import { invalid, isRecord } from '../records/input.ts'
import { readJsonPart } from './dpop-json.ts'

/** A proof whose form and signature are valid. */
interface Proof {
  /** Of its key (RFC 7638), with SHA-256. */
  readonly thumbprint: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** A proof with an RSA key of 4096 bits has 2500 characters. */
const longestProof = 4096

/**
 * Returns the proof in a DPoP header after checking its form, key and signature (RFC 9449 section 4.3).
 * @throws RangeError with a description for the developer, in the characters of RFC 6749 section 5.2.
 */
export function readProof(header: string): Proof {
  // Node joins the values of repeated headers with a comma, which no proof contains.
  if (header.includes(',')) throw invalid('Send exactly one DPoP header, with one proof')
  if (header.length > longestProof) throw invalid(`The DPoP proof is longer than ${longestProof} characters`)
  const parts = header.split('.')
  const [head, payload, signature] = parts.map(decoded)
  if (parts.length !== 3 || head === undefined || payload === undefined || signature === undefined)
    throw invalid('The DPoP proof must be a compact JWS: three parts in base64url without padding, with dots between')
  const { typ, alg, jwk, crit } = readJsonPart(head, 'header')
  if (typ !== 'dpop+jwt') throw invalid('The typ of the DPoP proof must be dpop+jwt')
  if (alg !== 'ES256' && alg !== 'RS256')
    throw invalid('The alg of the DPoP proof must be ES256, or RS256 with an RSA key')
  if (crit !== undefined) throw invalid('The header of the DPoP proof must not have crit')
  const claims = readJsonPart(payload, 'payload')
  const { key, thumbprint } = readKey(jwk, alg)
  if (alg === 'ES256' && signature.length !== 64)
    throw invalid('The signature of the DPoP proof must be r and s, 64 bytes (IEEE P1363), not DER')
  const signed = Buffer.from(header.slice(0, header.lastIndexOf('.')))
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature))
    throw invalid('The signature of the DPoP proof does not match its jwk')
  return { thumbprint, claims }
}

/** Returns the bytes of base64url in its only valid form (RFC 7515 section 2), or undefined. */
function decoded(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return bytes.toString('base64url') === part ? bytes : undefined
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

function readKey(jwk: unknown, alg: 'ES256' | 'RS256'): { readonly key: KeyObject; readonly thumbprint: string } {
  if (!isRecord(jwk)) throw invalid('The header of the DPoP proof must have the public key as jwk')
  if (privateMembers.some((name) => Object.hasOwn(jwk, name)))
    throw invalid(
      'The jwk of the DPoP proof contains a private key: replace that key, and send only its public members',
    )
  const key = publicKey(jwk)
  const canonical: Readonly<Record<string, unknown>> = { ...key?.export({ format: 'jwk' }) }
  const names = Object.keys(canonical).toSorted()
  const isExact = names.length === Object.keys(jwk).length && names.every((name) => jwk[name] === canonical[name])
  if (key === undefined || !isExact || !fits(key, alg)) {
    throw invalid(
      alg === 'ES256'
        ? 'The jwk of the DPoP proof must be a key on P-256 with exactly the members kty, crv, x and y: 32 bytes each, in base64url'
        : 'The jwk of the DPoP proof must be an RSA key of at least 2048 bits with exactly the members kty, n and e',
    )
  }
  const required = JSON.stringify(Object.fromEntries(names.map((name) => [name, canonical[name]])))
  return { key, thumbprint: createHash('sha256').update(required).digest('base64url') }
}

function publicKey(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}

function fits({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, alg: 'ES256' | 'RS256'): boolean {
  if (alg === 'ES256') return asymmetricKeyType === 'ec' && asymmetricKeyDetails?.namedCurve === 'prime256v1'
  return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
}

/**
 * Returns the checked claims of a proof for a POST to any of `urls` (RFC 9449 section 4.3).
 * @throws RangeError with a description for the developer.
 */
export function readClaims(
  { claims }: Proof,
  urls: readonly string[],
  nowMs: number,
): { readonly jti: string; readonly nonce: string | undefined } {
  const { htm, htu, iat, jti, nonce } = claims
  if (htm !== 'POST') throw invalid('The claim htm of the DPoP proof must be POST')
  const named = typeof htu === 'string' ? normalized(htu) : undefined
  if (named === undefined || !urls.some((url) => normalized(url) === named))
    throw invalid(`The claim htu of the DPoP proof must be ${urls[0]}`)
  if (typeof iat !== 'number') throw invalid('The claim iat of the DPoP proof must be a number of seconds since 1970')
  if (iat > 1e11 && iat < 1e15) throw invalid('The claim iat of the DPoP proof must be in seconds, not milliseconds')
  const ageMs = nowMs - iat * 1000
  if (ageMs > proofAgeMs.behind || ageMs < -proofAgeMs.ahead) {
    const now = `${Math.floor(nowMs / 1000)}, ${new Date(nowMs).toISOString()}`
    throw invalid(
      `The claim iat of the DPoP proof is ${iat}, but it is ${now}: a proof may be at most 300 seconds old, or 60 seconds ahead`,
    )
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > 512)
    throw invalid('The claim jti of the DPoP proof must be a string of 1 to 512 characters')
  if (nonce !== undefined && typeof nonce !== 'string')
    throw invalid('The claim nonce of the DPoP proof must be a string')
  return { jti, nonce }
}

/** Returns an http address as RFC 3986 section 6.2 normalizes it, or undefined if it is no such address. */
function normalized(address: string): string | undefined {
  if (!/^https?:\/\/[^\s\\/?#]+[^\s\\]*$/i.test(address) || !URL.canParse(address)) return undefined
  return new URL(address).href.replace(/%[\da-f]{2}/gi, (escaped) => {
    const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
    return /^[\w.~-]$/.test(character) ? character : escaped.toUpperCase()
  })
}
