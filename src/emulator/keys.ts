import { createHash, generateKeyPair } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { certificatePem } from './certificate.ts'

/** A key that signs ID tokens, in every form it is published in. */
export interface SigningKey {
  /** 40 hex digits, as Google's. */
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
  jwk: JsonWebKey
  /** A self-signed X.509 certificate, for `/oauth2/v1/certs`. */
  certificate: string
}

/** Which key signs and which are published. */
export interface KeyRing {
  signing(): Promise<SigningKey>
  /** All published keys, the signing key first. */
  published(): Promise<SigningKey[]>
  /** A new signing key. The old ones stay published unless `retire`. */
  rotate(retire: boolean): Promise<void>
}

/** Google has shown up to four keys at once. */
const publishedLimit = 4

/**
 * Emulators of one process start with the same two keys: making a key takes some 100 ms, and a test suite starts hundreds
 * of emulators. Their issuers differ, so a token of one is still no token of another.
 */
let firstKeys: [Promise<SigningKey>, Promise<SigningKey>] | undefined

/** A ring with a signing key and one that is published only, as if it had signed until yesterday. */
export function createKeyRing(): KeyRing {
  if (!firstKeys) {
    const first = generateSigningKey()
    // The second waits for the first: the emulator can answer as soon as it can sign.
    firstKeys = [first, first.then(generateSigningKey)]
  }
  let ring: Promise<SigningKey>[] = [...firstKeys]
  return {
    signing: async () => {
      const [signing] = ring
      if (!signing) throw new Error('the key ring is empty')
      return await signing
    },
    published: async () => await Promise.all(ring),
    rotate: async (retire) => {
      const fresh = generateSigningKey()
      ring = retire ? [fresh] : [fresh, ...ring].slice(0, publishedLimit)
      await fresh
    },
  }
}

async function generateSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await new Promise<{ publicKey: KeyObject; privateKey: KeyObject }>(
    (resolve, reject) => {
      generateKeyPair('rsa', { modulusLength: 2048 }, (error, publicPart, privatePart) => {
        if (error) reject(error)
        else resolve({ publicKey: publicPart, privateKey: privatePart })
      })
    },
  )
  const kid = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (!n || !e) throw new Error('the generated key is not an RSA key')
  const jwk = { kid, use: 'sig', e, n, kty: 'RSA', alg: 'RS256' }
  return { kid, privateKey, publicKey, jwk, certificate: certificatePem(publicKey, privateKey) }
}
