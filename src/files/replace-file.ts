import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { typedCommand } from '../failures/index.ts'
import { giveTo, isOwn } from './ownership.ts'
import { persistently } from './persistently.ts'
import { removeFile } from './remove-file.ts'

interface Replacement {
  /**
   * The name of the new file until it is complete. One name is enough under a lock, where a killed process's leftovers
   * are removed; without a lock, each process needs its own.
   */
  readonly temporary?: string
  /** For files that others may read: the file keeps its mode, and a new one gets the umask's. */
  readonly keepsMode?: boolean
  /** Whether it must survive a power failure, which takes milliseconds to make sure of. Default: yes. */
  readonly isDurable?: boolean
}

/**
 * Replaces a file atomically: readers find either the old content or the new one, by default even after a power
 * failure. Only its owner may read it. Refuses to replace another user's file, except as root, which keeps its owner.
 * @throws the errors of node:fs
 */
export function replaceFile(
  file: string,
  content: string | Uint8Array,
  { temporary = `${file}.tmp`, keepsMode = false, isDurable = true }: Replacement = {},
): void {
  const { descriptor, replaced } = openTemporary(file, temporary)
  try {
    try {
      writeFileSync(descriptor, content)
      if (keepsMode) fchmodSync(descriptor, modeAfter(replaced))
      if (isDurable) fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    persistently(() => renameSync(temporary, file))
  } catch (error) {
    removeFile(temporary)
    throw error
  }
  if (isDurable) flushFolder(dirname(file))
}

/** Returns the mode of a file that others may read: that of the file it replaces, or the umask's for a new one. */
export function modeAfter(replaced: Stats | undefined): number {
  return replaced === undefined ? 0o666 & ~process.umask() : replaced.mode & 0o777
}

/** Makes sure that {@link replaceFile} may replace a file, without doing so. @throws what that throws */
export function demandReplaceable(file: string): void {
  const temporary = `${file}.tmp`
  closeSync(openTemporary(file, temporary).descriptor)
  removeFile(temporary)
}

function openTemporary(
  file: string,
  temporary: string,
): { readonly descriptor: number; readonly replaced: Stats | undefined } {
  if (demandOwn(temporary) !== undefined) persistently(() => removeFile(temporary))
  // O_EXCL: do not follow a link that was put there in the meantime.
  const descriptor = openSync(temporary, 'wx', 0o600)
  try {
    const replaced = demandOwn(file, fstatSync(descriptor).uid)
    try {
      giveTo(replaced ?? statSync(dirname(file)), descriptor)
    } catch (error) {
      // For a new file, or one that anyone may replace, only the owner differs from what it should be.
      if (replaced !== undefined && !isOwn(file, replaced)) throw error
    }
    return { descriptor, replaced }
  } catch (error) {
    closeSync(descriptor)
    removeFile(temporary)
    throw error
  }
}

/**
 * Returns the status of the file to replace; undefined if there is none.
 * @param maker the owner of the files that this process creates in that folder; a network share or a foreign disk may
 *   decide this
 * @throws Error if another user's file, or something other than a file, has the name
 */
function demandOwn(path: string, maker?: number): Stats | undefined {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return undefined
  if (!status.isFile()) throw new Error('it is not a file')
  const user = process.geteuid?.()
  if (user === undefined || user === 0 || status.uid === user || status.uid === maker) return status
  if (isOwn(path, status) && !isSticky(dirname(path), user)) return status
  const remedy = `run gsa as that user, or run as root: ${typedCommand(['chown', `${user}`, path])}`
  throw new Error(`it belongs to another user (uid ${status.uid}); ${remedy}`)
}

/** Returns whether only its owner can replace a file in a folder, as in /tmp. */
function isSticky(folder: string, user: number): boolean {
  const { mode, uid } = statSync(folder)
  return (mode & 0o1000) !== 0 && uid !== user
}

/** Makes the new name survive a power failure, if the platform can do that. */
function flushFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // Windows cannot open folders; the file itself was flushed.
  }
}
