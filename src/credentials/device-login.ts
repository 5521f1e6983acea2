import { probeStorage } from '../accounts/account-storage.ts'
import { type CodeAdvice, Exit, Failure, type FailureCode, tellingCodeState, withCodeState } from '../failures/index.ts'
import { type DeviceAuthorization, pollForTokens, requestDeviceAuthorization } from '../oauth/device-authorization.ts'
import { possessionOf } from '../oauth/dpop.ts'
import { createDpopKey } from '../oauth/dpop-key.ts'
import { freshServerJwks } from '../oauth/jwks.ts'
import { type AcceptanceTerms, acceptTokens, type RedeemingContext } from './accept-tokens.ts'
import type { Grant } from './grant.ts'
import { traceUserCode } from './traced-steps.ts'

// A device code never leaves this process, so only a new login helps.
const deviceCodeAdvice: CodeAdvice = { resend: undefined, renew: 'log in again with: gsa login --device' }

/** The options of a login with a device code. */
export interface DeviceLoginRequest {
  readonly scopes: readonly string[]
  /** Gives up before the code expires. */
  readonly timeoutMs: number | undefined
  readonly expectEmail: string | undefined
  readonly signal: AbortSignal
  readonly onStoreFailure?: AcceptanceTerms['onStoreFailure']
  /** Shows the user what to enter, where, and for how long. The returned function is called when the wait is over. */
  readonly show: (authorization: DeviceAuthorization, waitMs: number) => Promise<() => void>
  /** Called after a failed poll, with the pause before the next one. */
  readonly onTrouble: (failure: Failure, pauseMs: number) => void
}

/**
 * Runs the device authorization grant (RFC 8628): shows a code, waits until it is approved in a browser elsewhere, and
 * stores the result. Probes the store and fetches the keys before it requests the code. Between two polls, an
 * interruption ends it immediately.
 * @throws Failure of any group
 */
export async function deviceLogin(context: RedeemingContext, request: DeviceLoginRequest): Promise<Grant> {
  const { http, server, client, storage, now, defer } = context
  const { scopes, timeoutMs, signal, onTrouble } = request
  const dpopKey = context.dpop === undefined ? undefined : createDpopKey()
  if (storage !== undefined) await probeStorage(storage, client, dpopKey)
  const jwks = await freshServerJwks(context)
  const authorization = await requestDeviceAuthorization(http, server, client, scopes)
  const waitMs = Math.min(authorization.lifetimeMs, timeoutMs ?? authorization.lifetimeMs)
  if (http.trace !== undefined) traceUserCode(http, authorization)
  const waitIsOver = await request.show(authorization, waitMs)
  const possession = possessionOf(dpopKey, context.dpop, now)
  return pollForTokens(
    { http, possession, server, client, authorization, timeoutMs, now, signal, defer, onTrouble },
    async (tokens) => {
      // Immediately: acceptTokens may have to ask the user.
      waitIsOver()
      // PKCE is for codes that pass through a browser; a device code never leaves this process.
      const consentAgain = dpopKey === undefined ? 'gsa login --device' : 'gsa login --device --dpop'
      const redeemed = { tokens, dpopKey, jwks, warnings: [], consentAgain }
      const { expectEmail, onStoreFailure } = request
      return tellingCodeState('used', deviceCodeAdvice, async () =>
        acceptTokens(context, redeemed, { requestedScopes: scopes, expectEmail, onStoreFailure }),
      )
    },
  )
    .catch((error: unknown) => {
      if (!(error instanceof Failure) || endings.has(error.code)) throw error
      // A poll without a response may have returned the tokens.
      throw withCodeState(error, error.exitCode === Exit.Network ? 'unknown' : 'unused', deviceCodeAdvice)
    })
    .finally(waitIsOver)
}

// These failures already say that the device code is no longer valid.
const endings = new Set<FailureCode>([
  'consent_denied',
  'device_code_expired',
  'device_code_refused',
  'device_login_timed_out',
  'interrupted',
])
