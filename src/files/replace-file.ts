import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Replaces a file as a whole: whoever reads it finds the old content or the new one, also after a power cut. Only its owner may
 * read it. Call it under a lock: of two at once, one would fail. @throws the errors of node:fs
 */
export function replaceFile(file: string, content: string | Uint8Array): void {
  // One name is enough under the lock, and what a killed process left is removed.
  const temporary = `${file}.tmp`
  rmSync(temporary, { force: true })
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o600, flush: true })
    renameSync(temporary, file)
  } finally {
    rmSync(temporary, { force: true })
  }
  flushFolder(dirname(file))
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
