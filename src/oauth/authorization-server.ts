import { stringMember } from '../core/json.ts'
import { Failure } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http } from '../http/request.ts'
import { allowedUrl } from '../http/url-rule.ts'

/** An authorization server and its endpoints (RFC 8414; OpenID Connect Discovery section 3). */
export interface AuthorizationServer {
  readonly issuer: string
  /** Every spelling of `iss` that its ID tokens may carry. */
  readonly idTokenIssuers: readonly string[]
  readonly authorizationEndpoint: URL
  readonly tokenEndpoint: URL
  readonly revocationEndpoint: URL | undefined
  /** The client authentication methods there (RFC 8414 section 2); undefined if the server does not say. */
  readonly revocationAuthMethods?: readonly string[] | undefined
  /** RFC 8628 section 4. */
  readonly deviceAuthorizationEndpoint: URL | undefined
  readonly jwksUri: URL
}

/** Google's issuer identifier. */
export const googleIssuer = 'https://accounts.google.com'

/**
 * Returns the page where users revoke an app's access; null for servers other than Google, where no such page is known.
 */
export function connectionsPage(issuer: string): string | null {
  return issuer === googleIssuer ? 'https://myaccount.google.com/connections' : null
}

/** Google's endpoints, built in to save the default a discovery request. */
const google: AuthorizationServer = {
  issuer: googleIssuer,
  idTokenIssuers: idTokenIssuers(googleIssuer),
  authorizationEndpoint: new URL('https://accounts.google.com/o/oauth2/v2/auth'),
  tokenEndpoint: new URL('https://oauth2.googleapis.com/token'),
  revocationEndpoint: new URL('https://oauth2.googleapis.com/revoke'),
  deviceAuthorizationEndpoint: new URL('https://oauth2.googleapis.com/device/code'),
  jwksUri: new URL('https://www.googleapis.com/oauth2/v3/certs'),
}

/** Returns whether two spellings name the same issuer: a trailing slash makes no difference. */
export function isSameIssuer(a: string, b: string): boolean {
  return a.replace(/\/$/, '') === b.replace(/\/$/, '')
}

/** Returns every spelling of `iss` in this issuer's ID tokens: Google documents two of its own. */
export function idTokenIssuers(issuer: string): readonly string[] {
  return issuer === googleIssuer ? [googleIssuer, 'accounts.google.com'] : [issuer]
}

/**
 * Returns the server for an issuer identifier: built in for Google, otherwise from its discovery document, which must
 * name the same issuer (OpenID Connect Discovery section 4.3) and endpoints that may receive a secret.
 * @throws Failure `url_not_allowed`, `invalid_answer`, and what {@link Http.send} throws
 */
export async function authorizationServer(http: Http, issuer: string): Promise<AuthorizationServer> {
  if (issuer === googleIssuer) return google
  const base = allowedUrl('the issuer', issuer)
  const url = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
  const response = await http.send({ method: 'GET', url, retries: 2 })
  const invalid = (problem: string): Failure =>
    new Failure('invalid_answer', { host: base.host, problem: `its discovery document ${problem}` })
  if (response.status !== 200) throw invalid(`came with HTTP status ${response.status}`)
  const metadata = jsonObjectOf(response, base.host)
  const named = metadata['issuer']
  if (named !== issuer && !(typeof named === 'string' && isSameIssuer(named, issuer)))
    throw invalid(`names the issuer ${JSON.stringify(metadata['issuer'])}, not "${issuer}"`)

  const optional = (name: string): URL | undefined => {
    const value = stringMember(metadata, name)
    return value === undefined ? undefined : allowedUrl(`${name} of ${issuer}`, value)
  }
  const required = (name: string): URL => {
    const endpoint = optional(name)
    if (endpoint === undefined) throw invalid(`has no ${name}`)
    return endpoint
  }
  return {
    issuer: named,
    idTokenIssuers: idTokenIssuers(named),
    authorizationEndpoint: required('authorization_endpoint'),
    tokenEndpoint: required('token_endpoint'),
    revocationEndpoint: optional('revocation_endpoint'),
    revocationAuthMethods: textsOf(metadata['revocation_endpoint_auth_methods_supported']),
    deviceAuthorizationEndpoint: optional('device_authorization_endpoint'),
    jwksUri: required('jwks_uri'),
  }
}

function textsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined
}
