import { admissionError } from '../answers/admission.ts'
import { type AuthorizationError, encodeAuthorizationError } from '../answers/authorization-error.ts'
import { authorizationErrorFaults, type Parameter } from '../faults/authorization-faults.ts'
import { calledByForeignPage, pageOrigin } from '../http/caller.ts'
import { type Call, frontEndError, redirectReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { consentPage } from '../pages/consent-page.ts'
import { oneTapPage } from '../pages/one-tap-page.ts'
import { issueCode } from '../records/authorization-codes.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { limitedAccessSeconds } from '../records/refresh-tokens.ts'
import { canonicalScope, grantedScopes, signInScopes } from '../records/scopes.ts'
import { signInParameter } from '../records/sign-ins.ts'
import { answerApp } from './authorization-response.ts'
import { checkAuthorizationRequest } from './check-authorization-request.ts'
import { isConsented, presentedAccount, rememberedAccount, signedInAccount } from './choose-account.ts'
import { type GivenConsent, readConsent } from './consent-answer.ts'
import { accessTokenParameters, credentialParameters } from './page-credentials.ts'

/**
 * Handles `/o/oauth2/v2/auth` (evidence B2): an invalid request goes to the error page and never to the redirect URI; a
 * valid one goes to the sign-in page, or directly back to the app when consent is automatic.
 */
export async function authorizationEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  const parameters = new URLSearchParams([...call.query, ...call.form])
  const { request, error } = checkAuthorizationRequest(google.state, parameters)
  if (error !== undefined) return errorRedirect(google, call, parameters, error)
  const fault = google.faults.take('authorize', authorizationErrorFaults)
  if (fault !== undefined) return errorRedirect(google, call, parameters, fault.error(parameters))
  if (request.prompt.has('none')) return await silentAuthorization(google, call, request, parameters)
  const known = rememberedAccount(google, request, parameters.get('auto_select') === 'true')
  if (known !== undefined) return await allow(google, call, withoutPage(request, parameters, known, false))
  if (google.autoConsent) {
    const account = presentedAccount(google, request)
    return await allow(google, call, withoutPage(request, parameters, account, !isConsented(google, request, account)))
  }
  const signIn = new URLSearchParams([...parameters, ['flowName', 'GeneralOAuthFlow']])
  if (call.signIn !== undefined) signIn.set(signInParameter, call.signIn)
  return withSessionCookie(redirectReply(`${pageOrigin(google, call)}/v3/signin/identifier?${signIn.toString()}`))
}

/** Handles `/v3/signin/identifier`, the page where the user picks an account and consents. */
export function signInEndpoint(google: LocalGoogle, call: Call): Reply {
  const { request, error } = checkAuthorizationRequest(google.state, call.query)
  if (error !== undefined) return errorRedirect(google, call, call.query, error)
  const preselected = presentedAccount(google, request)
  if (request.relay !== undefined) google.windows.open(request.relay)
  if (request.relay !== undefined && request.isCard) {
    const accounts = [...new Set([preselected, ...google.state.accounts.values()])]
    return oneTapPage(request, request.relay, accounts, call.rawQuery)
  }
  return consentPage({
    request,
    accounts: google.state.accounts,
    preselected,
    query: call.rawQuery,
  })
}

/**
 * Handles `POST /signin/oauth/consent`, the consent form. The request is repeated in a hidden field and checked again,
 * so that the emulator stores nothing between page and form, and changing the field gains nothing.
 */
export async function consentEndpoint(google: LocalGoogle, call: Call): Promise<Reply> {
  // A foreign page must not press Allow in the developer's browser.
  if (calledByForeignPage(google, call))
    return frontEndError(403, 'Forbidden', 'This form was not sent from the consent page.')
  const parameters = new URLSearchParams(call.form.get('request') ?? '')
  const { request, error } = checkAuthorizationRequest(google.state, parameters)
  if (error !== undefined) return errorRedirect(google, call, parameters, error)
  const given = readConsent(google, call.form, request.scopes)
  if (given === undefined)
    return answerApp(google, request, [['error', 'access_denied'], ...stateOf(request), ['iss', google.issuer]])
  return await allow(google, call, { request, parameters, ...given, asked: true })
}

/** Handles prompt=none: only a signed-in user who has already granted everything gets a code. */
async function silentAuthorization(
  google: LocalGoogle,
  call: Call,
  request: AuthorizationRequest,
  parameters: URLSearchParams,
): Promise<Reply> {
  const account = signedInAccount(google, request)
  if (account !== undefined && isConsented(google, request, account))
    return await allow(google, call, withoutPage(request, parameters, account, false))
  return answerApp(google, request, [
    ...stateOf(request),
    ['iss', google.issuer],
    ['error_subtype', 'access_denied'],
    ['error', 'interaction_required'],
  ])
}

