import { invalidValue } from '../answers/drive-errors.ts'
import type { Folder } from '../records/folder.ts'

/** A token of a `q`; `text` is a quoted string. */
interface Token {
  readonly kind: 'word' | 'text' | 'sign'
  readonly value: string
}

/** A position in the tokens of a `q`. */
export interface Reader {
  readonly tokens: readonly Token[]
  /** Mutable: reading advances it. */
  position: number
  /** The number of enclosing parentheses and nots. Mutable: each parenthesis and not changes it. */
  depth: number
  readonly folder: Folder
  /** The email address of the user: `me` in owners, writers and readers. */
  readonly email: string
}

/**
 * Splits a `q` into tokens.
 * @throws Refused with "Invalid Value" for a character that starts no token.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  const pattern = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([A-Za-z][\w.]*)|(<=|>=|!=|[=<>(){}]))/sy
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const match = pattern.exec(text)
    if (match === null) throw invalidValue('q')
    const [, single, double, word, sign] = match
    const quoted = single ?? double
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replace(/\\(.)/gs, '$1') })
    else if (word !== undefined) tokens.push({ kind: 'word', value: word })
    else tokens.push({ kind: 'sign', value: sign ?? '' })
  }
  return tokens
}

/**
 * Returns the next token, of any kind.
 * @throws Refused when there is none.
 */
export function take(reader: Reader): Token {
  const token = reader.tokens[reader.position]
  if (token === undefined) throw invalidValue('q')
  reader.position++
  return token
}

/**
 * Returns the next token as an operator or collection, in lower case.
 * @throws Refused when it is a quoted string.
 */
export function takeOperator(reader: Reader): string {
  const token = take(reader)
  if (token.kind === 'text') throw invalidValue('q')
  return token.value.toLowerCase()
}

/** Skips the next token if it is the given one; returns whether it was. */
export function skip(reader: Reader, kind: Token['kind'], value: string): boolean {
  const token = reader.tokens[reader.position]
  if (token?.kind !== kind || token.value.toLowerCase() !== value) return false
  reader.position++
  return true
}

/**
 * Returns the next token's text; the token must be a quoted string.
 * @throws Refused when it is not.
 */
export function expectText(reader: Reader): string {
  const token = take(reader)
  if (token.kind !== 'text') throw invalidValue('q')
  return token.value
}
