import { createHash, type Hash } from 'node:crypto'
import {
  accessSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, fileProblem } from '../failures/index.ts'
import { linkTarget, refuseForeignLink } from '../files/own-link.ts'
import { distrustOfFile, isOwn } from '../files/ownership.ts'
import { persistently } from '../files/persistently.ts'
import { isRunning } from '../files/process-state.ts'
import { modeAfter } from '../files/replace-file.ts'
import { pause } from '../http/interruption.ts'

/** A file that is being written under another name, and gets its own when it is whole. */
export interface PartialFile {
  /** How much of it an earlier run has left. */
  readonly bytes: number
  /** @throws Failure `file_unwritable`, `interrupted` */
  write(piece: Buffer): Promise<void>
  /** Gives it its name. @throws Failure `file_unwritable`, `interrupted` */
  complete(): Promise<void>
  /**
   * Ends the writing after a failure, and keeps what is there for another run or not. Gives the path of what is kept.
   */
  abandon(isWorthKeeping: boolean): Promise<string | undefined>
}

/** What is to be written, and where. */
export interface PartialFileOptions {
  /**
   * Where the user wants it. A link of his own is followed; what is no regular file (a device, a
   * pipe) is written to as it is.
   */
  readonly named: string
  /** Tells this content from others that go to the same place. */
  readonly content: string
  /** Updated with what an earlier run has left. */
  readonly hash: Hash
  readonly signal: AbortSignal
}

// Less than that comes again sooner than anybody has read that it was kept.
const leastKeptBytes = 1024 * 1024

/**
 * Begins to write a file, or resumes what an earlier run left of the same content. A file that exists keeps
 * its mode, and until it is whole only this user can read what is there of it. Nothing of another user is
 * followed, taken over or written to.
 * @throws Failure `file_unwritable`, `interrupted`
 */
export async function openPartialFile({ named, content, hash, signal }: PartialFileOptions): Promise<PartialFile> {
  try {
    refuseForeignLink(named)
    const there = statSync(named, { throwIfNoEntry: false })
    if (there !== undefined && !there.isFile()) return await openSpecial(named, there, signal)
    const target = linkTarget(named)
    if (there !== undefined && !isOwn(named, there)) accessSync(target, constants.W_OK)
    const mark = createHash('sha256').update(content).digest('hex').slice(0, 12)
    const { handle, path, status } = await openPart(dirname(target), mark)
    if (status.size > 0)
      for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) hash.update(chunk as Buffer)
    return regular(handle, { path, target, named, bytes: status.size, status, replaced: there })
  } catch (error) {
    throw unwritable(named, error)
  }
}

/** A file under its preliminary name. */
interface Part {
  readonly handle: FileHandle
  readonly path: string
  readonly status: Stats
}

const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants

async function openPart(folder: string, mark: string): Promise<Part> {
  // The number of the process keeps two of them apart, and tells when nobody writes any more.
  const path = join(folder, `gsa-${mark}.${process.pid}.part`)
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(String.raw`^gsa-${mark}\.(\d{1,10})\.part$`).exec(name)?.[1]
    if (pid === undefined || (Number(pid) !== process.pid && isRunning(Number(pid)))) continue
    const part = await adopt(join(folder, name), path)
    if (part !== undefined) return part
  }
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL, 0o600).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new Error(`another user has put "${path}" in its way`)
  })
  return { handle, path, status: await handle.stat() }
}

/** Takes over what an ended process has left, if it is a file that only this user can have written. */
async function adopt(left: string, path: string): Promise<Part | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(left, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
    const status = await handle.stat()
    // Under a second name, somebody else may hold it.
    if (distrustOfFile(left, status) === undefined && status.nlink <= 1 && (left === path || !exists(path))) {
      if (left !== path) renameSync(left, path)
      // Looked at again: the name may have changed hands after it was opened.
      if (isAt(path, status)) {
        await handle.chmod(0o600)
        return { handle, path, status }
      }
    }
  } catch {
    // It cannot be opened: then it is not ours.
  }
  await handle?.close()
  return undefined
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Whether a path still leads to the file that was opened. */
function isAt(path: string, { dev, ino }: Stats): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false })
  return there?.dev === dev && there.ino === ino
}

/** Writes in long pieces, one of which is on its way to the disk while the next one is gathered. */
interface Writer {
  /** @throws the errors of node:fs, of earlier pieces too */
  write(piece: Buffer): Promise<void>
  end(): Promise<void>
  /** Bytes that have arrived on the disk. */
  readonly written: () => number
}

const pieceBytes = 1024 * 1024

