// A scope can be any text that the user typed. Each function returns a complete literal with quotes, in printable
// ASCII: nothing in it can end the literal, start an interpolation or a new line, or be invisible.

/** Returns a JavaScript string, safe inside `<script>`, which a `<` could end. */
export function javascriptString(text: string): string {
  return literal(text, "'", "'\\", utf16).replaceAll('<', '\\u003c')
}

/** Returns a Kotlin string, where `$` starts an interpolation. */
export function kotlinString(text: string): string {
  return literal(text, '"', '"\\$', utf16)
}

/** Returns a Swift string. */
export function swiftString(text: string): string {
  return literal(text, '"', '"\\', (codePoint) => `\\u{${codePoint.toString(16)}}`)
}

/** Returns a Python string. */
export function pythonString(text: string): string {
  return literal(text, '"', '"\\', utf32)
}

/** Returns a Go string. */
export function goString(text: string): string {
  return literal(text, '"', '"\\', utf32)
}

/**
 * Returns a Java string. Java replaces `\u000a` with a line break before it reads strings (Java Language Specification,
 * section 3.3), so control characters are written in octal.
 */
export function javaString(text: string): string {
  return literal(text, '"', '"\\', (codePoint) =>
    codePoint < 0x80 ? `\\${codePoint.toString(8).padStart(3, '0')}` : utf16(codePoint),
  )
}

/** Returns the text of an XML element. */
export function xmlText(text: string): string {
  return text.replace(/[^\x20-\x7e]|[<>&"']/gu, (character) => `&#${character.codePointAt(0)};`)
}

/** Quotes a text: `special` characters get a backslash, and `escaped` encodes all but printable ASCII. */
function literal(text: string, quote: string, special: string, escaped: (codePoint: number) => string): string {
  const characters = Array.from(text, (character) => {
    if (special.includes(character)) return `\\${character}`
    return /[\x20-\x7e]/.test(character) ? character : escaped(character.codePointAt(0) ?? 0)
  })
  return quote + characters.join('') + quote
}

const hexadecimal = (number: number, digits: number): string => number.toString(16).padStart(digits, '0')

function utf16(codePoint: number): string {
  return String.fromCodePoint(codePoint)
    .split('')
    .map((unit) => `\\u${hexadecimal(unit.charCodeAt(0), 4)}`)
    .join('')
}

function utf32(codePoint: number): string {
  return codePoint > 0xffff ? `\\U${hexadecimal(codePoint, 8)}` : `\\u${hexadecimal(codePoint, 4)}`
}
