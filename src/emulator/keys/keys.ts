import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { createRandom } from '../records/random.ts'
import { certificatePem } from './certificate.ts'
import { retiredCertificate } from './retired-key.ts'
import { rsaKeyFrom } from './seeded-key.ts'

/** A key as it is published. */
export interface PublishedKey {
  /** 40 hex digits, as Google's. */
  readonly kid: string
  readonly publicKey: KeyObject
  readonly jwk: JsonWebKey
  /** A self-signed X.509 certificate, for `/oauth2/v1/certs`. */
  readonly certificate: string
}

/** A key that signs ID tokens. */
export interface SigningKey extends PublishedKey {
  readonly privateKey: KeyObject
}

/** Which key signs and which are published. */
export interface KeyRing {
  signing(): Promise<SigningKey>
  /** All published keys, the signing key first. */
  published(): Promise<readonly PublishedKey[]>
  /** A new signing key. The old ones stay published unless `retire`. */
  rotate(retire: boolean): Promise<void>
  /** What {@link createKeyRing} makes the same ring of. */
  saved(): Promise<SavedKeys>
}

/** A ring of keys as text: the signing key as PKCS #8, the certificates of the others. */
export interface SavedKeys {
  readonly signing: string
  readonly others: readonly string[]
  /** How many signing keys there were, this one included. */
  readonly made: number
}

/** Google has shown up to four keys at once. */
const publishedLimit = 4

/**
 * Emulators of one process start with the same key: making one takes some 100 ms, and a test suite starts hundreds of
 * emulators. Their issuers differ, so a token of one is still no token of another.
 */
let firstKey: Promise<SigningKey> | undefined

/** Where a ring gets its keys from; without both every process makes keys of its own. */
export interface KeySource {
  /** Decides which keys are made. */
  readonly seed?: string
  readonly saved?: SavedKeys
}

/** A ring with a signing key, which may still be in the making, and one that is published only. */
export function createKeyRing({ seed, saved }: KeySource = {}): KeyRing {
  let made = saved?.made ?? 1
  let signing = firstSigningKey(seed, saved)
  let others = (saved?.others ?? [retiredCertificate]).map(async (certificate): Promise<PublishedKey> =>
    Promise.resolve(certifiedKey(certificate)),
  )
  return {
    signing: async () => await signing,
    published: async () => await Promise.all([signing, ...others]),
    rotate: async (retire) => {
      others = retire ? [] : [signing, ...others].slice(0, publishedLimit - 1)
      made++
      signing = seed === undefined ? generateSigningKey() : seededKey(seed, made)
      await signing
    },
    saved: async () => {
      const { privateKey } = await signing
      const certificates = (await Promise.all(others)).map(({ certificate }) => certificate)
      return { signing: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), others: certificates, made }
    },
  }
}

function certifiedKey(certificate: string): PublishedKey {
  return publishedKey(new X509Certificate(certificate).publicKey, certificate)
}

async function firstSigningKey(seed: string | undefined, saved: SavedKeys | undefined): Promise<SigningKey> {
  if (saved !== undefined) return signingKey(createPrivateKey(saved.signing))
  if (seed !== undefined) return await seededKey(seed, 1)
  firstKey ??= generateSigningKey()
  return await firstKey
}

/** The `number`th key of a seed, whatever else was drawn from it meanwhile. */
async function seededKey(seed: string, number: number): Promise<SigningKey> {
  return await Promise.resolve(signingKey(rsaKeyFrom(createRandom(`key ${number} of ${seed}`).bytes)))
}

/** A new RSA key of 2048 bits, which takes some 100 ms. */
export async function generateSigningKey(): Promise<SigningKey> {
  const privateKey = await new Promise<KeyObject>((resolve, reject) => {
    generateKeyPair('rsa', { modulusLength: 2048 }, (error, _publicKey, generated) => {
      if (error !== null) reject(error)
      else resolve(generated)
    })
  })
  return signingKey(privateKey)
}

function signingKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey)
  return { ...publishedKey(publicKey, certificatePem(publicKey, privateKey)), privateKey }
}

function publishedKey(publicKey: KeyObject, certificate: string): PublishedKey {
  const kid = createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (!n || !e) throw new Error('only RSA keys are published')
  return { kid, publicKey, jwk: { kid, use: 'sig', e, n, kty: 'RSA', alg: 'RS256' }, certificate }
}
