import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { OAuthClient } from './client.ts'

/** The values of one authorization request that its response and tokens are checked against. Never reused. */
export interface AuthorizationTransaction {
  /** The response must return it (RFC 6749 section 10.12). */
  readonly state: string
  /** The ID token must contain it (OpenID Connect Core section 3.1.2.1). */
  readonly nonce: string
  /** RFC 7636 section 4.1: 43 characters, 256 random bits. */
  readonly codeVerifier: Secret
}

/** Returns fresh values for one request, 256 random bits each. */
export function newTransaction(): AuthorizationTransaction {
  const random = (): string => randomBytes(32).toString('base64url')
  return { state: random(), nonce: random(), codeVerifier: new Secret(random()) }
}

/** The other parameters of an authorization request. */
export interface AuthorizationRequestOptions {
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly loginHint?: string | undefined
  /** Asks for consent even if it was given before: this gets a web client a new refresh token. */
  readonly forceConsent: boolean
}

/** Returns the authorization request URL (RFC 6749 section 4.1.1) with PKCE S256, state, nonce and offline access. */
export function authorizationUrl(
  server: AuthorizationServer,
  client: OAuthClient,
  transaction: AuthorizationTransaction,
  options: AuthorizationRequestOptions,
): URL {
  const url = new URL(server.authorizationEndpoint)
  const parameters: Record<string, string> = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: options.redirectUri,
    scope: options.scopes.join(' '),
    ...(options.loginHint === undefined ? {} : { login_hint: options.loginHint }),
    ...(options.forceConsent ? { prompt: 'consent' } : {}),
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: createHash('sha256').update(transaction.codeVerifier.reveal()).digest('base64url'),
    code_challenge_method: 'S256',
    // Last, because it ends in a letter: terminals treat a dot or dash at the end of a URL as punctuation.
    access_type: 'offline',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}
