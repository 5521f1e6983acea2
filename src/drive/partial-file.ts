import { createHash, type Hash } from 'node:crypto'
import { createReadStream, lstatSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure, fileProblem } from '../failures/index.ts'

/** A file that is being written under another name, and gets its own when it is whole. */
export interface PartialFile {
  /** How much of it an earlier run has left. */
  readonly bytes: number
  /** @throws Failure `file_unwritable` */
  write(piece: Buffer): Promise<void>
  /** Gives it its name. @throws Failure `file_unwritable` */
  complete(): Promise<void>
  /** Ends the writing after a failure, and keeps what is there for another run or not. Gives the path of what is kept. */
  abandon(isWorthKeeping: boolean): Promise<string | undefined>
}

// Less than that comes again sooner than anybody has read that it was kept.
const leastKeptBytes = 1024 * 1024

/**
 * Begins to write a file, or goes on with what an earlier run has left of the same `content`; `hash` is updated with that. A link
 * is followed; what is no regular file (a device, a pipe) is written to as it is.
 * @throws Failure `file_unwritable`
 */
export async function openPartialFile(named: string, content: string, hash: Hash): Promise<PartialFile> {
  try {
    const target = exists(named) ? realpathSync(named) : named
    if (exists(target) && !statSync(target).isFile()) return special(await open(target, 'w'), named)
    const mark = createHash('sha256').update(content).digest('hex').slice(0, 12)
    // The number of the process keeps two of them apart, and tells when nobody writes any more.
    const path = join(dirname(target), `gsa-${mark}.${process.pid}.part`)
    adoptAbandoned(path, mark)
    const handle = await open(path, 'a')
    const { size: bytes } = await handle.stat()
    if (bytes > 0) for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    return regular(handle, { path, target, named, bytes })
  } catch (error) {
    throw unwritable(named, error)
  }
}

/** @throws the errors of node:fs, but for a name that is free */
function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
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
  const writeAll = async (pieces: Buffer[], bytes: number): Promise<void> => {
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

function adoptAbandoned(path: string, mark: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    const pid = new RegExp(String.raw`^gsa-${mark}\.(\d{1,10})\.part$`).exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    renameSync(join(folder, name), path)
    return
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function special(handle: FileHandle, named: string): PartialFile {
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

function regular(
  handle: FileHandle,
  { path, target, named, bytes }: { path: string; target: string; named: string; bytes: number },
): PartialFile {
  const writer = writerTo(handle)
  return {
    bytes,
    write: (piece) => writing(named, () => writer.write(piece)),
    complete: () =>
      writing(named, async () => {
        await writer.end()
        renameSync(path, target)
      }),
    async abandon(isWorthKeeping) {
      const isWhole = await closed(writer, handle)
      if (isWorthKeeping && isWhole && bytes + writer.written() >= leastKeptBytes) return path
      rmSync(path, { force: true })
      return undefined
    },
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
