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
import { Failure, writeProblem } from '../failures/index.ts'
import { linkTarget, refuseForeignLink } from '../files/own-link.ts'
import { distrustOfFile, isOwn } from '../files/ownership.ts'
import { persistently } from '../files/persistently.ts'
import { isRunning } from '../files/process-state.ts'
import { modeAfter } from '../files/replace-file.ts'
import { pause } from '../http/interruption.ts'

/** A file that is written under a temporary name, and renamed once it is complete. */
export interface PartialFile {
  /** The size that an earlier run left. */
  readonly bytes: number
  /** @throws Failure `file_unwritable`, `interrupted` */
  write(piece: Buffer): Promise<void>
  /** Renames the file. @throws Failure `file_unwritable`, `interrupted` */
  complete(): Promise<void>
  /**
   * Stops writing after a failure, and keeps the content for another run if worthwhile. Returns the path if it was
   * kept.
   */
  abandon(isWorthKeeping: boolean): Promise<string | undefined>
}

/** The content to write, and its destination. */
export interface PartialFileOptions {
  /**
   * The path that the user named. The user's own links are followed; anything but a regular file (a device, a pipe) is
   * written in place.
   */
  readonly named: string
  /** Identifies this content among others for the same path. */
  readonly content: string
  /** Updated with the content that an earlier run left. */
  readonly hash: Hash
  readonly signal: AbortSignal
}

// A smaller part is faster to download again than to explain.
const leastKeptBytes = 1024 * 1024

/**
 * Starts to write a file, or resumes what an earlier run left of the same content. An existing file keeps its mode, and
 * until the new one is complete, only this user can read it. Never follows, takes over or writes to anything of another
 * user.
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

/** A file under its temporary name. */
interface Part {
  readonly handle: FileHandle
  readonly path: string
  readonly status: Stats
}

const { O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_WRONLY } = constants

async function openPart(folder: string, mark: string): Promise<Part> {
  // The process number distinguishes concurrent writers, and shows when a writer has ended.
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

/** Takes over the file of an ended process, if only this user can have written it. */
async function adopt(left: string, path: string): Promise<Part | undefined> {
  let handle: FileHandle | undefined
  try {
    handle = await open(left, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK)
    const status = await handle.stat()
    // With a second hard link, another user may hold it.
    if (distrustOfFile(left, status) === undefined && status.nlink <= 1 && (left === path || !exists(path))) {
      if (left !== path) renameSync(left, path)
      // Checked again: the name may lead elsewhere since it was opened.
      if (isAt(path, status)) {
        await handle.chmod(0o600)
        return { handle, path, status }
      }
    }
  } catch {
    // A file that cannot be opened is not ours.
  }
  await handle?.close()
  return undefined
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Returns whether a path still leads to the file that was opened. */
function isAt(path: string, { dev, ino }: Stats): boolean {
  const there = lstatSync(path, { throwIfNoEntry: false })
  return there?.dev === dev && there.ino === ino
}

/** Writes in large pieces, and collects the next piece while one is written to the disk. */
interface Writer {
  /** @throws the errors of node:fs, of earlier pieces too */
  write(piece: Buffer): Promise<void>
  end(): Promise<void>
  /** Returns the number of bytes on the disk. */
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
    // The next piece reports the error.
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

/** Opens a device or a pipe, which is written in place. */
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

/** Opens a pipe for writing once it has a reader. A blocking open() could not be interrupted. */
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
  // The failed write reports it.
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
  /** The file that had the name before. */
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

/** Gives a file the mode (and, as root, the owner) of the one it replaces; a new file gets the umask's mode. */
async function takeAttributes(handle: FileHandle, replaced: Stats | undefined): Promise<void> {
  try {
    if (replaced !== undefined && process.geteuid?.() === 0) await handle.chown(replaced.uid, replaced.gid)
    await handle.chmod(modeAfter(replaced))
  } catch {
    // A file system without modes; there is nothing to keep.
  }
}

/** Closes the writer and returns whether all its data is on the disk. */
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
  if (error instanceof Failure) return error
  return new Failure('file_unwritable', { file, problem: writeProblem(error) }, { cause: error })
}
