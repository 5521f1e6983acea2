import { badRequest } from '../answers/drive-errors.ts'
import { capitalized } from '../http/header-name.ts'
import { type Call, noStore, Refused, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { promisedContent, storedContent } from '../records/content.ts'
import { hasEnded } from '../records/grants.ts'
import { originsOf } from '../records/origins.ts'
import type { UploadSession } from '../records/upload-session.ts'
import { type DriveCall, driveCallOf } from './call.ts'
import { changedFile, createFile, newFile, readSelection, updateFile } from './files.ts'
import { blockBytes, receivedBytes } from './receive.ts'
import { visibleFile } from './visible-file.ts'

const lifetimeMs = 7 * 86_400_000

/** Returns a text response of the upload server, often an empty one. */
export function textReply(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const common = {
    ...noStore,
    'content-type': 'text/plain; charset=utf-8',
    vary: ['Origin', 'X-Origin'],
    server: 'UploadServer',
  }
  return { status, headers: { ...common, ...headers }, body: text, whole: true }
}

/** The content of a request to open a session. */
interface Opening {
  /** The file to change; undefined to create one. */
  readonly fileId: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  /** The client speaks the X-Goog-Upload protocol. */
  readonly usesCommands: boolean
}

/**
 * Opens a session: checks everything that can be checked before content arrives, and returns the session URI.
 * @throws Refused for everything that would make the create or update itself fail.
 */
export function openUploadSession(drive: DriveCall, { fileId, metadata, usesCommands }: Opening): Reply {
  const { google, call, token } = drive
  const prefix = usesCommands ? 'x-goog-upload-header' : 'x-upload'
  const length = readLength(`${prefix}-content-length`, call)
  const declaredType = String(call.headers[`${prefix}-content-type`] ?? '')
  const usualType = fileId === undefined ? 'application/octet-stream' : visibleFile(drive, fileId).mimeType
  const media = { mimeType: declaredType || usualType, content: promisedContent(length ?? 0) }
  readSelection(drive)
  const file =
    fileId === undefined ? newFile(drive, { metadata, media }) : changedFile(drive, fileId, { metadata, media })

  const query = new URLSearchParams(call.query)
  for (const name of ['access_token', 'upload_id', 'session_crd', 'upload_protocol']) query.delete(name)
  const id = google.mint.uploadId()
  forgetOld(google)
  google.state.uploads.set(id, {
    id,
    fileId,
    // Without a fixed id, responding twice to the last chunk would create the file twice.
    metadata: fileId === undefined ? { ...metadata, id: file.id } : metadata,
    mimeType: media.mimeType,
    origin: call.headers.origin,
    query: query.toString(),
    token,
    length,
    blocks: [],
    cancelled: false,
    answer: undefined,
    expiresAtMs: google.clock.now() + lifetimeMs,
  })
  query.set('upload_id', id)
  if (usesCommands) query.set('upload_protocol', 'resumable')
  else query.set('session_crd', google.mint.sessionCredential())
  const uri = `${originsOf(google.issuer).www}${call.path}?${query.toString()}`
  return textReply(200, '', { 'x-guploader-uploadid': id, ...(usesCommands ? commandHeaders(uri) : { location: uri }) })
}

function commandHeaders(uri: string): Readonly<Record<string, string>> {
  return {
    'x-goog-upload-status': 'active',
    'x-goog-upload-url': uri,
    'x-goog-upload-control-url': uri,
    'x-goog-upload-chunk-granularity': String(blockBytes),
  }
}

function readLength(name: string, { headers }: Call): number | undefined {
  const header = headers[name]
  if (header === undefined || header === '') return undefined
  if (/^\d{1,15}$/.test(String(header))) return Number(header)
  throw badRequest(`Invalid value for the ${capitalized(name)} header.`)
}

/** A request to a session. */
export interface SessionRequest {
  readonly google: LocalGoogle
  readonly call: Call
  readonly session: UploadSession
  readonly stream: NonNullable<Call['stream']>
  /** The length of the content in this request, if its headers say so. */
  readonly length: number | undefined
}

/** The limit above which closed sessions are forgotten; below it, they are remembered until their week is over. */
const mostSessions = 10_000

/** Forgets old sessions. They are stored in the order in which they expire. */
function forgetOld(google: LocalGoogle): void {
  const { uploads } = google.state
  for (const [id, { expiresAtMs, cancelled, answer }] of uploads) {
    const expired = expiresAtMs <= google.clock.now()
    if (!expired && uploads.size <= mostSessions) return
    if (expired || cancelled || answer !== undefined) uploads.delete(id)
  }
}

/** Returns the session with an id, unless it has expired or the user has revoked its grant. */
export function findUploadSession(google: LocalGoogle, id: string): UploadSession | undefined {
  const session = google.state.uploads.get(id)
  const now = google.clock.now()
  return session !== undefined && session.expiresAtMs > now && !hasEnded(session.token.grant, now) ? session : undefined
}

/** Returns the number of stored bytes. */
export function storedBytes({ blocks }: UploadSession): number {
  return blocks.length * blockBytes
}

/**
 * Creates or changes the file from the stored content and `rest`, and keeps the response for later requests.
 * @throws Refused when the create or update is no longer possible: the id has been used, a parent is gone, the storage
 *   is full. The session stays open.
 */
export function finishUpload(google: LocalGoogle, call: Call, session: UploadSession, rest: Buffer): Reply {
  const { fileId, metadata, mimeType, blocks, token, query } = session
  const drive = driveCallOf(google, { ...call, query: new URLSearchParams(query) }, token)
  const content = storedContent(receivedBytes({ blocks, rest }))
  const upload = { metadata, media: { mimeType, content } }
  try {
    const reply = fileId === undefined ? createFile(drive, upload) : updateFile(drive, fileId, upload)
    session.answer = String(reply.body)
    closeUpload(session)
    return reply
  } catch (error) {
    // Drop content that does not fit in the storage.
    if (error instanceof Refused && error.reply.status === 403) session.blocks = []
    throw error
  }
}

/** Forgets data that only an open session needs. */
export function closeUpload(session: UploadSession): void {
  session.blocks = []
  session.metadata = {}
}
