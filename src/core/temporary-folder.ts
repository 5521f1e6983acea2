import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

/** A folder that only this user can read. */
export interface TemporaryFolder {
  readonly path: string
  /** Deletes it. The end of the process does so, too, unless it is killed. */
  readonly remove: () => void
}

/**
 * Creates a folder for files that other programs read while this process runs.
 * @throws RangeError if the system's temporary folder cannot be used.
 */
export function createTemporaryFolder(prefix: string): TemporaryFolder {
  const path = createFolder(prefix)
  const remove = (): void => {
    process.off('exit', remove)
    rmSync(path, { recursive: true, force: true })
  }
  process.once('exit', remove)
  return { path, remove }
}

function createFolder(prefix: string): string {
  const parent = resolve(tmpdir())
  // Variables such as PATH could not name it.
  if (parent.includes(delimiter))
    throw new RangeError(`the temporary folder "${parent}" must not contain "${delimiter}"`)
  try {
    return mkdtempSync(join(parent, prefix))
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    throw new RangeError(`no files can be written to the temporary folder "${parent}" (${code})`, { cause: error })
  }
}
