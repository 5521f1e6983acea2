import { quotedPrintableText } from '../../core/quoted-printable.ts'
import { withoutLinePrefixes } from '../../core/outside-text.ts'
import { isWholeGoogleCode, malformed } from './checked-code.ts'

// The characters that end a code or an address in a line.
const ends = new Set(' \t"\'`<>()[]{}|,;')
const startOfCodeOrAddress = /:\/{1,3}|^(?:127\.0\.0\.1|localhost)[:/]|4(?:\/|%(?:25){0,3}2F)|code[:=]|[?&]\w{1,40}=/i
// The start of something else: a code, an address, or a parameter.
const startOfNext =
  /^(?:4(?:\/|%(?:25){0,3}2F)|[a-z][a-z\d+.-]{1,40}:\/|(?:127\.0\.0\.1|localhost)[:/]|(?:code|state|scope|authuser|prompt|hd|iss|error|client_id|client_secret|redirect_uri|grant_type)\b)/i
const longestStart = 4096
// The marks of quotes, comments, lists, frames and line numbers.
const border =
  /^[ \t]{0,40}(?:(?:[│┃║>|][ \t]?){1,8}|(?:\/\/|#|\*|--|-)[ \t]|\d{1,6}[:.)|]?[ \t]{1,8})[ \t]{0,40}|[ \t]{1,400}[│┃║|][ \t]{0,8}$/g
// The longest code of the present form; older ones are shorter.
const usualLength = 76
// Nearly all codes of the present form.
const usual = 73
const googleCode = /^(?:.*?code[:=])?4(?:\/|%(?:25){0,3}2F)([01]A[\w-]{0,2048})$/i

/** A line, and the part of it that may belong to the line before. */
interface Line {
  readonly raw: string
  readonly content: string
  /** Whether it is an entry of a log, which seldom goes on in the next. */
  readonly isEntry: boolean
}

/**
 * Returns a text without the line breaks that a terminal, a mail or a frame put into a code or an address. Two codes on
 * two lines, and the fields of a dump, stay on lines of their own.
 * @throws Failure `code_malformed` if a code may end at a line break, or go on after it
 */
export function withJoinedLines(text: string): string {
  const lines: Line[] = []
  let open = ''
  let isAfterGap = false
  for (const raw of withoutNotation(text).split('\n')) {
    const line = readLine(raw.trimEnd(), lines.at(-1))
    const next = line.content
    if (next === '' && open !== '') {
      lines.push(line)
      isAfterGap = true
      continue
    }
    const isMore = goesOn(open, line, isAfterGap)
    if (isMore) {
      while (lines.at(-1)?.content === '') lines.pop()
    }
    const before = lines.at(-1)
    if (isMore && before !== undefined) {
      const start = /[│┃║|]$/.test(before.raw.slice(-1)) ? before.raw.replace(/[ \t]{1,400}.$/, '') : before.raw
      lines[lines.length - 1] = { ...before, raw: `${start}${next}` }
    } else lines.push(line)
    isAfterGap = false
    const token = lastToken(next)
    const whole = isMore && token.length === next.length ? `${open}${token}` : token
    open = startOfCodeOrAddress.test(whole.slice(0, longestStart)) ? whole : ''
  }
  return lines.map(({ raw }) => raw).join('\n')
}

function readLine(raw: string, before: Line | undefined): Line {
  const entry = withoutLinePrefixes(raw)
  const shared = entry === raw ? sharedPrefix(raw, before?.raw ?? '') : 0
  const content = entry.slice(shared).replace(border, '').trim()
  return { raw, content, isEntry: entry !== raw || shared > 0 }
}

/** Returns the length of the name that a program put before two lines: `[web] `, `app: `. */
function sharedPrefix(line: string, before: string): number {
  const [prefix = ''] = /^[ \t]{0,8}(?:\[[^\]\n]{1,40}\]|[\w.-]{1,40}:)[ \t]{1,8}/.exec(line) ?? []
  return before.startsWith(prefix) ? prefix.length : 0
}

/** Returns a text without what mails, shells, editors and source code put where a line goes on. */
function withoutNotation(text: string): string {
  const joined = quotedPrintable(text)
    .replace(/(?:\\|[↩↵⏎])\n[ \t]{0,40}/g, '')
    .replace(/[↩↵⏎]/g, '')
    .replace(/\^(?=[&\n])/g, '')
    // zsh marks an output that has no line break at its end.
    .replace(/(?<![\w/])(4\/[01]A[\w-]{68,200})%[ \t]{0,400}(?=\n)/g, '$1')
  return withJoinedStrings(joined)
}

const mostStrings = 40

/** Returns a text with the strings of source code that one code was divided into as one. */
function withJoinedStrings(text: string): string {
  const join =
    /(4(?:\/|%2F)[\w%-]{1,300})(["'`])[ \t]{0,20}(?:(?:[+.&]|\.\.)[ \t]{0,20}\n?|\n[ \t]{0,40}(?:[+.&]|\.\.)?)[ \t]{0,40}\2(?=[\w%-]{1,300}(?:$|\2(?!\s{0,8}(?:=>|[:=]))))/gi
  let joined = text
  for (let count = 0; count < mostStrings; count++) {
    const next = joined.replace(join, (strings, code: string) => (isWholeGoogleCode(code) ? strings : code))
    if (next === joined) break
    joined = next
  }
  return joined
}

/** A code in a mail may have no equals sign beside it, only an encoded slash. */
function quotedPrintable(text: string): string {
  const isMail = /\b(?:code|state|redirect_uri)=3D|transfer-encoding:\s{0,4}quoted-printable|(?<![\w=])4=2F/i
  return isMail.test(text) ? quotedPrintableText(text) : text
}

/** Returns whether a line continues the code or address at the end of the previous line. */
function goesOn(open: string, { content: next, isEntry }: Line, isAfterGap: boolean): boolean {
  const [token] = /^[^\s"'`<>()[\]{}|,;]*/.exec(next) ?? ['']
  if (open === '' || token === '') return false
  const lastParameter = open.slice(Math.max(open.lastIndexOf('&'), open.lastIndexOf('?'), open.lastIndexOf('#')) + 1)
  const google = googleCode.exec(lastParameter)?.[1]
  if (google !== undefined && !/^[&%]/.test(token)) return codeGoesOn(`4/${google}`, next, isEntry || isAfterGap)
  if (isAfterGap) return false
  if (/[=&?]$|%[\dA-F]?$|%20$/i.test(open.slice(-3))) return !token.endsWith(':')
  if (/^(?:&|%[\dA-F]{2})/i.test(token)) return true
  if (startOfNext.test(token) || token.endsWith(':') || isRule(next)) return false
  if (/^[a-z_]\w{0,40}=[^=]/i.test(token)) return lastParameter !== open && !lastParameter.includes('=')
  // Only a wrapped address has its query on the next line; a wrong redirect URI is worse than none.
  if (/^redirect/i.test(lastParameter)) return false
  if (lastParameter === open && /:\/\//.test(open) && !/code=/.test(open)) return /[?&=]/.test(token)
  const rest = next.slice(token.length)
  if (/^\s/.test(rest) && !/[&=%]/.test(token) && !(token.length > 11 && /\d/.test(token))) return false
  // A word may be the end of the code or a line of its own.
  const isWord = /^(?:[A-Z]?[a-z]{2,7}[.!]?|ok|no|OK|\d{3})$/.test(token)
  if (isWord && /^(?:code[=:])?4(?:\/|%)|^code[=:]/i.test(lastParameter)) throw mayGoOn(token)
  return !isWord || /^(?:state|scope)=/.test(lastParameter)
}

/**
 * Returns whether a line continues a Google code, whose length is known. `isApart` is true for the entries of a
 * log, and after an empty line.
 * @throws Failure `code_malformed` if the line may be the rest of the code, or something else
 */
function codeGoesOn(code: string, next: string, isApart: boolean): boolean {
  const [, piece = '', rest = ''] = /^([\w-]{1,2048})(.{0,2048})/.exec(next) ?? []
  const isWhole = isWholeGoogleCode(code)
  // The end of a code of the usual length, or a dash of a list: too short to tell.
  if (
    piece.length > 0 &&
    piece.length < 3 &&
    rest === '' &&
    code.length + piece.length <= usualLength &&
    code.length < usual
  )
    throw mayGoOn(piece)
  if (piece === '' || isRule(next) || startOfNext.test(next)) return false
  // A name before a value, a path, a sentence or an address: not one of these is a part of a code.
  if (!/^(?:["'`.,;:)\]}>!*]{0,4}(?:\s|$)|&|["'`]|#)/.test(rest) || /^["'`\]]?\s{0,4}[:=]/.test(rest)) return false
  // A boundary of a form or a mail; few codes go on with two dashes.
  if (isWhole && piece.startsWith('--')) return false
  const isAlone = !/^\S{0,4}\s+\S/.test(rest)
  const isWord = /^[A-Za-z][a-z]{1,15}$|^[A-Z]{2,8}$/.test(piece)
  if (isWord && (isWhole || isApart || !isAlone)) return false
  if (isWhole && isApart) return false
  if (!isAlone && !(piece.length > 11 && /\d/.test(piece))) {
    if (isWhole || !/[a-z][A-Z]|\d/.test(piece)) return false
    throw mayGoOn(piece)
  }
  // A number, a hash or the ID of something is seldom a part of a code.
  const isOther = /^\d+$|^[\da-f]{24,}$|^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$|^[a-z]{2,10}-[\da-f]+$/i.test(piece)
  if (isWord || isWhole || isOther || code.length + piece.length > usualLength) throw mayGoOn(piece)
  return true
}

function mayGoOn(piece: string): Error {
  const shown = piece.length > 12 ? `${piece.length} more characters` : `"${piece}"`
  return malformed(`a line break follows it, and it may go on with ${shown}`)
}

const longestRule = 120

/** Returns whether a line is a rule, the boundary of a part, or the prompt of a shell. */
function isRule(line: string): boolean {
  const start = line.slice(0, longestRule)
  if (/^([-=_*#~+.])(?:[ \t]?\1){0,120}$|^[$%#>❯➜]|^PS [A-Z]:|^[\w.-]{1,40}@[\w.-]{1,60}[:\s]/.test(start)) return true
  return start === line && line.startsWith('--') && /(?:^|\S)--$/.test(line)
}

function lastToken(line: string): string {
  let start = line.length
  while (start > 0 && !ends.has(line.charAt(start - 1))) start--
  return line.slice(start)
}
