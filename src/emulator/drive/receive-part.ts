import type { IncomingMessage } from 'node:http'
import { storageQuotaExceeded } from '../answers/drive-errors.ts'
import { type TransferFault, transferFaults } from '../faults/upload-faults.ts'
import { inflatedStream } from '../http/inflated-body.ts'
import type { Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { UploadSession } from '../records/upload-session.ts'
import { storageLimit } from './quota.ts'
import { receive, type Received } from './receive.ts'
import { findUploadSession, storedBytes } from './upload-session.ts'

/** Content for a session: where it begins, how long it is, if known, and the body with it. */
export interface Part {
  readonly session: UploadSession
  readonly start: number
  readonly length: number | undefined
  readonly stream: IncomingMessage
}

/** The responses of an upload protocol where a part is not stored. */
export interface PartReplies {
  /** The session is gone. */
  readonly unknown: () => Reply
  /** The session accepts no more content; undefined if it does. */
  readonly closed: (session: UploadSession) => Reply | undefined
  /** The client should continue after what is stored. */
  readonly progress: (session: UploadSession) => Reply
}

/**
 * Returns the received content, or the response to send instead; no response if the connection is closed.
 * @throws Refused for more content than the account may ever store.
 */
export async function receivePart(
  google: LocalGoogle,
  { session, start, length, stream }: Part,
  replies: PartReplies,
): Promise<Received | { readonly instead: Reply | undefined }> {
  const stored = storedBytes(session)
  const fault = google.faults.take<TransferFault>('upload', transferFaults)
  const limit = storageLimit(session.token.account)
  // Do not store more than could ever fit before rejecting it, whatever length is announced.
  const expected = Math.min(length ?? Number.POSITIVE_INFINITY, Math.max(limit + 1 - start, 0))
  const most = Math.min(expected, fault === undefined ? expected : (fault.bytes ?? 0))
  const received = await receive(inflatedStream(stream), { skip: stored - start, most })
  // Malformed gzip looks like a broken connection, so that the client resumes.
  if (!received.ended) stream.socket.destroy()
  // Other requests may meanwhile have sent content to the session, cancelled it, or made the emulator forget it.
  const isKnown = findUploadSession(google, session.id) === session
  const isSame = isKnown && storedBytes(session) === stored
  const instead = isKnown
    ? (replies.closed(session) ?? (isSame ? undefined : replies.progress(session)))
    : replies.unknown()
  if (instead !== undefined) return { instead: received.ended ? instead : undefined }
  if (start + received.size > limit) throw storageQuotaExceeded()
  if (fault === undefined) return received
  session.blocks = [...session.blocks, ...received.blocks]
  if (fault.ends === 'answer') return { instead: replies.progress(session) }
  stream.socket.resetAndDestroy()
  return { instead: undefined }
}
