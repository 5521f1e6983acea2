import { createHash } from 'node:crypto'

/** The checksums that a file resource can show. */
export type Digest = 'md5' | 'sha1' | 'sha256'

/** What a file holds. Generated files have no bytes until somebody reads them. */
export interface FileContent {
  readonly size: number
  /** The bytes in order; pieces of any length, so that a gigabyte is never copied to be kept in one. */
  readonly chunks: readonly Buffer[] | undefined
  /** Checksums computed so far: one of a gigabyte takes seconds. Mutable: each one is kept. */
  readonly digests: Partial<Record<Digest, string>>
}

/** The content that is already there. */
export function storedContent(chunks: readonly Buffer[]): FileContent {
  return { size: chunks.reduce((size, chunk) => size + chunk.length, 0), chunks, digests: {} }
}

/** Content of that size without bytes, either generated on demand or not received yet. */
export function promisedContent(size: number): FileContent {
  return { size, chunks: undefined, digests: {} }
}

/** The bytes of a file; the same for the same generated file each time. */
export function chunksOf(id: string, content: FileContent): readonly Buffer[] {
  return content.chunks ?? [generatedBytes(id, content.size)]
}

/** The bytes from `start` up to, not including, `end`, without copying them. */
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

/** The same content with one bit of its first byte changed. */
export function damagedContent({ size, chunks }: FileContent): FileContent {
  return { size, chunks: chunks === undefined ? undefined : damagedChunks(chunks), digests: {} }
}

/** The same bytes with one bit of the first one changed. */
export function damagedChunks(chunks: readonly Buffer[]): readonly Buffer[] {
  const at = chunks.findIndex(({ length }) => length > 0)
  return chunks.map((chunk, index) => {
    if (index !== at) return chunk
    const copy = Buffer.from(chunk)
    copy.writeUInt8(copy.readUInt8(0) ^ 1, 0)
    return copy
  })
}

/** A checksum in lower-case hex, kept once it is known. */
export function digestOf(id: string, content: FileContent, digest: Digest): string {
  const known = content.digests[digest]
  if (known !== undefined) return known
  const hash = createHash(digest)
  for (const chunk of chunksOf(id, content)) hash.update(chunk)
  const value = hash.digest('hex')
  content.digests[digest] = value
  return value
}

function generatedBytes(id: string, size: number): Buffer {
  const block = createHash('sha256').update(id).digest()
  return Buffer.alloc(size, block)
}
