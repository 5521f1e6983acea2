import { Failure, Secret } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http, HttpResponse } from '../http/request.ts'
import { type AuthorizationServer, connectionsPage, googleIssuer } from './authorization-server.ts'
import type { OAuthClient } from './client.ts'
import { type Possession, sendWithProof } from './dpop.ts'
import { oauthErrorOf, type OAuthErrorResponse } from './token-endpoint.ts'

type ClientAuthentication = 'none' | 'client_secret_post' | 'client_secret_basic'

/**
 * Revokes a token (RFC 7009 section 2.1), sent in the body and never in the URL. Pass the refresh token. Google revokes
 * the project's whole grant, for all its clients and scopes. It needs no client authentication here, so it gets the
 * client secret only if it refuses without it. Other servers get it immediately, as the RFC requires.
 * @param client undefined if unknown
 * @param possession the key that the token is bound to: Google does not say whether it needs a proof, so it gets one
 * @returns whether the server still knew the token
 * @throws Failure `revocation_refused` and the network failures
 */
export async function revokeToken(
  http: Http,
  server: AuthorizationServer,
  token: Secret,
  client: OAuthClient | undefined,
  possession?: Possession,
): Promise<boolean> {
  const { revocationEndpoint: url, issuer } = server
  if (url === undefined)
    throw new Failure('revocation_refused', {
      error: 'unsupported',
      description: `${issuer} has no revocation endpoint`,
      page: connectionsPage(issuer),
    })
  let refusal: { readonly status: number; readonly error: OAuthErrorResponse | undefined } | undefined
  for (const authentication of authenticationsFor(server, client)) {
    // RFC 7009 section 2.2.1: retry only when the server says when.
    const request = { url, retries: 1, retryWhen: 'asked' as const, ...authenticated(token, client, authentication) }
    const response = await sendWithProof(http, request, possession)
    if (response.status === 200) return true
    const error = errorOf(response, url, token, client)
    // RFC 7009 section 2.2 requires 200 for a token that is already invalid; Google responds 400 invalid_token.
    if (error?.error === 'invalid_token') return false
    refusal = { status: response.status, error }
    if (!isAboutClient(refusal)) break
  }
  throw new Failure('revocation_refused', {
    error: refusal?.error?.error ?? `HTTP status ${refusal?.status}`,
    description: refusal?.error?.description ?? null,
    page: connectionsPage(issuer),
  })
}

/**
 * Returns the client authentication methods to try, in order. RFC 8414 section 2 assumes client_secret_basic if the
 * server announces nothing; most servers accept client_secret_post, as Google does elsewhere, so it comes first.
 */
function authenticationsFor(
  { issuer, revocationAuthMethods: announced }: AuthorizationServer,
  client: OAuthClient | undefined,
): readonly ClientAuthentication[] {
  if (client === undefined) return ['none']
  if (issuer === googleIssuer) return ['none', 'client_secret_post']
  if (announced === undefined) return ['client_secret_post', 'client_secret_basic']
  const ways = (['client_secret_post', 'client_secret_basic', 'none'] as const).filter((way) => announced.includes(way))
  return ways.length > 0 ? ways : ['client_secret_post']
}

function authenticated(
  token: Secret,
  client: OAuthClient | undefined,
  way: ClientAuthentication,
): { readonly form: Readonly<Record<string, string | Secret>>; readonly headers?: Readonly<Record<string, Secret>> } {
  if (client === undefined || way === 'none') return { form: { token } }
  const { clientId, clientSecret } = client
  if (way === 'client_secret_post') return { form: { token, client_id: clientId, client_secret: clientSecret } }
  // Both are form-encoded first (RFC 6749 section 2.3.1).
  const pair = [clientId, clientSecret.reveal()].map((text) => new URLSearchParams([['', text]]).toString().slice(1))
  return {
    form: { token },
    headers: { authorization: new Secret(`Basic ${Buffer.from(pair.join(':')).toString('base64')}`) },
  }
}

function errorOf(
  response: HttpResponse,
  url: URL,
  token: Secret,
  client: OAuthClient | undefined,
): OAuthErrorResponse | undefined {
  const sent = [token, ...(client === undefined ? [] : [client.clientSecret])]
  return oauthErrorOf(jsonObjectOf(response, url.host), sent)
}

function isAboutClient({
  status,
  error,
}: {
  readonly status: number
  readonly error: OAuthErrorResponse | undefined
}): boolean {
  return status === 401 || error?.error === 'invalid_client' || error?.error === 'invalid_request'
}
