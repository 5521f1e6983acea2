import { refreshGrantFaults } from '../faults/grant-faults.ts'
import { reauthenticationRequired } from '../faults/token-faults.ts'
import { refusal, Refused, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { accessTokenLifetimeSeconds, issueAccessToken } from '../records/access-tokens.ts'
import { dropRefreshToken, findRefreshToken, issueRefreshToken, needsNewSignIn } from '../records/refresh-tokens.ts'
import { canonicalScopes, wantsIdToken } from '../records/scopes.ts'
import { checkProof, withNextNonce } from './dpop-check.ts'
import { issueIdToken } from './id-token.ts'
import { refuseByFault, tokenReply } from './token-reply.ts'
import { refuseBlockedAccount, type TokenRequest } from './token-request.ts'

/** Handles the refresh grant (RFC 6749 section 6). */
export async function refreshGrant(google: LocalGoogle, request: TokenRequest): Promise<Reply> {
  const { client, parameters, issuer } = request
  const { refresh_token: refreshToken } = parameters
  if (!refreshToken) throw refusal(400, 'invalid_request', 'Missing required parameter: refresh_token')
  const found = findRefreshToken(google, refreshToken)
  if (found === undefined) {
    const wasReal = google.mint.isRefreshToken(refreshToken)
    throw refusal(400, 'invalid_grant', wasReal ? 'Token has been expired or revoked.' : 'Bad Request')
  }
  if (found.clientId !== client.clientId) throw refusal(401, 'unauthorized_client', 'Unauthorized')
  refuseByFault(google, 'refresh_token')
  const thumbprint = checkProof(google, request, {
    workflow: 'refresh',
    credential: refreshToken,
    boundTo: found.boundTo,
  })

  refuseBlockedAccount(google, client, found.account)
  if (needsNewSignIn(google, found)) throw new Refused(reauthenticationRequired('invalid_rapt'))
  const { account, grant } = found
  const scopes = narrowedScopes(found.scopes, parameters.scope)
  const access = {
    clientId: client.clientId,
    account,
    grant,
    scopes,
    accessType: 'offline',
    signIn: found.signIn ?? request.call.signIn,
  } as const
  const accessToken = issueAccessToken(google, access)
  found.usedAtMs = google.clock.now()
  const rotated =
    google.faults.take('token', refreshGrantFaults) === undefined ? undefined : issueRefreshToken(google, found)
  if (rotated) dropRefreshToken(google, refreshToken)
  const reply = tokenReply(google, 'refresh', {
    access_token: accessToken,
    expires_in: accessTokenLifetimeSeconds,
    ...(rotated && { refresh_token: rotated }),
    // Google does not keep the order of the first response; a client that compares texts should fail here.
    scope: [...scopes].toReversed().join(' '),
    token_type: 'Bearer',
    ...(wantsIdToken(scopes) && {
      id_token: await issueIdToken(google, { ...access, accessToken, nonce: undefined, issuer }),
    }),
  })
  return thumbprint === undefined ? reply : withNextNonce(google, client, 'refresh', reply)
}

/** Returns the scopes of a refresh: it may request fewer than were granted, never more (RFC 6749 section 6). */
function narrowedScopes(granted: ReadonlySet<string>, scope: string | undefined): ReadonlySet<string> {
  if (!scope) return granted
  const asked = canonicalScopes(scope.split(' '))
  const beyond = asked.filter((name) => !granted.has(name))
  if (beyond.length > 0) throw refusal(400, 'invalid_scope', 'Bad Request')
  return new Set(asked)
}
