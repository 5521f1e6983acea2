import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyPair } from '../../src/core/key-pair.ts'

const publicKeyEncoding = { type: 'spki', format: 'pem' } as const
const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const

/** Returns a new RSA key pair, which is safe to export as a JWK (see src/core/key-pair.ts). */
export function rsaKeyPair(modulusLength = 2048, publicExponent = 65_537): KeyPair {
  return imported(
    generateKeyPairSync('rsa', { modulusLength, publicExponent, publicKeyEncoding, privateKeyEncoding }).privateKey,
  )
}

/** Returns a new key pair on a curve, in the same way. */
export function curveKeyPair(curve: string): KeyPair {
  if (curve === 'Ed25519')
    return imported(generateKeyPairSync('ed25519', { publicKeyEncoding, privateKeyEncoding }).privateKey)
  return imported(generateKeyPairSync('ec', { namedCurve: curve, publicKeyEncoding, privateKeyEncoding }).privateKey)
}

function imported(pem: string): KeyPair {
  const privateKey = createPrivateKey(pem)
  return { privateKey, publicKey: createPublicKey(privateKey) }
}
