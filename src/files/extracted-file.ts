import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { embeddedFile } from '../core/embedded-file.ts'
import { fileProblem } from '../failures/index.ts'
import { makePrivateFolder, readOwnFile, unusable } from './own-file.ts'
import { replaceFile } from './replace-file.ts'

/**
 * Returns the path of a copy of a file that a single-file binary contains; undefined if this is none. The copy is in
 * the configuration folder, and gsa compares it before each use.
 * @throws Failure `config_not_private`, `config_unusable`
 */
export function extractedFile(name: string, configDir = (): string => ''): string | undefined {
  const content = embeddedFile(name)
  if (content === undefined) return undefined
  const folder = join(configDir(), 'binary', String(embeddedFile('build')))
  const path = join(folder, name)
  makePrivateFolder(folder)
  const isCopy = (): boolean => {
    const status = lstatSync(path, { throwIfNoEntry: false })
    // A longer file is not read, only replaced. Anything else than a file is refused.
    const isLonger = status?.isFile() === true && status.size > content.length
    return !isLonger && readOwnFile(path, content.length)?.equals(content) === true
  }
  if (!isCopy())
    try {
      replaceFile(path, content, { temporary: `${path}.${process.pid}` })
    } catch (error) {
      // Another process may have been faster; Windows does not replace a module that is in use.
      if (!isCopy()) throw unusable(path, fileProblem(error), error)
    }
  return path
}
