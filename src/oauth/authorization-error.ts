import { protobufFields } from '../core/protobuf.ts'

/**
 * An error that the authorization server shows only to the user, not to the redirect URI (RFC 6749 section 4.1.2.1).
 */
export interface AuthorizationError {
  /** For example `redirect_uri_mismatch`. */
  readonly error: string
  /** One line. */
  readonly description: string | null
}

/**
 * Reads the `authError` parameter in the URL of Google's error page: base64url of a protocol buffer whose first field
 * is the error and whose second field is its description. Google documents neither, so anything that looks different is
 * undefined.
 */
export function readAuthorizationError(authError: string): AuthorizationError | undefined {
  const fields = protobufFields(Buffer.from(authError, 'base64url'))
  const textOf = (wanted: number): string | undefined =>
    fields?.find(({ number, value }) => number === wanted && typeof value !== 'number')?.value.toString()
  const error = textOf(1)
  if (error === undefined || !/^[a-z_]{3,64}$/.test(error)) return undefined
  const description = textOf(2)?.replace(/\s+/g, ' ').trim() ?? ''
  return { error, description: description === '' ? null : description }
}
