import { closeSync, fstatSync, fsyncSync, lstatSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { isOwn } from './ownership.ts'
import { persistently } from './persistently.ts'

/**
 * Replaces a file as a whole: whoever reads it finds the old content or the new one, also after a power cut. Only its owner may
 * read it. Another user's file is left as it is. @throws the errors of node:fs
 * @param temporary its name until then. One is enough under a lock, where what a killed process left is removed; without a lock,
 * each process needs its own
 */
export function replaceFile(file: string, content: string | Uint8Array, temporary = `${file}.tmp`): void {
  refuseForeign(temporary)
  persistently(() => rmSync(temporary, { force: true }))
  try {
    // O_EXCL: a link that somebody put there in the meantime is not followed.
    const descriptor = openSync(temporary, 'wx', 0o600)
    try {
      refuseForeign(file, fstatSync(descriptor).uid)
      writeFileSync(descriptor, content)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    persistently(() => renameSync(temporary, file))
  } finally {
    rmSync(temporary, { force: true })
  }
  flushFolder(dirname(file))
}

/**
 * @param user the owner of what this process makes in that folder, which a network share or a foreign disk may decide
 * @throws Error where another user's file, or no file, has the name
 */
function refuseForeign(path: string, user?: number): void {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isFile()) throw new Error('it is not a file')
  if (status.uid !== user && !isOwn(path, status)) throw new Error(`it belongs to another user (uid ${status.uid})`)
}

/** Makes the new name outlive a power cut, where the platform can do that. */
function flushFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // Windows opens no folders; the file itself was flushed.
  }
}
