import { createHash } from 'node:crypto'

/** Where a file lives. */
export type Space = 'appDataFolder' | 'drive'

/** What a file holds. Generated files have no bytes until somebody reads them. */
export interface FileContent {
  size: number
  bytes: Buffer | undefined
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
  bytes: number
  nowMs: number
}

/** All files of one user in one Cloud project. Plain data, so that it can be written to a file. */
export interface Folder {
  /** The id behind the alias `appDataFolder`. */
  appDataId: string
  /** The id behind the alias `root`. */
  rootId: string
  files: Map<string, StoredFile>
  batches: Batch[]
  lastSequence: number
  /** For the quota. */
  bytesUsed: number
}

/** The content that is already there. */
export function storedContent(bytes: Buffer): FileContent {
  return { size: bytes.length, bytes }
}

/** The bytes of a file that has content; the same for the same generated file each time. */
export function bytesOf(file: StoredFile): Buffer {
  return file.content?.bytes ?? generatedBytes(file.id, file.content?.size ?? 0)
}

/** An empty folder. */
export function createFolder(appDataId: string, rootId: string): Folder {
  return { appDataId, rootId, files: new Map(), batches: [], lastSequence: 0, bytesUsed: 0 }
}

/** The file with that id. */
export function findFile(folder: Folder, id: string): StoredFile | undefined {
  return folder.files.get(id) ?? findGenerated(folder, id)
}

/** Adds or replaces; a generated file becomes a stored one. */
export function keepFile(folder: Folder, file: StoredFile): void {
  const before = findFile(folder, file.id)
  // A replaced file keeps its place in the map; only a generated one has to leave its batch.
  if (before && folder.files.has(file.id)) folder.bytesUsed -= before.content?.size ?? 0
  else if (before) removeOne(folder, before)
  folder.files.set(file.id, file)
  folder.bytesUsed += file.content?.size ?? 0
}

/** Removes a file, and with a folder everything in it. */
export function removeFile(folder: Folder, id: string): void {
  const file = findFile(folder, id)
  if (!file) return
  removeOne(folder, file)
  if (file.content) return
  // A map may lose entries while it is walked.
  for (const child of folder.files.values()) if (child.parents.includes(id)) removeFile(folder, child.id)
}

function removeOne(folder: Folder, file: StoredFile): void {
  folder.bytesUsed -= file.content?.size ?? 0
  if (folder.files.delete(file.id)) return
  const batch = folder.batches.find(({ idPrefix }) => file.id.startsWith(idPrefix))
  batch?.removed.add(file.sequence - batch.firstSequence)
}

/** The place of the next file in the order of creation. */
export function nextSequence(folder: Folder): number {
  folder.lastSequence += 1
  return folder.lastSequence
}

/** Adds `count` files of `bytes` bytes each. */
export function generateFiles(
  folder: Folder,
  { count, bytes, nowMs, idPrefix }: { count: number; bytes: number; nowMs: number; idPrefix: string },
): void {
  const firstSequence = folder.lastSequence + 1
  folder.lastSequence += count
  folder.bytesUsed += count * bytes
  folder.batches.push({ firstSequence, count, idPrefix, removed: new Set(), bytes, nowMs })
}

const indexDigits = 7
const indexText = (index: number): string => String(index).padStart(indexDigits, '0')

function findGenerated(folder: Folder, id: string): StoredFile | undefined {
  const batch = folder.batches.find(({ idPrefix }) => id.startsWith(idPrefix))
  const digits = batch ? id.slice(batch.idPrefix.length) : ''
  if (!batch || digits.length !== indexDigits || !/^\d+$/.test(digits)) return undefined
  const index = Number(digits)
  return index < batch.count && !batch.removed.has(index) ? generatedFile(folder, batch, index) : undefined
}

/** All files, newest first, starting before the sequence number `before`. */
export function* newestFirst(folder: Folder, before = Number.POSITIVE_INFINITY): Iterable<StoredFile> {
  const { files, batches } = folder
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
      yield* generatedRange(folder, batch, batch.firstSequence, upTo)
      upTo = Math.min(upTo, batch.firstSequence)
    }
    if (!file) continue
    const around = batches.find(
      (other) => other.firstSequence <= sequence && sequence < other.firstSequence + other.count,
    )
    if (around && !pending.includes(around)) {
      yield* generatedRange(folder, around, sequence + 1, upTo)
      upTo = sequence
    }
    yield file
  }
}

/** The files of a batch with numbers from `from` up to, not including, `upTo`; the highest first. */
function* generatedRange(folder: Folder, batch: Batch, from: number, upTo: number): Iterable<StoredFile> {
  const highest = Math.min(batch.firstSequence + batch.count, upTo) - 1
  for (let sequence = highest; sequence >= Math.max(from, batch.firstSequence); sequence -= 1) {
    const index = sequence - batch.firstSequence
    if (!batch.removed.has(index)) yield generatedFile(folder, batch, index)
  }
}

function generatedFile(folder: Folder, batch: Batch, index: number): StoredFile {
  const { bytes, nowMs } = batch
  const id = batch.idPrefix + indexText(index)
  return {
    id,
    sequence: batch.firstSequence + index,
    name: `generated-${indexText(index)}.bin`,
    mimeType: 'application/octet-stream',
    space: 'appDataFolder',
    parents: [folder.appDataId],
    content: { size: bytes, bytes: undefined },
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
