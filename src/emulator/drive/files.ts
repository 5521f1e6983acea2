import {
  badRequest,
  fileIdInUse,
  fileNotPermitted,
  invalidValue,
  notCopyable,
  notExportable,
  notInAppDataFolder,
  notTrashable,
  parameterRequired,
  parentNotPermitted,
} from '../answers/drive-errors.ts'
import { nothingToAcknowledge } from '../answers/drive-request-errors.ts'
import { contentFaults } from '../faults/upload-faults.ts'
import { apiReply, noStore, type Reply } from '../http/reply.ts'
import { damagedContent, promisedContent } from '../records/content.ts'
import { findFile, keepFile, nextSequence, removeFile, type Space, type StoredFile } from '../records/folder.ts'
import { type DriveCall, viewerOf } from './call.ts'
import { download } from './download.ts'
import { parseFields, type Selection } from './fields.ts'
import { readFields, refuseReadOnly, withProperties } from './metadata.ts'
import { resolveAlias } from './query.ts'
import { refuseOverQuota } from './quota.ts'
import { defaultFileResource, fileResource, fileSchema, folderMimeType } from './resource.ts'
import { isMedia, isTrue } from './typed-parameters.ts'
import type { Upload } from './upload.ts'
import { isAlias, movedParents, spaceOfParents, visibleFile } from './visible-file.ts'

const googleDocument = /^application\/vnd\.google-apps\./

/** Handles `files.get`: metadata, or the bytes with `alt=media`. The alias `appDataFolder` names the folder itself. */
export function getFile(drive: DriveCall, id: string): Reply {
  const { query, headers } = drive.call
  const isDownload = isMedia(query)
  if (!isDownload && isTrue(query, 'acknowledgeAbuse')) throw nothingToAcknowledge()
  const file = visibleFile(drive, id)
  return isDownload ? download(drive, file, headers.range) : fileReply(drive, file)
}

/** Handles `files.create`, with or without content. Names need not be unique: every create makes a new file. */
export function createFile(drive: DriveCall, upload: Upload): Reply {
  const selection = readSelection(drive)
  const file = asStored(drive, newFile(drive, upload))
  keepFile(drive.folder, file)
  return fileReply(drive, file, selection)
}

/** Handles `files.update`: metadata, content or both. The last write wins; v3 has no locking. */
export function updateFile(drive: DriveCall, id: string, upload: Upload): Reply {
  const selection = readSelection(drive)
  const file = asStored(drive, changedFile(drive, id, upload))
  keepFile(drive.folder, file)
  return fileReply(drive, file, selection)
}

/** Returns a file as a fault stores it, once nothing else can fail. Only uploads have a stream; copies do not. */
function asStored({ google, call }: DriveCall, file: StoredFile): StoredFile {
  const { content } = file
  if (call.stream === undefined || content === undefined || content.size === 0) return file
  const fault = google.faults.take('upload', contentFaults)
  return fault === undefined ? file : { ...file, content: damagedContent(content) }
}

/** Returns the file for a create without storing it; all possible errors are found here. */
export function newFile(drive: DriveCall, { metadata, media }: Upload): StoredFile {
  const fields = readFields(metadata)
  const parents = fields.parents ?? ['root']
  const space = spaceOfParents(drive, parents)
  if (!drive.opens(space)) throw parentNotPermitted()
  const mimeType = fields.mimeType ?? media?.mimeType ?? 'application/octet-stream'
  const isFolder = mimeType === folderMimeType
  if (space === 'appDataFolder' && googleDocument.test(mimeType) && !isFolder) throw notInAppDataFolder()
  const content = isFolder ? undefined : (media?.content ?? { ...promisedContent(0), chunks: [] })
  refuseOverQuota(drive, content?.size ?? 0)
  const nowMs = drive.google.clock.now()
  return {
    id: fields.id === undefined ? drive.google.mint.fileId(space) : unusedId(drive, fields.id, space),
    sequence: nextSequence(drive.folder),
    name: fields.name ?? 'Untitled',
    mimeType,
    space,
    parents: parents.map((parent) => resolveAlias(drive.folder, parent)),
    content,
    createdMs: fields.createdMs ?? nowMs,
    modifiedMs: fields.modifiedMs ?? fields.createdMs ?? nowMs,
    writtenMs: nowMs,
    writes: 1,
    headRevisionId: drive.google.mint.revisionId(),
    starred: fields.starred ?? false,
    appProperties: withProperties({}, fields.appProperties, 'appProperties'),
    properties: withProperties({}, fields.properties, 'properties'),
    ...(fields.description !== undefined && { description: fields.description }),
    ...(fields.originalFilename !== undefined && { originalFilename: fields.originalFilename }),
  }
}

