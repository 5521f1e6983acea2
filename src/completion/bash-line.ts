import { readdirSync, statSync } from 'node:fs'
import type { Candidates } from './candidates.ts'

/** A line of bash up to the cursor. Bash splits words at `=` and `:`, so gsa splits the line itself. */
export interface BashLine {
  /** The words after `gsa` and before the cursor, unquoted. */
  readonly before: readonly string[]
  /** The word at the cursor as typed, and unquoted. */
  readonly raw: string
  readonly typed: string
  /** The quote that is still open at the cursor, or an empty string. */
  readonly quote: string
  /** How much of `typed` comes before that quote. */
  readonly quotedFrom: number
  /** Whether the word at the cursor is the file of a redirection. */
  readonly isRedirected: boolean
}

/** Splits a line that begins with the command as bash would, but expands nothing. */
export function splitBashLine(line: string): BashLine {
  const words: string[] = []
  let raw = ''
  let typed = ''
  let quote = ''
  let quotedFrom = 0
  let isRedirected = false
  const endWord = (): void => {
    if (raw !== '' && !isRedirected) words.push(typed)
    if (raw !== '') isRedirected = false
    raw = ''
    typed = ''
  }
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index)
    if (isQuoted(character, quote)) {
      raw += character
      typed += character
    } else if (character === quote || ((character === "'" || character === '"') && quote === '')) {
      raw += character
      quote = quote === '' ? character : ''
      quotedFrom = typed.length
    } else if (character === '\\') {
      index++
      raw += character + line.charAt(index)
      typed += line.charAt(index)
    } else if (/\s/.test(character)) {
      endWord()
    } else if (character === '<' || character === '>') {
      // A number before it is a file descriptor, not a word.
      if (raw !== '' && !/^[0-9&]$/.test(raw) && !isRedirected) words.push(typed)
      raw = ''
      typed = ''
      isRedirected = true
    } else {
      raw += character
      typed += character
    }
  }
  return { before: words.slice(1), raw, typed, quote, quotedFrom, isRedirected }
}

function isQuoted(character: string, quote: string): boolean {
  if (quote === "'") return character !== "'"
  return quote === '"' && character !== '"' && character !== '\\'
}

/**
 * Returns the lines for the bash script. The first line says what to do with the others: `files` (let readline complete
 * file names if it can, because it is better at it), `unfinished` (add no space after the word), or `words`. Every
 * other line is a candidate, quoted so that nothing in it runs, without the part that readline keeps.
 * @param replaced the end of the word at the cursor that readline will replace, which bash passes as `$2`
 */
export function bashReply(line: BashLine, { prefix, kind, words }: Candidates, replaced: string): readonly string[] {
  const settled = line.raw.slice(0, line.raw.length - replaced.length)
  const typed = line.typed.slice(prefix.length)
  const offered = kind === 'files' ? fileNames(typed) : words.map(({ word }) => word)
  const spelled = offered
    .filter((word) => word.startsWith(typed) && (line.quote === '' || !/['"\\$`!]/.test(word)))
    .map((word) => spell(prefix, word, line))
    .filter((word) => word.startsWith(settled))
    .map((word) => word.slice(settled.length))
  if (kind === 'files' && settled.startsWith(spell(prefix, '', line).replace(/['"]$/, ''))) return ['files', ...spelled]
  // The value continues after a colon, and a path after a slash.
  const isUnfinished = spelled.length === 1 && /[:/]$/.test(spelled[0] ?? '')
  return [isUnfinished ? 'unfinished' : 'words', ...spelled]
}

/** Quotes a word for bash. An open quote keeps its position in the prefix, or moves to the end of the prefix. */
function spell(prefix: string, word: string, { quote, quotedFrom }: BashLine): string {
  if (quote === '') return prefix + word.replace(/[^\w@%+=:,./\u0080-\u{10ffff}-]/gu, String.raw`\$&`)
  const whole = prefix + word
  const at = Math.min(quotedFrom, prefix.length)
  return whole.slice(0, at) + quote + whole.slice(at)
}

function fileNames(typed: string): readonly string[] {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1)
  try {
    return readdirSync(folder === '' ? '.' : folder).map((name) =>
      statSync(folder + name, { throwIfNoEntry: false })?.isDirectory() === true ? `${folder}${name}/` : folder + name,
    )
  } catch {
    return []
  }
}
