import { type JsonObject, stringMember } from '../core/json.ts'

/**
 * Returns whether two texts are the same email address or account name. Only ASCII letters are case-insensitive:
 * `toLowerCase` maps U+212A, the Kelvin sign, to "k", which would merge two people's addresses.
 */
export function isSameEmail(a: string, b: string): boolean {
  return foldAscii(a) === foldAscii(b)
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

/**
 * Returns the email address of an ID token if the server has verified it (OpenID Connect Core section 5.1): only a
 * verified address identifies the account. Some servers, and Google's tokeninfo, write the boolean as a string.
 */
export function verifiedEmail(claims: JsonObject): string | undefined {
  const verified = claims['email_verified']
  return verified === true || verified === 'true' ? stringMember(claims, 'email') : undefined
}
