// Controls, line separators, lone surrogates, and invisible characters that format, reorder or hide text (Unicode Cf,
// Default_Ignorable_Code_Point and the blank Braille pattern): bidi marks, tags, soft hyphens, Hangul fillers,
// variation selectors. This includes the joiners of Persian names and of emoji: two different names must not look the
// same.
let unsafe: RegExp | undefined
function replaceUnsafe(text: string, kept: string, replacement: (character: string) => string): string {
  // Most output is plain ASCII, and building this set takes longer than most commands' own work.
  if ((kept === '' ? /^[ -~]*$/ : /^[\n -~]*$/).test(text)) return text
  unsafe ??= new RegExp(String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]`, 'gu')
  return text.replace(unsafe, (character) => (kept.includes(character) ? character : replacement(character)))
}
const lineMarks = '\n\r\t'

const escaped = (character: string): string => {
  const code = character.codePointAt(0)!.toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}

// JSON only has four-digit escapes (RFC 8259 section 7).
const jsonEscaped = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => escaped(String.fromCharCode(character.charCodeAt(at)))).join('')

/**
 * Makes text from a server, token or file safe to print on a terminal: it cannot move the cursor, start a new line,
 * forge a link or reverse the reading direction. Every value from outside this program goes through here.
 */
export function safeText(text: string): string {
  return replaceUnsafe(text, '', escaped)
}

/**
 * Makes JSON text safe to print. Only characters inside strings are escaped, so the layout and meaning stay the same.
 */
export function safeJsonText(text: string): string {
  return replaceUnsafe(text, lineMarks, jsonEscaped)
}

/** Makes text of several lines safe to print: line breaks and tabs stay. */
export function safeLines(text: string): string {
  return replaceUnsafe(text, lineMarks, escaped)
}

/**
 * Returns JSON for a terminal or a pipe. Unlike `JSON.stringify`, it also escapes DEL, C1 controls and direction marks.
 */
export function safeJson(value: unknown, indent?: number): string {
  // The line breaks of an indented document are the only control characters that JSON.stringify leaves; keep those.
  return replaceUnsafe(JSON.stringify(value, null, indent), '\n', jsonEscaped)
}
