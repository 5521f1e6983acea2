import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolders } from './own-file.ts'
import { linkTarget } from './own-link.ts'
import { isOwn } from './ownership.ts'
import { replaceFile } from './replace-file.ts'

/**
 * Writes a file that the user named, as a whole, and creates its folder. Follows the user's own links, and writes in
 * place to anything that is not a regular file (a device, a pipe with a reader). Never follows or writes to anything of
 * another user.
 * @param options `isDurable`: see {@link replaceFile}
 * @throws the errors of node:fs
 */
export function writeNamedFile(file: string, content: string, { isDurable = true } = {}): void {
  makeFolders(dirname(resolve(file)), 0o777)
  const path = linkTarget(file, isDescriptor)
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true
  if (isFile && !isDescriptor(path))
    replaceFile(path, content, { temporary: `${path}.${randomUUID()}.tmp`, keepsMode: true, isDurable })
  else writeInPlace(path, content)
}

function writeInPlace(path: string, content: string): void {
  const { O_WRONLY, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants
  // A named pipe without a reader is refused, not waited for.
  const descriptor = openSync(path, O_WRONLY | O_NONBLOCK | (isDescriptor(path) ? O_TRUNC : O_NOFOLLOW))
  try {
    const status = fstatSync(descriptor)
    if (!isDescriptor(path) && !isOwn(path, status)) throw new Error(`it belongs to another user (uid ${status.uid})`)
    writeFileSync(descriptor, content)
  } finally {
    closeSync(descriptor)
  }
}

/** Returns whether a path stands for an open file that the user's shell has chosen: /dev/stdout, `>(…)`. */
function isDescriptor(path: string): boolean {
  return /^\/(?:dev|proc\/[^/]+)\/fd\/\d+$/.test(path)
}
