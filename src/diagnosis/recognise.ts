import { Failure, likelihoods } from '../failures/index.ts'
import { placeholders } from '../failures/placeholders.ts'
import type { FailureRow } from '../failures/row.ts'
import { type FailureCode, failureTable } from '../failures/table.ts'
import { type Facts, factsIn } from './facts.ts'
import { ownMessageIn } from './own-messages.ts'
import { lastRecognisers, recognisers } from './recognisers/index.ts'
import type { Candidate, Likelihood, Recogniser } from './recognisers/recogniser.ts'

const mostCandidates = 4

/**
 * Returns the likely failures behind a pasted error text, body, URL or code, the best first, without secrets. Other
 * systems use many of Google's words: their names in the text make every candidate less likely.
 * @throws Failure `unknown_failure`
 */
export function recognise(pasted: string): readonly Candidate[] {
  const facts = factsIn(pasted)
  const own = ownDocumentIn(facts.text) ?? ownMessageIn(facts.text)
  if (own !== undefined) return [own]
  const recognised = candidatesIn(facts)
  const candidates = recognised.length > 0 ? recognised : onlyCodeIn(facts.text)
  if (candidates.length === 0) throw new Failure('unknown_failure', {})
  return candidates
}

function candidatesIn(facts: Facts): readonly Candidate[] {
  const candidates = candidatesOf(recognisers, facts)
  return candidates.length > 0 ? candidates : candidatesOf(lastRecognisers, facts)
}

function candidatesOf(table: readonly Recogniser[], facts: Facts): readonly Candidate[] {
  const found = table
    .map((recognised) => recognised(facts))
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => ({ ...candidate, likelihood: weighed(candidate.likelihood, facts) }))
  // Sorting is stable: equal candidates keep the order of the recognisers.
  const ranked = found.toSorted((a, b) => likelihoods.indexOf(a.likelihood) - likelihoods.indexOf(b.likelihood))
  const distinct = ranked.filter(({ code }, at) => ranked.findIndex((other) => other.code === code) === at)
  return unlessContradicted(distinct).slice(0, mostCandidates)
}

/**
 * Returns how likely a candidate is in this text. Only Google uses the words of a certain one, but not if the text
 * names hosts of others only, or is source code or documentation about errors. The words of the other candidates mean
 * Google only if the text says so.
 */
function weighed(likelihood: Likelihood, facts: Facts): Likelihood {
  const { isGoogle, otherSystem, namesOtherHost, isAboutErrors } = facts
  if (isAboutErrors === 'many') return 'possible'
  if (otherSystem !== undefined) return isGoogle && likelihood === 'certain' ? 'likely' : 'possible'
  if (likelihood === 'certain') return isAboutErrors === 'code' || (namesOtherHost && !isGoogle) ? 'likely' : 'certain'
  return isGoogle ? likelihood : 'possible'
}

/** Nothing is certain if another failure is, too. Beside a certain one, the possible ones are noise. */
function unlessContradicted(ranked: readonly Candidate[]): readonly Candidate[] {
  const certain = ranked.filter(({ likelihood }) => likelihood === 'certain')
  const relevant = certain.length === 0 ? ranked : ranked.filter(({ likelihood }) => likelihood !== 'possible')
  return certain.length < 2 ? relevant : relevant.map((candidate) => ({ ...candidate, likelihood: 'likely' }))
}

/** Returns the failure in a JSON error document of `gsa`. */
function ownDocumentIn(text: string): Candidate | undefined {
  if (!text.includes('"exitCode":') && !text.includes('"fix":')) return undefined
  const code = /"error": ?\{ ?"code": ?"([a-z_]{3,60})"/.exec(text)?.[1]
  return code === undefined ? undefined : candidateFor(code)
}

/** Returns the failure if the text is only its code. */
function onlyCodeIn(text: string): readonly Candidate[] {
  const candidate = candidateFor(/^ ?["'`]?([a-z_]{3,60})["'`]? ?$/.exec(text)?.[1] ?? '')
  return candidate === undefined ? [] : [candidate]
}

function candidateFor(code: string): Candidate | undefined {
  if (!isFailureCode(code) || code === 'unknown_failure') return undefined
  const { cause, fix } = failureTable[code] as unknown as FailureRow<unknown>
  return { code, cause: cause(placeholders()), fix: fix(placeholders()), likelihood: 'certain', because: [code] }
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failureTable, code)
}
