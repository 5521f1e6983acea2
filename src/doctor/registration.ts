import { Failure } from '../failures/index.ts'
import type { HttpResponse } from '../http/request.ts'
import { type AuthorizationError, readAuthorizationError } from '../oauth/authorization-error.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'

/** The request that was sent to an authorization endpoint. */
export interface RegistrationQuestion {
  readonly url: URL
  readonly clientId: string
  readonly redirectUri: string
}

/**
 * Returns a minimal authorization request (RFC 6749 section 4.1.1). It asks no user anything, and nothing is granted.
 */
export function registrationRequest(
  { authorizationEndpoint }: Pick<AuthorizationServer, 'authorizationEndpoint'>,
  clientId: string,
  redirectUri: string,
): URL {
  const url = new URL(authorizationEndpoint)
  const parameters = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri, scope: 'openid' }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url
}

/**
 * Interprets the first response of an authorization endpoint. A redirect to the sign-in page or to the redirect URI
 * means that the client is known (RFC 6749 section 4.1.2.1), one to the error page that it is not. Google documents
 * none of this, so any other response is `unknown`, never a yes.
 */
export function registrationVerdict(
  { status, headers, body }: HttpResponse,
  question: RegistrationQuestion,
): 'known' | 'unknown' | Failure {
  if (status >= 300 && status < 400) {
    const location = headers.location ?? ''
    const target = URL.canParse(location, question.url.href) ? new URL(location, question.url) : undefined
    return target === undefined ? 'unknown' : verdictOfTarget(target, question)
  }
  if (status < 400 || status >= 500) return 'unknown'
  const text = body.toString('utf8')
  const error = [...refusals.keys()].find((token) => new RegExp(`\\b${token}\\b`).test(text))
  return error === undefined ? 'unknown' : refusalOf({ error, description: null }, question)
}

function verdictOfTarget(target: URL, question: RegistrationQuestion): 'known' | 'unknown' | Failure {
  const { url, redirectUri } = question
  if (leadsTo(target, redirectUri)) return 'known'
  if (target.origin !== url.origin) return 'unknown'
  if (target.pathname === '/v3/signin/identifier') return 'known'
  if (!/^\/signin\/oauth\/error(?:\/v2)?$/.test(target.pathname)) return 'unknown'
  const error = readAuthorizationError(target.searchParams.get('authError') ?? '')
  return error === undefined ? 'unknown' : refusalOf(error, question)
}

function leadsTo({ origin, pathname, searchParams }: URL, redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false
  const wanted = new URL(redirectUri)
  return (
    origin === wanted.origin && pathname === wanted.pathname && (searchParams.has('code') || searchParams.has('error'))
  )
}

type Refusal = (error: AuthorizationError, question: RegistrationQuestion) => Failure

const clientRefused: Refusal = (error, { clientId }) => new Failure('client_refused', { ...error, clientId })
const requestRefused: Refusal = (error) => new Failure('authorization_refused', { ...error })

const refusals = new Map<string, Refusal>([
  [
    'redirect_uri_mismatch',
    (_, { clientId, redirectUri }) => new Failure('redirect_uri_unregistered', { clientId, sent: redirectUri }),
  ],
  ['invalid_client', clientRefused],
  ['deleted_client', clientRefused],
  ['disabled_client', clientRefused],
  ['unauthorized_client', clientRefused],
  ['invalid_request', requestRefused],
  ['admin_policy_enforced', requestRefused],
  ['org_internal', requestRefused],
])

function refusalOf(error: AuthorizationError, question: RegistrationQuestion): 'unknown' | Failure {
  return refusals.get(error.error)?.(error, question) ?? 'unknown'
}
