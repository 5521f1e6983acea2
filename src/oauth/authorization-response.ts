import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'

/** An authorization response (RFC 6749 section 4.1.2) whose state, issuer and form were checked. */
export type AuthorizationResponse = { readonly code: Secret } | AuthorizationErrorResponse

/** RFC 6749 section 4.1.2.1. */
interface AuthorizationErrorResponse {
  readonly error: string
  readonly description: string | null
}

/** The verdict on a response at the redirect URI: valid, not ours, or ours but invalid. */
export type Verdict = AuthorizationResponse | { readonly ignored: string } | { readonly failure: Failure }

/** The values that a response must match. */
interface ExpectedResponse {
  /** The state that was sent. */
  readonly state: string
  /** The issuer that `iss` must name if present (RFC 9207 section 2.4). */
  readonly issuer: string
}

const singleParameters = ['state', 'code', 'iss', 'error', 'error_description', 'scope'] as const

/**
 * Judges the parameters of a response at the redirect URI (RFC 6749 sections 4.1.2 and 10.12, RFC 9207 section 2.4).
 * Never throws.
 */
export function judgeAuthorizationResponse(parameters: URLSearchParams, { state, issuer }: ExpectedResponse): Verdict {
  const states = parameters.getAll('state')
  if (!states.includes(state))
    return { ignored: states.length === 0 ? 'it has no state' : 'its state belongs to another login' }
  // The response is to our request, so any error in it ends the login.
  const invalid = (problem: string): Verdict => ({
    failure: new Failure('authorization_response_invalid', { problem }),
  })
  const repeated = singleParameters.find((name) => parameters.getAll(name).length > 1)
  if (repeated !== undefined) return invalid(`it has the parameter "${repeated}" more than once`)
  const iss = parameters.get('iss')
  if (iss !== null && iss !== issuer) return invalid(`it comes from ${iss}, not from ${issuer}`)
  const error = parameters.get('error')
  const code = parameters.get('code')
  if (error !== null && code !== null) return invalid('it has both a code and an error')
  if (error !== null) return { error, description: parameters.get('error_description') }
  if (code === null || code === '') return invalid('it has neither a code nor an error')
  return { code: new Secret(code) }
}

/**
 * Returns the failure for an error response: the user denied consent, or the server refused (RFC 6749 section 4.1.2.1).
 */
export function authorizationFailure({ error, description }: AuthorizationErrorResponse): Failure {
  return error === 'access_denied'
    ? new Failure('consent_denied', {})
    : new Failure('authorization_refused', { error, description })
}
