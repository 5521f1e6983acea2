import { createHash, type Hash } from 'node:crypto'
import { apiUrl, type GoogleApi, openApi, retriesOf } from '../api/call.ts'
import { Failure, mayWorkLater } from '../failures/index.ts'
import type { HttpStream } from '../http/request.ts'
import { type DriveFile, fileBytes, fileId, fileName, filePath, mismatchOf } from './app-folder.ts'
import { openPartialFile } from './partial-file.ts'

/** A file of the app folder to download. */
export interface Download {
  readonly file: DriveFile
  /** Called with the number of bytes received so far. */
  readonly onProgress: (bytes: number) => void
}

// For each wait for more content.
const transferTimeoutMs = 60_000

/**
 * Writes the content as it arrives, and finally compares the MD5 that Drive reports: until then, the written content is
 * unverified.
 * @throws Failure `content_mismatch`, and of the groups network and refused
 */
export async function copyContent(
  api: GoogleApi,
  { file, onProgress }: Download,
  write: (piece: Buffer) => Promise<void>,
): Promise<number> {
  const hash = createHash('md5')
  let bytes = 0
  for await (const piece of contentFrom(api, file, 0)) {
    hash.update(piece)
    await write(piece)
    onProgress((bytes += piece.length))
  }
  demandMatch(file, hash)
  return bytes
}

/**
 * Downloads a file to a path, under a temporary name in the same folder until it is complete and its MD5 is right.
 * Resumes what an interrupted run left there. Returns the number of bytes.
 * @throws Failure `file_unwritable`, `content_mismatch`, and of the groups network and refused
 */
export async function downloadFile(
  api: GoogleApi,
  {
    file,
    onProgress,
    onKept,
    onResume,
  }: Download & {
    /** Called with the path and size of an unfinished download that is kept. */
    readonly onKept: (path: string, bytes: number) => void
    /** Called with the size of an earlier download that is resumed. */
    readonly onResume: (bytes: number) => void
  },
  target: string,
): Promise<number> {
  const hash = createHash('md5')
  const partial = await openPartialFile({
    named: target,
    content: JSON.stringify([fileId(file), file['md5Checksum'], target]),
    hash,
    signal: api.signal,
  })
  let { bytes } = partial
  if (bytes > 0) onResume(bytes)
  try {
    for await (const piece of contentFrom(api, file, bytes)) {
      hash.update(piece)
      await partial.write(piece)
      onProgress((bytes += piece.length))
    }
    demandMatch(file, hash)
    await partial.complete()
    return bytes
  } catch (error) {
    const kept = await partial.abandon(mayWorkLater(error))
    if (kept !== undefined) onKept(kept, bytes)
    throw error
  }
}

function demandMatch(file: DriveFile, hash: Hash): void {
  const mismatch = mismatchOf(file, hash.digest('hex'), 'nothing')
  if (mismatch !== undefined) throw mismatch
}

/** Yields the content from a byte on, in order and without gaps, even if connections break. */
async function* contentFrom(api: GoogleApi, file: DriveFile, start: number): AsyncGenerator<Buffer> {
  const total = fileBytes(file)
  const retries = retriesOf(api, { repeat: 'safe' })
  let at = start
  if (start > 0 && start === total) return
  for (;;) {
    try {
      const { stream, from } = await openContent(api, file, at)
      try {
        let position = from
        for await (const piece of stream.body) {
          // A server without range support starts from the beginning.
          const fresh = piece.subarray(Math.max(0, at - position))
          position += piece.length
          if (total !== undefined && position > total) throw tooLong(api, total)
          if (fresh.length === 0) continue
          at += fresh.length
          retries.progressed()
          yield fresh
        }
      } finally {
        stream.discard()
      }
      if (total === undefined || at === total) return
      throw new Failure(
        'unreachable',
        { host: api.root.host, problem: `only ${at} of ${total} bytes arrived` },
        lostConnection,
      )
    } catch (error) {
      await retries.waitOrThrow(error)
    }
  }
}

// Treats a connection that closes early without an error like one that breaks.
const lostConnection = { cause: { code: 'ECONNRESET' } }

async function openContent(
  api: GoogleApi,
  file: DriveFile,
  at: number,
): Promise<{ readonly stream: HttpStream; readonly from: number }> {
  const stream = await openApi(api, {
    method: 'GET',
    url: apiUrl(api, filePath(fileId(file)), { alt: 'media' }),
    headers: { accept: '*/*', ...(at > 0 ? { range: `bytes=${at}-` } : {}) },
    timeoutMs: transferTimeoutMs,
    repeat: 'safe',
    file: fileName(file),
  })
  if (stream.status !== 206) return { stream, from: 0 }
  const range = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(stream.headers['content-range'] ?? '')
  if (range !== null && Number(range[1]) === at) return { stream, from: at }
  stream.discard()
  throw new Failure('invalid_answer', { host: api.root.host, problem: 'it sent another part of the file' })
}

function tooLong({ root }: GoogleApi, total: number): Failure {
  return new Failure('invalid_answer', { host: root.host, problem: `the file is longer than its ${total} bytes` })
}
