import { constants, createHmac, createSecretKey, type KeyLike, sign, type SignKeyObjectInput } from 'node:crypto'
import { generateEcKeyPair } from '../../core/key-pair.ts'
import { generateSigningKey, type SigningKey } from './keys.ts'

type Sign = (input: Buffer, key: SigningKey) => Buffer | Promise<Buffer>

/** A key that is never published, made when a fault first needs it. */
let unpublished: Promise<SigningKey> | undefined

/** The ways to sign an ID token (RFC 7518 section 3.1): the correct one, and those that a client must reject. */
export const signatures = {
  RS256: async (input, { privateKey }) => await signInThreadPool('sha256', input, privateKey),
  RS512: async (input, { privateKey }) => await signInThreadPool('sha512', input, privateKey),
  PS256: async (input, { privateKey: key }) =>
    await signInThreadPool('sha256', input, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }),
  ES256: async (input) => {
    const { privateKey: key } = generateEcKeyPair()
    return await signInThreadPool('sha256', input, { key, dsaEncoding: 'ieee-p1363' })
  },
  /** Keyed with the public key, which a client that confuses algorithms would use as the secret. */
  HS256: (input, { publicKey }) => {
    const secret = createSecretKey(Buffer.from(publicKey.export({ format: 'pem', type: 'spki' })))
    return createHmac('sha256', secret).update(input).digest()
  },
  none: () => Buffer.alloc(0),
  corrupted: async (input, { privateKey }) => {
    const signature = await signInThreadPool('sha256', input, privateKey)
    signature[7] = (signature[7] ?? 0) ^ 1
    return signature
  },
  unpublished: async (input) => {
    unpublished ??= generateSigningKey()
    return await signInThreadPool('sha256', input, (await unpublished).privateKey)
  },
} as const satisfies Record<string, Sign>

/** The name of a way to sign. */
export type Signature = keyof typeof signatures

/** Signs with the callback form, which uses the thread pool and so more than one core. */
async function signInThreadPool(hash: string, input: Buffer, key: KeyLike | SignKeyObjectInput): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    sign(hash, input, key, (error, bytes) => {
      if (error !== null) reject(error)
      else resolve(bytes)
    })
  })
}
