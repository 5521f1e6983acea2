import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

/** A key that wraps the data keys of a store: 256 bits. */
export interface StoreKey {
  /** Names the key in the database. Derived from the key, which it does not reveal. */
  readonly id: string
  readonly bytes: Buffer
}

/** An encrypted value, as a row holds it. */
export interface SealedValue {
  /** The {@link StoreKey.id} of the key that wraps the data key. */
  readonly keyId: string
  readonly wrappedKey: Buffer
  readonly box: Buffer
}

/** The length of a store key, in bytes. */
export const storeKeyBytes = 32

const nonceBytes = 12
const tagBytes = 16

/** Returns a store key with its ID. */
export function storeKey(bytes: Buffer): StoreKey {
  return { id: createHmac('sha256', bytes).update('gsa store key').digest('hex').slice(0, 16), bytes }
}

/**
 * Encrypts a value with a new data key (AES-256-GCM), which the store key wraps. Both are bound to the row's identity,
 * so that a row's content is useless in any other row.
 * @param identity the store, the table and the primary key of the row
 */
export function seal(key: StoreKey, identity: string, value: string): SealedValue {
  const dataKey = randomBytes(storeKeyBytes)
  return {
    keyId: key.id,
    wrappedKey: encrypt(key.bytes, wrapping(identity), dataKey),
    box: encrypt(dataKey, identity, Buffer.from(value)),
  }
}

/** Returns the value of a row; undefined if the row was changed, or its content belongs to another row. */
export function unseal(key: StoreKey, identity: string, { wrappedKey, box }: SealedValue): string | undefined {
  const dataKey = decrypt(key.bytes, wrapping(identity), wrappedKey)
  return dataKey === undefined ? undefined : decrypt(dataKey, identity, box)?.toString('utf8')
}

/**
 * Returns a row's data key, wrapped by another store key. The value stays as it is.
 * @returns undefined if the row was changed, or its content belongs to another row
 */
export function rewrap(from: StoreKey, to: StoreKey, identity: string, sealed: SealedValue): Buffer | undefined {
  const dataKey = decrypt(from.bytes, wrapping(identity), sealed.wrappedKey)
  // A damaged row must stay readable with the key that it names, to be examined.
  if (dataKey === undefined || decrypt(dataKey, identity, sealed.box) === undefined) return undefined
  return encrypt(to.bytes, wrapping(identity), dataKey)
}

// So that nothing accepts a wrapped key as a value.
function wrapping(identity: string): string {
  return `key of ${identity}`
}

function encrypt(key: Buffer, identity: string, plain: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(identity))
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Buffer, identity: string, sealed: Buffer): Buffer | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(identity)).setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}
