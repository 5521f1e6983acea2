import { invalidValue } from '../answers/drive-errors.ts'
import type { Folder, StoredFile } from '../records/folder.ts'
import { expectText, type Reader, skip, take, tokenize } from './query-tokens.ts'

/** Returns whether a file matches. */
export type Predicate = (file: StoredFile) => boolean

/**
 * Reads the `q` of `files.list`: comparisons with `=`, `!=`, `<`, `<=`, `>`, `>=`, `contains`, `in`, `has`, joined with
 * `and`, `or`, `not` and parentheses.
 * @throws Refused with "Invalid Value" at `q` when it is not such a query.
 */
export function parseQuery(text: string, folder: Folder): Predicate {
  const reader = { tokens: tokenize(text), position: 0, depth: 0, folder }
  const predicate = readOr(reader)
  if (reader.position < reader.tokens.length) throw invalidValue('q')
  return predicate
}

function readOr(reader: Reader): Predicate {
  let left = readAnd(reader)
  while (skip(reader, 'word', 'or')) {
    const [first, second] = [left, readAnd(reader)]
    left = (file) => first(file) || second(file)
  }
  return left
}

function readAnd(reader: Reader): Predicate {
  let left = readNot(reader)
  while (skip(reader, 'word', 'and')) {
    const [first, second] = [left, readNot(reader)]
    left = (file) => first(file) && second(file)
  }
  return left
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
    return readProperty(reader, field)
  const operator = take(reader).value
  if (field === 'name' || field === 'mimeType' || field === 'fullText') return textTerm(reader, field, operator)
  const time = times.get(field)
  if (time !== undefined) return timeTerm(reader, time, operator)
  if (field === 'visibility') return visibilityTerm(reader, operator)
  const flag = flags.get(field)
  if (flag === undefined || (operator !== '=' && operator !== '!=')) throw invalidValue('q')
  const token = take(reader)
  if (token.kind !== 'word' || (token.value !== 'true' && token.value !== 'false')) throw invalidValue('q')
  const wanted = (token.value === 'true') === (operator === '=')
  return (file) => flag(file) === wanted
}

const flags = new Map<string, (file: StoredFile) => boolean>(
  Object.entries({
    trashed: () => false,
    sharedWithMe: () => false,
    starred: (file: StoredFile) => file.starred,
  }),
)

/**
 * Reads `'id' in parents`. `owners`, `writers` and `readers` match every file, because all files are the user's own.
 */
function readMembership(reader: Reader, value: string): Predicate {
  if (!skip(reader, 'word', 'in')) throw invalidValue('q')
  const collection = take(reader).value
  if (collection === 'owners' || collection === 'writers' || collection === 'readers') return () => true
  if (collection !== 'parents') throw invalidValue('q')
  const id = resolveAlias(reader.folder, value)
  return (file) => file.parents.includes(id)
}

/** The aliases of the app folder. Those of Drive v2 are among them, because Google's guides use them with v3. */
const appDataAliases = new Set(['appDataFolder', 'appfolder', 'appdata'])

/** Returns the id that an alias stands for; any other text is already an id. */
export function resolveAlias(folder: Folder, id: string): string {
  if (appDataAliases.has(id)) return folder.appDataId
  return id === 'root' ? folder.rootId : id
}

function readProperty(reader: Reader, field: 'properties' | 'appProperties'): Predicate {
  const wrong = invalidValue('q')
  if (!skip(reader, 'sign', '{') || !skip(reader, 'word', 'key') || !skip(reader, 'sign', '=')) throw wrong
  const key = expectText(reader)
  if (!skip(reader, 'word', 'and') || !skip(reader, 'word', 'value') || !skip(reader, 'sign', '=')) throw wrong
  const value = expectText(reader)
  if (!skip(reader, 'sign', '}')) throw wrong
  return (file) => Object.hasOwn(file[field], key) && file[field][key] === value
}

function textTerm(reader: Reader, field: 'name' | 'mimeType' | 'fullText', operator: string): Predicate {
  const wanted = expectText(reader)
  const valueOf = (file: StoredFile): string => (field === 'mimeType' ? file.mimeType : file.name)
  if (operator === 'contains' && field === 'mimeType') return (file) => file.mimeType.includes(wanted)
  if (operator === 'contains') return (file) => hasTokenPrefix(valueOf(file), wanted)
  if (field === 'fullText') throw invalidValue('q')
  if (operator === '=') return (file) => valueOf(file) === wanted
  if (operator === '!=') return (file) => valueOf(file) !== wanted
  throw invalidValue('q')
}

/**
 * Returns whether a word starts with the text. `contains` finds only word prefixes: in "HelloWorld" it finds "Hello"
 * but not "World".
 */
function hasTokenPrefix(text: string, wanted: string): boolean {
  const [inside, part] = [text.toLowerCase(), wanted.toLowerCase()]
  for (let at = inside.indexOf(part); at >= 0; at = inside.indexOf(part, at + 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(inside.charAt(at - 1))) return true
    if (part === '') return true
  }
  return false
}

const times = new Map<string, (file: StoredFile) => number>([
  ['createdTime', ({ createdMs }) => createdMs],
  ['modifiedTime', ({ modifiedMs }) => modifiedMs],
  ['viewedByMeTime', ({ modifiedMs }) => modifiedMs],
])

function timeTerm(reader: Reader, timeOf: (file: StoredFile) => number, operator: string): Predicate {
  const text = expectText(reader)
  const wanted = parseTime(text)
  const compare = comparisons.get(operator)
  if (Number.isNaN(wanted) || compare === undefined) throw invalidValue('q')
  return (file) => compare(timeOf(file), wanted)
}

/** Reads a visibility term; no file here is shared. */
function visibilityTerm(reader: Reader, operator: string): Predicate {
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