/** A decision, made by the user now or remembered from an earlier consent. */
interface Decision extends GivenConsent {
  readonly request: AuthorizationRequest
  readonly parameters: URLSearchParams
  /** Whether the consent page was shown, or would have been. */
  readonly asked: boolean
}

/** Returns the decision to grant everything that was requested, for a user who sees no consent page. */
function withoutPage(
  request: AuthorizationRequest,
  parameters: URLSearchParams,
  account: EmulatorAccount,
  asked: boolean,
): Decision {
  return { request, parameters, account, ticked: request.scopes, limited: false, asked }
}

async function allow(google: LocalGoogle, call: Call, decision: Decision): Promise<Reply> {
  const { request, parameters, account, ticked, asked } = decision
  const { client } = request
  const refused = admissionError(google.state, client, account, parameters)
  if (refused !== undefined) return errorRedirect(google, call, parameters, refused)
  const scopesTicked = grantedScopes(ticked)
  if (request.responseType === 'id_token') {
    const consent = { account, scopes: scopesTicked, selectBy: selectByOf(google, decision) }
    return answerApp(google, request, await credentialParameters(google, request, consent))
  }
  const { parameters: given, scopes } =
    request.responseType === 'token'
      ? accessTokenParameters(google, request, { account, scopes: scopesTicked, signIn: call.signIn })
      : codeParameters(google, call.signIn, decision, scopesTicked)
  const showed = asked || request.prompt.has('consent')
  // Requested aliases are echoed beside their full names.
  const echoed = request.requestedScopes.filter((scope) => scopes.has(canonicalScope(scope)))
  return answerApp(google, request, [
    ...stateOf(request),
    ['iss', google.issuer],
    ...given,
    ['scope', [...new Set([...echoed, ...scopes])].join(' ')],
    ...(request.scopes.some((scope) => signInScopes.has(scope)) ? sessionOf(google, account, showed) : []),
  ])
}

/** Issues the code of an authorization response. A page's code is exchanged with `postmessage` (evidence B7). */
function codeParameters(
  google: LocalGoogle,
  signIn: string | undefined,
  { request, account, limited }: Decision,
  scopes: readonly string[],
): { readonly parameters: readonly Parameter[]; readonly scopes: ReadonlySet<string> } {
  const { client } = request
  const issued = issueCode(google, {
    client,
    account,
    scopes,
    includeGrantedScopes: request.includeGrantedScopes,
    redirectUri: request.relay === undefined ? request.redirectUri : 'postmessage',
    challenge: request.challenge,
    nonce: request.nonce,
    accessType: request.accessType,
    forceRefreshToken: client.type !== 'web' || request.prompt.has('consent'),
    ...(limited && { accessSeconds: limitedAccessSeconds }),
    signIn,
  })
  return { parameters: [['code', issued.code]], scopes: issued.scopes }
}

/** Returns how the user chose the account, in Google's words: by prompt or button, with a new consent or not. */
function selectByOf(google: LocalGoogle, { request, account, asked }: Decision): string {
  const isKnown = isConsented(google, request, account)
  if (!request.isCard) return isKnown ? 'btn' : 'btn_confirm'
  return asked ? (isKnown ? 'user' : 'user_1tap') : 'auto'
}

/** Returns the parameters that only a response with a sign-in scope has (evidence B2). */
function sessionOf(google: LocalGoogle, account: EmulatorAccount, showed: boolean): readonly Parameter[] {
  return [
    ['authuser', String(google.state.authuser.get(account.sub))],
    ...(account.hostedDomain ? ([['hd', account.hostedDomain]] as const) : []),
    ['prompt', showed ? 'consent' : 'none'],
  ]
}

function stateOf(request: AuthorizationRequest): readonly Parameter[] {
  return request.state === undefined ? [] : [['state', request.state]]
}

function errorRedirect(google: LocalGoogle, call: Call, parameters: URLSearchParams, error: AuthorizationError): Reply {
  const clientId = encodeURIComponent(parameters.get('client_id') ?? '')
  const query = `authError=${encodeURIComponent(encodeAuthorizationError(error))}&client_id=${clientId}&flowName=GeneralOAuthFlow`
  const reply = redirectReply(`${pageOrigin(google, call)}/signin/oauth/error?${query}`)
  return withSessionCookie({ ...reply, members: { error: error.code, error_description: error.description } })
}

/** The cookie that Google's sign-in sets for everyone. The emulator never reads it. */
function withSessionCookie(reply: Reply): Reply {
  const cookie = '__Host-GAPS=1:emulator;Path=/;Secure;HttpOnly;Priority=HIGH'
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookie } }
}
