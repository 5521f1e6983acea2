import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** Where random bytes come from. */
export interface Random {
  readonly bytes: (count: number) => Buffer
  /** Bytes taken so far; where a reproducible stream goes on after a restart. */
  readonly taken: () => number
}

/**
 * The operating system's random numbers, or with a `seed` the same bytes each time, without the first `skip` of them.
 */
export function createRandom(seed?: string, skip = 0): Random {
  let taken = skip
  const draw = seed === undefined ? randomBytes : seededBytes(seed, skip)
  return {
    bytes: (count) => {
      taken += count
      return draw(count)
    },
    taken: () => taken,
  }
}

/** The key stream of AES-256 in counter mode: one sequence of bytes, however it is cut. */
function seededBytes(seed: string, skip: number): (count: number) => Buffer {
  const blockBytes = 16
  const counter = Buffer.alloc(blockBytes)
  counter.writeBigUInt64BE(BigInt(Math.floor(skip / blockBytes)), 8)
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), counter)
  stream.update(Buffer.alloc(skip % blockBytes))
  return (count) => stream.update(Buffer.alloc(count))
}
