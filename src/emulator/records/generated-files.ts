import { promisedContent } from './content.ts'
import type { Folder, StoredFile } from './folder.ts'

/** Files that exist only as a rule until one is changed: a million of them must cost nothing. */
export interface Batch {
  readonly firstSequence: number
  readonly count: number
  readonly idPrefix: string
  /** Indexes into the batch. Mutable: each changed or removed file is added. */
  readonly removed: Set<number>
  readonly bytes: number
  readonly nowMs: number
}

/** Adds `count` files of `bytes` bytes each. */
export function generateFiles(
  folder: Folder,
  {
    count,
    bytes,
    nowMs,
    idPrefix,
  }: { readonly count: number; readonly bytes: number; readonly nowMs: number; readonly idPrefix: string },
): void {
  const firstSequence = folder.lastSequence + 1
  folder.lastSequence += count
  folder.bytesUsed += count * bytes
  folder.batches.push({ firstSequence, count, idPrefix, removed: new Set(), bytes, nowMs })
}

const indexDigits = 7
const indexText = (index: number): string => String(index).padStart(indexDigits, '0')

/** Returns the generated file with an id, unless it has been changed or removed. */
export function findGenerated(folder: Folder, id: string): StoredFile | undefined {
  const batch = folder.batches.find(({ idPrefix }) => id.startsWith(idPrefix))
  const digits = batch === undefined ? '' : id.slice(batch.idPrefix.length)
  if (batch === undefined || digits.length !== indexDigits || !/^\d+$/.test(digits)) return undefined
  const index = Number(digits)
  return index < batch.count && !batch.removed.has(index) ? generatedFile(folder, batch, index) : undefined
}

/** Removes a generated file from its batch. */
export function removeGenerated(folder: Folder, file: StoredFile): void {
  const batch = folder.batches.find(({ idPrefix }) => file.id.startsWith(idPrefix))
  if (batch === undefined) return
  batch.removed.add(file.sequence - batch.firstSequence)
  if (batch.removed.size === batch.count) folder.batches = folder.batches.filter((other) => other !== batch)
}

/** Returns the file at an index of a batch, even if it has been removed. */
export function generatedFile(folder: Folder, batch: Batch, index: number): StoredFile {
  const { bytes, nowMs } = batch
  const text = indexText(index)
  const id = batch.idPrefix + text
  return {
    id,
    sequence: batch.firstSequence + index,
    name: `generated-${text}.bin`,
    mimeType: 'application/octet-stream',
    space: 'appDataFolder',
    parents: [folder.appDataId],
    content: promisedContent(bytes),
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
