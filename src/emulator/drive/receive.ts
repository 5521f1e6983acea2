import type { Readable } from 'node:stream'

/**
 * Chunks of an upload are kept in whole blocks of this many bytes (evidence B10); only the end
 * of the content may be shorter.
 */
export const blockBytes = 256 * 1024

/** What came of a body. */
export interface Received {
  /** Whole blocks. */
  readonly blocks: readonly Buffer[]
  /** What came after the last whole block. */
  readonly rest: Buffer
  /** All bytes that came, skipped ones as well. */
  readonly size: number
  /** False when the connection ended first. */
  readonly ended: boolean
}

/**
 * Reads a body as it comes and keeps it in blocks, without the first `skip` bytes. Ends early, with the rest unread,
 * once more than `most` bytes have come.
 */
export async function receive(
  stream: Readable,
  { skip, most }: { readonly skip: number; readonly most: number },
): Promise<Received> {
  const blocks: Buffer[] = []
  let block: Buffer | undefined
  let filled = 0
  let size = 0
  const keep = (bytes: Buffer): void => {
    for (let from = 0; from < bytes.length;) {
      block ??= Buffer.allocUnsafeSlow(blockBytes)
      const copied = bytes.copy(block, filled, from)
      from += copied
      filled += copied
      if (filled < blockBytes) continue
      blocks.push(block)
      block = undefined
      filled = 0
    }
  }
  return await new Promise((resolve) => {
    const settle = (ended: boolean): void => {
      stream.off('data', take)
      // A copy, so that a file of a few bytes does not hold a whole block.
      const rest = block === undefined ? Buffer.alloc(0) : Buffer.from(block.subarray(0, filled))
      resolve({ blocks, rest, size, ended })
    }
    const take = (chunk: Buffer): void => {
      const before = size
      size += chunk.length
      keep(chunk.subarray(Math.max(skip - before, 0), Math.max(most - before, 0)))
      if (size > most) settle(true)
    }
    if (stream.destroyed) settle(false)
    stream.on('data', take)
    stream.once('end', () => settle(true))
    stream.once('error', () => settle(false))
    stream.once('close', () => settle(false))
  })
}
