import { apiReply, type Reply } from '../http/reply.ts'
import type { UploadSession } from '../records/upload-session.ts'
import { blockBytes } from './receive.ts'
import { type PartReplies, receivePart } from './receive-part.ts'
import { closeUpload, finishUpload, type SessionRequest, storedBytes, textReply } from './upload-session.ts'

/**
 * Handles `X-Goog-Upload-Command` at a session URI: `query`, `cancel`, `upload`, `finalize`, and the last two together
 * (Google Photos guide "Resumable uploads"). Google's Ruby client uploads to Drive with these commands.
 */
export async function uploadCommand(request: SessionRequest): Promise<Reply | undefined> {
  const { call, session } = request
  const commands = String(call.headers['x-goog-upload-command'])
    .toLowerCase()
    .split(',')
    .map((command) => command.trim())
    .toSorted()
    .join(',')
  if (commands === 'start') return textReply(404, 'Not Found')
  if (commands === 'query') return queried(session)
  if (!['cancel', 'finalize', 'upload', 'finalize,upload'].includes(commands)) return mistake('Invalid upload command.')
  const over = terminated(session)
  if (over !== undefined) return over
  if (commands === 'cancel') {
    session.cancelled = true
    closeUpload(session)
    return textReply(200, '', { 'x-goog-upload-status': 'cancelled' })
  }
  return commands === 'finalize' ? finalize(request, Buffer.alloc(0)) : await upload(request, commands !== 'upload')
}

async function upload(request: SessionRequest, isLast: boolean): Promise<Reply | undefined> {
  const { google, call, session, stream, length } = request
  const header = String(call.headers['x-goog-upload-offset'] ?? '')
  const start = Number(header)
  const stored = storedBytes(session)
  // Like chunks with Content-Range: HTTP libraries repeat a request after a lost connection by themselves.
  if (!/^\d{1,15}$/.test(header) || start > stored)
    return mistake(`The upload offset is "${header}", but ${stored} byte(s) have been uploaded.`)
  const total = session.length
  if (total !== undefined && length !== undefined && start + length > total) return mistake(otherLength(total))
  const received = await receivePart(google, { session, start, length, stream }, replies)
  if ('instead' in received) return received.instead
  if (total !== undefined && start + received.size > total) return mistake(otherLength(total))
  if (isLast && received.ended && start + received.size < stored)
    return mistake(`The content ends before the ${stored} byte(s) that are stored.`)
  session.blocks = [...session.blocks, ...received.blocks]
  if (!received.ended) return undefined
  if (isLast) return finalize(request, received.rest)
  return received.rest.length > 0 ? mistake(`A part must have a multiple of ${blockBytes} byte(s).`) : active()
}

function finalize({ google, call, session }: SessionRequest, rest: Buffer): Reply {
  const size = storedBytes(session) + rest.length
  if (session.length !== undefined && size !== session.length) return mistake(otherLength(session.length))
  const reply = finishUpload(google, call, session, rest)
  session.length = size
  return reply
}

const replies: PartReplies = {
  unknown: () => textReply(404, 'Not Found'),
  closed: terminated,
  progress: active,
}

function queried(session: UploadSession): Reply {
  if (session.cancelled) return textReply(200, '', { 'x-goog-upload-status': 'cancelled' })
  const { answer, length } = session
  const received = { 'x-goog-upload-size-received': String(answer === undefined ? storedBytes(session) : length) }
  return answer === undefined
    ? textReply(200, '', { 'x-goog-upload-status': 'active', ...received })
    : { ...apiReply(200, {}, received), body: answer }
}

function terminated({ cancelled, answer }: UploadSession): Reply | undefined {
  if (!cancelled && answer === undefined) return undefined
  const status = cancelled ? 'cancelled' : 'final'
  return textReply(400, 'Upload has already been terminated.', { 'x-goog-upload-status': status })
}

function active(): Reply {
  return textReply(200, '', { 'x-goog-upload-status': 'active' })
}

/** Returns an error after which the client can query the session and continue. */
function mistake(sentence: string): Reply {
  return textReply(400, `Invalid request.  ${sentence}`, { 'x-goog-upload-status': 'active' })
}

function otherLength(total: number): string {
  return `The length of the content differs from the ${total} byte(s) that were announced.`
}
