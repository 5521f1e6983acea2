import { randomUUID } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { makeFolders } from './own-file.ts'
import { linkTarget } from './own-link.ts'
import { isOwn } from './ownership.ts'
import { replaceFile } from './replace-file.ts'

/**
 * Writes a file that the user named, as a whole, and makes its folder. A link of his own is followed,
 * and what is no regular file (a device, a pipe that is read) is written to as it is. Nothing of another
 * user is followed or written to.
 * @throws the errors of node:fs
 */
export function writeNamedFile(file: string, content: string): void {
  makeFolders(dirname(resolve(file)), 0o777)
  const path = linkTarget(file, isDescriptor)
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true
  if (isFile && !isDescriptor(path))
    replaceFile(path, content, { temporary: `${path}.${randomUUID()}.tmp`, keepsMode: true })
  else writeInPlace(path, content)
}

function writeInPlace(path: string, content: string): void {
  const { O_WRONLY, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants
  // A named pipe that nobody reads is refused, not waited for.
  const descriptor = openSync(path, O_WRONLY | O_NONBLOCK | (isDescriptor(path) ? O_TRUNC : O_NOFOLLOW))
  try {
    const status = fstatSync(descriptor)
    if (!isDescriptor(path) && !isOwn(path, status)) throw new Error(`it belongs to another user (uid ${status.uid})`)
    writeFileSync(descriptor, content)
  } finally {
    closeSync(descriptor)
  }
}

/** Whether a path stands for a file that is open already, which the user's shell has chosen: /dev/stdout, `>(…)`. */
function isDescriptor(path: string): boolean {
  return /^\/(?:dev|proc\/[^/]+)\/fd\/\d+$/.test(path)
}
