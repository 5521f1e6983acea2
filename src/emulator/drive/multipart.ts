import { badRequest } from '../answers/drive-errors.ts'
import { boundaryOf, headersOf } from '../http/multipart.ts'
import { partOf } from '../records/content.ts'

/** A part of a multipart body. */
export interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly body: readonly Buffer[]
}

/** The most bytes of the headers of a part. */
const longestHead = 64 * 1024

/**
 * Returns the two parts of a `multipart/related` body (RFC 2387), the metadata and the content, without copying them.
 * @throws Refused when there is no boundary, or the body does not have exactly two parts.
 */
export function twoParts(chunks: readonly Buffer[], contentType: string): readonly [metadata: Part, media: Part] {
  const boundary = boundaryOf(contentType)
  if (!boundary) throw badRequest('Missing multipart boundary')
  const delimiter = Buffer.from(`\n--${boundary}`)
  const [first, second, end, ...more] = offsetsOf(chunks, delimiter)
  if (first === undefined || second === undefined || end === undefined || more.length > 0) throw malformed()
  return [readPart(chunks, first + delimiter.length, second), readPart(chunks, second + delimiter.length, end)]
}

/** Returns where the lines with a delimiter begin: the offsets of the line feeds before them, -1 for the first line. */
function offsetsOf(chunks: readonly Buffer[], delimiter: Buffer): readonly number[] {
  const offsets: number[] = []
  let before = Buffer.from('\n')
  let read = 0
  for (const chunk of chunks) {
    const window = Buffer.concat([before, chunk])
    const start = read - before.length
    for (let at = window.indexOf(delimiter); at >= 0; at = window.indexOf(delimiter, at + 1)) offsets.push(start + at)
    before = window.subarray(Math.max(window.length - delimiter.length + 1, 0))
    read += chunk.length
  }
  return offsets
}

/** Reads what is between two delimiters: a line end, headers, an empty line, the content, and the line end's CR. */
function readPart(chunks: readonly Buffer[], start: number, lineFeed: number): Part {
  const head = Buffer.concat(partOf(chunks, start, Math.min(start + longestHead, lineFeed))).toString('latin1')
  const [blank, lines] = /^[ \t]*\r?\n()\r?\n/.exec(head) ?? /^[ \t]*\r?\n([^]*?)\r?\n\r?\n/.exec(head) ?? []
  if (blank === undefined) throw malformed()
  const headers = headersOf((lines ?? '').split(/\r?\n/))
  const content = start + blank.length
  const hasReturn = lineFeed > content && Buffer.concat(partOf(chunks, lineFeed - 1, lineFeed)).toString() === '\r'
  // If the lines end with LF alone, as those of Google's Python client do, a CR belongs to the content.
  const endsWithReturn = hasReturn && /^[ \t]*\r/.test(blank)
  const body = partOf(chunks, content, endsWithReturn ? lineFeed - 1 : lineFeed)
  const isBase64 = headers.get('content-transfer-encoding')?.toLowerCase() === 'base64'
  return { headers, body: isBase64 ? decodedBase64(body) : body }
}

function decodedBase64(chunks: readonly Buffer[]): readonly Buffer[] {
  let rest = ''
  const decoded = chunks.map((chunk) => {
    const text = rest + chunk.toString('latin1').replace(/[^\w+/-]/g, '')
    rest = text.slice(text.length - (text.length % 4))
    return Buffer.from(text.slice(0, text.length - rest.length), 'base64')
  })
  return [...decoded, Buffer.from(rest, 'base64')]
}

function malformed(): Error {
  return badRequest('Malformed multipart body.')
}
