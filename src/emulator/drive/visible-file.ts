import { fileNotFound, notInAppDataFolder } from '../answers/drive-errors.ts'
import { severalParents } from '../answers/drive-request-errors.ts'
import { findFile, type Space, type StoredFile } from '../records/folder.ts'
import type { DriveCall } from './call.ts'
import { resolveAlias } from './query.ts'
import { folderMimeType } from './resource.ts'

/**
 * Returns the file with an id or alias, if this token may see it.
 * @throws Refused with "File not found" otherwise, even if the file exists.
 */
export function visibleFile(drive: DriveCall, idOrAlias: string): StoredFile {
  const { folder } = drive
  const id = resolveAlias(folder, idOrAlias)
  const file =
    id === folder.appDataId
      ? spaceFolder(drive, 'appDataFolder')
      : id === folder.rootId
        ? spaceFolder(drive, 'drive')
        : findFile(folder, id)
  if (file === undefined || !drive.opens(file.space)) throw fileNotFound(idOrAlias)
  return file
}

/** Returns whether a file is the app folder or My Drive itself. */
export function isAlias({ folder }: DriveCall, file: StoredFile): boolean {
  return file.id === folder.appDataId || file.id === folder.rootId
}

function spaceFolder(drive: DriveCall, space: Space): StoredFile {
  const inAppData = space === 'appDataFolder'
  return {
    id: inAppData ? drive.folder.appDataId : drive.folder.rootId,
    sequence: 0,
    name: inAppData ? 'appDataFolder' : 'My Drive',
    mimeType: folderMimeType,
    space,
    parents: [],
    content: undefined,
    createdMs: Date.UTC(2024, 0, 1),
    modifiedMs: Date.UTC(2024, 0, 1),
    writtenMs: 0,
    writes: 1,
    headRevisionId: '',
    starred: false,
    appProperties: {},
    properties: {},
  }
}

/**
 * Returns the space of a file with these parents.
 * @throws Refused for a parent that is unknown or not a folder, and unless there is exactly one parent.
 */
export function spaceOfParents(drive: DriveCall, parents: readonly string[]): Space {
  const spaces = parents.map((parent) => {
    const id = resolveAlias(drive.folder, parent)
    if (id === drive.folder.rootId) return 'drive'
    if (id === drive.folder.appDataId && drive.opens('appDataFolder')) return 'appDataFolder'
    const found = findFile(drive.folder, id)
    if (found === undefined || found.content !== undefined || !drive.opens(found.space)) throw fileNotFound(parent)
    return found.space
  })
  const [space] = spaces
  if (!space || spaces.length > 1) throw severalParents()
  return space
}

/**
 * Returns the parents of a file after `addParents` and `removeParents`, both comma-separated lists of ids.
 * @throws Refused for a parent in another space, and unless exactly one is left.
 */
export function movedParents(drive: DriveCall, file: StoredFile): readonly string[] {
  const { query } = drive.call
  const added = (query.get('addParents') ?? '').split(',').filter((id) => id !== '')
  if (added.length > 0 && spaceOfParents(drive, added) !== file.space) throw notInAppDataFolder()
  if (added.length === 0) return file.parents
  const removed = new Set((query.get('removeParents') ?? '').split(',').map((id) => resolveAlias(drive.folder, id)))
  const kept = file.parents.filter((id) => !removed.has(id))
  const parents = [...new Set([...kept, ...added.map((id) => resolveAlias(drive.folder, id))])]
  if (parents.length !== 1) throw severalParents()
  return parents
}
