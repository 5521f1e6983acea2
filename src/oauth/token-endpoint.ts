import { type JsonObject, stringMember } from '../core/json.ts'
import { Secret, withoutSecrets } from '../core/secret.ts'
import { type CodeAdvice, type CodeState, Failure, problemOf, withCodeState } from '../failures/index.ts'
import { answeredAtMs } from '../http/answer-times.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http, HttpResponse } from '../http/request.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { OAuthClient } from './client.ts'
import { jtiOfCode, type Possession, sendWithProof } from './dpop.ts'
import { splitScope } from './scopes.ts'

/** A successful token response (RFC 6749 section 5.1; OpenID Connect Core section 3.1.3.3). */
export interface TokenResponse {
  readonly accessToken: Secret
  /** Lifetime in seconds; undefined if the server does not say. */
  readonly expiresInSeconds: number | undefined
  readonly refreshToken: Secret | undefined
  /** From Google, only for time-limited access, such as 604,799 seconds for an app in Testing. */
  readonly refreshTokenExpiresInSeconds: number | undefined
  readonly idToken: Secret | undefined
  /** The granted scopes; undefined means the requested ones. */
  readonly scopes: readonly string[] | undefined
}

/** An error response of an OAuth endpoint (RFC 6749 section 5.2), with Google's `error_subtype`. */
export interface OAuthErrorResponse {
  readonly error: string
  readonly description: string | null
  readonly subtype: string | null
}

/** A code and everything it is bound to. */
export interface AuthorizationCode {
  readonly code: Secret
  /**
   * Sent exactly as given: '' for Android and iOS codes, `postmessage` for the web pop-up, otherwise the request's URI.
   */
  readonly redirectUri: string
  /** Only for codes that were requested with a challenge (RFC 7636 section 4.5). */
  readonly codeVerifier?: Secret | undefined
  /** The code's origin, for messages. */
  readonly from: string
  /** The advice about the code after a failure, for messages. */
  readonly advice: CodeAdvice
}

const tokenTimeoutMs = 30_000
// A century; anything longer is not a lifetime.
const longestLifetimeSeconds = 3_155_760_000

/**
 * Sends the authorization code grant (RFC 6749 section 4.1.3). Posts the code exactly once, whatever happens: a reused
 * code revokes the tokens of its first use (section 10.5), so there is no retry and no redirect. The only exception is
 * a DPoP proof that the server rejects, because then it has not looked at the code. Call it where an interruption
 * waits. Each failure says whether the code was used.
 * @param possession the key that the refresh token will be bound to
 * @throws Failure `code_refused`, `code_verifier_refused`, `redirect_uri_mismatch`, `client_refused`,
 *   `client_not_authorized`, `token_request_refused`, `dpop_needed`, `dpop_refused`, `code_fate_unknown`, and those of
 *   {@link Http.send} where the code never left
 */
export async function authorizationCodeGrant(
  http: Http,
  server: AuthorizationServer,
  client: OAuthClient,
  { code, redirectUri, codeVerifier, from, advice }: AuthorizationCode,
  possession?: Possession,
): Promise<TokenResponse> {
  const { host } = server.tokenEndpoint
  let response: HttpResponse
  let isSent = false
  try {
    const request = {
      url: server.tokenEndpoint,
      timeoutMs: tokenTimeoutMs,
      ownConnection: true,
      onSending: () => {
        isSent = true
      },
      form: {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        client_id: client.clientId,
        client_secret: client.clientSecret,
        ...(codeVerifier === undefined ? {} : { code_verifier: codeVerifier }),
      },
    }
    response = await sendWithProof(
      http,
      request,
      possession,
      possession === undefined ? undefined : jtiOfCode(code),
      () => {
        isSent = false
      },
    )
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw isSent ? fateUnknown(host, error, advice) : withCodeState(error, 'unused', advice)
  }
  let answer: TokenAnswer
  try {
    const sent = [code, client.clientSecret, ...(codeVerifier === undefined ? [] : [codeVerifier])]
    answer = parseTokenAnswer(response, host, sent, possession)
  } catch (error) {
    throw error instanceof Failure ? fateUnknown(host, error, advice) : error
  }
  if ('refused' in answer)
    throw withCodeState(
      codeFailure(answer.refused, client, redirectUri, from, possession),
      ...fateOf(answer.refused, advice),
    )
  return answer.tokens
}

