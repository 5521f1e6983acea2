import { viewerOf } from './call.ts'
import type { DriveCall } from './call.ts'
import {
  badRequest,
  fileIdInUse,
  fileNotFound,
  fileNotPermitted,
  notDownloadable,
  notInAppDataFolder,
  notTrashable,
  parentNotPermitted,
} from './errors.ts'
import { parseFields } from './fields.ts'
import { readFields, withoutNulls } from './metadata.ts'
import { resolveAlias } from './query.ts'
import { defaultFileResource, fileResource, fileSchema, folderMimeType } from './resource.ts'
import type { Upload } from './upload.ts'
import { bytesOf, findFile, keepFile, nextSequence, removeFile, storedContent } from './folder.ts'
import type { Space, StoredFile } from './folder.ts'
import { apiReply, noStore } from '../reply.ts'
import type { Reply } from '../reply.ts'

const googleDocument = /^application\/vnd\.google-apps\./

/** `files.get`: metadata, or the bytes with `alt=media`. The aliases `appDataFolder` and `appfolder` name the folder itself. */
export function getFile(call: DriveCall, id: string): Reply {
  const file = visibleFile(call, id)
  return call.call.query.get('alt') === 'media' ? download(call, file) : fileReply(call, file)
}

/** `files.create`, with or without content. Names need not be unique: every create makes a new file. */
export function createFile(call: DriveCall, { metadata, media }: Upload): Reply {
  const fields = readFields(metadata)
  const parents = fields.parents ?? ['root']
  const space = spaceOfParents(call, parents)
  if (!call.opens(space)) throw parentNotPermitted()
  const mimeType = fields.mimeType ?? media?.mimeType ?? 'application/octet-stream'
  if (space === 'appDataFolder' && googleDocument.test(mimeType) && mimeType !== folderMimeType) {
    throw notInAppDataFolder()
  }
  const nowMs = call.world.clock.now()
  const file: StoredFile = {
    id: fields.id === undefined ? call.world.mint.fileId() : unusedId(call, fields.id),
    sequence: nextSequence(call.folder),
    name: fields.name ?? 'Untitled',
    mimeType,
    space,
    parents: parents.map((parent) => resolveAlias(call.folder, parent)),
    content: mimeType === folderMimeType ? undefined : storedContent(media?.bytes ?? Buffer.alloc(0)),
    createdMs: fields.createdMs ?? nowMs,
    modifiedMs: fields.modifiedMs ?? fields.createdMs ?? nowMs,
    writtenMs: nowMs,
    writes: 1,
    headRevisionId: call.world.mint.fileId(),
    starred: fields.starred ?? false,
    appProperties: withoutNulls(fields.appProperties ?? {}),
    properties: withoutNulls(fields.properties ?? {}),
    ...(fields.description !== undefined && { description: fields.description }),
    ...(fields.originalFilename !== undefined && { originalFilename: fields.originalFilename }),
  }
  const reply = fileReply(call, file)
  keepFile(call.folder, file)
  return reply
}

/** `files.update`: metadata, content or both; last write wins, there is no lock in v3. */
export function updateFile(call: DriveCall, id: string, { metadata, media }: Upload): Reply {
  const file = visibleFile(call, id)
  if (isAlias(call, file)) throw fileNotPermitted()
  const { query } = call.call
  const fields = readFields(metadata)
  const inAppData = file.space === 'appDataFolder'
  if (metadata['trashed'] === true && inAppData) throw notTrashable()
  if (fields.mimeType && googleDocument.test(fields.mimeType) && inAppData) throw notInAppDataFolder()
  const nowMs = call.world.clock.now()
  const changed: StoredFile = {
    ...file,
    name: fields.name ?? file.name,
    mimeType: fields.mimeType ?? media?.mimeType ?? file.mimeType,
    parents: movedParents(call, file, query.get('addParents'), query.get('removeParents')),
    content: media ? storedContent(media.bytes) : file.content,
    modifiedMs: fields.modifiedMs ?? nowMs,
    writtenMs: nowMs,
    writes: file.writes + 1,
    headRevisionId: media ? call.world.mint.fileId() : file.headRevisionId,
    starred: fields.starred ?? file.starred,
    appProperties: withoutNulls({ ...file.appProperties, ...fields.appProperties }),
    properties: withoutNulls({ ...file.properties, ...fields.properties }),
    ...(fields.description !== undefined && { description: fields.description }),
  }
  const reply = fileReply(call, changed)
  keepFile(call.folder, changed)
  return reply
}

