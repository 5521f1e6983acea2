import { Failure, type FailureCode, type likelihoods } from '../../failures/index.ts'
import type { FailureDetails } from '../../failures/table.ts'
import type { Evidence } from '../evidence.ts'

/** How sure a recogniser is: its sentence is said in one case only; it mostly is; it may be. */
export type Likelihood = (typeof likelihoods)[number]

/** A failure that a text may be about. */
export interface Candidate {
  readonly code: FailureCode
  readonly cause: string
  readonly fix: string
  readonly likelihood: Likelihood
}

/** Looks for one failure in the evidence. Its patterns are linear: each repetition in them has a bound. */
export type Recogniser = (evidence: Evidence) => Candidate | undefined

type Sign = RegExp | ((evidence: Evidence) => boolean)
type Details<Code extends FailureCode> =
  FailureDetails<Code> | ((evidence: Evidence, match: RegExpExecArray) => FailureDetails<Code>)

/**
 * A failure, how sure it is when `sign` is there, and what is known of it. A pattern is held against the whole text.
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

/** An error code as it is on the wire, also with a sentence glued to it. */
export function says(word: string): (evidence: Evidence) => boolean {
  const pattern = new RegExp(`(?<![A-Za-z_])${word}(?![a-z_])`)
  return ({ text }) => pattern.test(text)
}

/** Several signs at once. */
export function all(...signs: readonly Sign[]): (evidence: Evidence) => boolean {
  return (evidence) => signs.every((sign) => (sign instanceof RegExp ? sign.test(evidence.text) : sign(evidence)))
}

/** `grant` is what the words around say that was sent. */
export function grantIs(grant: Evidence['grant']): (evidence: Evidence) => boolean {
  return (evidence) => evidence.grant === grant
}

/** What the rows for OAuth errors want to know. */
export function wire(
  error: string,
): (evidence: Pick<Evidence, 'description'>) => { readonly error: string; readonly description: string | null } {
  return ({ description }) => ({ error, description: description?.replace(/\.$/, '') ?? null })
}
