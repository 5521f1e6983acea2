/** What an authorization server shows to the user, and never sends to the redirect URI (RFC 6749 section 4.1.2.1). */
export interface AuthorizationError {
  /** Such as `redirect_uri_mismatch`. */
  readonly error: string
  /** One line. */
  readonly description: string | null
}

/**
 * Reads the `authError` parameter of the address of Google's error page: base64url of a protocol buffer whose first field is the
 * error and whose second is its description. Google documents neither, so whatever looks different is undefined.
 */
export function readAuthorizationError(authError: string): AuthorizationError | undefined {
  const texts = textFields(Buffer.from(authError, 'base64url'))
  const error = texts?.get(1)
  if (error === undefined || !/^[a-z_]{3,64}$/.test(error)) return undefined
  const description = texts?.get(2)?.replace(/\s+/g, ' ').trim() ?? ''
  return { error, description: description === '' ? null : description }
}

const varintType = 0
const textType = 2

/** The fields of a protocol buffer that have a length, by number; of several with one number the first. Undefined for what is no such message. */
function textFields(bytes: Buffer): ReadonlyMap<number, string> | undefined {
  const fields = new Map<number, string>()
  let position = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[position++]
      if (byte === undefined) return Number.NaN
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return Number.NaN
  }
  while (position < bytes.length) {
    const key = varint()
    const value = varint()
    if (Number.isNaN(key) || Number.isNaN(value)) return undefined
    const type = key & 7
    if (type === varintType) continue
    if (type !== textType || position + value > bytes.length) return undefined
    const number = key >> 3
    if (!fields.has(number)) fields.set(number, bytes.toString('utf8', position, position + value))
    position += value
  }
  return fields
}
