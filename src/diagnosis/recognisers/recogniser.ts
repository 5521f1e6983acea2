import { Failure, type FailureCode, type likelihoods } from '../../failures/index.ts'
import type { FailureDetails } from '../../failures/table.ts'
import type { Evidence } from '../evidence.ts'

/** How certain a recogniser is: its text appears only with this failure, mostly, or possibly. */
export type Likelihood = (typeof likelihoods)[number]

/** A failure that a text may be about. */
export interface Candidate {
  readonly code: FailureCode
  readonly cause: string
  readonly fix: string
  readonly likelihood: Likelihood
}

/** Looks for one failure in the evidence. All repetitions in its patterns are bounded, so matching is linear. */
export type Recogniser = (evidence: Evidence) => Candidate | undefined

type Sign = RegExp | ((evidence: Evidence) => boolean)
type Details<Code extends FailureCode> =
  FailureDetails<Code> | ((evidence: Evidence, match: RegExpExecArray) => FailureDetails<Code>)

/**
 * Returns a recogniser for a failure with this likelihood if `sign` is found. Patterns are matched against the whole
 * text.
 */
export function known<Code extends FailureCode>(
  code: Code,
  likelihood: Likelihood,
  sign: Sign,
  details: Details<Code>,
): Recogniser {
  return (evidence) => {
    const match = sign instanceof RegExp ? sign.exec(evidence.text) : sign(evidence) ? noMatch : null
    if (match === null) return undefined
    const filled = typeof details === 'function' ? details(evidence, match) : details
    const { causeText: cause, fix } = new Failure(code, filled)
    return { code, cause, fix, likelihood }
  }
}

const noMatch = [''] as unknown as RegExpExecArray

/** Matches an error code, even if a sentence follows without a space. */
export function says(word: string): (evidence: Evidence) => boolean {
  const pattern = new RegExp(`(?<![A-Za-z_])${word}(?![a-z_])`)
  return ({ text }) => pattern.test(text)
}

/** Matches if all signs match. */
export function all(...signs: readonly Sign[]): (evidence: Evidence) => boolean {
  return (evidence) => signs.every((sign) => (sign instanceof RegExp ? sign.test(evidence.text) : sign(evidence)))
}

/** Matches if the surrounding words reveal this grant. */
export function grantIs(grant: Evidence['grant']): (evidence: Evidence) => boolean {
  return (evidence) => evidence.grant === grant
}

const missing =
  /(?:Missing (?:required )?parameters?|Required parameters? (?:is |are )?missing) ?: ?["'`]?([a-z]\w{2,40})/i

/** Returns the name of the parameter that Google misses in a request. */
export function missingParameter({ text }: Evidence): string | undefined {
  return missing.exec(text)?.[1]?.toLowerCase()
}

/** Matches if Google misses one of these parameters in a request. */
export function lacks(...parameters: readonly string[]): (evidence: Evidence) => boolean {
  return (evidence) => parameters.includes(missingParameter(evidence) ?? '')
}

/** Matches if the surrounding words reveal one of these requests, or `undefined` if they reveal none. */
export function requestIs(...kinds: readonly Evidence['request'][]): (evidence: Evidence) => boolean {
  return ({ request }) => kinds.includes(request)
}

/** Returns the details that OAuth error rows need. */
export function wire(
  error: string,
): (evidence: Pick<Evidence, 'description'>) => { readonly error: string; readonly description: string | null } {
  return ({ description }) => ({ error, description: description?.replace(/\.$/, '') ?? null })
}