function writerTo(handle: FileHandle): Writer {
  let gathered: Buffer[] = []
  let gatheredBytes = 0
  let written = 0
  let onItsWay = Promise.resolve()
  const writeAll = async (pieces: readonly Buffer[], bytes: number): Promise<void> => {
    const { bytesWritten } = await handle.writev(pieces)
    written += bytesWritten
    if (bytesWritten === bytes) return
    await handle.writeFile(Buffer.concat(pieces).subarray(bytesWritten))
    written += bytes - bytesWritten
  }
  const flush = async (): Promise<void> => {
    await onItsWay
    onItsWay = writeAll(gathered, gatheredBytes)
    // Heard of at the next piece.
    onItsWay.catch(() => undefined)
    gathered = []
    gatheredBytes = 0
  }
  return {
    async write(piece) {
      gathered.push(piece)
      gatheredBytes += piece.length
      if (gatheredBytes >= pieceBytes) await flush()
    },
    async end() {
      if (gatheredBytes > 0) await flush()
      await onItsWay
      await handle.close()
    },
    written: () => written,
  }
}

/** A device or a pipe: it is written to as it is. */
async function openSpecial(named: string, status: Stats, signal: AbortSignal): Promise<PartialFile> {
  if (!isOwn(named, status)) throw new Error(`it belongs to another user (uid ${status.uid})`)
  if (status.isFIFO()) return pipe(await openPipe(named, signal), named, signal)
  const handle = await open(named, O_WRONLY | O_NONBLOCK)
  const writer = writerTo(handle)
  return {
    bytes: 0,
    write: (piece) => writing(named, () => writer.write(piece)),
    complete: () => writing(named, () => writer.end()),
    async abandon() {
      await closed(writer, handle)
      return undefined
    },
  }
}

const readerPauseMs = 20

/** Opens a pipe for writing once somebody reads it. A blocking open() would outlast every interruption. */
async function openPipe(named: string, signal: AbortSignal): Promise<number> {
  for (;;) {
    try {
      return openSync(named, O_WRONLY | O_NONBLOCK)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error
    }
    await pause(readerPauseMs, signal)
  }
}

async function pipe(descriptor: number, named: string, signal: AbortSignal): Promise<PartialFile> {
  const { Socket } = await import('node:net')
  const stream = new Socket({ fd: descriptor, readable: false, writable: true, signal })
  // Reported by the write that it ends.
  stream.on('error', () => undefined)
  const done = (start: (callback: (error?: Error | null) => void) => void): Promise<void> =>
    writing(named, () =>
      new Promise<void>((fulfil, reject) => start((error) => (error == null ? fulfil() : reject(error)))).catch(
        (error: unknown) => {
          throw signal.aborted ? new Failure('interrupted', {}) : error
        },
      ),
    )
  return {
    bytes: 0,
    write: (piece) => done((callback) => stream.write(piece, callback)),
    complete: () => done((callback) => stream.end(callback)),
    abandon() {
      stream.destroy()
      return Promise.resolve(undefined)
    },
  }
}

interface RegularFile {
  readonly path: string
  readonly target: string
  readonly named: string
  readonly bytes: number
  readonly status: Stats
  /** What had the name before. */
  readonly replaced: Stats | undefined
}

function regular(handle: FileHandle, { path, target, named, bytes, status, replaced }: RegularFile): PartialFile {
  const writer = writerTo(handle)
  return {
    bytes,
    write: (piece) => writing(named, () => writer.write(piece)),
    complete: () =>
      writing(named, async () => {
        await takeAttributes(handle, replaced)
        await writer.end()
        if (!isAt(path, status)) throw new Error(`"${path}" was replaced by something else`)
        persistently(() => renameSync(path, target))
      }),
    async abandon(isWorthKeeping) {
      const isWhole = await closed(writer, handle)
      if (isWorthKeeping && isWhole && bytes + writer.written() >= leastKeptBytes) return path
      if (isAt(path, status)) rmSync(path, { force: true })
      return undefined
    },
  }
}

/** Gives a file the mode, and for root the owner, of the one that it replaces; without one, what the umask leaves. */
async function takeAttributes(handle: FileHandle, replaced: Stats | undefined): Promise<void> {
  try {
    if (replaced !== undefined && process.geteuid?.() === 0) await handle.chown(replaced.uid, replaced.gid)
    await handle.chmod(modeAfter(replaced))
  } catch {
    // A file system without modes; there is nothing to keep.
  }
}

/** Whether everything that was given to the writer is on the disk. */
async function closed(writer: Writer, handle: FileHandle): Promise<boolean> {
  try {
    await writer.end()
    return true
  } catch {
    await handle.close().catch(() => undefined)
    return false
  }
}

async function writing(named: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw unwritable(named, error)
  }
}

function unwritable(file: string, error: unknown): Failure {
  const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
  const problem = isMissing ? 'its folder does not exist' : fileProblem(error)
  return error instanceof Failure ? error : new Failure('file_unwritable', { file, problem }, { cause: error })
}
