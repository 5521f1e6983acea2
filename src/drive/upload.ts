import { createHash } from 'node:crypto'
import { callApi, type GoogleApi, sendingTimeoutMs } from '../api/call.ts'
import { Failure, isFailure } from '../failures/index.ts'
import { deleteFile, type DriveFile, fileId, fileOf, generateFileId, getFile, mismatchOf } from './app-folder.ts'
import { atUploadPlace, type KeptUpload, type UploadKeeping, type UploadPlace } from './kept-uploads.ts'
import { cancelSession, sessionAt, uploadRequest, uploadResumably, type UploadTarget } from './resumable-upload.ts'
import { type FileSource, streamSource, type UploadSource } from './upload-source.ts'

/** The longest content for one request (Drive guide, manage uploads): above this, uploads must be resumable. */
const largestSimpleUploadBytes = 5 * 1024 * 1024

/** The destination in the app folder. */
export interface Destination {
  /** The file's name; undefined keeps the name of the replaced file. */
  readonly name: string | undefined
  /** Replaces this file's content instead of creating a new file. */
  readonly replacedId: string | undefined
  /** Called with the number of bytes that Drive has or that were sent, and the total if known. */
  readonly onProgress: (bytes: number, total: number | undefined) => void
}

/** A local file to upload. */
export interface FileUpload extends Destination {
  readonly source: FileSource
  readonly keeping: UploadKeeping
  /** Ignores an unfinished upload of the same file. */
  readonly restart: boolean
  /** Called before an unfinished upload resumes. */
  readonly onResume: () => void
  /**
   * Called with the result while it can still be found again; if killed afterwards, the next run starts a new upload.
   */
  readonly onStored: (file: DriveFile) => Promise<void>
}

/**
 * Uploads a file, resumably if it is longer than {@link largestSimpleUploadBytes}, and compares the MD5 that Drive
 * reports. Completes an upload that a killed run started.
 * @throws Failure `file_changed`, `upload_of_other_content`, `upload_running`, `content_mismatch`, and of
 *   the groups network and refused
 */
export async function putFile(api: GoogleApi, upload: FileUpload): Promise<void> {
  const { source, name, replacedId, keeping } = upload
  await atUploadPlace(keeping, { file: source.path, target: JSON.stringify([name, replacedId]) }, async (place) => {
    const kept = upload.restart ? undefined : ofSameContent(place.read(), source)
    try {
      await putAt(api, upload, place, kept)
    } catch (error) {
      // The file with the stored ID was created, and deleted since.
      if (kept?.fileId === undefined || !isFailure(error, 'drive_file_not_found')) throw error
      await putAt(api, upload, place, undefined)
    }
  })
}

async function putAt(
  api: GoogleApi,
  upload: FileUpload,
  { write, remove }: UploadPlace,
  kept: KeptUpload | undefined,
): Promise<void> {
  const { source, replacedId } = upload
  // The record is a file that anyone may have written: content must only go to Drive.
  let session = sessionAt(kept?.session, api)
  const id = replacedId === undefined ? (kept?.fileId ?? (await generateFileId(api))) : undefined
  const onSession = (opened: URL | undefined): void => {
    session = opened
    write({ fileId: id, session: opened?.href, bytes: source.bytes(), modifiedMs: source.modifiedMs })
  }
  if (session === undefined) onSession(undefined)
  else upload.onResume()
  try {
    const isResumed = session !== undefined
    const stored = await store(api, source, { ...upload, id, session, onSession })
    // A session that an earlier run completed repeats its response, even if the file has since been deleted.
    if (isResumed) await getFile(api, fileId(stored))
    await upload.onStored(stored)
    remove()
  } catch (error) {
    // Content that no longer exists is not worth resuming.
    if (isFailure(error, 'file_changed') || isFailure(error, 'content_mismatch')) {
      if (session !== undefined) await cancelSession(api, session)
      remove()
    }
    throw error
  }
}

