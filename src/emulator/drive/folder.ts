import { createHash } from 'node:crypto'

/** Where a file lives. */
export type Space = 'appDataFolder' | 'drive'

/** The bytes of a file; generated files make them when they are read. */
export interface FileContent {
  size: number
  read(): Buffer
}

/** A Drive file or folder (a folder has no content). */
export interface StoredFile {
  id: string
  /** Creation order within the folder; what paging holds on to. */
  sequence: number
  name: string
  mimeType: string
  space: Space
  parents: string[]
  content: FileContent | undefined
  createdMs: number
  modifiedMs: number
  /** When the server last wrote it; `modifiedTime` can be set by the client. */
  writtenMs: number
  /** Writes so far, 1 after creation. */
  writes: number
  headRevisionId: string
  description?: string
  starred: boolean
  originalFilename?: string
  appProperties: Record<string, string>
  properties: Record<string, string>
}

/** Files that exist as a rule until somebody touches one: a million of them must cost nothing. */
interface Batch {
  firstSequence: number
  count: number
  idPrefix: string
  removed: Set<number>
  make(index: number): StoredFile
}

/** All files of one user in one Cloud project. */
export interface Folder {
  /** The id behind the alias `appDataFolder`. */
  appDataId: string
  /** The id behind the alias `root`. */
  rootId: string
  find(id: string): StoredFile | undefined
  /** Adds or replaces; a generated file becomes a stored one. */
  keep(file: StoredFile): void
  /** Removes a file, and with a folder everything in it. */
  remove(id: string): void
  /** Newest first, starting before `beforeSequence`. */
  newestFirst(beforeSequence?: number): Iterable<StoredFile>
  nextSequence(): number
  /** Bytes used, for the quota. */
  usage(): number
  /** Adds `count` files of `bytes` bytes each. */
  generate(batch: { count: number; bytes: number; nowMs: number; idPrefix: string }): void
}

/** The content that is already there. */
export function storedContent(bytes: Buffer): FileContent {
  return { size: bytes.length, read: () => bytes }
}

/** An empty folder. */
export function createFolder(appDataId: string, rootId: string): Folder {
  const files = new Map<string, StoredFile>()
  const batches: Batch[] = []
  let lastSequence = 0
  let bytesUsed = 0

  const find = (id: string): StoredFile | undefined => files.get(id) ?? findGenerated(batches, id)
  const removeOne = (file: StoredFile): void => {
    bytesUsed -= file.content?.size ?? 0
    if (files.delete(file.id)) return
    const batch = batches.find(({ idPrefix }) => file.id.startsWith(idPrefix))
    batch?.removed.add(file.sequence - batch.firstSequence)
  }
  const remove = (id: string): void => {
    const file = find(id)
    if (!file) return
    removeOne(file)
    if (file.content) return
    // A map may lose entries while it is walked.
    for (const child of files.values()) if (child.parents.includes(id)) remove(child.id)
  }

  return {
    appDataId,
    rootId,
    find,
    remove,
    keep: (file) => {
      const before = find(file.id)
      // A replaced file keeps its place in the map; only a generated one has to leave its batch.
      if (before && files.has(file.id)) bytesUsed -= before.content?.size ?? 0
      else if (before) removeOne(before)
      files.set(file.id, file)
      bytesUsed += file.content?.size ?? 0
    },
    newestFirst: (beforeSequence = Number.POSITIVE_INFINITY) => newestFirst(files, batches, beforeSequence),
    nextSequence: () => ++lastSequence,
    usage: () => bytesUsed,
    generate: ({ count, bytes, nowMs, idPrefix }) => {
      const firstSequence = lastSequence + 1
      lastSequence += count
      bytesUsed += count * bytes
      const make = (index: number): StoredFile =>
        generatedFile({
          index,
          bytes,
          nowMs,
          sequence: firstSequence + index,
          id: idPrefix + indexText(index),
          appDataId,
        })
      batches.push({ firstSequence, count, idPrefix, removed: new Set(), make })
    },
  }
}

const indexDigits = 7
const indexText = (index: number): string => String(index).padStart(indexDigits, '0')

function findGenerated(batches: Batch[], id: string): StoredFile | undefined {
  const batch = batches.find(({ idPrefix }) => id.startsWith(idPrefix))
  const digits = batch ? id.slice(batch.idPrefix.length) : ''
  if (!batch || digits.length !== indexDigits || !/^\d+$/.test(digits)) return undefined
  const index = Number(digits)
  return index < batch.count && !batch.removed.has(index) ? batch.make(index) : undefined
}

function* newestFirst(files: Map<string, StoredFile>, batches: Batch[], before: number): Iterable<StoredFile> {
  const stored = [...files.values()].filter((file) => file.sequence < before)
  const parts: { sequence: number; file?: StoredFile; batch?: Batch }[] = [
    ...stored.map((file) => ({ sequence: file.sequence, file })),
    ...batches.map((batch) => ({ sequence: batch.firstSequence, batch })),
  ]
  // A stored file that came out of a batch has a number inside the batch's range, so ranges are cut where such files sit.
  parts.sort((left, right) => right.sequence - left.sequence)
  let upTo = before
  const pending: Batch[] = []
  for (const { file, batch, sequence } of parts) {
    if (batch) {
      pending.push(batch)
      yield* generatedRange(batch, batch.firstSequence, upTo)
      upTo = Math.min(upTo, batch.firstSequence)
    }
    if (!file) continue
    const around = batches.find(
      (other) => other.firstSequence <= sequence && sequence < other.firstSequence + other.count,
    )
    if (around && !pending.includes(around)) {
      yield* generatedRange(around, sequence + 1, upTo)
      upTo = sequence
    }
    yield file
  }
}

/** The files of a batch with numbers from `from` up to, not including, `upTo`; the highest first. */
function* generatedRange(batch: Batch, from: number, upTo: number): Iterable<StoredFile> {
  const highest = Math.min(batch.firstSequence + batch.count, upTo) - 1
  for (let sequence = highest; sequence >= Math.max(from, batch.firstSequence); sequence -= 1) {
    const index = sequence - batch.firstSequence
    if (!batch.removed.has(index)) yield batch.make(index)
  }
}

interface GeneratedFile {
  index: number
  bytes: number
  nowMs: number
  sequence: number
  id: string
  appDataId: string
}

function generatedFile({ index, bytes, nowMs, sequence, id, appDataId }: GeneratedFile): StoredFile {
  return {
    id,
    sequence,
    name: `generated-${indexText(index)}.bin`,
    mimeType: 'application/octet-stream',
    space: 'appDataFolder',
    parents: [appDataId],
    content: { size: bytes, read: () => generatedBytes(id, bytes) },
    createdMs: nowMs,
    modifiedMs: nowMs,
    writtenMs: nowMs,
    writes: 1,
    headRevisionId: `r${id}`,
    starred: false,
    appProperties: {},
    properties: {},
  }
}

/** The same bytes for the same id. */
function generatedBytes(id: string, size: number): Buffer {
  const block = createHash('sha256').update(id).digest()
  return Buffer.alloc(size, block)
}
