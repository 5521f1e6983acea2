import { badRequest, parseError, uploadTooLarge } from '../answers/drive-errors.ts'
import type { Call } from '../http/reply.ts'
import { type FileContent, storedContent } from '../records/content.ts'
import { isRecord } from '../records/input.ts'

/** The limit of media and multipart uploads: 5 MB (evidence B10). */
const largestUpload = 5 * 1024 * 1024

/** The data of an upload: metadata (empty for media uploads) and the bytes with their type. */
export interface Upload {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly media: { readonly mimeType: string; readonly content: FileContent } | undefined
}

/**
 * Reads the metadata of a request without an upload.
 * @throws Refused when the body is not a JSON object.
 */
export function readMetadata(call: Call): Upload {
  return { metadata: parseMetadata(call.body), media: undefined }
}

/**
 * Reads `uploadType=media` and `uploadType=multipart` (evidence B10).
 * @throws Refused for a malformed or too large body.
 */
export function readUpload(call: Call, uploadType: 'media' | 'multipart'): Upload {
  const contentType = call.headers['content-type'] ?? 'application/octet-stream'
  const upload =
    uploadType === 'media'
      ? { metadata: {}, media: { mimeType: contentType, content: storedContent([call.body]) } }
      : readMultipart(call.body, contentType)
  if ((upload.media?.content.size ?? 0) > largestUpload) throw uploadTooLarge()
  return upload
}

function parseMetadata(body: Buffer): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {}
  try {
    const value: unknown = JSON.parse(body.toString())
    if (isRecord(value)) return value
  } catch {
    throw parseError()
  }
  throw parseError()
}

interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/** Reads a multipart body (RFC 2387): the first part is the metadata, the second the content. */
function readMultipart(body: Buffer, contentType: string): Upload {
  const [, quoted, plain] = /^multipart\/[^;]+;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? []
  const boundary = quoted ?? plain
  if (!boundary) throw badRequest('Missing multipart boundary')
  const [metadata, media, ...rest] = splitParts(body, boundary)
  if (metadata === undefined || media === undefined || rest.length > 0) throw badRequest('Malformed multipart body.')
  const base64 = media.headers.get('content-transfer-encoding')?.toLowerCase() === 'base64'
  const bytes = base64 ? Buffer.from(media.body.toString('latin1'), 'base64') : media.body
  const mimeType = media.headers.get('content-type') ?? 'application/octet-stream'
  return { metadata: parseMetadata(metadata.body), media: { mimeType, content: storedContent([bytes]) } }
}

function splitParts(body: Buffer, boundary: string): readonly Part[] {
  const delimiter = Buffer.from(`--${boundary}`)
  const parts: Part[] = []
  let start = body.indexOf(delimiter)
  while (start >= 0) {
    const next = body.indexOf(delimiter, start + delimiter.length)
    if (next < 0) break
    parts.push(readPart(body.subarray(start + delimiter.length, next)))
    start = next
  }
  return parts
}

/** Reads the text between two delimiters: a line end, headers, an empty line, the content, a line end. */
function readPart(raw: Buffer): Part {
  const text = raw.toString('latin1')
  const [blank, head] = /^[ \t]*\r?\n([^]*?)\r?\n\r?\n/.exec(text) ?? /^[ \t]*\r?\n()\r?\n/.exec(text) ?? []
  if (blank === undefined) throw badRequest('Malformed multipart body.')
  const headers = new Map<string, string>()
  for (const line of (head ?? '').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  const end = text.endsWith('\r\n') ? raw.length - 2 : text.endsWith('\n') ? raw.length - 1 : raw.length
  return { headers, body: raw.subarray(blank.length, Math.max(end, blank.length)) }
}
