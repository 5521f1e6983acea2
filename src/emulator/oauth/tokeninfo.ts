import { apiReply, bearerToken, type Call, type Reply } from '../http/reply.ts'
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
  const { idToken, accessToken } = tokensOf(call)
  if (idToken !== undefined) {
    const opened = await openIdToken(google, idToken)
    if (opened === undefined) return invalidToken('Invalid Value')
    const { alg, kid, typ } = opened.header
    const members = Object.entries({ ...opened.claims, alg, kid, typ })
    return apiReply(200, Object.fromEntries(members.map(([name, value]) => [name, String(value)])))
  }
  const found = accessToken === undefined ? undefined : findAccessToken(google, accessToken)
  if (found === undefined) return invalidToken(accessToken === undefined ? missing : 'Invalid Value')
  return apiReply(200, describeAccessToken(google, found))
}

/** Handles `/oauth2/v1/tokeninfo` and `/oauth2/v2/tokeninfo`, the older format with numbers and booleans. */
export async function olderTokeninfoEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const { idToken, accessToken } = tokensOf(call)
  const opened = idToken === undefined ? undefined : await openIdToken(google, idToken)
  if (opened !== undefined) return apiReply(200, olderClaims(google, opened.claims))
  const found = accessToken === undefined ? undefined : findAccessToken(google, accessToken)
  if (found === undefined)
    return invalidToken(idToken === undefined && accessToken === undefined ? missing : 'Invalid Value')
  const { account, scopes, clientId } = found
  return apiReply(200, {
    issued_to: clientId,
    audience: clientId,
    ...(scopes.has(openid) && { user_id: account.sub }),
    scope: [...scopes].join(' '),
    expires_in: seconds(found.expiresAtMs - google.clock.now()),
    ...(scopes.has(emailScope) && { email: account.email, verified_email: true }),
    access_type: found.accessType,
  })
}

function olderClaims(
  google: LocalGoogle,
  { iss, azp, aud, sub, exp, iat, email, email_verified }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    issuer: iss,
    issued_to: azp,
    audience: aud,
    user_id: sub,
    expires_in: Number(exp) - seconds(google.clock.now()),
    issued_at: iat,
    email,
    email_verified,
  }
}

const missing = 'Either access_token, id_token, or token_handle required'

function tokensOf(call: Call): { readonly idToken: string | undefined; readonly accessToken: string | undefined } {
  const sent = (name: string): string | undefined => call.query.get(name) ?? call.form.get(name) ?? undefined
  return { idToken: sent('id_token'), accessToken: sent('access_token') ?? bearerToken(call) }
}

function invalidToken(description: string): Reply {
  return apiReply(400, { error: 'invalid_token', error_description: description })
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
