import { invalidValue } from '../answers/drive-errors.ts'
import type { StoredFile } from '../records/folder.ts'
import type { Predicate } from './query.ts'
import { expectText, type Reader, skip, takeOperator } from './query-tokens.ts'

/** The terms that are true or false. */
export const flags = new Map<string, (file: StoredFile) => boolean>(
  Object.entries({
    trashed: (file: StoredFile) => file.trashed !== undefined,
    sharedWithMe: () => false,
    starred: (file: StoredFile) => file.starred,
  }),
)

/** Reads `trashed = false` and similar; `sharedWithMe` may stand alone. Python clients write `True` and `False`. */
export function flagTerm(reader: Reader, field: string, flag: Predicate): Predicate {
  const differs = skip(reader, 'sign', '!=')
  if (!differs && !skip(reader, 'sign', '=')) {
    if (field !== 'sharedWithMe') throw invalidValue('q')
    return flag
  }
  const value = takeOperator(reader)
  if (value !== 'true' && value !== 'false') throw invalidValue('q')
  const wanted = (value === 'true') !== differs
  return (file) => flag(file) === wanted
}

/** Reads the braces of `properties has { … }`. */
export function propertyTerm(reader: Reader, field: 'properties' | 'appProperties'): Predicate {
  const wrong = invalidValue('q')
  if (!skip(reader, 'sign', '{') || !skip(reader, 'word', 'key') || !skip(reader, 'sign', '=')) throw wrong
  const key = expectText(reader)
  if (!skip(reader, 'word', 'and') || !skip(reader, 'word', 'value') || !skip(reader, 'sign', '=')) throw wrong
  const value = expectText(reader)
  if (!skip(reader, 'sign', '}')) throw wrong
  return (file) => Object.hasOwn(file[field], key) && file[field][key] === value
}

/** The terms that have text. */
export const texts = new Map<string, (file: StoredFile) => string>([
  ['name', ({ name }) => name],
  ['mimeType', ({ mimeType }) => mimeType],
  ['fullText', ({ name, description }) => `${name}\n${description ?? ''}`],
  ['shortcutDetails.targetId', () => ''],
])

/** Reads the value of a text term. */
export function textTerm(
  reader: Reader,
  textOf: (file: StoredFile) => string,
  { field, operator }: { readonly field: string; readonly operator: string },
): Predicate {
  const wanted = expectText(reader)
  if (operator === 'contains' && field === 'mimeType') return (file) => file.mimeType.includes(wanted)
  if (operator === 'contains' && field === 'name') return (file) => hasTokenPrefix(file.name, wanted)
  if (operator === 'contains' && field === 'fullText') {
    const phrase = wanted.replace(/^"(.*)"$/s, '$1')
    return (file) => hasTokenPrefix(textOf(file), phrase)
  }
  if (field === 'fullText') throw invalidValue('q')
  const fold = field === 'name' ? asciiLower : (text: string): string => text
  const folded = fold(wanted)
  if (operator === '=') return (file) => fold(textOf(file)) === folded
  if (operator === '!=') return (file) => fold(textOf(file)) !== folded
  throw invalidValue('q')
}

/** Names are equal whatever the case of ASCII letters; other letters must be the same. */
const asciiLower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** `contains` ignores the case of all letters and compatibility forms such as ligatures, but not accents. */
const anyCase = (text: string): string => text.normalize('NFKC').toLowerCase().replaceAll('i\u0307', 'i')

/**
 * Returns whether a word starts with the text. `contains` finds only word prefixes: in "HelloWorld" it finds "Hello"
 * but not "World".
 */
function hasTokenPrefix(text: string, wanted: string): boolean {
  const [inside, part] = [anyCase(text), anyCase(wanted)]
  if (!inside.includes(part)) return false
  if (inside.startsWith(part)) return true
  // Only words are tried: trying every place of a name of a megabyte takes minutes.
  const gaps = /[^\p{L}\p{N}]/gu
  while (gaps.exec(inside) !== null) if (inside.startsWith(part, gaps.lastIndex)) return true
  return false
}

/** The terms that have a time. */
export const times = new Map<string, (file: StoredFile) => number>([
  ['createdTime', ({ createdMs }) => createdMs],
  ['modifiedTime', ({ modifiedMs }) => modifiedMs],
  ['viewedByMeTime', ({ modifiedMs }) => modifiedMs],
])

/** Reads the value of a time term. */
export function timeTerm(reader: Reader, timeOf: (file: StoredFile) => number, operator: string): Predicate {
  const text = expectText(reader)
  const wanted = parseTime(text)
  const compare = comparisons.get(operator)
  if (Number.isNaN(wanted) || compare === undefined) throw invalidValue('q')
  return (file) => compare(timeOf(file), wanted)
}

/** Reads a visibility term; no file here is shared. */
export function visibilityTerm(reader: Reader, operator: string): Predicate {
  const limited = expectText(reader) === 'limited'
  if (operator !== '=' && operator !== '!=') throw invalidValue('q')
  return () => limited === (operator === '=')
}

/** Parses an RFC 3339 time; UTC without an offset, midnight without a time. Returns NaN for anything else. */
function parseTime(text: string): number {
  const [, day, time, offset] = /^(\d{4}-\d\d-\d\d)(?:T([\d:.]+)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? []
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time ?? '00:00:00'}${offset ?? 'Z'}`)
}

const comparisons = new Map<string, (left: number, right: number) => boolean>([
  ['=', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
])