/**
 * Sends the refresh token grant (RFC 6749 section 6). The caller creates the failure `refresh_token_refused`, because
 * only the caller knows the account: it gets the error response and the server's time of it.
 * @param rotates whether the server replaces refresh tokens when they are used
 * @param possession the key that the refresh token is bound to
 * @throws Failure `client_refused`, `client_not_authorized`, `token_request_refused`, `dpop_refused`,
 *   `dpop_proof_missing` and the network failures
 */
export async function refreshTokenGrant(
  http: Http,
  server: AuthorizationServer,
  client: OAuthClient,
  refreshToken: Secret,
  rotates: boolean,
  possession?: Possession,
): Promise<
  | { readonly tokens: TokenResponse }
  | { readonly refused: OAuthErrorResponse; readonly refusedAtMs: number | undefined }
> {
  const request = {
    url: server.tokenEndpoint,
    timeoutMs: tokenTimeoutMs,
    // A rotating token may have been replaced by a request whose response was lost.
    retries: rotates ? 0 : 2,
    ownConnection: rotates,
    form: {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: client.clientId,
      client_secret: client.clientSecret,
    },
  }
  const response = await sendWithProof(http, request, possession)
  const answer = parseTokenAnswer(response, server.tokenEndpoint.host, [refreshToken, client.clientSecret], possession)
  if ('tokens' in answer) return answer
  if (possession === undefined && isAboutProof(answer.refused)) throw new Failure('dpop_proof_missing', {})
  if (answer.refused.error !== 'invalid_grant') throw requestFailure(answer.refused, client, possession)
  return { ...answer, refusedAtMs: answeredAtMs(response) }
}

/**
 * Sends the device access token request (RFC 8628 section 3.4), once. The caller gets error responses, because their
 * meaning depends on the time: most of them say to wait. Call it where an interruption waits, because it returns tokens
 * at most once.
 * @throws Failure of the network group
 */
export async function deviceCodeGrant(
  http: Http,
  server: AuthorizationServer,
  client: OAuthClient,
  deviceCode: Secret,
  possession?: Possession,
): Promise<TokenAnswer> {
  const request = {
    url: server.tokenEndpoint,
    timeoutMs: tokenTimeoutMs,
    form: {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: deviceCode,
      client_id: client.clientId,
      client_secret: client.clientSecret,
    },
  }
  const response = await sendWithProof(http, request, possession)
  return parseTokenAnswer(response, server.tokenEndpoint.host, [deviceCode, client.clientSecret], possession)
}

/** Tokens, or an error response, whose meaning depends on the grant. */
export type TokenAnswer = { readonly tokens: TokenResponse } | { readonly refused: OAuthErrorResponse }

/**
 * Returns the error response in a response body (RFC 6749 section 5.2), or undefined.
 * @param secrets the secrets that were sent: if the server repeats one in its message, it is not shown
 */
export function oauthErrorOf(object: JsonObject, secrets: readonly Secret[]): OAuthErrorResponse | undefined {
  const shown = (name: string): string | undefined => {
    const text = stringMember(object, name)
    return text === undefined ? undefined : withoutSecrets(text, secrets)
  }
  const error = shown('error')
  if (error === undefined) return undefined
  return {
    error,
    description: shown('error_description') ?? null,
    subtype: shown('error_subtype') ?? null,
  }
}

