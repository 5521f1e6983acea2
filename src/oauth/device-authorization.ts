import { type JsonObject, stringMember } from '../core/json.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Secret } from '../core/secret.ts'
import { Failure, problemOf } from '../failures/index.ts'
import { type Defer, pause } from '../http/interruption.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { OAuthClient } from './client.ts'
import type { Possession } from './dpop.ts'
import {
  clientFailure,
  deviceCodeGrant,
  oauthErrorOf,
  type OAuthErrorResponse,
  proofFailure,
  type TokenAnswer,
  type TokenResponse,
} from './token-endpoint.ts'

/**
 * A device authorization response (RFC 8628 section 3.2): the code for the user, where to enter it, and how to poll.
 */
export interface DeviceAuthorization {
  readonly deviceCode: Secret
  /** Safe to print. Not secret: anyone at the screen may see it. */
  readonly userCode: string
  /** http or https. The URL that includes the code is ignored: the user should compare the codes (section 3.3.1). */
  readonly verificationUri: URL
  /** Counted from the response. */
  readonly lifetimeMs: number
  /** The minimum time between polls. */
  readonly intervalMs: number
}

const defaultIntervalSeconds = 5
// No user waits longer, and timers cannot run much longer.
const longestSeconds = 86_400

/**
 * Sends the device authorization request (RFC 8628 section 3.1). Google needs neither a client secret nor `access_type`
 * here: it always returns a refresh token.
 * @throws Failure `device_login_unsupported`, `device_scope_refused`, `client_type_refused`, `client_refused`,
 *   `rate_limited`, `authorization_refused` and those of the network group
 */
export async function requestDeviceAuthorization(
  http: Http,
  server: AuthorizationServer,
  client: OAuthClient,
  scopes: readonly string[],
): Promise<DeviceAuthorization> {
  const url = server.deviceAuthorizationEndpoint
  if (url === undefined) throw new Failure('device_login_unsupported', { issuer: server.issuer })
  const response = await http.send({
    method: 'POST',
    url,
    retries: 2,
    form: { client_id: client.clientId, scope: scopes.join(' ') },
  })
  const { host } = url
  const object = jsonObjectOf(response, host)
  // Google rejects too many requests in a format of its own.
  const reason = stringMember(object, 'error_code')
  if (reason !== undefined) throw new Failure('rate_limited', { service: host, reason, retryAfterSeconds: null })
  const refused = oauthErrorOf(object, [])
  if (refused !== undefined) throw deviceFailure(refused, client)
  if (response.status !== 200)
    throw new Failure('invalid_answer', { host, problem: `HTTP status ${response.status} without an OAuth error` })
  return parseDeviceAuthorization(object, host)
}

function parseDeviceAuthorization(object: JsonObject, host: string): DeviceAuthorization {
  const invalid = (problem: string): Failure => new Failure('invalid_answer', { host, problem })
  const deviceCode = stringMember(object, 'device_code')
  if (deviceCode === undefined || !/^[\x21-\x7e]{1,4096}$/.test(deviceCode)) throw invalid('it has no device_code')
  const userCode = stringMember(object, 'user_code')
  if (userCode === undefined || !/^.{1,64}$/.test(userCode) || safeText(userCode) !== userCode)
    throw invalid('its user_code cannot be typed')
  // Google uses verification_url; the RFC and other servers use verification_uri.
  const address = stringMember(object, 'verification_uri') ?? stringMember(object, 'verification_url') ?? ''
  const verificationUri = URL.canParse(address) ? new URL(address) : undefined
  if (verificationUri?.protocol !== 'https:' && verificationUri?.protocol !== 'http:')
    throw invalid('it has no verification URL')
  const seconds = (name: string, value: unknown): number => {
    if (typeof value !== 'number' || !(value >= 0)) throw invalid(`its ${name} is not a number of seconds`)
    return Math.min(value, longestSeconds)
  }
  return {
    deviceCode: new Secret(deviceCode),
    userCode,
    verificationUri,
    lifetimeMs: seconds('expires_in', object['expires_in']) * 1000,
    // At least a second: an interval of 0 would mean no pause at all.
    intervalMs: Math.max(1, seconds('interval', object['interval'] ?? defaultIntervalSeconds)) * 1000,
  }
}

/** The input for polling for a device code's tokens. */
export interface DevicePolling {
  readonly http: Http
  readonly server: AuthorizationServer
  readonly client: OAuthClient
  /** The key that the refresh token will be bound to. */
  readonly possession: Possession | undefined
  /** The response just received. */
  readonly authorization: DeviceAuthorization
  /** Gives up before the code expires. */
  readonly timeoutMs: number | undefined
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Ends a pause immediately. */
  readonly signal: AbortSignal
  /** An interruption waits while a poll is in progress, which may return the tokens, and until they are accepted. */
  readonly defer: Defer
  /** Called after a poll failed, with the pause before the next one. */
  readonly onTrouble: (failure: Failure, pauseMs: number) => void
}

