import type { IncomingMessage } from 'node:http'
import { sessionFaults, type TransferFault, transferFaults } from '../faults/upload-faults.ts'
import { inflatedStream, isGzip } from '../http/inflated-body.ts'
import { apiReply, type Call, notFoundPage, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { UploadSession } from '../records/upload-session.ts'
import { type ContentRange, readContentRange } from './content-range.ts'
import { storageLimit } from './quota.ts'
import { receive, type Received } from './receive.ts'
import { closeUpload, findUploadSession, finishUpload, storedBytes, uploadHeaders } from './upload-session.ts'

/**
 * Handles `PUT` and `DELETE` to an upload session URI (evidence B10). The URI is the credential: an access token is
 * neither required nor checked.
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
  const over = answerOfClosed(session)
  if (over !== undefined) return over
  if (call.method === 'DELETE') {
    session.cancelled = true
    closeUpload(session)
    return clientClosedRequest()
  }
  const range = readContentRange(call.headers['content-range'], contentLength(call))
  if (range === undefined) return textReply(400, 'Failed to parse Content-Range header.')
  return await takePart(google, call, { session, range, stream: call.stream })
}

interface Part {
  readonly session: UploadSession
  readonly range: ContentRange
  readonly stream: IncomingMessage
}

/** Handles one PUT to an open session: a status query, or content. */
async function takePart(google: LocalGoogle, call: Call, { session, range, stream }: Part): Promise<Reply | undefined> {
  const { bytes } = range
  const total = session.length ?? range.total
  const stored = storedBytes(session)
  if (range.total !== undefined && (range.total !== total || total < stored)) return contradiction()
  if (bytes === undefined)
    return total === stored ? finishUpload(google, call, session, Buffer.alloc(0)) : progress(session)
  const refusal = partRefusal(bytes, stored, contentLength(call))
  if (refusal !== undefined) return refusal

  const fault = google.faults.take<TransferFault>('upload', transferFaults)
  // Do not store more than could ever fit before rejecting it.
  const expected = bytes.length ?? storageLimit(session.token.account) + 1
  const most = Math.min(expected, fault === undefined ? expected : (fault.bytes ?? 0))
  const received = await receive(inflatedStream(stream), { skip: stored - bytes.start, most })
  // Other requests may meanwhile have sent content to the session, cancelled it, or made the emulator forget it.
  if (findUploadSession(google, session.id) !== session) return received.ended ? textReply(404, 'Not Found') : undefined
  const instead = answerOfClosed(session) ?? (storedBytes(session) === stored ? undefined : progress(session))
  if (instead !== undefined) return received.ended ? instead : undefined
  if (fault !== undefined) return strike(session, received, { fault, stream })
  if (received.ended && received.size !== (bytes.length ?? received.size))
    return wrongLength({ start: bytes.start, length: expected }, received.size)
  return keepPart(google, call, { session, range, received })
}

function strike(
  session: UploadSession,
  { blocks }: Received,
  { fault, stream }: { readonly fault: TransferFault; readonly stream: IncomingMessage },
): Reply | undefined {
  session.blocks = [...session.blocks, ...blocks]
  if (fault.ends === 'answer') return progress(session)
  stream.socket.resetAndDestroy()
  return undefined
}

interface NewPart {
  readonly session: UploadSession
  readonly range: ContentRange
  readonly received: Received
}

function keepPart(
  google: LocalGoogle,
  call: Call,
  { session, range: { bytes, total }, received }: NewPart,
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
  return end === length ? finishUpload(google, call, session, received.rest) : progress(session)
}

/** Returns the error for a part that can be rejected before its body is read. */
function partRefusal(
  { start, length }: { readonly start: number; readonly length: number | undefined },
  stored: number,
  sent: number | undefined,
): Reply | undefined {
  if (start > stored) {
    // The wording of react-native-google-drive-api-wrapper#102.
    const sentence = `the upload offset is ${start} byte(s), which exceeds already uploaded size of ${stored} byte(s).`
    return textReply(400, `Invalid request.  According to the Content-Range header, ${sentence}`)
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

/** Returns 308: continue after `Range`; without `Range`, nothing is stored. */
function progress(session: UploadSession): Reply {
  const stored = storedBytes(session)
  const headers = { ...uploadHeaders, ...(stored > 0 && { range: `bytes=0-${stored - 1}` }) }
  return { status: 308, headers, body: '', whole: true }
}

function clientClosedRequest(): Reply {
  const message = 'clientClosedRequest'
  return apiReply(499, { error: { code: 499, message, errors: [{ message, domain: 'global', reason: message }] } })
}

function textReply(status: number, text: string): Reply {
  return { status, headers: uploadHeaders, body: text, whole: true }
}

/** Returns the length of the content if the header gives it. */
function contentLength(call: Call): number | undefined {
  const header = call.headers['content-length']
  return header === undefined || isGzip(call.headers['content-encoding']) ? undefined : Number(header)
}
