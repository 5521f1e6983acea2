import { apiReply, missingCredential, type Reply } from '../http/reply.ts'

const realm = 'Bearer realm="https://accounts.google.com/"'

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
    'www-authenticate': `${realm}, error="invalid_token"`,
  })
}
