import { fstatSync, writeSync } from 'node:fs'
import type { PlainOutput, TerminalOutput } from './surroundings.ts'

/**
 * Returns a standard stream of this process. Node loads its network modules to open one, which takes 3 ms; a pipe, a
 * socket or a file can be written without them, synchronously like Node's own stream.
 * @param open opens Node's stream: for a terminal, for Windows, and when the reader of a non-blocking pipe is slow
 */
export function standardOutput(
  descriptor: 1 | 2,
  platform: NodeJS.Platform,
  open: () => TerminalOutput,
): TerminalOutput | PlainOutput {
  let stream = isPlain(descriptor, platform) ? undefined : open()
  if (stream !== undefined) return stream
  const plain: PlainOutput = {
    write(chunk, written) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
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
