import { apiReply, missingCredential, type Reply } from '../http/reply.ts'

/** The challenge of a 401 without a token, and the beginning of every other one (RFC 6750 section 3). */
export const realm = 'Bearer realm="https://accounts.google.com/"'
/** The challenge for a bad token. */
export const invalidTokenChallenge = `${realm}, error="invalid_token"`

/** Returns an error of the APIs that have no `errors` list: code, message and canonical status (evidence B6). */
export function apiError(
  status: number,
  canonical: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return apiReply(status, { error: { code: status, message, status: canonical } }, headers)
}

/** Returns the 401 for a missing, dead or unsuitable access token. */
export function unauthenticated(): Reply {
  return apiError(401, 'UNAUTHENTICATED', missingCredential, {
    'www-authenticate': invalidTokenChallenge,
  })
}
