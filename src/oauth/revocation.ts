import { Failure, type Secret } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { oauthErrorOf } from './token-endpoint.ts'

/**
 * Revokes a token (RFC 7009 section 2.1): in the body, never in the URL, and without client authentication, which Google
 * does not take here. Pass the refresh token. Google ends the whole grant of the project, for every client and scope of it.
 * @returns whether the server still knew the token
 * @throws Failure `revocation_refused` and the network failures
 */
export async function revokeToken(http: Http, server: AuthorizationServer, token: Secret): Promise<boolean> {
  if (server.revocationEndpoint === undefined)
    throw new Failure('revocation_refused', {
      error: 'unsupported',
      description: `${server.issuer} has no revocation endpoint`,
    })
  const url = server.revocationEndpoint
  const response = await http.send({
    method: 'POST',
    url,
    retries: 1,
    // RFC 7009 section 2.2.1: again only when the server says when.
    retryWhen: 'asked',
    form: { token },
  })
  if (response.status === 200) return true
  const error = oauthErrorOf(jsonObjectOf(response, url.host), [token])
  // RFC 7009 section 2.2 wants 200 for a token that is gone already; Google answers 400 invalid_token.
  if (error?.error === 'invalid_token') return false
  throw new Failure('revocation_refused', {
    error: error?.error ?? `HTTP status ${response.status}`,
    description: error?.description ?? null,
  })
}