const slowDownMs = 5000
const longestPauseMs = 60_000

/**
 * Polls the token endpoint until the user has decided (RFC 8628 sections 3.4 and 3.5), no faster than the server
 * allows: after a pause each time, including before the first poll; five seconds slower after each `slow_down`; and
 * after a doubled pause while polls fail. It distinguishes errors by name, because Google uses nonstandard statuses
 * (428, 403, 400).
 * @throws Failure `consent_denied`, `device_code_expired`, `device_login_timed_out`, `device_code_refused`,
 *   `code_fate_unknown`, `dpop_refused`, `client_type_refused`, `client_refused`, `authorization_refused`,
 *   `interrupted`, those of the network group, and what `accept` throws
 */
export async function pollForTokens<T>(
  polling: DevicePolling,
  accept: (tokens: TokenResponse) => Promise<T>,
): Promise<T> {
  const { authorization, timeoutMs, client, now, signal, defer } = polling
  const endsAt = now() + Math.min(authorization.lifetimeMs, timeoutMs ?? authorization.lifetimeMs)
  let { intervalMs } = authorization
  let pauseMs = intervalMs
  let broken: Failure | undefined
  for (;;) {
    const leftMs = endsAt - now()
    await pause(Math.min(pauseMs, leftMs), signal)
    if (pauseMs >= leftMs) throw broken ?? outOfTime(polling)
    const outcome = await defer(async () => {
      const answer = await poll(polling)
      return 'tokens' in answer ? { accepted: await accept(answer.tokens) } : answer
    })
    if ('accepted' in outcome) return outcome.accepted
    if ('broken' in outcome) {
      broken = outcome.broken
      pauseMs = Math.max(intervalMs, Math.min(pauseMs * 2, longestPauseMs))
      polling.onTrouble(broken, pauseMs)
      continue
    }
    const { refused } = outcome
    if (refused.error === 'expired_token') throw codeExpired(authorization)
    if (refused.error === 'invalid_grant' && broken !== undefined) throw fateUnknown(polling, broken)
    if (refused.error === 'slow_down') intervalMs += slowDownMs
    else if (refused.error !== 'authorization_pending')
      throw proofFailure(refused, polling.possession) ?? deviceFailure(refused, client)
    pauseMs = intervalMs
    broken = undefined
  }
}

type PollAnswer = TokenAnswer | { readonly broken: Failure }

async function poll({ http, server, client, authorization, possession }: DevicePolling): Promise<PollAnswer> {
  try {
    return await deviceCodeGrant(http, server, client, authorization.deviceCode, possession)
  } catch (error) {
    if (error instanceof Failure && passing.has(error.code)) return { broken: error }
    throw error
  }
}

// The user has half an hour; a network outage or a captive portal need not end the login.
const passing = new Set(['unreachable', 'timed_out', 'server_failed', 'invalid_answer'])

function outOfTime({ authorization, timeoutMs }: DevicePolling): Failure {
  return timeoutMs !== undefined && timeoutMs < authorization.lifetimeMs
    ? new Failure('device_login_timed_out', { seconds: timeoutMs / 1000 })
    : codeExpired(authorization)
}

function codeExpired({ lifetimeMs }: DeviceAuthorization): Failure {
  return new Failure('device_code_expired', { seconds: lifetimeMs / 1000 })
}

// The previous poll may have returned the tokens, and the response was lost.
function fateUnknown({ server }: DevicePolling, broken: Failure): Failure {
  return new Failure(
    'code_fate_unknown',
    { host: server.tokenEndpoint.host, problem: problemOf(broken) },
    { cause: broken },
  )
}

// Handles the error responses of both requests, except those that say to wait.
function deviceFailure(response: OAuthErrorResponse, client: OAuthClient): Failure {
  const { error, description } = response
  const { clientId } = client
  switch (error) {
    case 'access_denied':
      return new Failure('consent_denied', {})
    case 'invalid_scope':
      return new Failure('device_scope_refused', { error, description })
    case 'invalid_grant':
      return new Failure('device_code_refused', { error, description })
    case 'unauthorized_client':
      return new Failure('client_type_refused', { error, description, clientId })
    case 'invalid_client':
      // Google's error description for a web or desktop client.
      if (/client type/i.test(description ?? ''))
        return new Failure('client_type_refused', { error, description, clientId })
  }
  return clientFailure(response, client) ?? new Failure('authorization_refused', { error, description })
}
