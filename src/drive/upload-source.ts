import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { monotonicMs } from '../core/monotonic-ms.ts'
import { Failure, fileProblem } from '../failures/index.ts'

/** Drive stores uploads in blocks of this many bytes; only the last block may be shorter. */
export const blockBytes = 256 * 1024

/** A part of the content, ready to be sent. */
export interface Part {
  readonly length: number
  /** A piece may be overwritten when the next one is requested. */
  readonly pieces: AsyncIterable<Buffer>
  /** Whether this is the last part. */
  readonly isLast: boolean
}

/** Content to upload, from a file or a stream. */
export interface UploadSource {
  /** The content's name in messages. */
  readonly name: string
  /** Returns the number of bytes; undefined until a stream has ended. */
  readonly bytes: () => number | undefined
  /**
   * Returns the content from `start` on, up to the size of one request. Earlier content is never requested again.
   * @throws Failure `file_changed`, `file_unreadable`, `upload_not_resumable`
   */
  part(start: number): Promise<Part>
  /** Returns the MD5 of the whole content, in hex, once all of it was read. */
  md5(): Promise<string>
}

/** A file to upload, as it was when it was opened. */
export interface FileSource extends UploadSource {
  readonly bytes: () => number
  /** Absolute, with links resolved. */
  readonly path: string
  readonly modifiedMs: number
  close(): Promise<void>
}

// A file's parts may be long, because they are not held in memory; a stream's parts are held until they have arrived.
const partBytes = { file: 256 * blockBytes, stream: 32 * blockBytes }

// Long enough that reading costs little, short enough that a slow line sends it within the time-out.
const pieceBytes = 256 * 1024
// An MD5 takes about 1.4 ms per megabyte.
const hashMs = (bytes: number): number => (bytes / 1_000_000) * 3

/** Opens a file to upload. @throws Failure `file_unreadable` */
export async function openFileSource(file: string): Promise<FileSource> {
  const { handle, status, path } = await openFile(file)
  const total = status.size
  const hash = createHash('md5')
  let hashed = 0

  /** Yields the same two buffers alternately: sending must not wait for the garbage collector. */
  async function* read(start: number, end: number): AsyncGenerator<Buffer> {
    const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const
    for (let at = start, turn = 0; at < end; turn++) {
      const buffer = buffers[turn % 2 === 0 ? 0 : 1]
      const { bytesRead } = await handle
        .read(buffer, 0, Math.min(buffer.length, end - at), at)
        .catch((error: unknown) => {
          throw unreadable(file, fileProblem(error), error)
        })
      if (bytesRead === 0) throw new Failure('file_changed', { file, problem: `it ends after ${at} bytes now` })
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  }
  const hashUpTo = async (end: number): Promise<void> => {
    for await (const piece of read(hashed, end)) {
      hash.update(piece)
      hashed += piece.length
    }
  }
  /** Sends the file's last bytes only if the file is unchanged: until then, the upload can be cancelled. */
  async function* sending(start: number, end: number): AsyncGenerator<Buffer> {
    let at = start
    for await (const piece of read(start, end)) {
      if (at + piece.length === total) await checkUnchanged()
      const handedOver = monotonicMs()
      yield piece
      // Bytes that are sent twice are hashed once. On a line faster than the hash, hashing waits until afterwards.
      const isSlowLine = monotonicMs() - handedOver > hashMs(piece.length)
      if (isSlowLine && digest === undefined && at <= hashed && hashed < at + piece.length) {
        hash.update(piece.subarray(hashed - at))
        hashed = at + piece.length
      }
      at += piece.length
    }
    // Runs while Drive assembles the file, which also takes a while.
    if (at === total) void md5().catch(() => undefined)
  }
  let digest: Promise<string> | undefined
  const md5 = (): Promise<string> => (digest ??= hashUpTo(total).then(() => hash.digest('hex')))
  const checkUnchanged = async (): Promise<void> => {
    const { size, mtimeMs } = await handle.stat()
    if (size !== total)
      throw new Failure('file_changed', { file, problem: `it had ${total} bytes and has ${size} now` })
    if (mtimeMs !== status.mtimeMs) throw new Failure('file_changed', { file, problem: 'it was written to' })
  }
  return {
    name: file,
    bytes: () => total,
    path,
    modifiedMs: status.mtimeMs,
    close: async () => handle.close(),
    part(start) {
      const end = Math.min(start + partBytes.file, total)
      return Promise.resolve({ length: end - start, pieces: sending(start, end), isLast: end === total })
    },
    md5,
  }
}

async function openFile(
  file: string,
): Promise<{ readonly handle: FileHandle; readonly status: Stats; readonly path: string }> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK, open() would wait for a named pipe.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    const status = await handle.stat()
    if (!status.isFile())
      throw unreadable(file, status.isDirectory() ? 'it is a folder' : `it is not a regular file${pipeIt}`)
    // Kernel files (/proc) have no length before they are read.
    if (status.size === 0 && (await handle.read(Buffer.alloc(1), 0, 1, 0)).bytesRead > 0)
      throw unreadable(file, `its reported size is 0, but it is not empty${pipeIt}`)
    return { handle, status, path: await realpath(file) }
  } catch (error) {
    await handle?.close()
    throw error instanceof Failure ? error : unreadable(file, fileProblem(error), error)
  }
}

