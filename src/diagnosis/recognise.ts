import { Failure, likelihoods } from '../failures/index.ts'
import { placeholders } from '../failures/placeholders.ts'
import type { FailureRow } from '../failures/row.ts'
import { type FailureCode, failureTable } from '../failures/table.ts'
import { type Evidence, evidenceIn } from './evidence.ts'
import { lastRecognisers, recognisers } from './recognisers/index.ts'
import type { Candidate, Likelihood, Recogniser } from './recognisers/recogniser.ts'

const mostCandidates = 4

/**
 * Returns the likely failures behind a pasted error text, body, URL or code, the best first, without secrets. Text from
 * another system that uses the same words has no candidates: a wrong result is worse than none.
 * @throws Failure `unknown_failure`
 */
export function recognise(pasted: string): readonly Candidate[] {
  const evidence = evidenceIn(pasted)
  const candidates = evidence.isForeign ? [] : withOwnCode(evidence.text, candidatesIn(evidence))
  if (candidates.length === 0) throw new Failure('unknown_failure', {})
  return candidates
}

// Other authorization servers also use the words of RFC 6749, but only Google uses its sentences.
const lessSure: Readonly<Record<Likelihood, Likelihood>> = {
  certain: 'certain',
  likely: 'possible',
  possible: 'possible',
}

function candidatesIn(evidence: Evidence): readonly Candidate[] {
  const candidates = candidatesOf(recognisers, evidence)
  return candidates.length > 0 ? candidates : candidatesOf(lastRecognisers, evidence)
}

function candidatesOf(table: readonly Recogniser[], evidence: Evidence): readonly Candidate[] {
  const isOfGoogle = evidence.isGoogle || !evidence.namesOtherHost
  const found = table
    .map((recognised) => recognised(evidence))
    .filter((candidate) => candidate !== undefined)
    .map((candidate) => (isOfGoogle ? candidate : { ...candidate, likelihood: lessSure[candidate.likelihood] }))
  // Sorting is stable: equal candidates keep the order of the recognisers.
  const ranked = found.toSorted((a, b) => likelihoods.indexOf(a.likelihood) - likelihoods.indexOf(b.likelihood))
  const isCertain = ranked[0]?.likelihood === 'certain'
  return ranked
    .filter(({ likelihood }) => !isCertain || likelihood !== 'possible')
    .filter(({ code }, at) => ranked.findIndex((other) => other.code === code) === at)
    .slice(0, mostCandidates)
}

/** Adds the text's own code, if it is the JSON error document of `gsa`, or only a failure code. */
function withOwnCode(text: string, candidates: readonly Candidate[]): readonly Candidate[] {
  const isDocument = text.includes('"exitCode":') || text.includes('"fix":')
  const code = isDocument
    ? /"error": ?\{ ?"code": ?"([a-z_]{3,60})"/.exec(text)?.[1]
    : candidates.length === 0
      ? /^ ?["'`]?([a-z_]{3,60})["'`]? ?$/.exec(text)?.[1]
      : undefined
  if (code === undefined || !isFailureCode(code) || code === 'unknown_failure') return candidates
  const recognised = candidates.find((candidate) => candidate.code === code)
  if (recognised !== undefined) return [{ ...recognised, likelihood: 'certain' }]
  const { cause, fix } = failureTable[code] as unknown as FailureRow<unknown>
  return [{ code, cause: cause(placeholders()), fix: fix(placeholders()), likelihood: 'certain' }]
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(failureTable, code)
}
