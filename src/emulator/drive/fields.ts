import { invalidFieldSelection } from '../answers/drive-errors.ts'

/** The members selected by `fields`: everything, or named members with a selection for each. */
export type Selection = '*' | ReadonlyMap<string, Selection>

/** The members that can be selected: a leaf, a map with free names, or members. */
export type Schema = 'leaf' | 'open' | { readonly [name: string]: Schema }

/**
 * Reads a partial-response selection such as `files(id,name),nextPageToken` or `user/emailAddress`; a blank one selects
 * nothing.
 * @throws Refused with "Invalid field selection" when it is unreadable or names members missing from `schema`.
 */
export function parseFields(text: string, schema: Schema): Selection {
  if (text.trim() === '') return new Map()
  const tokens = text.match(/[A-Za-z0-9_:.$-]+|[(),/*]|\S/g) ?? []
  const reader = { tokens, position: 0, text }
  const selection = readList(reader, schema)
  if (reader.position < tokens.length) throw invalidFieldSelection(text)
  return selection
}

interface Reader {
  readonly tokens: readonly string[]
  /** Mutable: reading advances it. */
  position: number
  readonly text: string
}

/** A selection that is still being read. */
type Draft = '*' | Map<string, Draft>

function readList(reader: Reader, schema: Schema): Draft {
  let merged: Draft = new Map<string, Draft>()
  for (;;) {
    merged = merge(merged, readPath(reader, schema))
    if (reader.tokens[reader.position] !== ',') return merged
    reader.position++
  }
}

function readPath(reader: Reader, schema: Schema): Draft {
  const name = reader.tokens[reader.position]
  reader.position++
  if (name === '*') return '*'
  if (name === undefined || !/^\w/.test(name)) throw invalidFieldSelection(reader.text)
  const inner = member(schema, name)
  if (inner === undefined) throw invalidFieldSelection(name)
  return new Map([[name, readNested(reader, inner)]])
}

function readNested(reader: Reader, schema: Schema): Draft {
  const next = reader.tokens[reader.position]
  if (next === '/') {
    reader.position++
    return readPath(reader, schema)
  }
  if (next !== '(') return '*'
  reader.position++
  const selection = readList(reader, schema)
  if (reader.tokens[reader.position] !== ')') throw invalidFieldSelection(reader.text)
  reader.position++
  return selection
}

function member(schema: Schema, name: string): Schema | undefined {
  if (schema === 'open') return 'leaf'
  if (schema === 'leaf') return undefined
  return Object.hasOwn(schema, name) ? schema[name] : undefined
}

/** Mutable: adds `right` to `left`, because copying it for each of 50,000 names takes minutes. */
function merge(left: Draft, right: Draft): Draft {
  if (left === '*' || right === '*') return '*'
  for (const [name, selection] of right) {
    const before = left.get(name)
    left.set(name, before === undefined ? selection : merge(before, selection))
  }
  return left
}

/** Returns the part of a selection below `name`, or undefined if it is not selected. */
export function selectionOf(selection: Selection, name: string): Selection | undefined {
  return selection === '*' ? '*' : selection.get(name)
}

/** Returns the selected members of a plain object, including those inside lists. */
export function project(record: object, selection: Selection): Readonly<Record<string, unknown>> {
  const members = Object.entries(record).flatMap(([name, value]: readonly [string, unknown]) => {
    const wanted = selectionOf(selection, name)
    return wanted === undefined || value === undefined ? [] : [[name, projectValue(value, wanted)] as const]
  })
  return Object.fromEntries(members)
}

/** Returns the selected part of any JSON value. */
export function projectValue(value: unknown, selection: Selection): unknown {
  if (selection === '*' || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: unknown) => projectValue(item, selection))
  return project(value, selection)
}
