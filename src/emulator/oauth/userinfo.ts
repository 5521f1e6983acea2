import { invalidTokenChallenge, unauthenticated } from '../answers/api-errors.ts'
import { userinfoFaults } from '../faults/provider-faults.ts'
import { accessTokenOf, apiReply, type Call, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { findAccessToken } from '../records/access-tokens.ts'
import { emailScope, profileScope, signInScopes } from '../records/scopes.ts'
import type { AccessToken } from '../records/state.ts'
import { profileClaims } from './id-token.ts'

/**
 * Handles `/v1/userinfo` and `/oauth2/v3/userinfo` (OIDC Core section 5.3, evidence B6). A valid token without any
 * sign-in scope gets the same 401 as an invalid one.
 */
export function userinfoEndpoint(google: LocalGoogle, call: Call): Reply {
  const token = signInToken(google, call)
  if (token === undefined) {
    const body = { error: 'invalid_request', error_description: 'Invalid Credentials' }
    return apiReply(401, body, { 'www-authenticate': invalidTokenChallenge })
  }
  const { account, scopes } = token
  const { name, given_name, family_name } = profileClaims(account, scopes)
  return answered(google, {
    sub: account.sub,
    name,
    given_name,
    family_name,
    picture: account.picture,
    ...(scopes.has(emailScope) && { email: account.email, email_verified: true }),
    ...(account.hostedDomain && { hd: account.hostedDomain }),
  })
}

/**
 * Handles `/oauth2/v2/userinfo` and its older addresses: the older format of the same response (`id`,
 * `verified_email`), with another 401.
 */
export function userinfoV2Endpoint(google: LocalGoogle, call: Call): Reply {
  const token = signInToken(google, call)
  if (token === undefined || !(token.scopes.has(emailScope) || token.scopes.has(profileScope))) return unauthenticated()
  const { account, scopes } = token
  const { name, given_name, family_name } = profileClaims(account, scopes)
  return answered(google, {
    id: account.sub,
    ...(scopes.has(emailScope) && { email: account.email, verified_email: true }),
    name,
    given_name,
    family_name,
    picture: account.picture,
    ...(account.hostedDomain && { hd: account.hostedDomain }),
  })
}

function answered(google: LocalGoogle, claims: Readonly<Record<string, unknown>>): Reply {
  return apiReply(200, google.faults.change<Record<string, unknown>>('userinfo', userinfoFaults, claims))
}

/** Returns the data of a live access token with a sign-in scope. */
export function signInToken(google: LocalGoogle, call: Call): AccessToken | undefined {
  const value = accessTokenOf(call)
  const token = value ? findAccessToken(google, value) : undefined
  return token !== undefined && [...token.scopes].some((scope) => signInScopes.has(scope)) ? token : undefined
}
