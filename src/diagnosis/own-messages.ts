import { safeLines } from '../core/safe-to-print.ts'
import { withoutKnownSecrets } from '../failures/index.ts'
import { placeholders } from '../failures/placeholders.ts'
import type { FailureRow } from '../failures/row.ts'
import { type FailureCode, failureTable } from '../failures/table.ts'
import { earlierMessages } from './earlier-messages.ts'
import type { Candidate } from './recognisers/recogniser.ts'

/** The fixed words of a message, and the names of the details between them. */
interface Template {
  readonly code: FailureCode
  readonly words: readonly string[]
  readonly names: readonly string[]
}

/** Where a template was found in a text. */
interface Match {
  readonly template: Template
  readonly at: number
  /** The number of its characters that the text has. */
  readonly length: number
  readonly values: ReadonlyMap<string, string>
}

// A shorter one could be in any text, so it has to follow the word that gsa prints before it.
const fewestWords = 26
const fewestLetters = 8
const beforeMessage = /(?:^|Error: |"(?:cause|message)": ?")\S{0,200} ?["']?$/
// A message may have variants of which the templates have only one.
const smallestPart = 0.8
const longestValue = 600

/**
 * Returns the failure whose message, as `gsa` prints it, is in the text: word for word, whatever the terminal did to
 * its lines. The templates come from the failure table, so a new row is recognised without doing anything for it.
 * Expects white space reduced to single spaces.
 */
export function ownMessageIn(text: string): Candidate | undefined {
  const best = templatesFor(text)
    .map((template) => matchOf(template, text))
    .filter((match) => match !== undefined)
    // A message can quote another one: the outer one begins first.
    .toSorted((a, b) => a.at - b.at || b.length - a.length)[0]
  if (best !== undefined) return candidateOf(best)
  const earlier = earlierMessages.find(([words]) => text.includes(words))
  return earlier === undefined ? undefined : candidate(earlier[1], placeholders(), earlier[0])
}

function matchOf(template: Template, text: string): Match | undefined {
  const { words, names } = template
  const whole = lengthOf(template)
  const longest = words.reduce((best, one) => (one.length > best.length ? one : best), '')
  if (longest === '' || !text.includes(longest)) return undefined
  const values = new Map<string, string>()
  let at = -1
  let end = 0
  let length = 0
  for (const [number, one] of words.entries()) {
    const found = text.indexOf(one, end)
    if (found === -1 || (at !== -1 && found - end > longestValue)) continue
    if (at === -1) at = found
    else if (names[number - 1] !== undefined) values.set(names[number - 1]!, text.slice(end, found).trim())
    end = found + one.length
    length += one.length
  }
  const last = names[words.length - 1]
  const rest = /^ ?(.{1,300}?)\.?(?= [A-Z]|["\\]|$)/.exec(text.slice(end, end + longestValue))?.[1]
  if (last !== undefined && last !== '' && rest !== undefined) values.set(last, rest)
  if (length < whole * (whole < fewestWords ? 1 : smallestPart)) return undefined
  const isAlone = whole >= fewestWords || beforeMessage.test(text.slice(Math.max(0, at - longestValue), at))
  return isAlone ? { template, at, length, values } : undefined
}

function lengthOf({ words }: Template): number {
  return words.reduce((sum, { length }) => sum + length, 0)
}

function candidateOf({ template: { code, words }, values }: Match): Candidate {
  const unknown = placeholders()
  const details = new Proxy(unknown, {
    get: (_, name) => {
      const value = typeof name === 'string' ? values.get(name) : undefined
      if (value === undefined || value === '') return Reflect.get(unknown, name) as unknown
      if (Array.isArray(Reflect.get(unknown, name))) return [value]
      return /^\d[\d,]*$/.test(value) ? Number(value.replaceAll(',', '')) : value
    },
  })
  return candidate(code, details, words[0] ?? '')
}

function candidate(code: FailureCode, details: Readonly<Record<string, unknown>>, words: string): Candidate {
  const { cause, fix } = rowOf(code)
  // The details come from the text.
  const [shownCause = '', shownFix = ''] = [cause(details), fix(details)].map((sentence) =>
    safeLines(withoutKnownSecrets(sentence)),
  )
  return { code, cause: shownCause, fix: shownFix, likelihood: 'certain', because: [words.trim()] }
}

function rowOf(code: FailureCode): FailureRow<unknown> {
  return failureTable[code] as unknown as FailureRow<unknown>
}

/** Returns the templates of the rows that have at least one of their phrases in the text. */
function templatesFor(text: string): readonly Template[] {
  return (Object.keys(failureTable) as FailureCode[]).flatMap((code) => {
    const { cause, fix } = rowOf(code)
    if (!mayBeIn(text, cause) && !mayBeIn(text, fix)) return []
    const causes = variantsOf(cause).map((message) => templateOf(code, message))
    // A short cause could be that of several rows; its fix tells which.
    const isShort = causes.some((template) => lengthOf(template) < fewestWords)
    const both = isShort ? variantsOf((details) => `${cause(details)} ${fix(details)}`) : []
    return [...causes, ...both.map((message) => templateOf(code, message))].filter(
      (template) => lengthOf(template) >= fewestLetters,
    )
  })
}

/**
 * Returns whether a text has a phrase from the source of a sentence. A sentence that calls a function has none, and may
 * be in any text. Far faster than to write the sentence with all values.
 */
function mayBeIn(text: string, sentence: FailureRow<unknown>['cause']): boolean {
  const phrases = (sentence.toString().match(/[^`'"${}\\\n]{6,}/g) ?? []).filter((phrase) => / [a-z]+ /.test(phrase))
  return phrases.length === 0 || phrases.some((phrase) => text.includes(phrase.trim()))
}

const marked = (name: string): string => `zq${name}qz`
const mark = /[zZ]q(\w+?)qz/g

function templateOf(code: FailureCode, message: string): Template {
  // A number is a detail, too, even if the sentence has formatted it.
  const parts = message
    .replace(/\s+/g, ' ')
    .replaceAll(`in the ${marked('store')}`, `in ${marked('store')}`)
    .replace(/\d[\d,.]*(?: (?:milliseconds?|seconds?|minutes?|hours?|days?))?(?=[^\d]|$)/g, marked('number'))
    .split(mark)
  const words = parts.filter((_, at) => at % 2 === 0)
  const names = parts.filter((_, at) => at % 2 === 1)
  const kept = words
    .map((part, at) => [part, names[at] ?? ''] as const)
    .filter(([part]) => part.replace(/\W/g, '').length > 2)
  return { code, words: kept.map(([part]) => part), names: kept.map(([, name]) => name) }
}

/** Returns a sentence with marks for its details: once for each value that makes a difference to its words. */
function variantsOf(sentence: FailureRow<unknown>['cause']): readonly string[] {
  const read = new Set<string>()
  const filled = (special: Readonly<Record<string, unknown>> | null): Readonly<Record<string, unknown>> =>
    new Proxy(placeholders(), {
      get: (known, name) => {
        if (typeof name !== 'string') return undefined
        read.add(name)
        if (special !== null && Object.hasOwn(special, name)) return special[name]
        const value: unknown = Reflect.get(known, name)
        if (typeof value === 'string') return marked(name)
        return Array.isArray(value) && value.length > 0 ? [marked(name)] : value
      },
    })
  const written = (special: Readonly<Record<string, unknown>> | null): readonly string[] => {
    try {
      const message: unknown = sentence(filled(special))
      return typeof message === 'string' && !/\b(?:undefined|null|true|false)\b/.test(message) ? [message] : []
    } catch {
      // The row cannot have this value.
      return []
    }
  }
  const first = written(null)
  const values = valuesComparedIn(sentence.toString())
  const others = [...read].flatMap((name) =>
    [...values, ...(/^is[A-Z]/.test(name) ? [true] : [])].flatMap((value) => written({ [name]: value })),
  )
  return [...new Set([...first, ...others])]
}

/** Returns the values that a sentence compares its details with, by its source; a minifier may change the quotes. */
function valuesComparedIn(source: string): readonly unknown[] {
  const literals = [...source.matchAll(/(?:===|case) ?(?:["'`]([\w:./-]{1,40})["'`]|(\d{1,5}))/g)].map(
    ([, word, number]) => word ?? Number(number),
  )
  const special = [
    [/\bnull\b|\?\?/, null],
    [/\bundefined\b|\bvoid 0\b/, undefined],
    [/(["'`])\1|\|\|/, ''],
    [/[<>] ?\d|=== ?true|!0\b/, 1],
    [/\btrue\b|!0\b/, true],
  ] as const
  return [...literals, ...special.flatMap(([sign, value]) => (sign.test(source) ? [value] : []))]
}
