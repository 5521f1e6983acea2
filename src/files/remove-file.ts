import { unlinkSync } from 'node:fs'

/**
 * Removes a file; does nothing if there is none. The first `rmSync` of a process loads a module for folders.
 * @throws the other errors of node:fs
 */
export function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
