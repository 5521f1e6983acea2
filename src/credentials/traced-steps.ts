import type { Credential } from '../accounts/credential.ts'
import { safeText } from '../core/safe-to-print.ts'
import { isFailure, masked, withoutKnownSecrets } from '../failures/index.ts'
import type { FlowCheck, FlowField } from '../flows/flow.ts'
import type { Http } from '../http/request.ts'
import { parameterFields } from '../http/trace.ts'
import { secretField } from '../http/shown-values.ts'
import type { AuthorizationTransaction } from '../oauth/authorization-request.ts'
import type { DeviceAuthorization } from '../oauth/device-authorization.ts'
import type { AcceptanceTerms } from './accept-tokens.ts'
import type { Grant } from './grant.ts'

// Each function runs only for --debug or --trace: its caller tests for http.trace first, so that nothing of this is
// loaded otherwise.

/** Traces the random values that tie a login together. */
export function traceTransaction(
  { trace }: Http,
  { state, nonce, codeVerifier }: AuthorizationTransaction,
  redirectUri: string,
): void {
  const fields = [
    secretField('state', state, 'detail'),
    secretField('nonce', nonce, 'detail'),
    secretField('code_verifier', codeVerifier.reveal(), 'detail'),
    detail('redirect_uri', redirectUri),
  ]
  trace?.({ type: 'step', name: 'transaction', fields }, [state, nonce, codeVerifier.reveal()])
}

/** Traces the address that the browser opens, and that gsa does not see what happens there. */
export function traceAuthorizationRequest({ trace }: Http, url: URL): void {
  trace?.({
    type: 'step',
    name: 'authorization-request',
    line: `GET ${url.origin}${safeText(masked(url.pathname))}`,
    fields: parameterFields(url.searchParams),
  })
  trace?.({ type: 'step', name: 'sign-in' })
}

/** Traces the code that the user types, and that gsa does not see where. */
export function traceUserCode({ trace }: Http, { verificationUri, userCode }: DeviceAuthorization): void {
  trace?.({
    type: 'step',
    name: 'user-code',
    fields: [
      // A query may have the user code in it.
      detail('verification_url', masked(`${verificationUri.origin}${verificationUri.pathname}`)),
      // Not secret, but anyone who has it may approve another account.
      secretField('user_code', userCode, 'detail'),
    ],
  })
  trace?.({ type: 'step', name: 'user-approval' })
}

/** Traces whether the account is the expected one; nothing if any account will do. */
export function traceAccount(
  { trace }: Http,
  { expectEmail, expectSub }: Pick<AcceptanceTerms, 'expectEmail' | 'expectSub'>,
  failure?: unknown,
): void {
  const rules = [
    ...(expectEmail === undefined ? [] : [`the email address must be ${safeText(expectEmail)}`]),
    ...(expectSub === undefined ? [] : [`sub must be ${safeText(expectSub)}, as before`]),
  ]
  if (rules.length === 0) return
  const isAboutSub = isFailure(failure, 'id_token_of_another_account') || isFailure(failure, 'account_changed')
  const found = isAboutSub || isFailure(failure, 'account_unexpected') ? failure.details.found : undefined
  const checks = rules.map((what, at): FlowCheck => {
    if (found === undefined) return { what, result: 'passed' }
    const failedAt = isAboutSub ? rules.length - 1 : 0
    if (at === failedAt) return { what, result: 'failed', detail: `found ${safeText(found)}` }
    return { what, result: at < failedAt ? 'passed' : 'not checked' }
  })
  trace?.({ type: 'step', name: 'account', checks, isError: found !== undefined })
}

/** Traces where a grant's refresh token is stored. */
export function traceStored({ trace }: Http, { label, refreshToken, scopes }: Grant): void {
  const { stored, store, bound } = refreshToken
  if (!stored) return
  trace?.({
    type: 'step',
    name: 'stored',
    fields: [
      detail('account', label),
      ...(store === null ? [] : [detail('store', store)]),
      detail('bound to a key', bound ? 'yes' : 'no'),
      detail('scopes', scopes.granted.join(' ')),
    ],
    checks: [returned],
  })
}

/** Traces the refresh token that gsa reads from a store. */
export function traceStoredToken(
  { trace }: Http,
  account: string,
  store: string,
  { refreshToken, dpopKey }: Credential,
): void {
  const secret = refreshToken?.reveal() ?? ''
  const fields = [
    detail('account', account),
    detail('store', store),
    secretField('refresh_token', secret, 'detail'),
    detail('bound to a key', dpopKey === undefined ? 'no' : 'yes'),
  ]
  trace?.({ type: 'step', name: 'token-read', fields }, [secret])
}

/** Traces where the successor of a refresh token is stored. */
export function traceRotated({ trace }: Http, store: string): void {
  const fields = [detail('store', store)]
  trace?.({ type: 'step', name: 'stored', line: 'the server replaced it', fields, checks: [returned] })
}

const returned: FlowCheck = { what: 'the store must return what was written', result: 'passed' }

/** Returns a field that is not part of a message. */
export function detail(name: string, value: string): FlowField {
  return { name, value: safeText(withoutKnownSecrets(value)), place: 'detail' }
}
