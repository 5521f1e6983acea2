import { createPrivateKey, createPublicKey, generateKeyPair, generateKeyPairSync, type KeyObject } from 'node:crypto'

/** A private key and its public key. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

// Imported again from its encoding: Node 20 waits forever if it collects the generator of a key while that very key is
// exported as a JWK, because both lock it.
const publicKeyEncoding = { type: 'spki', format: 'der' } as const
const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const

/** Returns a new key pair for ECDSA with P-256. */
export function generateEcKeyPair(): KeyPair {
  return imported(generateKeyPairSync('ec', { namedCurve: 'P-256', publicKeyEncoding, privateKeyEncoding }).privateKey)
}

/** Returns a new RSA key pair of 2048 bits, generated outside the event loop in some 100 ms. */
export async function generateRsaKeyPair(): Promise<KeyPair> {
  const privateKey = await new Promise<Buffer>((resolve, reject) => {
    generateKeyPair(
      'rsa',
      { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding },
      (error, _publicKey, generated) => {
        if (error !== null) reject(error)
        else resolve(generated)
      },
    )
  })
  return imported(privateKey)
}

function imported(key: Buffer): KeyPair {
  const privateKey = createPrivateKey({ key, type: 'pkcs8', format: 'der' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}
