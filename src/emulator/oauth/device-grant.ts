import { refusal, type Refused } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorClient } from '../records/built-in.ts'
import { hasEnded } from '../records/grants.ts'
import type { DeviceApproval, DeviceCode } from '../records/state.ts'
import { approveDevice, hasExpired } from './device-authorization.ts'
import { refuseByFault } from './token-reply.ts'

/** The time that each early poll adds to the interval (RFC 8628 section 3.5). */
const slowDownMs = 5000
/** Tolerance for network delays, so that a client that keeps to the interval is never slowed down. */
const graceMs = 1000

/**
 * Returns the user's approval for the device that polls with this code (RFC 8628 section 3.4), once.
 * @throws Refused with Google's response to a poll that gets no tokens (evidence B5).
 */
export function redeemDeviceCode(
  google: LocalGoogle,
  client: EmulatorClient,
  deviceCode: string | undefined,
): DeviceApproval {
  if (client.type !== 'tv') throw refusal(401, 'invalid_client', 'Invalid client type.')
  if (!deviceCode) throw refusal(400, 'invalid_request', 'Missing required parameter: device_code')
  refuseByFault(google, 'device_code')
  const code = google.state.deviceCodes.get(deviceCode)
  // A forgotten code was real and expired long ago.
  if (code === undefined && google.mint.isDeviceCode(deviceCode)) throw refusal(400, 'expired_token', 'Bad Request')
  if (code === undefined || code.client.clientId !== client.clientId || code.answer === 'used') throw invalidGrant()
  if (hasExpired(google, code)) throw refusal(400, 'expired_token', 'Bad Request')
  if (code.answer === undefined && google.autoConsent) approveUnseen(google, code)
  const { answer } = code
  if (answer === undefined) throw waiting(google, code)
  if ('error' in answer) throw refusal(answer.status, answer.error, answer.description)
  code.answer = 'used'
  if (hasEnded(answer.grant, google.clock.now())) throw invalidGrant()
  return answer
}

/** Approves everything with the first account: with automatic consent, no user needs to open the page. */
function approveUnseen(google: LocalGoogle, code: DeviceCode): void {
  const [account] = google.state.accounts.values()
  const error =
    account === undefined ? undefined : approveDevice(google, code, { account, ticked: code.scopes, limited: false })
  if (error !== undefined) throw refusal(error.status, error.code, error.description)
}

/**
 * Returns the error for a poll without a decision. Only such a poll can be too early; a decision is never held back.
 */
function waiting(google: LocalGoogle, code: DeviceCode): Refused {
  const now = google.clock.now()
  const early = code.polledAtMs !== undefined && now - code.polledAtMs < code.intervalMs - graceMs
  code.polledAtMs = now
  if (!early) return refusal(428, 'authorization_pending', 'Precondition Required')
  code.intervalMs += slowDownMs
  return refusal(403, 'slow_down', 'Forbidden')
}

function invalidGrant(): Refused {
  return refusal(400, 'invalid_grant', 'Bad Request')
}
