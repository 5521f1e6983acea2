// A user may have typed anything as a scope. Each function gives a whole literal, quotes included, in printable ASCII:
// nothing in it can end the literal, begin an interpolation or a line, or hide.

/** A string of JavaScript, also inside `<script>`, which a `<` could end. */
export function javascriptString(text: string): string {
  return literal(text, "'", "'\\", utf16).replaceAll('<', '\\u003c')
}

/** A string of Kotlin, where `$` begins an interpolation. */
export function kotlinString(text: string): string {
  return literal(text, '"', '"\\$', utf16)
}

/** A string of Swift. */
export function swiftString(text: string): string {
  return literal(text, '"', '"\\', (codePoint) => `\\u{${codePoint.toString(16)}}`)
}

/** A string of Python. */
export function pythonString(text: string): string {
  return literal(text, '"', '"\\', utf32)
}

/** A string of Go. */
export function goString(text: string): string {
  return literal(text, '"', '"\\', utf32)
}

/**
 * A string of Java. There `\u000a` is a line break before anything is taken for a string (Java Language Specification,
 * section 3.3), so control characters are written in octal.
 */
export function javaString(text: string): string {
  return literal(text, '"', '"\\', (codePoint) =>
    codePoint < 0x80 ? `\\${codePoint.toString(8).padStart(3, '0')}` : utf16(codePoint),
  )
}

/** The text of an XML element. */
export function xmlText(text: string): string {
  return text.replace(/[^\x20-\x7e]|[<>&"']/gu, (character) => `&#${character.codePointAt(0)};`)
}

/** Between the quotes, `special` characters get a backslash, and what is not printable ASCII is `escaped`. */
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
