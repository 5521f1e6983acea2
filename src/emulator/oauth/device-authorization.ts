import { admissionError } from '../answers/admission.ts'
import type { AuthorizationError } from '../answers/authorization-error.ts'
import { deviceFaults, type DeviceResponse, deviceResponseFaults } from '../faults/device-faults.ts'
import { type Call, oauthError, oauthReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { recordConsent } from '../records/grants.ts'
import { originsOf } from '../records/origins.ts'
import { limitedAccessSeconds } from '../records/refresh-tokens.ts'
import { canonicalScopes, driveAppdata, emailScope, grantedScopes, openid, profileScope } from '../records/scopes.ts'
import type { DeviceCode } from '../records/state.ts'
import { sweepExpired } from '../records/sweep-expired.ts'
import { identifyClient } from './client-authentication.ts'
import type { GivenConsent } from './consent-answer.ts'
import { singleParameter } from './parameters.ts'

const lifetimeSeconds = 1800
/** Also the value a client must assume if none is sent (RFC 8628 section 3.2). */
const intervalSeconds = 5
/**
 * Google gives no number. This one is never reached by accident, but soon by a client that requests new codes instead
 * of polling.
 */
const mostWaitingCodes = 100

/** The only scopes that devices without a browser may request (evidence B5). */
const allowedScopes = new Set([
  openid,
  emailScope,
  profileScope,
  driveAppdata,
  'https://www.googleapis.com/auth/drive.file',
  'https://www.googleapis.com/auth/youtube',
  'https://www.googleapis.com/auth/youtube.readonly',
])

/**
 * Handles `POST /device/code`, the device authorization request (RFC 8628 section 3.1) with Google's deviations
 * (evidence B5): the address for the user is called `verification_url`, and the error for too many requests has its own
 * format.
 */
export function deviceAuthorizationEndpoint(google: LocalGoogle, call: Call): Reply {
  const client = identifyClient(google, singleParameter(call, 'client_id'))
  if (client.type !== 'tv') return oauthError(401, 'invalid_client', 'Invalid client type.')
  const requested = (singleParameter(call, 'scope') ?? '').split(' ').filter((scope) => scope !== '')
  if (requested.length === 0) return oauthError(400, 'invalid_request', 'Missing required parameter: scope')
  const refused = requested.filter((scope) => canonicalScopes([scope]).some((name) => !allowedScopes.has(name)))
  if (refused.length > 0) return oauthError(400, 'invalid_scope', `Invalid device flow scope: ${refused.join(', ')}`)
  if (isOverQuota(google, client.clientId) || google.faults.take('device', deviceFaults) !== undefined)
    return oauthReply(403, { error_code: 'rate_limit_exceeded' })

  const deviceCode = google.mint.deviceCode()
  const userCode = google.mint.userCode()
  const members = google.faults.change<DeviceResponse>('device', deviceResponseFaults, {
    device_code: deviceCode,
    user_code: userCode,
    verification_url: `${originsOf(google.issuer).device}/device`,
    expires_in: lifetimeSeconds,
    interval: intervalSeconds,
  })
  google.signIns.remember(deviceCode, call.signIn)
  const now = google.clock.now()
  // Kept for twice its lifetime, so that the page can tell an expired code from an unknown one.
  sweepExpired(google.state.deviceCodes, now - lifetimeSeconds * 1000)
  google.state.deviceCodes.set(deviceCode, {
    client,
    userCode,
    scopes: canonicalScopes(requested),
    answer: undefined,
    intervalMs: Number(members['interval'] ?? intervalSeconds) * 1000,
    polledAtMs: undefined,
    signIn: call.signIn,
    expiresAtMs: now + Number(members['expires_in']) * 1000,
  })
  return oauthReply(200, members)
}

function isOverQuota(google: LocalGoogle, clientId: string): boolean {
  let waiting = 0
  for (const code of google.state.deviceCodes.values()) {
    if (code.client.clientId === clientId && code.answer === undefined && !hasExpired(google, code)) waiting++
  }
  return waiting >= mostWaitingCodes
}

/** Returns whether a code has expired: users can no longer answer it, and devices can no longer poll. */
export function hasExpired(google: LocalGoogle, code: DeviceCode): boolean {
  return code.expiresAtMs <= google.clock.now()
}

/**
 * Returns the device code with a user code, however it was typed: in lower case, without the dash, with spaces (RFC
 * 8628 section 6.1).
 */
export function findByUserCode(google: LocalGoogle, typed: string): DeviceCode | undefined {
  const letters = typed.toUpperCase().replace(/[^A-Z]/g, '')
  for (const code of google.state.deviceCodes.values()) if (code.userCode.replace('-', '') === letters) return code
  return undefined
}

/**
 * Records the user's approval of the ticked scopes; the device fetches its tokens with the next poll. An account that
 * is not admitted is an error for the page, and for the device too unless the user may try another account.
 */
export function approveDevice(
  google: LocalGoogle,
  code: DeviceCode,
  { account, ticked, limited }: GivenConsent,
): AuthorizationError | undefined {
  const { client } = code
  const error = admissionError(google.state, client, account)
  if (error !== undefined) {
    const { status, description } = error
    if (error.code !== 'access_denied') code.answer = { status, error: error.code, description }
    return error
  }
  const { grant, scopes } = recordConsent(google, {
    client,
    account,
    scopes: grantedScopes(ticked),
    includeGrantedScopes: false,
    accessType: 'offline',
    forceRefreshToken: true,
  })
  code.answer = { account, grant, scopes, signIn: code.signIn, ...(limited && { accessSeconds: limitedAccessSeconds }) }
  return undefined
}
