import { createHash, type KeyObject, randomUUID, sign } from 'node:crypto'
import { curveKeyPair, rsaKeyPair } from './key-pair.ts'

/** A key for DPoP proofs (RFC 9449), its public half as a JWK, and the thumbprint of that (RFC 7638). */
export interface ProofKey {
  readonly privateKey: KeyObject
  readonly jwk: Readonly<Record<string, unknown>>
  readonly thumbprint: string
}

type Curve = 'P-256' | 'P-384' | 'P-521' | 'secp256k1' | 'Ed25519' | 'RSA' | 'RSA-1024'

/** Creates a key on a curve, or an RSA key of 2048 bits. */
export function createProofKey(curve: Curve = 'P-256'): ProofKey {
  const { privateKey, publicKey } = keyPair(curve)
  const jwk = { ...publicKey.export({ format: 'jwk' }) }
  const required = Object.entries(jwk).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const thumbprint = sha256(JSON.stringify(Object.fromEntries(required)))
  return { privateKey, jwk, thumbprint }
}

function keyPair(curve: Curve): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } {
  return curve.startsWith('RSA') ? rsaKeyPair(curve === 'RSA' ? 2048 : 1024) : curveKeyPair(curve)
}

/** Returns the `jti` that binds a proof to an authorization code. */
export function jtiOf(code: string): string {
  return sha256(code)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** The contents of a proof. `header` and `claims` override or add members; undefined removes one. */
export interface ProofRequest {
  readonly key: ProofKey
  readonly htu: string
  readonly jti?: string
  readonly nonce?: string
  /** In seconds since 1970; the default is now. */
  readonly iat?: number
  readonly header?: Readonly<Record<string, unknown>>
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Returns a proof (RFC 9449 section 4.2): for an EC key by default ES256, for an RSA key RS256. */
export function proof({ key, htu, jti = randomUUID(), nonce, iat, header, claims }: ProofRequest): string {
  const alg = key.jwk['kty'] === 'RSA' ? 'RS256' : 'ES256'
  const now = Math.floor(Date.now() / 1000)
  return signedProof(
    key,
    JSON.stringify({ typ: 'dpop+jwt', alg, jwk: key.jwk, ...header }),
    JSON.stringify({ htm: 'POST', htu, jti, iat: iat ?? now, nonce, ...claims }),
  )
}

/** Returns a compact JWS of a header and a payload as they are given, so that they need not be JSON. */
export function signedProof({ privateKey }: ProofKey, header: string, payload: string): string {
  const signed = [header, payload].map((part) => Buffer.from(part).toString('base64url')).join('.')
  const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
  const signature = sign(digest, Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}
