import { admissionError } from '../answers/admission.ts'
import { encodeAuthorizationError } from '../answers/authorization-error.ts'
import {
  authorizationErrorFaults,
  authorizationResponseFaults,
  type Parameter,
  redirectFaults,
} from '../faults/authorization-faults.ts'
import { calledByForeignPage, pageOrigin } from '../http/caller.ts'
import { type Call, frontEndError, redirectReply, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { consentPage } from '../pages/consent-page.ts'
import { formPostPage } from '../pages/form-post-page.ts'
import { issueCode } from '../records/authorization-codes.ts'
import type { AuthorizationRequest } from '../records/authorization-request.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { grantOf } from '../records/grants.ts'
import { limitedAccessSeconds } from '../records/refresh-tokens.ts'
import { canonicalScope, grantedScopes, signInScopes } from '../records/scopes.ts'
import { findAccount } from '../records/state.ts'
import { checkAuthorizationRequest } from './check-authorization-request.ts'
import { type GivenConsent, readConsent } from './consent-answer.ts'

/**
 * Handles `/o/oauth2/v2/auth` (evidence B2): an invalid request goes to the error page and never to the redirect URI; a
 * valid one goes to the sign-in page, or directly back to the app when consent is automatic.
 */
export function authorizationEndpoint(google: LocalGoogle, call: Call): Reply {
  const parameters = new URLSearchParams([...call.query, ...call.form])
  const { request, error } = checkAuthorizationRequest(google.state, parameters)
  if (error !== undefined) return errorRedirect(google, call, parameters, encodeAuthorizationError(error))
  const fault = google.faults.take('authorize', authorizationErrorFaults)
  if (fault !== undefined)
    return errorRedirect(google, call, parameters, encodeAuthorizationError(fault.error(parameters)))
  if (request.prompt.has('none')) return silentAuthorization(google, call, request, parameters)
  const known = rememberedAccount(google, request)
  if (known !== undefined)
    return allow(google, call, {
      request,
      parameters,
      account: known,
      ticked: request.scopes,
      limited: false,
      asked: false,
    })
  if (google.autoConsent) {
    const account = presentedAccount(google, request)
    return allow(google, call, {
      request,
      parameters,
      account,
      ticked: request.scopes,
      limited: false,
      asked: !isConsented(google, request, account),
    })
  }
  const signIn = new URLSearchParams([...parameters, ['flowName', 'GeneralOAuthFlow']])
  return withSessionCookie(redirectReply(`${pageOrigin(google, call)}/v3/signin/identifier?${signIn.toString()}`))
}

/** Handles `/v3/signin/identifier`, the page where the user picks an account and consents. */
export function signInEndpoint(google: LocalGoogle, call: Call): Reply {
  const { request, error } = checkAuthorizationRequest(google.state, call.query)
  if (error !== undefined) return errorRedirect(google, call, call.query, encodeAuthorizationError(error))
  return consentPage({
    request,
    accounts: google.state.accounts,
    preselected: presentedAccount(google, request),
    query: call.rawQuery,
  })
}

/**
 * Handles `POST /signin/oauth/consent`, the consent form. The request is repeated in a hidden field and checked again,
 * so that the emulator stores nothing between page and form, and changing the field gains nothing.
 */
export function consentEndpoint(google: LocalGoogle, call: Call): Reply {
  // A foreign page must not press Allow in the developer's browser.
  if (calledByForeignPage(google, call))
    return frontEndError(403, 'Forbidden', 'This form was not sent from the consent page.')
  const parameters = new URLSearchParams(call.form.get('request') ?? '')
  const { request, error } = checkAuthorizationRequest(google.state, parameters)
  if (error !== undefined) return errorRedirect(google, call, parameters, encodeAuthorizationError(error))
  const given = readConsent(google, call.form, request.scopes)
  if (given === undefined)
    return answerApp(google, request, [['error', 'access_denied'], ...stateOf(request), ['iss', google.issuer]])
  return allow(google, call, { request, parameters, ...given, asked: true })
}

/** Handles prompt=none: only a signed-in user who has already granted everything gets a code. */
function silentAuthorization(
  google: LocalGoogle,
  call: Call,
  request: AuthorizationRequest,
  parameters: URLSearchParams,
): Reply {
  const account = signedInAccount(google, request)
  if (account !== undefined && isConsented(google, request, account))
    return allow(google, call, { request, parameters, account, ticked: request.scopes, limited: false, asked: false })
  return answerApp(google, request, [
    ...stateOf(request),
    ['iss', google.issuer],
    ['error_subtype', 'access_denied'],
    ['error', 'interaction_required'],
  ])
}

/**
 * Returns the account that needs no consent page: a web app names a signed-in user who has already granted everything.
 */
function rememberedAccount(google: LocalGoogle, request: AuthorizationRequest): EmulatorAccount | undefined {
  const { client, loginHint, prompt } = request
  if (client.type !== 'web' || !loginHint || prompt.has('consent') || prompt.has('select_account')) return undefined
  const account = signedInAccount(google, request)
  return account !== undefined && isConsented(google, request, account) ? account : undefined
}

/** Returns the signed-in account, unless the request names another. Automatic consent signs in every account. */
function signedInAccount(google: LocalGoogle, request: AuthorizationRequest): EmulatorAccount | undefined {
  const presented = presentedAccount(google, request)
  const { signIns, accounts } = google.state
  if (google.autoConsent || signIns.has(presented.sub)) return presented
  if (request.loginHint || request.hostedDomain) return undefined
  const last = [...signIns.keys()].at(-1)
  return last === undefined ? undefined : accounts.get(last)
}

function isConsented(google: LocalGoogle, request: AuthorizationRequest, account: EmulatorAccount): boolean {
  const given = grantOf(google, request.client.clientId, account.sub).scopes
  return grantedScopes(request.scopes).every((scope) => given.has(scope))
}

/** A decision, made by the user now or remembered from an earlier consent. */
interface Decision extends GivenConsent {
  readonly request: AuthorizationRequest
  readonly parameters: URLSearchParams
  /** Whether the consent page was shown, or would have been. */
  readonly asked: boolean
}

function allow(
  google: LocalGoogle,
  call: Call,
  { request, parameters, account, ticked, asked, limited }: Decision,
): Reply {
  const { client } = request
  const refused = admissionError(google.state, client, account, parameters)
  if (refused !== undefined) return errorRedirect(google, call, parameters, encodeAuthorizationError(refused))
  const granted = grantedScopes(ticked)
  const { code, scopes } = issueCode(google, {
    client,
    account,
    scopes: granted,
    includeGrantedScopes: request.includeGrantedScopes,
    redirectUri: request.redirectUri,
    challenge: request.challenge,
    nonce: request.nonce,
    accessType: request.accessType,
    forceRefreshToken: client.type !== 'web' || request.prompt.has('consent'),
    ...(limited && { accessSeconds: limitedAccessSeconds }),
  })
  const showed = asked || request.prompt.has('consent')
  // Requested aliases are echoed beside their full names.
  const echoed = request.requestedScopes.filter((scope) => scopes.has(canonicalScope(scope)))
  return answerApp(google, request, [
    ...stateOf(request),
    ['iss', google.issuer],
    ['code', code],
    ['scope', [...new Set([...echoed, ...scopes])].join(' ')],
    ...(request.scopes.some((scope) => signInScopes.has(scope)) ? sessionOf(google, account, showed) : []),
  ])
}

/** Returns the parameters that only a response with a sign-in scope has (evidence B2). */
function sessionOf(google: LocalGoogle, account: EmulatorAccount, showed: boolean): readonly Parameter[] {
  return [
    ['authuser', String(google.state.authuser.get(account.sub))],
    ...(account.hostedDomain ? ([['hd', account.hostedDomain]] as const) : []),
    ['prompt', showed ? 'consent' : 'none'],
  ]
}

/** Returns the account for the request: the hinted one, else one of the requested domain, else the first. */
function presentedAccount(google: LocalGoogle, request: AuthorizationRequest): EmulatorAccount {
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

function stateOf(request: AuthorizationRequest): readonly Parameter[] {
  return request.state === undefined ? [] : [['state', request.state]]
}

/** Returns the authorization response (RFC 6749 section 4.1.2) in Google's encoding. */
function answerApp(google: LocalGoogle, request: AuthorizationRequest, parameters: readonly Parameter[]): Reply {
  const sent = google.faults.change('authorize', authorizationResponseFaults, parameters)
  if (request.responseMode === 'form_post') return formPostPage(request.redirectUri, sent)
  const encode = hasFormEncoding(request) ? encodeAsForm : encodeLoosely
  const encoded = sent.map(([name, value]) => `${name}=${encode(value)}`).join('&')
  const answer = google.faults.change('authorize', redirectFaults, encoded)
  const { redirectUri } = request
  const joint = request.responseMode === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return redirectReply(redirectUri + joint + answer)
}

/** Returns whether the response is form-encoded, as it is for a web app that only signs the user in (evidence B2). */
function hasFormEncoding({ client, scopes }: AuthorizationRequest): boolean {
  return client.type === 'web' && scopes.every((scope) => signInScopes.has(scope))
}

function encodeAsForm(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+')
}

/** Leaves slash and colon literal, and writes a space as %20. */
function encodeLoosely(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':')
}

function errorRedirect(google: LocalGoogle, call: Call, parameters: URLSearchParams, authError: string): Reply {
  const clientId = encodeURIComponent(parameters.get('client_id') ?? '')
  const query = `authError=${encodeURIComponent(authError)}&client_id=${clientId}&flowName=GeneralOAuthFlow`
  return withSessionCookie(redirectReply(`${pageOrigin(google, call)}/signin/oauth/error?${query}`))
}

/** The cookie that Google's sign-in sets for everyone. The emulator never reads it. */
function withSessionCookie(reply: Reply): Reply {
  const cookie = '__Host-GAPS=1:emulator;Path=/;Secure;HttpOnly;Priority=HIGH'
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookie } }
}
