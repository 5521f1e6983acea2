import type { LocalGoogle } from '../local-google.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { grantOf } from '../records/grants.ts'
import { grantedScopes } from '../records/scopes.ts'
import { findAccount } from '../records/state.ts'

/**
 * Returns the account that needs no consent page: a web app names a signed-in user who has already granted everything,
 * or its prompt may select the only such user.
 */
export function rememberedAccount(
  google: LocalGoogle,
  request: AuthorizationRequest,
  autoSelect: boolean,
): EmulatorAccount | undefined {
  if (request.isCard) {
    if (!autoSelect) return undefined
    const known = [...google.state.accounts.values()].filter((one) => isConsented(google, request, one))
    return known.length === 1 ? known[0] : undefined
  }
  const { client, loginHint, prompt } = request
  if (client.type !== 'web' || !loginHint || prompt.has('consent') || prompt.has('select_account')) return undefined
  const account = signedInAccount(google, request)
  return account !== undefined && isConsented(google, request, account) ? account : undefined
}

/** Returns the signed-in account, unless the request names another. Automatic consent signs in every account. */
export function signedInAccount(google: LocalGoogle, request: AuthorizationRequest): EmulatorAccount | undefined {
  const presented = presentedAccount(google, request)
  const { signIns, accounts } = google.state
  if (google.autoConsent || signIns.has(presented.sub)) return presented
  if (request.loginHint || request.hostedDomain) return undefined
  const last = [...signIns.keys()].at(-1)
  return last === undefined ? undefined : accounts.get(last)
}

/** Returns whether a user has granted everything that a request asks for. */
export function isConsented(google: LocalGoogle, request: AuthorizationRequest, account: EmulatorAccount): boolean {
  const given = grantOf(google, request.client.clientId, account.sub).scopes
  return grantedScopes(request.scopes).every((scope) => given.has(scope))
}

/** Returns the account for the request: the hinted one, else one of the requested domain, else the first. */
export function presentedAccount(google: LocalGoogle, request: AuthorizationRequest): EmulatorAccount {
  const { loginHint, hostedDomain } = request
  const hinted = loginHint ? findAccount(google.state, loginHint) : undefined
  if (hinted !== undefined) return hinted
  const { accounts } = google.state
  const [first] = accounts.values()
  if (first === undefined) throw new Error('the emulator has no account')
  if (hostedDomain === undefined) return first
  for (const account of accounts.values()) if (account.hostedDomain === hostedDomain) return account
  return first
}
