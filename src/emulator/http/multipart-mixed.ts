import { boundaryOf, headersOf } from './multipart.ts'

/** One part of a multipart body; the names of its headers are in lower case. */
export interface Part {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Returns the parts of a multipart body (RFC 2046 section 5.1) with the boundary in `contentType`; undefined without a
 * boundary. Line ends may be LF alone, as some clients send them.
 */
export function readParts(body: string, contentType: string): readonly Part[] | undefined {
  const boundary = boundaryOf(contentType)
  if (!boundary) return undefined
  const pieces = `\n${body}`.split(`\n--${boundary}`).slice(1)
  const end = pieces.findIndex((piece) => piece.startsWith('--'))
  return (
    pieces
      .slice(0, end < 0 ? undefined : end)
      // Some clients end with another boundary instead of the last one.
      .filter((piece) => piece.trim() !== '')
      .map((piece) => readMessage(piece.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, '')))
  )
}

/** Returns the headers and the body of a message in text. */
export function readMessage(text: string): Part {
  const blank = /(?:^|\n)\r?\n/.exec(text)
  const head = text.slice(0, blank?.index)
  const headers = headersOf(head.split(/\r?\n|\r/))
  return { headers: Object.fromEntries(headers), body: blank === null ? '' : text.slice(blank.index + blank[0].length) }
}
