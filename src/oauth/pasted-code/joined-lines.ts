import { malformed } from './checked-code.ts'

// The characters that end a code or an address in a line.
const ends = new Set(' \t"\'`<>()[]{}|,;')
const startOfCodeOrAddress = /:\/{1,3}|^(?:127\.0\.0\.1|localhost)[:/]|4(?:\/|%(?:25){0,3}2F)|code[:=]|[?&]\w{1,40}=/i
// The start of something else: a code, an address, or a parameter.
const startOfNext =
  /^(?:4(?:\/|%(?:25){0,3}2F)|[a-z][a-z\d+.-]{1,40}:\/|(?:127\.0\.0\.1|localhost)[:/]|(?:code|state|scope|authuser|prompt|hd|iss|error|client_id|client_secret|redirect_uri|grant_type)\b)/i
const longestStart = 4096
const border = /^[ \t]{0,8}[│┃║>][ \t]?|[ \t]{1,400}[│┃║][ \t]{0,8}$/g

/**
 * Returns a text without the line breaks that a terminal, a mail or a frame put into a code or an address. Two codes on
 * two lines, and the fields of a dump, stay on lines of their own.
 * @throws Failure `code_malformed` if a code may end at a line break, or go on after it
 */
export function withJoinedLines(text: string): string {
  const lines: string[] = []
  let open = ''
  for (const raw of quotedPrintable(text).split('\n')) {
    const line = raw.replace(border, '').trimEnd()
    const next = line.trimStart()
    const isMore = goesOn(open, next)
    if (isMore) lines.push(`${lines.pop() ?? ''}${next}`)
    else lines.push(line)
    const token = lastToken(next)
    const whole = isMore && token.length === next.length ? `${open}${token}` : token
    open = startOfCodeOrAddress.test(whole.slice(0, longestStart)) ? whole : ''
  }
  return lines.join('\n')
}

/** Returns the text of a mail as its author wrote it (RFC 2045 section 6.7). */
function quotedPrintable(text: string): string {
  if (!/\b(?:code|state|redirect_uri)=3D/.test(text)) return text
  return text
    .replace(/=\n/g, '')
    .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Returns whether a line goes on with the code or address that is open at the end of the previous one. */
function goesOn(open: string, next: string): boolean {
  const [token] = /^[^\s"'`<>()[\]{}|,;]*/.exec(next) ?? ['']
  if (open === '' || token === '') return false
  if (/[=&?]$|%[\dA-F]?$|%20$/i.test(open.slice(-3))) return !token.endsWith(':')
  if (/^(?:&|%[\dA-F]{2})/i.test(token)) return true
  if (startOfNext.test(token) || token.endsWith(':')) return false
  const lastParameter = open.slice(Math.max(open.lastIndexOf('&'), open.lastIndexOf('?')) + 1)
  if (/^[a-z_]\w{0,40}=[^=]/i.test(token)) return lastParameter !== open && !lastParameter.includes('=')
  // Only a wrapped address has its query on the next line; a wrong redirect URI is worse than none.
  if (/^redirect/i.test(lastParameter)) return false
  if (lastParameter === open && /:\/\//.test(open) && !/code=/.test(open)) return /[?&=]/.test(token)
  const rest = next.slice(token.length)
  if (/^\s/.test(rest) && !/[&=%]/.test(token) && !(token.length > 11 && /\d/.test(token))) return false
  // A word may be the end of the code or a line of its own.
  const isWord = /^(?:[A-Z]?[a-z]{2,7}[.!]?|ok|no|OK|\d{3})$/.test(token)
  if (isWord && /^(?:code[=:])?4(?:\/|%)|^code[=:]/i.test(lastParameter))
    throw malformed(`a line break follows it, and it may go on with "${token}"`)
  return !isWord || /^(?:state|scope)=/.test(lastParameter)
}

function lastToken(line: string): string {
  let start = line.length
  while (start > 0 && !ends.has(line.charAt(start - 1))) start--
  return line.slice(start)
}
