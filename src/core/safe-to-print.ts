// Controls, line separators, halves of a pair, and whatever formats, reorders or hides text and cannot be seen
// itself (Unicode Cf and Default_Ignorable_Code_Point, and the blank Braille pattern): bidi marks, tags, soft
// hyphens, Hangul fillers, variation selectors. The joiners of Persian names and of emoji are among them: what looks
// like one name must not be another.
let unsafe: RegExp | undefined
function replaceUnsafe(text: string, kept: string, replacement: (character: string) => string): string {
  // Building the set takes longer than all that most commands do, and nearly everything that is printed is plain ASCII.
  if ((kept === '' ? /^[ -~]*$/ : /^[\n -~]*$/).test(text)) return text
  unsafe ??= new RegExp(String.raw`[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]`, 'gu')
  return text.replace(unsafe, (character) => (kept.includes(character) ? character : replacement(character)))
}
const lineMarks = '\n\r\t'

const escaped = (character: string): string => {
  const code = character.codePointAt(0)!.toString(16)
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`
}

// JSON knows four digits only (RFC 8259 section 7).
const jsonEscaped = (character: string): string =>
  Array.from({ length: character.length }, (_, at) => escaped(String.fromCharCode(character.charCodeAt(at)))).join('')

/**
 * Text from a server, a token or a file, made safe to print on a terminal: it cannot move the cursor, start a new line,
 * forge a link or reverse the reading direction. Every value that did not originate in this program goes through here.
 */
export function safeText(text: string): string {
  return replaceUnsafe(text, '', escaped)
}

/**
 * JSON text as it came, made safe to print: what is escaped stands in its strings, so its layout
 * stays and it means the same.
 */
export function safeJsonText(text: string): string {
  return replaceUnsafe(text, lineMarks, jsonEscaped)
}

/** Text of several lines, made safe to print: line breaks and tabs stay. */
export function safeLines(text: string): string {
  return replaceUnsafe(text, lineMarks, escaped)
}

/**
 * JSON for a terminal or a pipe: `JSON.stringify` leaves DEL, C1 controls and direction
 * marks as they are, this does not.
 */
export function safeJson(value: unknown, indent?: number): string {
  // The line breaks of an indented document are the only control characters that JSON.stringify leaves; keep those.
  return replaceUnsafe(JSON.stringify(value, null, indent), '\n', jsonEscaped)
}
