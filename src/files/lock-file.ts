import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Failure, fileProblem, typedCommand } from '../failures/index.ts'
import { quietly, readUpTo } from './own-file.ts'
import { giveToOwnerOfFolder, isOwn } from './ownership.ts'
import { isBusyFile, persistently } from './persistently.ts'
import { removeFile } from './remove-file.ts'

/** A lock file that this process created, and keeps open while it holds the lock. */
export interface HeldFile {
  /** Whether the kernel tracks the holder, see {@link kernelLock}. */
  readonly isKernelLocked: boolean
  /** Writes the lock's owner. @throws the errors of node:fs */
  write(owner: string): void
  /** Updates the file's time, so that other machines see that its owner is alive. */
  touch(): void
  /** Returns whether the file is still there and has not been replaced. */
  isInPlace(): boolean
  /** Removes the file if possible. Never throws. */
  release(): void
}

/** An existing lock file. */
export interface FoundFile {
  /** The content; undefined if its owner prevents reading, as on Windows. */
  readonly text: string | undefined
  readonly ageMs: number
}

const longestText = 4096

/**
 * Returns the flag of open() that makes the kernel lock out other processes while the file is open, and let them in
 * when the process ends, however it ends: on Windows the sharing mode "none" (libuv's UV_FS_O_EXLOCK), on macOS and the
 * BSDs O_EXLOCK. Linux has none; there, a process's start time shows whether its number was reused.
 */
function kernelLock(platform: NodeJS.Platform = process.platform): number {
  if (platform === 'win32') return 0x1000_0000
  return ['darwin', 'freebsd', 'openbsd', 'netbsd'].includes(platform) ? 0x20 : 0
}

/** Creates a lock file. Returns undefined if one exists. @throws the errors of node:fs */
export function createLockFile(path: string): HeldFile | undefined {
  try {
    // Windows refuses the name of a file that is being removed.
    return persistently(() => held(path, openNew(path)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined
    throw error
  }
}

interface OpenedFile {
  readonly descriptor: number
  readonly isKernelLocked: boolean
}

function openNew(path: string): OpenedFile {
  // O_EXCL follows no link.
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  const flag = kernelLock()
  try {
    return { descriptor: openSync(path, flags | flag, 0o600), isKernelLocked: flag !== 0 }
  } catch (error) {
    // A network share may not support locks, but still have created the file.
    if (!['ENOTSUP', 'EOPNOTSUPP', 'ENOLCK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    removeFile(path)
    return { descriptor: openSync(path, flags, 0o600), isKernelLocked: false }
  }
}

function held(path: string, { descriptor, isKernelLocked }: OpenedFile): HeldFile {
  giveToOwnerOfFolder(path, descriptor)
  const mine = fstatSync(descriptor)
  const isInPlace = (): boolean => {
    // Windows does not let anyone remove it while it is open.
    if (process.platform === 'win32' && isKernelLocked) return true
    const there = lstatSync(path, { throwIfNoEntry: false })
    return there !== undefined && there.ino === mine.ino && there.dev === mine.dev
  }
  return {
    isKernelLocked,
    isInPlace,
    write: (owner) => void writeSync(descriptor, owner),
    touch() {
      const now = new Date()
      try {
        futimesSync(descriptor, now, now)
      } catch {
        // Without file times, other machines consider the lock old.
      }
    },
    release() {
      let isClosed = false
      try {
        const isMine = isInPlace()
        // Windows cannot remove an open file. Elsewhere, remove it first, so that it is never visible without its lock.
        if (process.platform === 'win32') {
          isClosed = true
          closeSync(descriptor)
        }
        if (isMine) persistently(() => removeFile(path))
      } catch {
        // The next process sees that the lock is free; the work is already done.
      } finally {
        if (!isClosed) closeSync(descriptor)
      }
    },
  }
}

/**
 * Reads a lock file; undefined if there is none. Does not follow links or wait for pipes, and reads little.
 * @throws Failure `config_unusable` if it is not a file, or belongs to another user
 */
export function lookAtLockFile(path: string): FoundFile | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(path, quietly)
    const status = fstatSync(descriptor)
    const text = status.isFile() ? readUpTo(descriptor, longestText).toString('utf8') : ''
    refuseForeignLock(path, status, text)
    return { text, ageMs: ageOf(status) }
  } catch (error) {
    if (error instanceof Failure) throw error
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (isBusyFile(error)) return { text: undefined, ageMs: 0 }
    const status = lstatSync(path, { throwIfNoEntry: false })
    if (status !== undefined) refuseForeignLock(path, status)
    throw unusable(path, fileProblem(error), error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** Returns whether no living process holds a lock file that was created with {@link kernelLock}. */
export function isLetGo(path: string): boolean {
  try {
    closeSync(openSync(path, quietly | kernelLock()))
    return true
  } catch {
    return false
  }
}

/**
 * Removes an abandoned lock file. Only one of the processes that found it may do so, and only after checking again:
 * otherwise a slow process could remove a fast one's new lock.
 * @throws Failure `config_unusable`
 */
export function removeLockFile(path: string, isStillAbandoned: () => boolean): void {
  const permit = `${path}.takeover`
  try {
    closeSync(openSync(permit, 'wx', 0o600))
  } catch (error) {
    const status = lstatSync(permit, { throwIfNoEntry: false })
    if (status === undefined) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST' || isBusyFile(error)) return
      throw unusable(permit, fileProblem(error), error)
    }
    refuseForeignLock(permit, status)
    // Another process is removing it, or was killed within these few instructions.
    if (ageOf(status) > killedAfterMs) remove(permit)
    return
  }
  try {
    if (isStillAbandoned()) remove(path)
  } finally {
    remove(permit)
  }
}

const killedAfterMs = 2_000

function remove(path: string): void {
  try {
    persistently(() => removeFile(path))
  } catch (error) {
    throw unusable(path, fileProblem(error), error)
  }
}

function refuseForeignLock(path: string, status: Stats, text?: string): void {
  const { uid } = status
  const remedy = `remove it: ${typedCommand(['rm', path])}`
  if (!status.isFile()) throw unusable(path, `it is not a file; ${remedy}`)
  // Root works in other users' folders, and waits for their locks there.
  const isOfFolder = process.geteuid?.() === 0 && uid === statSync(dirname(path)).uid
  if (isOwn(path, status) || isOfFolder) return
  // Another user's text is untrusted; only the process number is read from it.
  const [, pid] = /^\{"pid":(\d{1,10}),/.exec(text ?? '') ?? []
  const holder = pid === undefined ? `a gsa of user ${uid}` : `process ${pid} of user ${uid}`
  throw unusable(
    path,
    `it belongs to another user (uid ${uid}); wait for ${holder}, or, if it is no longer running, ${remedy}`,
  )
}

function ageOf({ mtimeMs }: Stats): number {
  // If the clock was set back, files have future times; they are not newer because of that.
  return Math.abs(Date.now() - mtimeMs)
}

function unusable(path: string, problem: string, cause?: unknown): Failure {
  return new Failure('config_unusable', { path, problem }, { cause })
}
