import {
  closeSync,
  constants,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { Failure, fileProblem, typedCommand } from '../failures/index.ts'
import { quietly, readUpTo } from './own-file.ts'
import { giveToOwnerOfFolder, isOwn } from './ownership.ts'
import { isBusyFile, persistently } from './persistently.ts'

/** A lock file that this process made, and holds open for as long as it holds the lock. */
export interface HeldFile {
  /** Whether the kernel knows who holds it, see {@link kernelLock}. */
  readonly isKernelLocked: boolean
  /** Writes who holds the lock. @throws the errors of node:fs */
  write(owner: string): void
  /** Makes the file young, so that other machines see that its owner lives. */
  touch(): void
  /** Returns whether the file is still there, and nobody has put another one in its place. */
  isInPlace(): boolean
  /** Removes the file, if it can. Throws nothing. */
  release(): void
}

/** A lock file that is in the way. */
export interface FoundFile {
  /** What is written in it; undefined where its owner keeps it from being read, which Windows does. */
  readonly text: string | undefined
  readonly ageMs: number
}

const longestText = 4096

/**
 * The flag of open() that makes the kernel keep others out for as long as the file is open, and let them in when the
 * process ends, however it ends: on Windows the sharing mode "none" (libuv's UV_FS_O_EXLOCK), on macOS and the BSDs
 * O_EXLOCK. Linux has none; there the start time of a process tells whether its number was given to another one.
 */
function kernelLock(platform: NodeJS.Platform = process.platform): number {
  if (platform === 'win32') return 0x1000_0000
  return ['darwin', 'freebsd', 'openbsd', 'netbsd'].includes(platform) ? 0x20 : 0
}

/** Makes a lock file; undefined where there is one. @throws the errors of node:fs */
export function createLockFile(path: string): HeldFile | undefined {
  try {
    // Windows refuses the name of a file that is just being removed.
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
    // A network share may know no locks; the file was made all the same.
    if (!['ENOTSUP', 'EOPNOTSUPP', 'ENOLCK'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    rmSync(path, { force: true })
    return { descriptor: openSync(path, flags, 0o600), isKernelLocked: false }
  }
}

function held(path: string, { descriptor, isKernelLocked }: OpenedFile): HeldFile {
  giveToOwnerOfFolder(path, descriptor)
  const mine = fstatSync(descriptor)
  const isInPlace = (): boolean => {
    // While it is open there, Windows lets nobody remove it.
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
        // A file system without times of its own; then its locks look old to other machines.
      }
    },
    release() {
      let isClosed = false
      try {
        const isMine = isInPlace()
        // Windows removes no open file. Elsewhere it is removed first, so that it is never seen without its lock.
        if (process.platform === 'win32') {
          isClosed = true
          closeSync(descriptor)
        }
        if (isMine) persistently(() => rmSync(path, { force: true }))
      } catch {
        // The next process sees that the lock is free; the work is already done.
      } finally {
        if (!isClosed) closeSync(descriptor)
      }
    },
  }
}

/**
 * Looks at a lock file; undefined where there is none. A link is not followed, a pipe is not
 * waited for, and little is read.
 * @throws Failure `config_unusable` where it is no file, or another user's
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

/** Returns whether no living process holds a lock file that was made with {@link kernelLock}. */
export function isLetGo(path: string): boolean {
  try {
    closeSync(openSync(path, quietly | kernelLock()))
    return true
  } catch {
    return false
  }
}

/**
 * Removes a lock file that was found abandoned. Of those who find it so, one may remove it, and only after another
 * look: otherwise a slow one would remove the fresh lock of a fast one.
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
    // Somebody else is at it, or was killed within these few instructions.
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
    persistently(() => rmSync(path, { force: true }))
  } catch (error) {
    throw unusable(path, fileProblem(error), error)
  }
}

function refuseForeignLock(path: string, status: Stats, text?: string): void {
  const { uid } = status
  const remedy = `remove it: ${typedCommand(['rm', path])}`
  if (!status.isFile()) throw unusable(path, `it is not a file; ${remedy}`)
  // Root works in the folders of others, and waits for their owners there.
  const isOfFolder = process.geteuid?.() === 0 && uid === statSync(dirname(path)).uid
  if (isOwn(path, status) || isOfFolder) return
  // Text of another user is not trusted; only a process number is read from it.
  const [, pid] = /^\{"pid":(\d{1,10}),/.exec(text ?? '') ?? []
  const holder = pid === undefined ? `a gsa of user ${uid}` : `process ${pid} of user ${uid}`
  throw unusable(
    path,
    `it belongs to another user (uid ${uid}); wait for ${holder}, or, if it does not run any more, ${remedy}`,
  )
}

function ageOf({ mtimeMs }: Stats): number {
  // A clock that was set back makes files of the future; they are no younger for it.
  return Math.abs(Date.now() - mtimeMs)
}

function unusable(path: string, problem: string, cause?: unknown): Failure {
  return new Failure('config_unusable', { path, problem }, { cause })
}