function parseTokenAnswer(
  response: HttpResponse,
  host: string,
  sent: readonly Secret[],
  possession: Possession | undefined,
): TokenAnswer {
  const object = jsonObjectOf(response, host)
  const error = oauthErrorOf(object, sent)
  if (error !== undefined) return { refused: error }
  const invalid = (problem: string): Failure => new Failure('invalid_answer', { host, problem })
  if (response.status !== 200) throw invalid(`HTTP status ${response.status} without an OAuth error`)

  const secret = (name: string): Secret | undefined => {
    const value = object[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) throw invalid(`its ${name} is not a token`)
    return new Secret(value)
  }
  const seconds = (name: string): number | undefined => {
    const value = object[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number' || !(value >= 0 && value <= longestLifetimeSeconds))
      throw invalid(`its ${name} is not a number of seconds`)
    return value
  }
  const accessToken = secret('access_token')
  if (accessToken === undefined) throw invalid('it has no access_token')
  const type = stringMember(object, 'token_type')?.toLowerCase()
  // Google's access tokens stay Bearer. Other servers bind them, too (RFC 9449 section 5).
  const isExpected = type === 'bearer' || (type === 'dpop' && possession !== undefined)
  if (!isExpected) throw invalid('its token_type is not Bearer')
  const { scope } = object
  if (scope !== undefined && typeof scope !== 'string') throw invalid('its scope is not a string')
  const tokens: TokenResponse = {
    accessToken,
    expiresInSeconds: seconds('expires_in'),
    refreshToken: secret('refresh_token'),
    refreshTokenExpiresInSeconds: seconds('refresh_token_expires_in'),
    idToken: secret('id_token'),
    scopes: scope === undefined ? undefined : splitScope(scope),
  }
  return { tokens }
}

function codeFailure(
  response: OAuthErrorResponse,
  client: OAuthClient,
  sent: string,
  from: string,
  possession: Possession | undefined,
): Failure {
  const { error, description } = response
  if (error === 'redirect_uri_mismatch') return new Failure('redirect_uri_mismatch', { sent, from })
  if (error === 'invalid_grant' && /verifier/i.test(description ?? ''))
    return new Failure('code_verifier_refused', { error, description })
  if (error === 'invalid_grant') return new Failure('code_refused', { error, description })
  return requestFailure(response, client, possession)
}

function requestFailure(
  response: OAuthErrorResponse,
  client: OAuthClient,
  possession: Possession | undefined,
): Failure {
  const { error, description } = response
  return (
    proofFailure(response, possession) ??
    clientFailure(response, client) ??
    new Failure('token_request_refused', { error, description })
  )
}

function isAboutProof({ error }: Pick<OAuthErrorResponse, 'error'>): boolean {
  return error === 'use_dpop_nonce' || error === 'invalid_dpop_proof'
}

/** Returns the failure for an error response about the DPoP proof (RFC 9449 sections 5 and 8); otherwise undefined. */
export function proofFailure(
  { error, description }: OAuthErrorResponse,
  possession: Possession | undefined,
): Failure | undefined {
  if (!isAboutProof({ error })) return undefined
  if (possession === undefined) return new Failure('dpop_needed', { error, description })
  const aheadSeconds = Math.round(possession.state.clockAheadMs / 1000)
  return new Failure('dpop_refused', {
    error,
    description,
    hasNonce: possession.state.nonce !== undefined,
    seconds: Math.abs(aheadSeconds),
    isAhead: aheadSeconds > 0,
    isBehind: aheadSeconds < 0,
  })
}

/** Returns the failure for an error response about the client rather than the request; otherwise undefined. */
export function clientFailure(
  { error, description }: OAuthErrorResponse,
  { clientId }: OAuthClient,
): Failure | undefined {
  switch (error) {
    case 'invalid_client':
    case 'deleted_client':
    case 'disabled_client':
      return new Failure('client_refused', { error, description, clientId })
    case 'unauthorized_client':
      return new Failure('client_not_authorized', { error, description, clientId })
    default:
      return undefined
  }
}

// Rejected before the grant is checked: invalid client authentication, request (RFC 6749 section 5.2) or DPoP proof.
const refusedUnseen = new Set([
  'invalid_client',
  'deleted_client',
  'disabled_client',
  'invalid_request',
  'unsupported_grant_type',
  'use_dpop_nonce',
  'invalid_dpop_proof',
])

function fateOf({ error, description }: OAuthErrorResponse, advice: CodeAdvice): readonly [CodeState, CodeAdvice] {
  if (refusedUnseen.has(error)) return ['unused', advice]
  if (error !== 'invalid_grant') return ['unknown', advice]
  // Google does not recognise a malformed code as its own, so it did not redeem the real one.
  if (/malformed/i.test(description ?? ''))
    return ['unused', { ...advice, resend: advice.resend && 'you can still send the complete code' }]
  return [/verifier/i.test(description ?? '') ? 'unknown' : 'used', advice]
}

function fateUnknown(host: string, failure: Failure, advice: CodeAdvice): Failure {
  const unknown =
    failure.code === 'interrupted'
      ? failure
      : new Failure('code_fate_unknown', { host, problem: problemOf(failure) }, { cause: failure })
  return withCodeState(unknown, 'unknown', advice)
}
