import { uploadServerError } from '../answers/drive-request-errors.ts'
import { sessionFaults } from '../faults/upload-faults.ts'
import { isGzip } from '../http/inflated-body.ts'
import { apiReply, type Call, notFoundPage, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { UploadSession } from '../records/upload-session.ts'
import { type ContentRange, readContentRange } from './content-range.ts'
import type { Received } from './receive.ts'
import { type PartReplies, receivePart } from './receive-part.ts'
import { uploadCommand } from './upload-command.ts'
import {
  closeUpload,
  findUploadSession,
  finishUpload,
  type SessionRequest,
  storedBytes,
  textReply,
} from './upload-session.ts'

/**
 * Handles `PUT`, `POST` and `DELETE` to an upload session URI (evidence B10). The URI is the credential: an access
 * token is neither required nor checked.
 */
export async function uploadSessionEndpoint(google: LocalGoogle, call: Call): Promise<Reply | undefined> {
  const id = call.query.get('upload_id')
  if (id === null || call.stream === undefined) return notFoundPage(call.path)
  const session = findUploadSession(google, id)
  if (session === undefined) return textReply(404, 'Not Found')
  if (google.faults.take('upload', sessionFaults) !== undefined) {
    google.state.uploads.delete(id)
    return textReply(404, 'Not Found')
  }
  const length = contentLength(call)
  const request: SessionRequest = { google, call, session, stream: call.stream, length }
  if (call.headers['x-goog-upload-command'] !== undefined) return await uploadCommand(request)
  const over = answerOfClosed(session)
  if (over !== undefined) return over
  if (call.method === 'DELETE') {
    session.cancelled = true
    closeUpload(session)
    return clientClosedRequest()
  }
  const range = readContentRange(call.headers['content-range'], length)
  if (range === undefined) return textReply(400, 'Failed to parse Content-Range header.')
  return await takePart(request, range)
}

/** Handles a status query or content, which PUT and POST send alike. */
async function takePart(request: SessionRequest, range: ContentRange): Promise<Reply | undefined> {
  const { google, call, session, stream, length } = request
  const { bytes } = range
  const total = session.length ?? range.total
  const stored = storedBytes(session)
  if (range.total !== undefined && (range.total !== total || total < stored)) return contradiction()
  if (bytes === undefined)
    return total === stored ? finishUpload(google, call, session, Buffer.alloc(0)) : progress(call, session)
  const refusal = partRefusal(bytes, stored, length)
  if (refusal !== undefined) return refusal
  const replies: PartReplies = {
    unknown: () => textReply(404, 'Not Found'),
    closed: answerOfClosed,
    progress: (current) => progress(call, current),
  }
  const received = await receivePart(google, { session, ...bytes, stream }, replies)
  if ('instead' in received) return received.instead
  if (received.ended && bytes.length !== undefined && received.size !== bytes.length)
    return wrongLength({ start: bytes.start, length: bytes.length }, received.size)
  return keepPart(request, range, received)
}

function keepPart(
  { google, call, session }: SessionRequest,
  { bytes, total }: ContentRange,
  received: Received,
): Reply | undefined {
  const end = (bytes?.start ?? 0) + received.size
  // A body of unknown length that has ended is the whole content.
  const isWhole = bytes?.length === undefined && received.ended
  const length = session.length ?? total ?? (isWhole ? end : undefined)
  if (length !== undefined && (end > length || (isWhole && end < length))) return contradiction()
  if (isWhole && end < storedBytes(session)) return contradiction()
  session.blocks = [...session.blocks, ...received.blocks]
  session.length ??= total
  if (!received.ended) return undefined
  return end === length ? finishUpload(google, call, session, received.rest) : progress(call, session)
}

/** Returns the error for a part that can be rejected before its body is read. */
function partRefusal(
  { start, length }: { readonly start: number; readonly length: number | undefined },
  stored: number,
  sent: number | undefined,
): Reply | undefined {
  if (start > stored) {
    // Recorded 2023-08-08: google-apis-rs#438, with both spaces.
    const sentence = `the upload offset is ${start} byte(s), which exceeds already uploaded size of ${stored} byte(s).`
    return textReply(503, `Invalid request.  According to the Content-Range header, ${sentence}`)
  }
  return length !== undefined && sent !== undefined && sent !== length
    ? wrongLength({ start, length }, sent)
    : undefined
}

function wrongLength({ start, length }: { readonly start: number; readonly length: number }, sent: number): Reply {
  const should = `There should have been ${length} byte(s) (starting at offset ${start} and ending at offset ${start + length - 1}) according to the Content-Range header.`
  return textReply(400, `Invalid request.  There were ${sent} byte(s) in the request body.  ${should}`)
}

function contradiction(): Reply {
  return textReply(400, 'Invalid request.  The length of the content differs from what was said before.')
}

/** Returns the response of a session that accepts no more content. */
function answerOfClosed({ cancelled, answer }: UploadSession): Reply | undefined {
  if (cancelled) return clientClosedRequest()
  return answer === undefined ? undefined : { ...apiReply(200, {}), body: answer }
}

/**
 * Returns 308: continue after `Range`; without `Range`, nothing is stored. Google's Go client asks for 200 instead,
 * since RFC 9110 gives 308 another meaning.
 */
function progress({ headers }: Call, session: UploadSession): Reply {
  const stored = storedBytes(session)
  const reply = textReply(308, '', stored > 0 ? { range: `bytes=0-${stored - 1}` } : {})
  return String(headers['x-guploader-no-308']).toLowerCase() === 'yes'
    ? { ...reply, status: 200, headers: { ...reply.headers, 'x-http-status-code-override': '308' } }
    : { ...reply, reason: 'Resume Incomplete' }
}

function clientClosedRequest(): Reply {
  const reason = 'clientClosedRequest'
  return { ...uploadServerError(499, reason, reason), reason: 'Client Closed Request' }
}

/** Returns the length of the content if the header gives it. */
function contentLength({ headers }: Call): number | undefined {
  const header = headers['content-length']
  return header === undefined || isGzip(headers['content-encoding']) ? undefined : Number(header)
}
