import { encodeAuthorizationError } from './authorization-error.ts'
import { checkAuthorizationRequest } from './authorization-request.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { EmulatorAccount } from '../built-in.ts'
import { calledByForeignPage } from '../caller.ts'
import { consentPage } from '../pages/consent-page.ts'
import { grantOf, issueCode } from './grants.ts'
import { frontEndError, redirectReply } from '../reply.ts'
import type { Call, Reply } from '../reply.ts'
import { canonicalScope, canonicalScopes, grantedScopes } from './scopes.ts'
import { findAccount } from '../state.ts'
import type { World } from '../state.ts'

/**
 * `/o/oauth2/v2/auth` (evidence B2): a bad request goes to the error page and never to the redirect URI; a good one goes to the sign-in
 * page, or straight back to the app when consent is automatic.
 */
export function authorizationEndpoint(world: World, call: Call): Reply {
  const parameters = new URLSearchParams([...call.query, ...call.form])
  const { request, error } = checkAuthorizationRequest(world.state, parameters)
  if (error) return errorRedirect(world, parameters, encodeAuthorizationError(error))
  if (request.prompt.has('none')) return silentAuthorization(world, request)
  if (world.autoConsent) return allow(world, request, presentedAccount(world, request), request.scopes)
  const signIn = new URLSearchParams([...parameters, ['flowName', 'GeneralOAuthFlow']])
  return withSessionCookie(redirectReply(`${world.issuer}/v3/signin/identifier?${signIn.toString()}`))
}

/** `/v3/signin/identifier`: the page where the user picks an account and consents. */
export function signInEndpoint(world: World, call: Call): Reply {
  const { request, error } = checkAuthorizationRequest(world.state, call.query)
  if (error) return errorRedirect(world, call.query, encodeAuthorizationError(error))
  return consentPage({
    request,
    accounts: [...world.state.accounts.values()],
    preselected: presentedAccount(world, request),
    query: call.rawQuery,
  })
}

/**
 * `POST /signin/oauth/consent`: the consent form. The request comes back in a hidden field and is checked again, so that nothing has to
 * be remembered between page and answer and a changed field gains nothing.
 */
export function consentEndpoint(world: World, call: Call): Reply {
  // Somebody else's page must not press Allow in the developer's browser.
  if (calledByForeignPage(world, call)) {
    return frontEndError(403, 'Forbidden', 'This form was not sent from the consent page.')
  }
  const parameters = new URLSearchParams(call.form.get('request') ?? '')
  const { request, error } = checkAuthorizationRequest(world.state, parameters)
  if (error) return errorRedirect(world, parameters, encodeAuthorizationError(error))
  const account = findAccount(world.state, call.form.get('account') ?? '')
  const asked = new Set(request.scopes)
  const ticked = canonicalScopes(call.form.getAll('scope')).filter((scope) => asked.has(scope))
  if (call.form.get('decision') !== 'allow' || !account || ticked.length === 0) {
    return answerApp(request, [['error', 'access_denied'], ...stateOf(request)])
  }
  return allow(world, request, account, ticked)
}

/** Without a page (prompt=none) only a consent given before counts, and only automatic consent knows who is signed in. */
function silentAuthorization(world: World, request: AuthorizationRequest): Reply {
  const account = presentedAccount(world, request)
  const given = grantOf(world, request.client.clientId, account.sub).scopes
  if (world.autoConsent && grantedScopes(request.scopes).every((scope) => given.has(scope))) {
    return allow(world, request, account, request.scopes)
  }
  return answerApp(request, [
    ['error', 'interaction_required'],
    ['error_subtype', 'access_denied'],
    ...stateOf(request),
  ])
}

function allow(world: World, request: AuthorizationRequest, account: EmulatorAccount, ticked: string[]): Reply {
  const { client } = request
  const granted = grantedScopes(ticked)
  const before = grantOf(world, client.clientId, account.sub).scopes
  const silent = world.autoConsent && granted.every((scope) => before.has(scope))
  const { code, scopes } = issueCode(world, {
    client,
    account,
    scopes: granted,
    includeGrantedScopes: request.includeGrantedScopes,
    redirectUri: request.redirectUri,
    challenge: request.challenge,
    nonce: request.nonce,
    accessType: request.accessType,
    forceRefreshToken: client.type !== 'web' || request.prompt.has('consent'),
  })
  // Aliases that were asked for are echoed beside the names they stand for.
  const echoed = request.requestedScopes.filter((scope) => scopes.has(canonicalScope(scope)))
  return answerApp(request, [
    ...stateOf(request),
    ['iss', world.issuer],
    ['code', code],
    ['scope', [...new Set([...echoed, ...scopes])].join(' ')],
    ['authuser', String([...world.state.accounts.keys()].indexOf(account.sub))],
    ...(account.hostedDomain ? ([['hd', account.hostedDomain]] as const) : []),
    ['prompt', silent && !request.prompt.has('consent') ? 'none' : 'consent'],
  ])
}

/** The account the request is about: the hinted one, else one of the wanted domain, else the first. */
function presentedAccount(world: World, request: AuthorizationRequest): EmulatorAccount {
  const { loginHint, hostedDomain } = request
  const accounts = [...world.state.accounts.values()]
  const ofDomain = accounts.find((account) => hostedDomain !== undefined && account.hostedDomain === hostedDomain)
  const chosen = (loginHint && findAccount(world.state, loginHint)) || ofDomain || accounts[0]
  if (!chosen) throw new Error('the emulator has no account')
  return chosen
}

type Parameter = readonly [name: string, value: string]

function stateOf(request: AuthorizationRequest): Parameter[] {
  return request.state === undefined ? [] : [['state', request.state]]
}

/** The authorization response (RFC 6749 section 4.1.2), spelled as Google does: slash and colon stay, a space is %20. */
function answerApp(request: AuthorizationRequest, parameters: readonly Parameter[]): Reply {
  const answer = parameters.map(([name, value]) => `${name}=${encodeLoosely(value)}`).join('&')
  const { redirectUri } = request
  const joint = request.responseMode === 'fragment' ? '#' : redirectUri.includes('?') ? '&' : '?'
  return redirectReply(redirectUri + joint + answer)
}

function encodeLoosely(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%3A', ':')
}

function errorRedirect(world: World, parameters: URLSearchParams, authError: string): Reply {
  const clientId = encodeURIComponent(parameters.get('client_id') ?? '')
  const query = `authError=${authError}&client_id=${clientId}&flowName=GeneralOAuthFlow`
  return withSessionCookie(redirectReply(`${world.issuer}/signin/oauth/error?${query}`))
}

/** The cookie that Google's sign-in sets on everybody. The emulator never reads it. */
function withSessionCookie(reply: Reply): Reply {
  const cookie = '__Host-GAPS=1:emulator;Path=/;Secure;HttpOnly;Priority=HIGH'
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookie } }
}
