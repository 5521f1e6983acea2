import type { FileContent } from './content.ts'
import { type Batch, findGenerated, removeGenerated } from './generated-files.ts'

/** The Drive space a file is in. */
export type Space = 'appDataFolder' | 'drive'

/** A Drive file or folder (a folder has no content). */
export interface StoredFile {
  readonly id: string
  /** The creation order within the folder; page tokens refer to it. */
  readonly sequence: number
  readonly name: string
  readonly mimeType: string
  readonly space: Space
  readonly parents: readonly string[]
  readonly content: FileContent | undefined
  readonly createdMs: number
  readonly modifiedMs: number
  /** The time the server last wrote it; clients can set `modifiedTime`. */
  readonly writtenMs: number
  /** The number of writes, 1 after creation. */
  readonly writes: number
  readonly headRevisionId: string
  readonly description?: string
  readonly starred: boolean
  /** In the trash, alone or because a folder above it is. */
  readonly trashed?: 'alone' | 'with its folder' | undefined
  readonly originalFilename?: string
  readonly appProperties: Readonly<Record<string, string>>
  readonly properties: Readonly<Record<string, string>>
}

/**
 * All files of one user in one Cloud project. Plain data, so that it can be saved to a file. Mutable: copying all files
 * for each write would cost too much.
 */
export interface Folder {
  /** The id behind the alias `appDataFolder`. */
  readonly appDataId: string
  /** The id behind the alias `root`. */
  readonly rootId: string
  readonly files: Map<string, StoredFile>
  /** The same files in order of their sequence numbers, so that a page need not walk through all of them. */
  readonly ordered: StoredFile[]
  batches: Batch[]
  lastSequence: number
  /** The total size, for the quota. */
  bytesUsed: number
}

/** Returns the number of files, including generated ones. */
export function fileCount({ files, batches }: Folder): number {
  return batches.reduce((total, { count, removed }) => total + count - removed.size, files.size)
}

/** Creates an empty folder. */
export function createFolder(appDataId: string, rootId: string): Folder {
  return { appDataId, rootId, files: new Map(), ordered: [], batches: [], lastSequence: 0, bytesUsed: 0 }
}

/** Returns the file with an id. */
export function findFile(folder: Folder, id: string): StoredFile | undefined {
  return folder.files.get(id) ?? findGenerated(folder, id)
}

/** Returns the number of stored files before a sequence number: the index of such a file in `ordered`. */
export function placeOf({ ordered }: Folder, sequence: number): number {
  let [low, high] = [0, ordered.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ordered[middle]?.sequence ?? Number.POSITIVE_INFINITY) < sequence) low = middle + 1
    else high = middle
  }
  return low
}

/** Adds or replaces a file; a generated file becomes a stored one. */
export function keepFile(folder: Folder, file: StoredFile): void {
  const before = findFile(folder, file.id)
  const replaces = folder.files.has(file.id)
  if (before !== undefined) folder.bytesUsed -= before.content?.size ?? 0
  if (before !== undefined && !replaces) removeGenerated(folder, before)
  folder.files.set(file.id, file)
  folder.ordered.splice(placeOf(folder, file.sequence), replaces ? 1 : 0, file)
  folder.bytesUsed += file.content?.size ?? 0
  if (before !== undefined && (before.trashed === undefined) !== (file.trashed === undefined))
    trashChildren(folder, file)
}

/** Trashes or restores everything in a folder, except what was trashed alone. */
function trashChildren(folder: Folder, { id, content, trashed }: StoredFile): void {
  if (content !== undefined) return
  for (const child of folder.files.values()) {
    if (!child.parents.includes(id) || child.trashed === 'alone') continue
    keepFile(folder, { ...child, trashed: trashed && 'with its folder' })
  }
}

/** Removes a file, or a folder with everything in it. */
export function removeFile(folder: Folder, id: string): void {
  const doomed = [id]
  for (const next of doomed) {
    const file = findFile(folder, next)
    if (file === undefined) continue
    removeOne(folder, file)
    if (file.content !== undefined) continue
    for (const child of folder.files.values()) if (child.parents.includes(next)) doomed.push(child.id)
  }
}

function removeOne(folder: Folder, file: StoredFile): void {
  folder.bytesUsed -= file.content?.size ?? 0
  if (folder.files.delete(file.id)) folder.ordered.splice(placeOf(folder, file.sequence), 1)
  else removeGenerated(folder, file)
}

/** Returns the sequence number for the next file. */
export function nextSequence(folder: Folder): number {
  folder.lastSequence++
  return folder.lastSequence
}