const pipeIt = '; pipe it in, with - as the file'

function unreadable(file: string, problem: string, cause?: unknown): Failure {
  return new Failure('file_unreadable', { file, problem }, { cause })
}

/** Returns a stream to upload. Only what may have to be sent again is held in memory. */
export function streamSource(stream: AsyncIterable<Buffer>): UploadSource {
  const reader = stream[Symbol.asyncIterator]()
  const hash = createHash('md5')
  let held = Buffer.alloc(0)
  let heldFrom = 0
  let heldBytes = 0
  // Received, but does not fit into the buffer: it shows whether the current part is the last one.
  let ahead: Buffer | undefined = Buffer.alloc(0)

  const takeAhead = (): void => {
    const taken = ahead?.copy(held, heldBytes) ?? 0
    heldBytes += taken
    ahead = ahead?.subarray(taken)
  }
  const fill = async (): Promise<void> => {
    // Grow the buffer on demand, so that a short stream needs little memory.
    if (held.length < partBytes.stream && heldBytes === held.length)
      held = Buffer.concat([held], Math.min(partBytes.stream, Math.max(blockBytes, held.length * 4)))
    takeAhead()
    while (ahead?.length === 0) {
      const { value, done } = await reader.next()
      if (done !== true) hash.update(value)
      ahead = done === true ? undefined : value
      takeAhead()
    }
    if (heldBytes < partBytes.stream && ahead !== undefined) await fill()
  }
  const forgetUpTo = (start: number): void => {
    held.copyWithin(0, start - heldFrom, heldBytes)
    heldBytes -= start - heldFrom
    heldFrom = start
  }
  return {
    name: '-',
    bytes: () => (ahead === undefined ? heldFrom + heldBytes : undefined),
    async part(start) {
      if (start < heldFrom || start > heldFrom + heldBytes)
        throw new Failure('upload_not_resumable', {
          problem: `Drive reports ${start} bytes, and gsa still has only bytes ${heldFrom} to ${heldFrom + heldBytes}`,
        })
      forgetUpTo(start)
      await fill()
      return {
        length: heldBytes,
        pieces: inPieces(held.subarray(0, heldBytes)),
        isLast: ahead === undefined,
      }
    },
    async md5() {
      // Called after the end, when everything was hashed.
      return Promise.resolve(hash.digest('hex'))
    },
  }
}

// oxlint-disable-next-line typescript/require-await -- the same shape as a file that is read
async function* inPieces(content: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += blockBytes) yield content.subarray(at, at + blockBytes)
}
