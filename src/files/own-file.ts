import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure, fileProblem, typedCommand } from '../failures/index.ts'
import { demandPrivateFolder, distrustOfFile, giveToOwnerOfFolder } from './ownership.ts'
import { persistently } from './persistently.ts'

/**
 * Returns the content of a file that gsa itself wrote; undefined where there is none. A link is not followed, a pipe is
 * not waited for, and what another user can have written is not read.
 * @throws Failure `config_not_private`, `config_unusable` (also where it is longer than `limit` bytes)
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
    if (error instanceof Failure) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP' && lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      const copy = `${path}.new`
      const remedy = `${typedCommand(['cp', path, copy])} && ${typedCommand(['mv', copy, path])}`
      throw unusable(path, `it is a symbolic link; replace it by the file itself: ${remedy}`, error)
    }
    throw unusable(path, fileProblem(error), error)
  }
}

/**
 * How a file is opened that may be anything: without following a link, and without waiting for the other end of a pipe.
 */
// Windows knows neither flag; there they are undefined, which counts as zero.
export const quietly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** Reads from the current position to the end, but not more than `limit` bytes. @throws the errors of node:fs */
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
 * Makes a folder of the configuration with mode 0700, if it is missing, and makes sure that nobody
 * else can change what is in it.
 * @throws Failure `config_not_private`, `config_unusable`
 */
export function makePrivateFolder(folder: string): void {
  try {
    // Before as well: nothing is made in a place that others control.
    if (demandPrivateFolder(folder)) return
    makeFolders(folder)
    if (!demandPrivateFolder(folder)) throw unusable(folder, 'it is a symbolic link to nothing')
  } catch (error) {
    throw error instanceof Failure ? error : unusable(folder, fileProblem(error), error)
  }
}

/**
 * Makes a folder and those above it that are missing. The recursive mkdir of Node 20 never ends in /proc.
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

/** As root, gives a new folder to the owner of the one that it is in. */
function giveFolder(path: string): void {
  if (process.geteuid?.() !== 0) return
  // A link that was put in its place meanwhile is not followed.
  const descriptor = openSync(path, quietly | constants.O_DIRECTORY)
  try {
    giveToOwnerOfFolder(path, descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function unusable(path: string, problem: string, cause?: unknown): Failure {
  return new Failure('config_unusable', { path, problem }, { cause })
}
