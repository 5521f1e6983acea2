import { Secret } from '../core/secret.ts'

/** A P-256 key that a refresh token is bound to (RFC 9449). */
export interface DpopKey {
  /** The private key `d` as in a JWK (RFC 7518 section 6.2.2.1): 43 base64url characters. Stored with the token. */
  readonly d: Secret
  readonly publicJwk: PublicJwk
}

/** The public key in the header of a proof: these four members, and no others. */
interface PublicJwk {
  readonly kty: 'EC'
  readonly crv: 'P-256'
  readonly x: string
  readonly y: string
}

/**
 * The state of a client's proofs at a server. The nonces for codes and for refreshes differ, so each kind of request
 * has its own. Mutable: each response may bring a new nonce.
 */
export interface ProofState {
  /** The nonce for the next proof; undefined if the server has given none. */
  nonce: string | undefined
  /** How far this machine's clock is ahead of the server's. Used once a proof was rejected. */
  clockAheadMs: number
}

/** Returns the state before the first proof. @param nonce from an earlier response */
export function newProofState(nonce?: string): ProofState {
  return { nonce, clockAheadMs: 0 }
}

/** Creates a key. It never leaves this process except into the store. */
export function createDpopKey(): DpopKey {
  const ecdh = process.getBuiltinModule('node:crypto').createECDH('prime256v1')
  ecdh.generateKeys()
  return keyFrom(ecdh.getPrivateKey(), ecdh.getPublicKey())
}

/** Returns the key that a store kept; undefined if the text is not one. */
export function parseDpopKey(d: string): DpopKey | undefined {
  if (!/^[\w-]{43}$/.test(d)) return undefined
  try {
    const ecdh = process.getBuiltinModule('node:crypto').createECDH('prime256v1')
    ecdh.setPrivateKey(Buffer.from(d, 'base64url'))
    return keyFrom(ecdh.getPrivateKey(), ecdh.getPublicKey())
  } catch {
    return undefined
  }
}

function keyFrom(privateKey: Buffer, point: Buffer): DpopKey {
  // OpenSSL omits leading zeros; RFC 7518 section 6.2.2.1 wants 32 bytes.
  const d = Buffer.concat([Buffer.alloc(32 - privateKey.length), privateKey])
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((bytes) => bytes.toString('base64url'))
  return {
    d: new Secret(d.toString('base64url')),
    publicJwk: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' },
  }
}
