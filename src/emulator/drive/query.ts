import { invalidValue } from '../answers/drive-errors.ts'
import type { Folder, StoredFile } from '../records/folder.ts'
import { flags, flagTerm, propertyTerm, texts, textTerm, times, timeTerm, visibilityTerm } from './query-terms.ts'
import { expectText, type Reader, skip, take, takeOperator, tokenize } from './query-tokens.ts'

/** Returns whether a file matches. */
export type Predicate = (file: StoredFile) => boolean

/**
 * Reads the `q` of `files.list`: comparisons with `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `in`, `has`, joined with
 * `and`, `or`, `not` and parentheses.
 * @throws Refused with "Invalid Value" at `q` when it is not such a query.
 */
export function parseQuery(text: string, folder: Folder, email: string): Predicate {
  const reader = { tokens: tokenize(text), position: 0, depth: 0, folder, email }
  const predicate = readOr(reader)
  if (reader.position < reader.tokens.length) throw invalidValue('q')
  return predicate
}

/** Returns whether a `q` has a `fullText` term. */
export function hasFullText(text: string): boolean {
  return tokenize(text).some(({ kind, value }) => kind === 'word' && value === 'fullText')
}

function readOr(reader: Reader): Predicate {
  const terms = readSeries(reader, 'or', readAnd)
  return (file) => terms.some((term) => term(file))
}

function readAnd(reader: Reader): Predicate {
  const terms = readSeries(reader, 'and', readNot)
  return (file) => terms.every((term) => term(file))
}

/** A list rather than nested functions: a form can have 50,000 terms, deeper than the stack. */
function readSeries(reader: Reader, operator: 'and' | 'or', read: (reader: Reader) => Predicate): readonly Predicate[] {
  const terms = [read(reader)]
  while (skip(reader, 'word', operator)) terms.push(read(reader))
  return terms
}

const deepest = 200

function readNot(reader: Reader): Predicate {
  reader.depth++
  if (reader.depth > deepest) throw invalidValue('q')
  const predicate = readFactor(reader)
  reader.depth--
  return predicate
}

function readFactor(reader: Reader): Predicate {
  if (skip(reader, 'word', 'not')) {
    const inner = readNot(reader)
    return (file) => !inner(file)
  }
  if (!skip(reader, 'sign', '(')) return readTerm(reader)
  const inner = readOr(reader)
  if (!skip(reader, 'sign', ')')) throw invalidValue('q')
  return inner
}

function readTerm(reader: Reader): Predicate {
  const first = take(reader)
  if (first.kind === 'text') return readMembership(reader, first.value)
  if (first.kind !== 'word') throw invalidValue('q')
  const field = first.value
  if ((field === 'properties' || field === 'appProperties') && skip(reader, 'word', 'has'))
    return propertyTerm(reader, field)
  const flag = flags.get(field)
  if (flag !== undefined) return flagTerm(reader, field, flag)
  const operator = takeOperator(reader)
  // Many clients write the collection first.
  if (field === 'parents' && operator === 'in') return inParents(reader, expectText(reader))
  const textOf = texts.get(field)
  if (textOf !== undefined) return textTerm(reader, textOf, { field, operator })
  const time = times.get(field)
  if (time !== undefined) return timeTerm(reader, time, operator)
  if (field === 'visibility') return visibilityTerm(reader, operator)
  throw invalidValue('q')
}

/** Reads `'id' in parents`, `'user' in owners` and similar. All files are the user's own, and none has a label. */
function readMembership(reader: Reader, value: string): Predicate {
  if (takeOperator(reader) !== 'in') throw invalidValue('q')
  const collection = takeOperator(reader)
  if (collection === 'owners' || collection === 'writers' || collection === 'readers') {
    const isOwn = value === 'me' || value.toLowerCase() === reader.email.toLowerCase()
    return () => isOwn
  }
  if (collection === 'labels') return () => false
  if (collection !== 'parents') throw invalidValue('q')
  return inParents(reader, value)
}

function inParents({ folder }: Reader, idOrAlias: string): Predicate {
  const id = resolveAlias(folder, idOrAlias)
  return (file) => file.parents.includes(id)
}

/** The aliases of the app folder. Those of Drive v2 are among them, because Google's guides use them with v3. */
const appDataAliases = new Set(['appDataFolder', 'appfolder', 'appdata'])

/** Returns the id that an alias stands for; any other text is already an id. */
export function resolveAlias(folder: Folder, id: string): string {
  if (appDataAliases.has(id)) return folder.appDataId
  return id === 'root' ? folder.rootId : id
}
