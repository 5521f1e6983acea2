import { invalidValue } from '../answers/drive-errors.ts'
import type { Folder } from '../records/folder.ts'

/** A piece of a `q`; `text` is what stood in quotes. */
interface Token {
  readonly kind: 'word' | 'text' | 'sign'
  readonly value: string
}

/** Where the reading of a `q` is. */
export interface Reader {
  readonly tokens: readonly Token[]
  /** Mutable: reading moves it on. */
  position: number
  /** Parentheses and nots we are inside of. Mutable: each parenthesis and not changes it. */
  depth: number
  readonly folder: Folder
}

/**
 * Cuts a `q` into pieces.
 * @throws Refused with "Invalid Value" for a character that starts none.
 */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  const pattern = /\s*(?:'((?:[^'\\]|\\.)*)'|([A-Za-z][\w.]*)|(<=|>=|!=|[=<>(){}]))/sy
  const end = text.trimEnd().length
  while (pattern.lastIndex < end) {
    const match = pattern.exec(text)
    if (match === null) throw invalidValue('q')
    const [, quoted, word, sign] = match
    if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.replace(/\\(.)/gs, '$1') })
    else if (word !== undefined) tokens.push({ kind: 'word', value: word })
    else tokens.push({ kind: 'sign', value: sign ?? '' })
  }
  return tokens
}

/**
 * The next piece, whatever it is.
 * @throws Refused when there is none.
 */
export function take(reader: Reader): Token {
  const token = reader.tokens[reader.position]
  if (token === undefined) throw invalidValue('q')
  reader.position++
  return token
}

/** Steps over the next piece if it is that one. */
export function skip(reader: Reader, kind: Token['kind'], value: string): boolean {
  const token = reader.tokens[reader.position]
  if (token?.kind !== kind || token.value.toLowerCase() !== value) return false
  reader.position++
  return true
}

/**
 * The next piece, which must be in quotes.
 * @throws Refused when it is not.
 */
export function expectText(reader: Reader): string {
  const token = take(reader)
  if (token.kind !== 'text') throw invalidValue('q')
  return token.value
}