/** Returns the file after an update without storing it; all possible errors are found here. */
export function changedFile(drive: DriveCall, id: string, { metadata, media }: Upload): StoredFile {
  const file = visibleFile(drive, id)
  if (isAlias(drive, file)) throw fileNotPermitted()
  refuseReadOnly(metadata)
  const fields = readFields(metadata)
  const inAppData = file.space === 'appDataFolder'
  if (fields.trashed === true && inAppData) throw notTrashable()
  if (fields.mimeType && googleDocument.test(fields.mimeType) && fields.mimeType !== file.mimeType && inAppData)
    throw notInAppDataFolder()
  // A folder stays a folder: it has no bytes, and a file with bytes contains no files.
  if (file.content === undefined && (media !== undefined || (fields.mimeType ?? folderMimeType) !== folderMimeType))
    throw invalidValue('mimeType')
  if (media !== undefined) refuseOverQuota(drive, media.content.size - (file.content?.size ?? 0))
  const nowMs = drive.google.clock.now()
  return {
    ...file,
    name: fields.name ?? file.name,
    mimeType: fields.mimeType ?? media?.mimeType ?? file.mimeType,
    parents: movedParents(drive, file),
    content: media?.content ?? file.content,
    modifiedMs: fields.modifiedMs ?? nowMs,
    writtenMs: nowMs,
    writes: file.writes + 1,
    headRevisionId: media === undefined ? file.headRevisionId : drive.google.mint.revisionId(),
    starred: fields.starred ?? file.starred,
    ...(fields.trashed !== undefined && { trashed: fields.trashed ? 'alone' : undefined }),
    appProperties: withProperties(file.appProperties, fields.appProperties, 'appProperties'),
    properties: withProperties(file.properties, fields.properties, 'properties'),
    ...(fields.description !== undefined && { description: fields.description }),
  }
}

/** Handles `files.delete`: permanent, 204, and a folder's children are deleted with it. */
export function deleteFile(drive: DriveCall, id: string): Reply {
  const file = visibleFile(drive, id)
  if (isAlias(drive, file)) throw fileNotPermitted()
  removeFile(drive.folder, file.id)
  const headers = { ...noStore, 'content-type': 'text/html', 'content-length': '0', vary: ['Origin', 'X-Origin'] }
  return { status: 204, headers, body: '' }
}

/**
 * Handles `files.copy`: creates a new file with the same content, in My Drive only.
 * @throws Refused for a file of the app folder, a copy into it, and a folder.
 */
export function copyFile(drive: DriveCall, id: string, { metadata }: Upload): Reply {
  const file = visibleFile(drive, id)
  const parents = readFields(metadata).parents ?? file.parents
  if (file.space === 'appDataFolder' || spaceOfParents(drive, parents) === 'appDataFolder') throw notInAppDataFolder()
  if (file.content === undefined) throw notCopyable()
  const { name, mimeType, appProperties, properties, content } = file
  // A null keeps the value of the original.
  const given = Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null))
  const copied = { name: `Copy of ${name}`, mimeType, appProperties, properties, ...given, parents }
  return createFile(drive, { metadata: copied, media: { mimeType, content } })
}

/** Rejects `files.export`: no file here is a Google document. */
export function exportFile(drive: DriveCall, id: string): Reply {
  if (!drive.call.query.has('mimeType')) throw parameterRequired('mimeType')
  visibleFile(drive, id)
  throw notExportable()
}

/** Rejects sharing and similar requests. */
export function unsupportedForFile(drive: DriveCall, id: string): Reply {
  visibleFile(drive, id)
  throw notInAppDataFolder()
}

function unusedId(drive: DriveCall, id: string, space: Space): string {
  if (!drive.google.mint.isFileId(id, space)) throw badRequest('The provided file ID is not usable.')
  if (findFile(drive.folder, id) !== undefined) throw fileIdInUse()
  return id
}

/**
 * Reads the `fields` of a file request. Call it before anything is stored, so that an invalid `fields` changes nothing.
 * @throws Refused with "Invalid field selection".
 */
export function readSelection(drive: DriveCall): Selection | undefined {
  const fields = drive.call.query.get('fields')
  return fields === null ? undefined : parseFields(fields, fileSchema)
}

function fileReply(drive: DriveCall, file: StoredFile, selection = readSelection(drive)): Reply {
  return apiReply(
    200,
    selection === undefined ? defaultFileResource(file) : fileResource(file, viewerOf(drive), selection),
  )
}