/** `files.delete`: for good, 204, and a folder takes its children along. */
export function deleteFile(call: DriveCall, id: string): Reply {
  const file = visibleFile(call, id)
  if (isAlias(call, file)) throw fileNotPermitted()
  removeFile(call.folder, file.id)
  return { status: 204, headers: { ...noStore, 'content-type': 'text/html', vary: ['Origin', 'X-Origin'] }, body: '' }
}

/** Sharing, copying and the like. */
export function unsupportedForFile(call: DriveCall, id: string): Reply {
  visibleFile(call, id)
  throw notInAppDataFolder()
}

function isAlias({ folder }: DriveCall, file: StoredFile): boolean {
  return file.id === folder.appDataId || file.id === folder.rootId
}

/** The file with that id or alias, if this token may see it; all else is "not found", also what exists. */
function visibleFile(call: DriveCall, idOrAlias: string): StoredFile {
  const { folder } = call
  const id = resolveAlias(folder, idOrAlias)
  const file =
    id === folder.appDataId
      ? spaceFolder(call, 'appDataFolder')
      : id === folder.rootId
        ? spaceFolder(call, 'drive')
        : findFile(folder, id)
  if (!file || !call.opens(file.space)) throw fileNotFound(idOrAlias)
  return file
}

function spaceFolder(call: DriveCall, space: Space): StoredFile {
  const inAppData = space === 'appDataFolder'
  return {
    id: inAppData ? call.folder.appDataId : call.folder.rootId,
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

function spaceOfParents(call: DriveCall, parents: string[]): Space {
  const spaces = parents.map((parent) => {
    if (parent === 'root' || parent === call.folder.rootId) return 'drive'
    const id = resolveAlias(call.folder, parent)
    if (id === call.folder.appDataId && call.opens('appDataFolder')) return 'appDataFolder'
    const found = findFile(call.folder, id)
    if (!found || found.content || !call.opens(found.space)) throw fileNotFound(parent)
    return found.space
  })
  const [space] = spaces
  if (!space || spaces.length > 1) throw badRequest('A file must have exactly one parent.')
  return space
}

function movedParents(call: DriveCall, file: StoredFile, add: string | null, remove: string | null): string[] {
  const added = (add ?? '').split(',').filter((id) => id !== '')
  if (added.length > 0 && spaceOfParents(call, added) !== file.space) throw notInAppDataFolder()
  if (added.length === 0) return file.parents
  const removed = new Set((remove ?? '').split(',').map((id) => resolveAlias(call.folder, id)))
  const kept = file.parents.filter((id) => !removed.has(id))
  const parents = [...new Set([...kept, ...added.map((id) => resolveAlias(call.folder, id))])]
  if (parents.length !== 1) throw badRequest('A file must have exactly one parent.')
  return parents
}

function unusedId(call: DriveCall, id: string): string {
  if (!call.world.mint.isFileId(id)) throw badRequest('The provided file ID is not usable.')
  if (findFile(call.folder, id)) throw fileIdInUse()
  return id
}

/** A file as the answer, limited to `fields`. Called before anything is stored, so that a wrong `fields` changes nothing. */
function fileReply(call: DriveCall, file: StoredFile): Reply {
  const fields = call.call.query.get('fields')
  if (!fields) return apiReply(200, defaultFileResource(file))
  return apiReply(200, fileResource(file, viewerOf(call), parseFields(fields, fileSchema)))
}

/** `alt=media`, whole or one range of it (RFC 9110 section 14). */
function download(call: DriveCall, file: StoredFile): Reply {
  if (!file.content) throw notDownloadable()
  const bytes = bytesOf(file)
  const headers = {
    ...noStore,
    // The type is the client's word: it has to fit into a header, and no browser shall run the content as a page of ours.
    'content-type': /^[\x20-\x7e]+$/.test(file.mimeType) ? file.mimeType : 'application/octet-stream',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    vary: ['Origin', 'X-Origin'],
  }
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(call.call.headers.range ?? '') ?? []
  if (first === undefined || (first === '' && !last)) return { status: 200, headers, body: bytes, whole: true }
  const start = first === '' ? Math.max(0, bytes.length - Number(last)) : Number(first)
  const end = first === '' || !last ? bytes.length - 1 : Math.min(Number(last), bytes.length - 1)
  if (start > end) {
    const unsatisfied = { ...headers, 'content-range': `bytes */${bytes.length}` }
    return { status: 416, headers: unsatisfied, body: '', whole: true }
  }
  const contentRange = `bytes ${start}-${end}/${bytes.length}`
  const part = bytes.subarray(start, end + 1)
  return { status: 206, headers: { ...headers, 'content-range': contentRange }, body: part, whole: true }
}
