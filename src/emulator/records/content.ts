import { createHash } from 'node:crypto'
import { crc32c } from './crc32c.ts'

/** The checksums that a file resource can include. */
export type Digest = 'md5' | 'sha1' | 'sha256'

/** The content of a file. Generated files have no bytes until they are read. */
export interface FileContent {
  readonly size: number
  /** The bytes in order, in chunks of any length, so that a gigabyte is never copied into one buffer. */
  readonly chunks: readonly Buffer[] | undefined
  /** The checksums computed so far: one of a gigabyte takes seconds. Mutable: results are cached here. */
  readonly digests: Partial<Record<Digest | 'crc32c', string>>
}

/** Returns content from bytes that are already present. */
export function storedContent(chunks: readonly Buffer[]): FileContent {
  return { size: chunks.reduce((size, chunk) => size + chunk.length, 0), chunks, digests: {} }
}

/** Returns content of a size without bytes, generated on demand or not yet received. */
export function promisedContent(size: number): FileContent {
  return { size, chunks: undefined, digests: {} }
}

/** Returns a file's bytes; a generated file always has the same ones. */
export function chunksOf(id: string, content: FileContent): readonly Buffer[] {
  return content.chunks ?? [generatedBytes(id, content.size)]
}

/** Returns the bytes from `start` up to, but not including, `end`, without copying them. */
export function partOf(chunks: readonly Buffer[], start: number, end: number): readonly Buffer[] {
  const part: Buffer[] = []
  let offset = 0
  for (const chunk of chunks) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, chunk.length)
    if (from < to) part.push(chunk.subarray(from, to))
    offset += chunk.length
    if (offset >= end) break
  }
  return part
}

/** Returns the content with one bit of its first byte flipped. */
export function damagedContent({ size, chunks }: FileContent): FileContent {
  return { size, chunks: chunks === undefined ? undefined : damagedChunks(chunks), digests: {} }
}

/** Returns the bytes with one bit of the first byte flipped. */
export function damagedChunks(chunks: readonly Buffer[]): readonly Buffer[] {
  const at = chunks.findIndex(({ length }) => length > 0)
  return chunks.map((chunk, index) => {
    if (index !== at) return chunk
    const copy = Buffer.from(chunk)
    copy.writeUInt8(copy.readUInt8(0) ^ 1, 0)
    return copy
  })
}

/** Returns a checksum in lower-case hex, computing it at most once. */
export function digestOf(id: string, content: FileContent, digest: Digest): string {
  const known = content.digests[digest]
  if (known !== undefined) return known
  const hash = createHash(digest)
  for (const chunk of chunksOf(id, content)) hash.update(chunk)
  const value = hash.digest('hex')
  content.digests[digest] = value
  return value
}

/** Returns the CRC32C in base64, computing it at most once. */
export function crc32cOf(id: string, content: FileContent): string {
  content.digests.crc32c ??= crc32c(chunksOf(id, content))
  return content.digests.crc32c
}

function generatedBytes(id: string, size: number): Buffer {
  const block = createHash('sha256').update(id).digest()
  return Buffer.alloc(size, block)
}
