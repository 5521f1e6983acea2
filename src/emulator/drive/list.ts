import { invalidValue, outOfRange, spacesNotGranted } from '../answers/drive-errors.ts'
import { fullTextNotSortable, sharedDrivesNotSupported, starredNotFirst } from '../answers/drive-request-errors.ts'
import { apiReply, type Reply } from '../http/reply.ts'
import { promisedContent } from '../records/content.ts'
import type { StoredFile } from '../records/folder.ts'
import { isRecord, textOf } from '../records/input.ts'
import { type DriveCall, viewerOf } from './call.ts'
import { parseFields, project, selectionOf } from './fields.ts'
import { hasLaterStarred, parseOrder, sortNameLength } from './order.ts'
import { newestPage, orderedPage } from './page-of-files.ts'
import { hasFullText, parseQuery, type Predicate } from './query.ts'
import { defaultListItem, fileResource, fileSchema, folderMimeType } from './resource.ts'
import { isTrue } from './typed-parameters.ts'

const listSchema = { kind: 'leaf', incompleteSearch: 'leaf', nextPageToken: 'leaf', files: fileSchema } as const

const defaultPageSize = 100
const largestPage = 1000

/** Handles `files.list` (evidence B8, B9): newest first by default, with an opaque token while there is more. */
export function listFiles(drive: DriveCall): Reply {
  const { pageSize, wanted, order, position, selection } = readParameters(drive)
  const size = pageSize + 1
  const page =
    order === undefined
      ? newestPage(drive.folder, wanted, size, position?.sequence)
      : orderedPage(drive.folder, wanted, size, { order, position })
  const files = page.slice(0, pageSize)
  const last = files.at(-1)
  const nextPageToken =
    page.length > pageSize && last !== undefined ? drive.google.mint.sealPageToken(positionOf(last)) : undefined
  const head = { kind: 'drive#fileList', incompleteSearch: false }
  const next = nextPageToken === undefined ? {} : { nextPageToken }
  if (selection === undefined)
    return apiReply(200, { ...next, ...head, files: files.map((file) => defaultListItem(file)) })

  const ofFile = selectionOf(selection, 'files')
  const viewer = { ...viewerOf(drive), lists: true }
  const items = ofFile === undefined ? {} : { files: files.map((file) => fileResource(file, viewer, ofFile)) }
  // Google sends the token first in a whole list and last in a partial one.
  if (selection === '*') return apiReply(200, { ...next, ...head, ...items })
  return apiReply(200, { ...project(head, selection), ...items, ...project(next, selection) })
}

/** Reads the parameters of a list, in the order in which Google refuses them. */
function readParameters(drive: DriveCall) {
  const { query } = drive.call
  const spaces = readSpaces(drive)
  const pageSize = readSize(query, 'pageSize') ?? defaultPageSize
  const orderBy = query.get('orderBy')
  const order = parseOrder(orderBy)
  const includesShared = isTrue(query, 'includeItemsFromAllDrives', 'includeTeamDriveItems')
  if (includesShared && !isTrue(query, 'supportsAllDrives', 'supportsTeamDrives')) throw sharedDrivesNotSupported()
  const q = query.get('q') || 'trashed = false or trashed = true'
  const matches = parseQuery(q, drive.folder, drive.token.account.email)
  if (order !== undefined && hasFullText(q)) throw fullTextNotSortable()
  const pageToken = query.get('pageToken')
  const position = pageToken ? readPosition(drive, pageToken) : undefined
  if (hasLaterStarred(orderBy)) throw starredNotFirst()
  const fields = query.get('fields')
  const selection = fields === null ? undefined : parseFields(fields, listSchema)
  const wanted: Predicate = (file) => spaces.has(file.space) && matches(file)
  return { pageSize, wanted, order, position, selection }
}

/** Reads the requested spaces; the token must have access to all of them. */
function readSpaces(drive: DriveCall): ReadonlySet<string> {
  const spaces = new Set((drive.call.query.get('spaces') || 'drive').split(',').map((space) => space.trim()))
  for (const space of spaces) {
    if (space !== 'drive' && space !== 'appDataFolder' && space !== 'photos') throw invalidValue('spaces')
  }
  if (spaces.has('appDataFolder') && !drive.opens('appDataFolder')) throw spacesNotGranted()
  if (spaces.has('drive') && !drive.opens('drive')) throw spacesNotGranted()
  return spaces
}

/**
 * Reads the size of a page or list. Google checks the range only of a parameter that is sent once.
 * @throws Refused with 400 when it is out of range.
 */
function readSize(query: URLSearchParams, name: string): number | undefined {
  const [size, ...others] = query.getAll(name).map(Number)
  if (size === undefined) return undefined
  if (others.length > 0) return size < 1 ? 500 : Math.min(size, largestPage)
  if (size < 1 || size > largestPage) throw outOfRange(name.replace('S', '_s'), size, largestPage)
  return size
}

/** Returns the position where a page ended, with all sort keys, so that it works even after that file is deleted. */
function positionOf(file: StoredFile): Readonly<Record<string, unknown>> {
  const { sequence, createdMs, modifiedMs, starred } = file
  return {
    sequence,
    name: file.name.slice(0, sortNameLength),
    createdMs,
    modifiedMs,
    // Sorting needs only whether it is a folder, and a type may have any length.
    mimeType: file.mimeType === folderMimeType ? folderMimeType : '',
    starred,
    size: file.content?.size ?? 0,
  }
}

function readPosition(drive: DriveCall, pageToken: string): StoredFile {
  const value = drive.google.mint.openPageToken(pageToken)
  if (!isRecord(value)) throw invalidValue('pageToken')
  const numberOf = (field: string): number => Number(value[field])
  return {
    ...emptyFile,
    sequence: numberOf('sequence'),
    name: textOf(value, 'name') ?? '',
    createdMs: numberOf('createdMs'),
    modifiedMs: numberOf('modifiedMs'),
    mimeType: textOf(value, 'mimeType') ?? '',
    starred: value['starred'] === true,
    content: promisedContent(numberOf('size')),
  }
}

const emptyFile: StoredFile = {
  id: '',
  sequence: 0,
  name: '',
  mimeType: '',
  space: 'drive',
  parents: [],
  content: undefined,
  createdMs: 0,
  modifiedMs: 0,
  writtenMs: 0,
  writes: 0,
  headRevisionId: '',
  starred: false,
  appProperties: {},
  properties: {},
}

/** Handles `files.generateIds`: ids for later creates. */
export function generateIds(drive: DriveCall): Reply {
  const { query } = drive.call
  const space = query.get('space') || 'drive'
  if (space !== 'drive' && space !== 'appDataFolder') throw invalidValue('space')
  const ids = Array.from({ length: readSize(query, 'count') ?? 10 }, () => drive.google.mint.fileId(space))
  const body = { kind: 'drive#generatedIds', space, ids }
  const fields = query.get('fields')
  const schema = { kind: 'leaf', space: 'leaf', ids: 'leaf' } as const
  return apiReply(200, fields === null ? body : project(body, parseFields(fields, schema)))
}
