import { X509Certificate, createHash, generateKeyPair } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { certificatePem } from './certificate.ts'
import { retiredCertificate } from './retired-key.ts'

/** A key as it is published. */
interface PublishedKey {
  /** 40 hex digits, as Google's. */
  kid: string
  publicKey: KeyObject
  jwk: JsonWebKey
  /** A self-signed X.509 certificate, for `/oauth2/v1/certs`. */
  certificate: string
}

/** A key that signs ID tokens. */
export interface SigningKey extends PublishedKey {
  privateKey: KeyObject
}

/** Which key signs and which are published. */
export interface KeyRing {
  signing(): Promise<SigningKey>
  /** All published keys, the signing key first. */
  published(): Promise<PublishedKey[]>
  /** A new signing key. The old ones stay published unless `retire`. */
  rotate(retire: boolean): Promise<void>
}

/** Google has shown up to four keys at once. */
const publishedLimit = 4

/**
 * Emulators of one process start with the same key: making one takes some 100 ms, and a test suite starts hundreds of emulators. Their
 * issuers differ, so a token of one is still no token of another.
 */
let firstKey: Promise<SigningKey> | undefined

/** A ring with a signing key, which may still be in the making, and one that is published only. */
export function createKeyRing(): KeyRing {
  firstKey ??= generateSigningKey()
  let signing = firstKey
  let others: (PublishedKey | Promise<PublishedKey>)[] = [retiredKey()]
  return {
    signing: async () => await signing,
    published: async () => await Promise.all([signing, ...others]),
    rotate: async (retire) => {
      others = retire ? [] : [signing, ...others].slice(0, publishedLimit - 1)
      signing = generateSigningKey()
      await signing
    },
  }
}

function retiredKey(): PublishedKey {
  return publishedKey(new X509Certificate(retiredCertificate).publicKey, retiredCertificate)
}

async function generateSigningKey(): Promise<SigningKey> {
  const pair = await new Promise<{ publicKey: KeyObject; privateKey: KeyObject }>((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, publicKey, privateKey) => {
      if (error) reject(error)
      else resolve({ publicKey, privateKey })
    })
  })
  const certificate = certificatePem(pair.publicKey, pair.privateKey)
  return { ...publishedKey(pair.publicKey, certificate), privateKey: pair.privateKey }
}

function publishedKey(publicKey: KeyObject, certificate: string): PublishedKey {
  const kid = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (!n || !e) throw new Error('only RSA keys are published')
  return { kid, publicKey, jwk: { kid, use: 'sig', e, n, kty: 'RSA', alg: 'RS256' }, certificate }
}
