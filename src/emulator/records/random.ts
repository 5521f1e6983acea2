import { createCipheriv, createHash, randomBytes } from 'node:crypto'

/** A source of random bytes. */
export interface Random {
  readonly bytes: (count: number) => Buffer
  /** Returns the number of bytes taken, where a reproducible stream continues after a restart. */
  readonly taken: () => number
}

/**
 * Creates a source from the operating system's random numbers or, with a `seed`, from a reproducible stream without its
 * first `skip` bytes.
 */
export function createRandom(seed?: string, skip = 0): Random {
  let taken = skip
  const draw = seed === undefined ? systemBytes() : seededBytes(seed, skip)
  return {
    bytes: (count) => {
      taken += count
      return draw(count)
    },
    taken: () => taken,
  }
}

/** Returns a reader of the operating system's random numbers, which takes many at once: most reads are short. */
function systemBytes(): (count: number) => Buffer {
  let pool = Buffer.alloc(0)
  return (count) => {
    if (pool.length < count) pool = randomBytes(Math.max(count, 4096))
    const bytes = pool.subarray(0, count)
    pool = pool.subarray(count)
    return bytes
  }
}

/** Returns a reader of the AES-256 counter mode key stream: the same sequence, however it is split into reads. */
function seededBytes(seed: string, skip: number): (count: number) => Buffer {
  const blockBytes = 16
  const counter = Buffer.alloc(blockBytes)
  counter.writeBigUInt64BE(BigInt(Math.floor(skip / blockBytes)), 8)
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), counter)
  stream.update(Buffer.alloc(skip % blockBytes))
  return (count) => stream.update(Buffer.alloc(count))
}
