import { bearerToken, type Call, oauthError, oauthReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { findAccessToken } from '../records/access-tokens.ts'
import { seconds } from '../records/clock.ts'
import { emailScope, openid } from '../records/scopes.ts'
import type { AccessToken } from '../records/state.ts'
import { openIdToken } from './id-token.ts'

/**
 * Handles `/tokeninfo` (evidence B6): the data of an access token or an ID token, every value a string. Refresh tokens
 * are not accepted.
 */
export async function tokeninfoEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const idToken = call.query.get('id_token') ?? call.form.get('id_token')
  if (idToken !== null) return await describeIdToken(google, idToken)
  const accessToken = call.query.get('access_token') ?? call.form.get('access_token') ?? bearerToken(call)
  if (accessToken === undefined)
    return oauthError(400, 'invalid_request', 'either access_token, id_token, or token_handle required')
  const found = findAccessToken(google, accessToken)
  return found === undefined ? invalidToken() : oauthReply(200, describeAccessToken(google, found))
}

function invalidToken(): Reply {
  return oauthError(400, 'invalid_token', 'Invalid Value')
}

function describeAccessToken(google: LocalGoogle, token: AccessToken): Readonly<Record<string, string>> {
  const { account, scopes } = token
  return {
    azp: token.clientId,
    aud: token.clientId,
    ...(scopes.has(openid) && { sub: account.sub }),
    scope: [...scopes].join(' '),
    exp: String(seconds(token.expiresAtMs)),
    expires_in: String(seconds(token.expiresAtMs - google.clock.now())),
    ...(scopes.has(emailScope) && { email: account.email, email_verified: 'true' }),
    access_type: token.accessType,
  }
}

async function describeIdToken(google: LocalGoogle, idToken: string): Promise<Reply> {
  const opened = await openIdToken(google, idToken)
  if (opened === undefined) return invalidToken()
  const { alg, kid, typ } = opened.header
  const members = Object.entries({ ...opened.claims, alg, kid, typ })
  return oauthReply(200, Object.fromEntries(members.map(([name, value]) => [name, String(value)])))
}
