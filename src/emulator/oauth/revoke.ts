import { revokeFaults } from '../faults/grant-faults.ts'
import { type Call, oauthError, oauthReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { findAccessToken } from '../records/access-tokens.ts'
import { revokeGrant } from '../records/grants.ts'
import { findRefreshToken } from '../records/refresh-tokens.ts'

/**
 * Handles `POST /revoke`, and GET too at its older address (RFC 7009, evidence B6): an access or a refresh token, in
 * the body or the query, without client authentication. Either one ends the user's whole grant to the project, for all
 * its clients.
 */
export function revokeEndpoint(google: LocalGoogle, call: Call): Reply {
  const token = call.form.get('token') ?? call.query.get('token')
  if (!token) return oauthError(400, 'invalid_request', 'Missing required parameter: token')
  const found = findRefreshToken(google, token) ?? findAccessToken(google, token)
  if (found === undefined) return oauthError(400, 'invalid_token', 'Token expired or revoked')
  const delayed = google.faults.take('revoke', revokeFaults)
  revokeGrant(google, found.grant, delayed === undefined ? 0 : (delayed.seconds ?? 60) * 1000)
  return oauthReply(200, {})
}
