import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  X509Certificate,
} from 'node:crypto'
import { generateRsaKeyPair } from '../../core/key-pair.ts'
import { createRandom } from '../records/random.ts'
import { certificatePem } from './certificate.ts'
import { retiredCertificate } from './retired-key.ts'
import { rsaKeyFrom } from './seeded-key.ts'

/** A published key. */
export interface PublishedKey {
  /** 40 hex digits, like Google's. */
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

/** The signing key and the published keys of an emulator. */
export interface KeyRing {
  signing(): Promise<SigningKey>
  /** Returns all published keys, the signing key first. */
  published(): Promise<readonly PublishedKey[]>
  /** Creates a new signing key. The old ones stay published unless `retire` is set. */
  rotate(retire: boolean): Promise<void>
  /** Returns the state from which {@link createKeyRing} restores the same ring. */
  saved(): Promise<SavedKeys>
}

/** A key ring as text: the signing key as PKCS #8, the certificates of the others. */
export interface SavedKeys {
  readonly signing: string
  readonly others: readonly string[]
  /** The number of signing keys made so far, including this one. */
  readonly made: number
}

/** The most keys Google has shown at the same time. */
const publishedLimit = 4

/**
 * The first key of all emulators in a process: making one takes some 100 ms, and a test suite starts hundreds of
 * emulators. Their issuers differ, so a token from one is still invalid at another.
 */
let firstKey: Promise<SigningKey> | undefined

/** The source of a ring's keys; without either member, every process makes its own. */
export interface KeySource {
  /** Determines the keys. */
  readonly seed?: string
  readonly saved?: SavedKeys
}

/** Creates a ring with a signing key, which may still be in preparation, and one key that is only published. */
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

/** Returns the `number`th key of a seed, independent of anything else drawn from the seed. */
async function seededKey(seed: string, number: number): Promise<SigningKey> {
  return await Promise.resolve(signingKey(rsaKeyFrom(createRandom(`key ${number} of ${seed}`).bytes)))
}

/** Generates a key, which takes some 100 ms. */
export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await generateRsaKeyPair()
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
