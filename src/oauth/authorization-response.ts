import { safeText } from '../core/safe-to-print.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import type { StepEvent, Trace } from '../flows/event.ts'
import type { FlowCheck, Specification } from '../flows/flow.ts'
import { rfc } from '../flows/specifications.ts'
import { parameterFields } from '../http/trace.ts'

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
  /** Receives the response and what was checked. */
  readonly trace?: Trace | undefined
}

const singleParameters = ['state', 'code', 'iss', 'error', 'error_description', 'scope'] as const

/**
 * Judges the parameters of a response at the redirect URI (RFC 6749 sections 4.1.2 and 10.12, RFC 9207 section 2.4).
 * Never throws.
 */
export function judgeAuthorizationResponse(parameters: URLSearchParams, expected: ExpectedResponse): Verdict {
  const verdict = verdictOn(parameters, expected)
  expected.trace?.(
    responseStep(parameters, verdict, expected),
    ['code', 'state'].flatMap((name) => parameters.getAll(name)),
  )
  return verdict
}

function verdictOn(parameters: URLSearchParams, { state, issuer }: ExpectedResponse): Verdict {
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

function responseStep(parameters: URLSearchParams, verdict: Verdict, { issuer }: ExpectedResponse): StepEvent {
  const isOurs = !('ignored' in verdict)
  const isValid = isOurs && !('failure' in verdict)
  const iss = parameters.get('iss')
  const isSingle = !singleParameters.some((name) => parameters.getAll(name).length > 1)
  // In the order of verdictOn.
  const rules: readonly (readonly [
    what: string,
    isMet: boolean,
    specification: Specification,
    skipped?: string | undefined,
  ])[] = [
    ['state must be the one that was sent', isOurs, rfc(6749, '10.12')],
    ['each parameter must be there once', isSingle, rfc(6749, '3.1')],
    [
      `iss must be ${issuer}`,
      iss === null || iss === issuer,
      rfc(9207, '2.4'),
      iss === null ? 'there is no iss' : undefined,
    ],
    ['it must have either a code or an error', isValid, rfc(6749, '4.1.2')],
  ]
  const failedAt = rules.findIndex(([, isMet]) => !isMet)
  const checks = rules.map(([what, , specification, skipped], at): FlowCheck => {
    const check = { what: safeText(what), specification }
    if (at === failedAt) return { ...check, result: 'failed' }
    if (failedAt !== -1 && at > failedAt) return { ...check, result: 'not checked', detail: 'not reached' }
    return skipped === undefined ? { ...check, result: 'passed' } : { ...check, result: 'not checked', detail: skipped }
  })
  const fields = parameterFields(parameters)
  return { type: 'step', name: 'authorization-response', fields, checks, isError: !isValid || 'error' in verdict }
}

/**
 * Returns the failure for an error response: the user denied consent, or the server refused (RFC 6749 section 4.1.2.1).
 */
export function authorizationFailure({ error, description }: AuthorizationErrorResponse): Failure {
  return error === 'access_denied'
    ? new Failure('consent_denied', {})
    : new Failure('authorization_refused', { error, description })
}
