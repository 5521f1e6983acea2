import type { FlowCheck } from '../../flows/flow.ts'
import { rfc } from '../../flows/specifications.ts'
import { codeLifetimeMs } from '../records/authorization-codes.ts'
import { shownAddress } from './fields.ts'
import type { SignInRequest } from '../records/sign-ins.ts'

/** The facts about a code before it is exchanged. */
export interface CodeFacts {
  readonly clientId?: string | undefined
  /** The redirect URI that it is bound to. */
  readonly redirectUri?: string
  readonly hasChallenge?: boolean
  /** When it was issued; undefined if the emulator issued none. */
  readonly issuedMs?: number
  /** The number of the step that used it up. */
  readonly usedIn?: number
}

type Check = 'secret' | 'code' | 'token' | 'dpop' | 'redirect' | 'verifier'

/** Each demand, and the RFC and section that have it. */
const demands: Readonly<Record<Check, readonly [what: string, rfc: number, section: string]>> = {
  secret: ['the client is registered, and the secret is its own', 6749, '2.3.1'],
  code: ['the code is unused, has not expired and belongs to the client', 6749, '4.1.2'],
  token: ['the refresh token is live and belongs to the client', 6749, '6'],
  dpop: ['the DPoP proof is valid', 9449, '4.3'],
  redirect: ['redirect_uri equals the one that the code is bound to', 6749, '4.1.3'],
  verifier: ['code_verifier matches the code_challenge', 7636, '4.6'],
}

/** Returns what the token endpoint checked, in its order, for a token request with a code. */
export function codeChecks(request: SignInRequest, facts: CodeFacts): readonly FlowCheck[] {
  const { redirect_uri: sent, code_verifier: verifier } = request.entry.form
  // Its absence is noticed before anything about the code.
  const order: readonly Check[] = sent === undefined ? ['secret', 'redirect', 'code'] : ['secret', 'code', 'redirect']
  const hasPkce = facts.hasChallenge === true || verifier !== undefined
  return checked(request, hasPkce ? [...order, 'verifier'] : order, {
    code: codeProblem(request, facts),
    redirect: redirectDetail(sent, facts.redirectUri),
  })
}

/** Returns what the token endpoint checked, in its order, for a refresh. */
export function refreshChecks(request: SignInRequest): readonly FlowCheck[] {
  return checked(request, ['secret', 'token'], {})
}

/** Returns checks until the one that failed; `details` explain failures. */
function checked(
  request: SignInRequest,
  order: readonly Check[],
  details: Partial<Readonly<Record<Check, string>>>,
): readonly FlowCheck[] {
  const { status, dpop } = request.entry
  // The proof is checked after the emulator found the code or the token, and before it uses it.
  const names = dpop === undefined ? order : order.flatMap((name, at) => (at === 1 ? [name, 'dpop' as const] : [name]))
  const failed = failedCheck(request, names)
  const isDone = status === 200 && request.members['access_token'] !== undefined
  const reached = failed === undefined ? (isDone ? names.length : 0) : names.indexOf(failed)
  return names.map((name, at) => {
    const [what, number, section] = demands[name]
    const detail = name === 'dpop' ? dpop : name === failed ? details[name] : undefined
    const result = at < reached ? 'passed' : name === failed ? 'failed' : 'not checked'
    return { what, result, specification: rfc(number, section), ...(detail !== undefined && { detail }) }
  })
}

/** How the errors of the token endpoint begin, or what they mention, and the check that failed. */
const reasons: readonly (readonly [error: RegExp, check: Check])[] = [
  [/^(?:invalid|deleted|disabled)_client|client_secret|client ID/, 'secret'],
  [/redirect_uri/, 'redirect'],
  [/verifier/, 'verifier'],
  [/^invalid_grant|^unauthorized_client|: refresh_token$/, 'token'],
  [/^invalid_grant|: code$/, 'code'],
]

/** Returns the check that failed, or undefined if there was another reason, such as a fault. */
function failedCheck({ entry, members }: SignInRequest, names: readonly Check[]): Check | undefined {
  const { error = '', status, dpop, faults } = entry
  if (status < 400 || faults !== undefined) return undefined
  if (dpop?.startsWith('refused') === true) return 'dpop'
  const text = `${error} ${members['error_description'] ?? ''}`
  return reasons.find(([pattern, check]) => names.includes(check) && pattern.test(text))?.[1]
}

function codeProblem({ entry }: SignInRequest, facts: CodeFacts): string {
  if (facts.usedIn !== undefined) return `used before, in step ${facts.usedIn}`
  if (entry.form['code'] === undefined) return 'missing'
  if (facts.issuedMs === undefined) return 'not a code that this emulator remembers'
  if (facts.clientId !== entry.clientId) return 'issued to another client'
  return Date.parse(entry.time) - facts.issuedMs >= codeLifetimeMs ? 'expired' : 'revoked'
}

function redirectDetail(sent: string | undefined, bound: string | undefined): string {
  const shown = (uri: string): string => (uri === '' ? 'the empty redirect URI' : shownAddress(uri))
  const binding =
    bound === undefined
      ? 'the emulator has forgotten what the code is bound to'
      : `the code is bound to ${shown(bound)}`
  return `sent ${sent === undefined ? 'none' : shown(sent)}; ${binding}`
}