/**
 * Works like {@link putFile}, for a stream: nothing is stored for another run.
 * @throws Failure `upload_not_resumable`, `content_mismatch`, and of the groups network and refused
 */
export async function putStream(
  api: GoogleApi,
  destination: Destination & {
    readonly stream: AsyncIterable<Buffer>
    /** The reserved ID of the new file; by default, one is generated. */
    readonly id?: string
  },
): Promise<DriveFile> {
  const source = streamSource(destination.stream)
  // Read before any request is sent: the stream may fail or be empty.
  await source.part(0)
  const id = destination.replacedId === undefined ? (destination.id ?? (await generateFileId(api))) : undefined
  return store(api, source, { ...destination, id, session: undefined, onSession: () => undefined })
}

function ofSameContent(kept: KeptUpload | undefined, { name, bytes, modifiedMs }: FileSource): KeptUpload | undefined {
  if (kept === undefined || (kept.bytes === bytes() && kept.modifiedMs === modifiedMs)) return kept
  // Without a session, nothing was sent that could be mixed with the current content.
  if (kept.session === undefined) return undefined
  const problem = kept.bytes === bytes() ? 'it was written to' : `it had ${kept.bytes} bytes and has ${bytes()} now`
  throw new Failure('upload_of_other_content', { file: name, problem })
}

interface Storing extends Destination {
  /** The ID of the new file. */
  readonly id: string | undefined
  readonly session: URL | undefined
  readonly onSession: (session: URL | undefined) => void
}

async function store(api: GoogleApi, source: UploadSource, storing: Storing): Promise<DriveFile> {
  const { name, id, replacedId, session, onSession, onProgress } = storing
  const metadata = {
    ...(name === undefined ? {} : { name }),
    ...(id === undefined ? {} : { id, parents: ['appDataFolder'] }),
  }
  const target: UploadTarget = { metadata, replacedId }
  const first = await source.part(0)
  const isSimple = first.isLast && first.length <= largestSimpleUploadBytes
  let stored: DriveFile
  try {
    stored = isSimple
      ? await uploadWhole(api, target, await wholeOf(first.pieces))
      : await uploadResumably(api, {
          target,
          source,
          session,
          onSession,
          onProgress: (bytes) => onProgress(bytes, source.bytes()),
        })
  } catch (error) {
    if (id === undefined) throw error
    stored = await fileMadeUnheard(api, id, error)
  }
  try {
    const mismatch = mismatchOf(stored, await source.md5(), id === undefined ? 'damaged' : 'nothing')
    if (mismatch !== undefined) throw mismatch
    return stored
  } catch (error) {
    // Unverifiable content must not remain there.
    if (id !== undefined) await deleteFile(api, fileId(stored))
    throw error
  }
}

/**
 * Returns the file from an attempt whose response was lost or unreadable; its MD5 shows whether the content is right.
 * @throws the original failure, if there is no such file
 */
async function fileMadeUnheard(api: GoogleApi, id: string, error: unknown): Promise<DriveFile> {
  const isTaken = isFailure(error, 'api_refused') && error.details.status === 409
  if (isTaken) return getFile(api, id)
  if (!isFailure(error, 'invalid_answer')) throw error
  try {
    return await getFile(api, id)
  } catch {
    throw error
  }
}

async function wholeOf(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = []
  // A copy, because the piece's buffer is reused.
  for await (const piece of pieces) all.push(Buffer.from(piece))
  return Buffer.concat(all)
}

/** Uploads metadata and content in one request (RFC 2387). */
async function uploadWhole(api: GoogleApi, target: UploadTarget, content: Buffer): Promise<DriveFile> {
  const boundary = `gsa-${createHash('sha256').update(content).digest('hex').slice(0, 32)}`
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(target.metadata)}\r\n`,
    ),
    Buffer.from(`--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`),
    content,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const response = await callApi(api, {
    ...uploadRequest(api, target, 'multipart'),
    headers: { 'content-type': `multipart/related; boundary=${boundary}` },
    body,
    timeoutMs: sendingTimeoutMs(body.length),
  })
  return fileOf(response, api)
}
