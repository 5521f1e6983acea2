import { randomInt } from 'node:crypto'
import { type AccountStorage, probeStorage } from '../accounts/account-storage.ts'
import { type CodeAdvice, Failure, type FailureCode, tellingCodeState, withCodeState } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import { authorizationUrl, newTransaction } from '../oauth/authorization-request.ts'
import { authorizationFailure } from '../oauth/authorization-response.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { createDpopKey, newProofState } from '../oauth/dpop-key.ts'
import { parsePastedResponse } from '../oauth/pasted-response.ts'
import { freshRedirectUri, registeredRedirectUri } from '../oauth/redirect-uri.ts'
import type { RedeemingContext } from './accept-tokens.ts'
import type { Grant } from './grant.ts'
import type { Credentials } from './open-credentials.ts'
import { keepPendingLogin, type PendingLogin, pendingLoginItem, readPendingLogin } from './pending-login.ts'
import { type CodeToRedeem, redeemCode } from './redeem-code.ts'
import { detail, traceAuthorizationRequest, traceTransaction } from './traced-steps.ts'
import type { Settings } from './settings.ts'

/** The state of a login between its steps. */
interface WaitingPlace {
  /** A {@link lastingStorage}. */
  readonly storage: AccountStorage
  readonly settings: Settings
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** The options of a login's first step. */
export interface LoginToStart {
  readonly scopes: readonly string[]
  /** The port of the redirect URI; 0 chooses one. Nothing listens there. */
  readonly port: number
  readonly loginHint: string | undefined
  readonly forceConsent: boolean
  readonly expectEmail: string | undefined
}

/** A login whose first step is done. */
export interface StartedLogin {
  readonly authorizationUrl: URL
  readonly redirectUri: string
  /** RFC 3339, UTC. */
  readonly expiresAt: string
  /** Whether it replaced a pending login. */
  readonly replacesAnother: boolean
}

const lifetimeMs = 600_000

/**
 * Returns the storage if it outlasts the process; otherwise the second step would find nothing.
 * @throws Failure `store_does_not_last`
 */
export function lastingStorage(storage: AccountStorage): AccountStorage {
  if (storage.secrets.name === 'memory') throw new Failure('store_does_not_last', {})
  return storage
}

/**
 * Starts a login without a listener, for a browser on another machine. Stores everything that the response will be
 * checked against; the user carries the authorization response to {@link finishLogin} by hand.
 * @throws Failure `loopback_redirect_uri_missing`, `usage`, and those of the store
 */
export async function startLogin(
  {
    storage,
    settings,
    now,
    server,
    client,
    http,
  }: WaitingPlace & { readonly server: AuthorizationServer; readonly client: OAuthClient; readonly http: Http },
  { scopes, port, loginHint, forceConsent, expectEmail }: LoginToStart,
): Promise<StartedLogin> {
  await probeStorage(storage, client, settings.dpop ? createDpopKey() : undefined)
  // From the private range, where no service is registered and browsers block no ports.
  const redirectUri =
    registeredRedirectUri(client, port) ?? freshRedirectUri(port === 0 ? randomInt(49_152, 65_536) : port)
  const transaction = newTransaction()
  const item = pendingLoginItem(settings)
  const before = await readPendingLogin(storage.secrets, item)
  const startedAt = new Date(now()).toISOString()
  await keepPendingLogin(storage.secrets, item, {
    issuer: server.issuer,
    client,
    transaction,
    redirectUri,
    scopes,
    expectEmail,
    startedAt,
    isIssuerNamed: settings.isIssuerOfThisRun,
    dpop: settings.dpop,
  })
  const url = authorizationUrl(server, client, transaction, { redirectUri, scopes, loginHint, forceConsent })
  const expiresAt = new Date(now() + lifetimeMs).toISOString()
  if (http.trace !== undefined) {
    traceTransaction(http, transaction, redirectUri)
    const fields = [detail('store', storage.secrets.name), detail('expires', expiresAt)]
    http.trace({ type: 'step', name: 'login-pending', fields })
    traceAuthorizationRequest(http, url)
  }
  return {
    authorizationUrl: url,
    redirectUri,
    expiresAt,
    replacesAnother: before !== undefined && ageMs(before, now) <= lifetimeMs,
  }
}

/** The context for finishing a login with the client and server that it was started with. */
export interface FinishingContext
  extends WaitingPlace, Omit<RedeemingContext, 'client' | 'server' | 'storage' | 'now'> {
  readonly server: Credentials['server']
  /** Replaces the client that the login was started with: the same ID, with another secret. */
  readonly client: OAuthClient | undefined
}

/** The input for a login's second step. */
export interface LoginToFinish {
  /** Returns the URL that the browser ended on. */
  readonly paste: () => Promise<string>
  /** Replaces the address that the login was started with. */
  readonly expectEmail: string | undefined
  readonly onStoreFailure?: CodeToRedeem['onStoreFailure']
}

const advice: CodeAdvice = {
  resend: 'run gsa login --finish again with the same address (add --client-secrets FILE for another client secret)',
  renew: 'begin again with: gsa login --start',
}

/**
 * Finishes a login. This works once: the pending login is deleted as the last step before the code is sent, or when the
 * response ends it in another way. A failure that does not use the code leaves it pending.
 * @throws Failure `no_pending_login`, `pending_login_expired`, `redirect_url_needed`, `answer_of_another_login`,
 *   `authorization_response_invalid`, and those of {@link redeemCode}
 */
export async function finishLogin(context: FinishingContext, request: LoginToFinish): Promise<Grant> {
  const { storage, settings, now } = context
  const { secrets } = storage
  const item = pendingLoginItem(settings)
  const nothingWaits = (): Failure => new Failure('no_pending_login', { store: secrets.name })
  const end = async (): Promise<void> => {
    if (!(await secrets.delete(item))) throw nothingWaits()
  }
  const refuseExpired = async (login: PendingLogin): Promise<void> => {
    const age = ageMs(login, now)
    if (age <= lifetimeMs) return
    await end()
    throw new Failure('pending_login_expired', { minutes: Math.floor(age / 60_000) })
  }
  const pending = await readPendingLogin(secrets, item)
  if (pending === undefined) throw nothingWaits()
  await refuseExpired(pending)
  const client = clientOf(pending, context.client)
  const pasted = await request.paste()
  // The user may have taken a long time.
  await refuseExpired(pending)

  const { issuer, transaction, redirectUri, scopes } = pending
  const { trace } = context.http
  const response = parsePastedResponse(pasted, { redirectUri, state: transaction.state, issuer, trace })
  if (!('code' in response)) {
    await end()
    throw 'failure' in response ? response.failure : authorizationFailure(response)
  }
  let isDeleted = false
  try {
    const server = await tellingCodeState('unused', advice, async () =>
      context.server({ issuer, client, isNamed: pending.isIssuerNamed }),
    )
    return await redeemCode(
      { ...context, server, client, dpop: pending.dpop || settings.dpop ? newProofState() : undefined },
      {
        code: response.code,
        redirectUri,
        codeVerifier: transaction.codeVerifier,
        from: 'desktop',
        advice,
        nonce: transaction.nonce,
        requestedScopes: scopes,
        expectEmail: request.expectEmail ?? pending.expectEmail,
        onStoreFailure: request.onStoreFailure,
        beforeSending: async () => {
          // Another process has finished this login, or is about to.
          if (!(await secrets.delete(item))) throw withCodeState(nothingWaits(), 'unknown', advice)
          isDeleted = true
        },
      },
    )
  } catch (error) {
    if (isDeleted && error instanceof Failure && error.codeState === 'unused')
      await keepPendingLogin(secrets, item, pending)
    throw error instanceof Failure ? withTwoStepFix(error) : error
  }
}

const codeFailures: ReadonlySet<FailureCode> = new Set([
  'code_refused',
  'code_used_before',
  'code_verifier_refused',
  'redirect_uri_mismatch',
  'code_fate_unknown',
])

/** Returns a failure of the code with the fix for a two-step login: no app has another code for it. */
function withTwoStepFix(failure: Failure): Failure {
  const { code, details, codeState } = failure
  if (!codeFailures.has(code) || codeState === undefined) return failure
  return new Failure(code, { ...details, isTwoStep: true } as typeof details, {
    cause: failure,
    fate: { state: codeState, advice: { ...advice, resend: 'the login is still pending' } },
  })
}

function clientOf({ client }: PendingLogin, given: OAuthClient | undefined): OAuthClient {
  if (given === undefined || given.clientId === client.clientId) return given ?? client
  throw new Failure('usage', {
    problem: `The pending login belongs to the client ${client.clientId}, but --client-secrets names ${given.clientId}.`,
    command: 'gsa login',
  })
}

function ageMs({ startedAt }: PendingLogin, now: () => number): number {
  return now() - Date.parse(startedAt)
}
