// C0 and C1 controls, DEL, the line and paragraph separators, and the characters that reorder or hide text.
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu

const escaped = (character: string): string => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`

/**
 * Text from a server, a token or a file, made safe to print on a terminal: it cannot move the cursor, start a new line,
 * forge a link or reverse the reading direction. Every value that did not originate in this program goes through here.
 */
export function safeText(text: string): string {
  return text.replace(unsafe, escaped)
}

/** JSON text as it came, made safe to print: what is escaped stands in its strings, so its layout stays and it means the same. */
export function safeJsonText(text: string): string {
  return text.replace(unsafe, (character) => ('\n\r\t'.includes(character) ? character : escaped(character)))
}

/** JSON for a terminal or a pipe: `JSON.stringify` leaves DEL, C1 controls and direction marks as they are, this does not. */
export function safeJson(value: unknown, indent?: number): string {
  // The line breaks of an indented document are the only control characters that JSON.stringify leaves; keep those.
  return JSON.stringify(value, null, indent).replace(unsafe, (character) =>
    character === '\n' ? character : escaped(character),
  )
}
