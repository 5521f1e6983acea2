import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure, fileProblem, typedCommand } from '../failures/index.ts'
import { demandPrivateFolder, distrustOfFile, giveToOwnerOfFolder } from './ownership.ts'
import { persistently } from './persistently.ts'

/**
 * Returns the content of a file that gsa itself wrote; undefined if there is none. Does not follow links or wait for
 * pipes, and does not read files that another user may have written.
 * @throws Failure `config_not_private`, `config_unusable` (also if it is longer than `limit` bytes)
 */
export function readOwnFile(path: string, limit: number): Buffer | undefined {
  try {
    const descriptor = persistently(() => openSync(path, quietly))
    try {
      const status = fstatSync(descriptor)
      const distrust = distrustOfFile(path, status)
      if (distrust !== undefined) throw new Failure('config_not_private', { path, ...distrust })
      if (status.size > limit) throw unusable(path, `it has ${status.size} bytes, which is far too much`)
      return readUpTo(descriptor, limit)
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // First, because the next line loads the table of failures.
    if (code === 'ENOENT') return undefined
    if (error instanceof Failure) throw error
    if (code === 'ELOOP' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      const copy = `${path}.new`
      const remedy = `${typedCommand(['cp', path, copy])} && ${typedCommand(['mv', copy, path])}`
      throw unusable(path, `it is a symbolic link; replace it with the file itself: ${remedy}`, error)
    }
    throw unusable(path, fileProblem(error), error)
  }
}

/** The flags for opening a path that may be anything: without following a link or waiting for a pipe's other end. */
// On Windows both flags are undefined, which equals zero.
export const quietly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads from the current position to the end, at most `limit` bytes. @throws the errors of node:fs */
export function readUpTo(descriptor: number, limit: number): Buffer {
  const pieces: Buffer[] = []
  for (let left = limit; left > 0;) {
    const piece = Buffer.allocUnsafe(Math.min(left, 64 * 1024))
    const bytes = readSync(descriptor, piece)
    if (bytes === 0) break
    pieces.push(piece.subarray(0, bytes))
    left -= bytes
  }
  return Buffer.concat(pieces)
}

/**
 * Creates a folder of the configuration with mode 0700 if it is missing, and makes sure that other users cannot change
 * its content.
 * @throws Failure `config_not_private`, `config_unusable`
 */
export function makePrivateFolder(folder: string): void {
  try {
    // Checked before too: never create anything in a place that others control.
    if (demandPrivateFolder(folder)) return
    makeFolders(folder)
    if (!demandPrivateFolder(folder)) throw unusable(folder, 'it is a symbolic link to nothing')
  } catch (error) {
    throw error instanceof Failure ? error : unusable(folder, fileProblem(error), error)
  }
}

/**
 * Creates a folder and its missing parents. The recursive mkdir of Node 20 never returns in /proc.
 * @throws the errors of node:fs
 */
export function makeFolders(folder: string, mode = 0o700): void {
  const missing: string[] = []
  for (let at = folder; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) {
    if (dirname(at) === at) break
    missing.unshift(at)
  }
  for (const path of missing)
    try {
      mkdirSync(path, { mode })
      giveFolder(path)
    } catch (error) {
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
}

/** As root, gives a new folder to its parent folder's owner. */
function giveFolder(path: string): void {
  if (process.geteuid?.() !== 0) return
  // Do not follow a link that replaced it meanwhile.
  const descriptor = openSync(path, quietly | constants.O_DIRECTORY)
  try {
    giveToOwnerOfFolder(path, descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Returns the failure of a file or folder of the configuration. */
export function unusable(path: string, problem: string, cause?: unknown): Failure {
  return new Failure('config_unusable', { path, problem }, { cause })
}
