import { type JsonObject, stringMember } from '../core/json.ts'

/**
 * Returns whether two texts are the same e-mail address, or the same name of an account. Only ASCII letters are
 * compared without case: `toLowerCase` turns U+212A, the Kelvin sign, into "k", and makes two people's addresses one.
 */
export function isSameEmail(a: string, b: string): boolean {
  return foldAscii(a) === foldAscii(b)
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/**
 * Returns the e-mail address of an ID token if the server says that it verified it (OpenID Connect Core section 5.1):
 * only such an address tells whose account it is. Some servers, and Google's tokeninfo, write the boolean as a string.
 */
export function verifiedEmail(claims: JsonObject): string | undefined {
  const verified = claims['email_verified']
  return verified === true || verified === 'true' ? stringMember(claims, 'email') : undefined
}
