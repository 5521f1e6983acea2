import { Failure, isFailure } from '../failures/index.ts'
import type { TerminalInput } from '../terminal/surroundings.ts'

const largestTextBytes = 256 * 1024

/** Everything on standard input, as text. @throws Failure `interrupted`, `input_too_long` */
export async function readStdin(stdin: TerminalInput, signal: AbortSignal): Promise<string> {
  try {
    return (await readStdinBytes(stdin, signal, largestTextBytes)).toString('utf8')
  } catch (error) {
    throw isFailure(error, 'file_too_large') ? new Failure('input_too_long', { limit: largestTextBytes }) : error
  }
}

/** Everything on standard input. @throws Failure `interrupted`, `file_too_large` */
export async function readStdinBytes(stdin: TerminalInput, signal: AbortSignal, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  const onAbort = (): void => {
    stdin.destroy(new Failure('interrupted', {}))
  }
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer | string>) {
      const piece = Buffer.from(chunk as string)
      bytes += piece.length
      if (bytes > limit) throw new Failure('file_too_large', { file: '-', bytes, limit })
      chunks.push(piece)
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  return Buffer.concat(chunks)
}
