import type { Readable } from 'node:stream'

/** The block size of stored upload chunks (evidence B10); only the end of the content may be shorter. */
export const blockBytes = 256 * 1024

/** The received part of a body. */
export interface Received {
  /** The complete blocks. */
  readonly blocks: readonly Buffer[]
  /** The bytes after the last complete block. */
  readonly rest: Buffer
  /** The number of bytes received, including skipped ones. */
  readonly size: number
  /** False when the connection ended first. */
  readonly ended: boolean
}

/** Returns all bytes in order, in blocks of which only the last may be shorter. */
export function receivedBytes({ blocks, rest }: Pick<Received, 'blocks' | 'rest'>): readonly Buffer[] {
  return rest.length > 0 ? [...blocks, rest] : blocks
}

/**
 * Reads a body as it arrives and stores it in blocks, without the first `skip` bytes. Stops early, leaving the rest
 * unread, after more than `most` bytes.
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
      // Copy it, so that a file of a few bytes does not keep a whole block in memory.
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
