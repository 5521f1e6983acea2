import { outsideText } from '../core/outside-text.ts'
import { Failure } from '../failures/index.ts'
import type { TerminalInput } from './surroundings.ts'

const largestTextBytes = 256 * 1024

/** Reads standard input to the end, as an {@link outsideText}. @throws Failure `interrupted`, `input_too_long` */
export async function readStdin(stdin: TerminalInput, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdinChunks(stdin, signal)) {
    bytes += chunk.length
    if (bytes > largestTextBytes) throw new Failure('input_too_long', { limit: largestTextBytes })
    chunks.push(chunk)
  }
  return outsideText(Buffer.concat(chunks))
}

/** Yields the chunks of standard input as they arrive. @throws Failure `interrupted` */
export async function* stdinChunks(stdin: TerminalInput, signal: AbortSignal): AsyncGenerator<Buffer> {
  const onAbort = (): void => {
    stdin.destroy(new Failure('interrupted', {}))
  }
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const chunk of stdin as AsyncIterable<Buffer | string>)
      yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
