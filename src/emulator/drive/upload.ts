import { parseError, storageQuotaExceeded, uploadTooLarge } from '../answers/drive-errors.ts'
import { inflatedStream } from '../http/inflated-body.ts'
import type { Call } from '../http/reply.ts'
import { type FileContent, storedContent } from '../records/content.ts'
import { isRecord } from '../records/input.ts'
import type { DriveCall } from './call.ts'
import { twoParts } from './multipart.ts'
import { storageLimit } from './quota.ts'
import { receive, type Received, receivedBytes } from './receive.ts'

/** The most bytes of metadata. */
const longestMetadata = 1024 * 1024

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
 * Receives the metadata that begins a resumable upload; undefined if the connection ends first.
 * @throws Refused when the body is not a JSON object, or too long.
 */
export async function receiveMetadata(call: Call): Promise<Upload['metadata'] | undefined> {
  const received = await receiveBody(call, longestMetadata)
  if (received === undefined) return undefined
  if (received.size > longestMetadata) throw uploadTooLarge()
  return parseMetadata(Buffer.concat(receivedBytes(received)))
}

/**
 * Receives an upload in one request (evidence B10): the content alone, or `multipart/related` with metadata and
 * content. Returns undefined if the connection ends first.
 * @throws Refused for a malformed body, and for more content than the account may ever store.
 */
export async function receiveUpload(
  { call, token }: DriveCall,
  protocol: 'media' | 'multipart',
  mimeType: string,
): Promise<Upload | undefined> {
  const limit = storageLimit(token.account)
  // Metadata and base64 make a multipart body longer than its content.
  const most = protocol === 'media' ? limit : Math.ceil(limit * 1.5) + longestMetadata
  if (Number(call.headers['content-length'] ?? 0) > most) throw storageQuotaExceeded()
  const received = await receiveBody(call, most)
  if (received === undefined) return undefined
  if (received.size > most) throw storageQuotaExceeded()
  const chunks = receivedBytes(received)
  if (protocol === 'media') return { metadata: {}, media: { mimeType, content: storedContent(chunks) } }
  const [metadata, media] = twoParts(chunks, mimeType)
  return {
    metadata: parseMetadata(Buffer.concat(metadata.body)),
    media: {
      mimeType: media.headers.get('content-type') ?? 'application/octet-stream',
      content: storedContent(media.body),
    },
  }
}

/** @throws Refused for malformed gzip */
async function receiveBody({ stream }: Call, most: number): Promise<Received | undefined> {
  if (stream === undefined) return undefined
  const received = await receive(inflatedStream(stream), { skip: 0, most })
  if (received.ended) return received
  if (stream.readableAborted || stream.socket.destroyed) return undefined
  throw parseError()
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
