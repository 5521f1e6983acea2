import { closeSync, constants, fstatSync, openSync, statSync } from 'node:fs'
import { isatty } from 'node:tty'
import { Failure, fileProblem } from '../failures/index.ts'
import { readUpTo } from './own-file.ts'

// More than any file that is held in memory as a whole.
const largestBytes = 64 * 1024 * 1024

// A pipe, such as <(…) of a shell, can be read only once, but a file may be needed more than once.
const fromPipes = new Map<string, Buffer>()

/**
 * Returns the content of a file that the user named. It may be a link, or a pipe such as `<(…)` of a shell; the signal
 * ends the wait for a pipe.
 * @throws Failure `file_unreadable` (also if it is longer than `limit` bytes), `interrupted`
 */
export async function readNamedFile(file: string, signal: AbortSignal, limit = largestBytes): Promise<Buffer> {
  await readPipeAhead(file, signal, limit)
  return readNamedFileNow(file, limit)
}

/** Works like {@link readNamedFile}, synchronously: a pipe that was not read ahead blocks the process until its end. */
export function readNamedFileNow(file: string, limit = largestBytes): Buffer {
  const piped = fromPipes.get(file)
  if (piped !== undefined) return piped
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, constants.O_RDONLY)
    const isFile = fstatSync(descriptor).isFile()
    // Checked last: the terminal module takes a millisecond to load.
    if (!isFile && isatty(descriptor)) throw unreadable(file, 'it is a terminal')
    const content = readUpTo(descriptor, limit + 1)
    if (content.length > limit) throw unreadable(file, `it is longer than ${limit} bytes`)
    if (!isFile) fromPipes.set(file, content)
    return content
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(file, fileProblem(error), error)
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/**
 * Reads a file ahead if it is a pipe, so that {@link readNamedFileNow} has its content. Does nothing for other files.
 * @throws Failure `file_unreadable`, `interrupted`
 */
export async function readPipeAhead(file: string, signal: AbortSignal, limit = largestBytes): Promise<void> {
  if (fromPipes.has(file) || !isPipe(file)) return
  const { Socket } = await import('node:net')
  const pieces: Buffer[] = []
  let bytes = 0
  // Opened without waiting for its other end, and read by the event loop, so that Ctrl-C works.
  const stream = new Socket({ fd: openPipe(file), readable: true, writable: false, signal })
  try {
    for await (const piece of stream) {
      pieces.push(piece as Buffer)
      bytes += (piece as Buffer).length
      if (bytes > limit) throw unreadable(file, `it is longer than ${limit} bytes`)
    }
  } catch (error) {
    if (signal.aborted) throw new Failure('interrupted', {})
    throw error instanceof Failure ? error : unreadable(file, fileProblem(error), error)
  } finally {
    stream.destroy()
  }
  fromPipes.set(file, Buffer.concat(pieces))
}

function isPipe(file: string): boolean {
  try {
    return statSync(file).isFIFO()
  } catch {
    // The error is reported when the file is opened.
    return false
  }
}

function openPipe(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    throw unreadable(file, fileProblem(error), error)
  }
}

function unreadable(file: string, problem: string, cause?: unknown): Failure {
  return new Failure('file_unreadable', { file, problem }, { cause })
}
