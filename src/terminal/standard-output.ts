import { fstatSync, writeSync } from 'node:fs'
import type { PlainOutput, TerminalOutput } from './surroundings.ts'

// A pipe holds at least this much without a reader. A write that waited for one would make Ctrl-C wait, too.
const mostPlainBytes = 16 * 1024

/**
 * Returns a standard stream of this process. Node loads its network modules to open one, which takes 3 ms; the first 16
 * KiB can be written to a pipe, a socket or a file without them.
 * @param open opens Node's stream: for a terminal, for Windows, for more, and if a non-blocking pipe is full
 */
export function standardOutput(
  descriptor: 1 | 2,
  platform: NodeJS.Platform,
  open: () => TerminalOutput,
): TerminalOutput | PlainOutput {
  let stream = isPlain(descriptor, platform) ? undefined : open()
  if (stream !== undefined) return stream
  let left = mostPlainBytes
  const plain: PlainOutput = {
    write(chunk, written) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      left -= bytes.length
      if (left < 0) stream ??= open()
      let from = 0
      let failure: Error | undefined
      while (stream === undefined && failure === undefined && from < bytes.length) {
        try {
          from += writeSync(descriptor, bytes, from)
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EAGAIN') stream = open()
          else failure = error as Error
        }
      }
      if (stream === undefined) written?.(failure)
      else stream.write(bytes.subarray(from), written)
    },
  }
  return plain
}

function isPlain(descriptor: number, platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return false
  try {
    const status = fstatSync(descriptor)
    return status.isFIFO() || status.isSocket() || status.isFile()
  } catch {
    // A closed descriptor, which Node replaces by a stream that discards everything.
    return false
  }
}
