import { Failure, type FailureCode, type likelihoods, withoutKnownSecrets } from '../../failures/index.ts'
import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'

/** How certain a recogniser is: its text appears only with this failure, mostly, or possibly. */
export type Likelihood = (typeof likelihoods)[number]

/** A failure that a text may be about. */
export interface Candidate {
  readonly code: FailureCode
  readonly cause: string
  readonly fix: string
  readonly likelihood: Likelihood
  /** The words of the text that suggest it, without secrets. */
  readonly because: readonly string[]
}

/** Looks for one failure in the facts. All repetitions in its patterns are bounded, so matching is linear. */
export type Recogniser = (facts: Facts) => Candidate | undefined

/** The recognisers of one family of phrases. */
export interface Family {
  /** Words of which every text of the family has at least one. Most texts have none, and skip its many patterns. */
  readonly words: RegExp
  readonly recognisers: readonly Recogniser[]
}

/** Words in the text, or a condition on the facts: true, or the words that fulfil it. */
type Sign = RegExp | ((facts: Facts) => boolean | string)
type Details<Code extends FailureCode> =
  FailureDetails<Code> | ((facts: Facts, match: RegExpExecArray) => FailureDetails<Code>)

/**
 * Returns a recogniser for a failure with this likelihood if `sign` is found. Patterns are matched against the whole
 * text. `certain` is for words that only Google, its SDKs and its libraries use.
 */
export function known<Code extends FailureCode>(
  code: Code,
  likelihood: Likelihood,
  sign: Sign,
  details: Details<Code>,
): Recogniser {
  return (facts) => {
    const match = sign instanceof RegExp ? sign.exec(facts.text) : matchOf(sign(facts))
    if (match === null) return undefined
    const filled = typeof details === 'function' ? details(facts, match) : details
    const { causeText, fix } = new Failure(code, filled)
    // A detail such as "the server" may begin the sentence.
    const cause = causeText.replace(/^the /, 'The ')
    return { code, cause, fix, likelihood, because: match[0] === '' ? [] : [excerpt(match[0])] }
  }
}

/** Returns the recognisers of a family, which run only on a text with its words. */
export function recognisersOf({ words, recognisers }: Family): readonly Recogniser[] {
  let last: { readonly facts: Facts; readonly isMentioned: boolean } | undefined
  const isMentioned = (facts: Facts): boolean => {
    if (last?.facts !== facts) last = { facts, isMentioned: words.test(facts.text) }
    return last.isMentioned
  }
  return recognisers.map((recognise) => (facts) => (isMentioned(facts) ? recognise(facts) : undefined))
}

/** A phrase of a library: its source, the failure that it means, how certain that is, and its words. */
export type Phrase<Code extends FailureCode = FailureCode> = readonly [
  source: string,
  code: Code,
  likelihood: Likelihood,
  words: Sign,
]

/** Returns the recognisers of a table of phrases, all of which need the same details. */
export function phrases<Code extends FailureCode>(
  table: readonly Phrase<Code>[],
  details: { readonly [Each in Code]: Details<Each> },
): readonly Recogniser[] {
  return table.map(([, code, likelihood, words]) => known(code, likelihood, words, details[code]))
}

const longestExcerpt = 80
// A name in one of the usual notations. Other long words may be a part of a secret, whose beginning is masked.
const plainWord = /^(?:[a-z]+(?:[_-][a-z]+)*|[A-Z]+(?:_[A-Z]+)*|[a-z]{0,20}(?:[A-Z][a-z]{2,20}){1,8})$/

function excerpt(words: string): string {
  const line = withoutKnownSecrets(words.replace(/\s+/g, ' ').trim()).replace(/[\w-]{20,}/g, (word) =>
    plainWord.test(word) ? word : '…',
  )
  return line.length > longestExcerpt ? `${line.slice(0, longestExcerpt - 1)}…` : line
}

function matchOf(found: boolean | string): RegExpExecArray | null {
  if (found === false) return null
  return [found === true ? '' : found] as unknown as RegExpExecArray
}

/** Matches an error code, even if a sentence follows without a space, and its name in other notations. */
export function says(word: string): (facts: Facts) => boolean | string {
  const camelCase = word.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
  // The others are ordinary words when a space is between them.
  const spoken = word === 'invalid_grant' || word === 'invalid_client' ? `|\\b${word.replace('_', '[ -]')}\\b` : ''
  const pattern = new RegExp(
    `(?<![A-Za-z_])${word}(?![a-z_])|(?<![A-Za-z])${camelCase}(?:Error|Exception)?(?![A-Za-z])${spoken}`,
  )
  return ({ text }) => pattern.exec(text)?.[0] ?? false
}

/** Matches if all signs match. */
export function all(...signs: readonly Sign[]): (facts: Facts) => boolean | string {
  return (facts) => {
    const words: string[] = []
    for (const sign of signs) {
      const found = sign instanceof RegExp ? (sign.exec(facts.text)?.[0] ?? false) : sign(facts)
      if (found === false) return false
      if (typeof found === 'string' && found !== '') words.push(excerpt(found))
    }
    return words[0] ?? true
  }
}

/** Matches if the surrounding words reveal this grant. */
export function grantIs(grant: Facts['grant']): (facts: Facts) => boolean {
  return (facts) => facts.grant === grant
}

const missing =
  /(?:Missing (?:required )?parameters?|Required parameters? (?:is |are )?missing) ?: ?["'`]?([a-z]\w{2,40})/i

/** Returns the name of the parameter that Google misses in a request. */
export function missingParameter({ text }: Facts): string | undefined {
  return missing.exec(text)?.[1]?.toLowerCase()
}

/** Matches if Google misses one of these parameters in a request. */
export function lacks(...parameters: readonly string[]): (facts: Facts) => boolean {
  return (facts) => parameters.includes(missingParameter(facts) ?? '')
}

/** Matches if the surrounding words reveal one of these requests, or `undefined` if they reveal none. */
export function requestIs(...kinds: readonly Facts['request'][]): (facts: Facts) => boolean {
  return ({ request }) => kinds.includes(request)
}

/** Returns the details that OAuth error rows need. */
export function wire(
  error: string,
): (facts: Pick<Facts, 'description'>) => { readonly error: string; readonly description: string | null } {
  return ({ description }) => ({ error, description: description?.replace(/\.$/, '') ?? null })
}
