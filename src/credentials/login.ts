import { Failure } from '../failures/index.ts'
import { authorizationUrl, newTransaction } from '../oauth/authorization-request.ts'
import { authorizationFailure } from '../oauth/authorization-response.ts'
import { listenForRedirect } from '../oauth/redirect-listener.ts'
import type { ResultPage } from '../oauth/result-page.ts'
import type { AcceptanceTerms, RedeemingContext } from './accept-tokens.ts'
import type { Grant } from './grant.ts'
import { prepareToRedeem, redeemCode } from './redeem-code.ts'
import { traceAuthorizationRequest, traceTransaction } from './traced-steps.ts'

/** The options of a login. */
export interface LoginRequest {
  readonly scopes: readonly string[]
  readonly port: number
  readonly timeoutMs: number
  readonly loginHint: string | undefined
  readonly forceConsent: boolean
  readonly expectEmail: string | undefined
  readonly signal: AbortSignal
  /** Opens the authorization URL; the listener is already open. */
  readonly visit: (authorizationUrl: URL, redirectUri: string) => void
  /** Called for each refused request. */
  readonly onIgnored: (reason: string) => void
  readonly onStoreFailure?: AcceptanceTerms['onStoreFailure']
  /** Returns the page that the browser shows at the end. */
  readonly pageFor: (
    outcome: { readonly grant: Grant } | { readonly failure: Failure },
  ) => ResultPage | Promise<ResultPage>
}

/**
 * Runs the authorization code grant through a browser and a one-shot loopback listener (RFC 8252 section 7.3). The
 * browser shows the page only after everything is stored, so that the page is true.
 * @throws Failure of any group
 */
export async function login(context: RedeemingContext, request: LoginRequest): Promise<Grant> {
  const { server, client, http } = context
  await prepareToRedeem(context)
  const transaction = newTransaction()
  const { port, timeoutMs, signal, onIgnored } = request
  const listener = await listenForRedirect({
    client,
    port,
    state: transaction.state,
    issuer: server.issuer,
    timeoutMs,
    signal,
    trace: http.trace,
    onIgnored,
  })
  const answer = async (page: ResultPage): Promise<void> => {
    const isShown = await listener.answer(page)
    if (isShown) http.trace?.({ type: 'step', name: 'result-page', line: page.title, isError: page.status >= 400 })
  }
  try {
    const { redirectUri } = listener
    const { scopes, loginHint, forceConsent } = request
    const url = authorizationUrl(server, client, transaction, { redirectUri, scopes, loginHint, forceConsent })
    if (http.trace !== undefined) {
      traceTransaction(http, transaction, redirectUri)
      traceAuthorizationRequest(http, url)
    }
    request.visit(url, redirectUri)
    const response = await listener.response()
    if ('error' in response) throw authorizationFailure(response)
    const grant = await redeemCode(context, {
      code: response.code,
      redirectUri,
      codeVerifier: transaction.codeVerifier,
      from: 'desktop',
      advice: { resend: undefined, renew: 'log in again with: gsa login' },
      nonce: transaction.nonce,
      requestedScopes: scopes,
      expectEmail: request.expectEmail,
      onStoreFailure: request.onStoreFailure,
    })
    await answer(await request.pageFor({ grant }))
    return grant
  } catch (error) {
    if (error instanceof Failure) await answer(await request.pageFor({ failure: error }))
    throw error
  } finally {
    await listener.close()
  }
}
