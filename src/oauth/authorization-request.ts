import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../core/secret.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { OAuthClient } from './client.ts'

/** The values of one authorization request that its answer and its tokens are held against. Never used twice. */
export interface AuthorizationTransaction {
  /** RFC 6749 section 10.12: the answer must carry it back. */
  readonly state: string
  /** OpenID Connect Core section 3.1.2.1: the ID token must carry it. */
  readonly nonce: string
  /** RFC 7636 section 4.1: 43 characters, 256 random bits. */
  readonly codeVerifier: Secret
}

/** Fresh values for one request, 256 random bits each. */
export function newTransaction(): AuthorizationTransaction {
  const random = (): string => randomBytes(32).toString('base64url')
  return { state: random(), nonce: random(), codeVerifier: new Secret(random()) }
}

/** What else may be said in an authorization request. */
export interface AuthorizationRequestOptions {
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly loginHint?: string | undefined
  /** Ask for consent even if it was given before: the way to a new refresh token for a web client. */
  readonly forceConsent: boolean
}

/** The authorization request URL (RFC 6749 section 4.1.1) with PKCE S256, state, nonce and offline access. */
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
    // Last, because it ends in a letter: a terminal takes a dot or a dash at the end of an
    // address for the end of a sentence.
    access_type: 'offline',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}
