import { createHash } from 'node:crypto'
import type { EmulatorAccount } from '../records/built-in.ts'
import { type Digest, digestOf } from '../records/content.ts'
import type { StoredFile } from '../records/folder.ts'
import { projectValue, type Schema, type Selection, selectionOf } from './fields.ts'

/** The MIME type that marks a folder in Drive. */
export const folderMimeType = 'application/vnd.google-apps.folder'

/** The user, the time and the kind of a view; a file resource depends on them. */
export interface Viewer {
  readonly account: EmulatorAccount
  readonly nowMs: number
  /** A list has the members of files and users in another order. */
  readonly lists?: boolean
}

/** The members of a user that `fields` may name. */
export const userSchema = {
  kind: 'leaf',
  displayName: 'leaf',
  photoLink: 'leaf',
  me: 'leaf',
  permissionId: 'leaf',
  emailAddress: 'leaf',
} as const satisfies Schema

type Member = (file: StoredFile, viewer: Viewer) => unknown

const digest =
  (name: Digest): Member =>
  (file) =>
    file.content === undefined ? undefined : digestOf(file.id, file.content, name)

const isFolder = (file: StoredFile): boolean => file.mimeType === folderMimeType
const extension = (file: StoredFile): string | undefined =>
  file.content === undefined ? undefined : (/\.([^.]+)$/.exec(file.originalFilename ?? file.name)?.[1] ?? '')
const never = (): undefined => undefined
const nonEmpty = (map: Readonly<Record<string, string>>): unknown => (Object.keys(map).length > 0 ? map : undefined)

/** Every member of a Drive v3 file that the emulator provides, in the order of `files.get`; computed on request. */
const members: Record<string, Member> = {
  kind: () => 'drive#file',
  id: (file) => file.id,
  name: (file) => file.name,
  mimeType: (file) => file.mimeType,
  description: (file) => file.description,
  starred: (file) => file.starred,
  trashed: (file) => file.trashed !== undefined,
  explicitlyTrashed: (file) => file.trashed === 'alone',
  parents: (file) => (file.parents.length > 0 ? file.parents : undefined),
  properties: (file) => nonEmpty(file.properties),
  appProperties: (file) => nonEmpty(file.appProperties),
  spaces: (file) => [file.space],
  version,
  viewedByMe: () => true,
  viewedByMeTime: (file) => new Date(file.modifiedMs).toISOString(),
  createdTime: (file) => new Date(file.createdMs).toISOString(),
  modifiedTime: (file) => new Date(file.modifiedMs).toISOString(),
  modifiedByMeTime: (file) => new Date(file.modifiedMs).toISOString(),
  modifiedByMe: () => true,
  owners: (_file, viewer) => [userResource(viewer.account, viewer.lists)],
  lastModifyingUser: (_file, viewer) => userResource(viewer.account, viewer.lists),
  shared: () => false,
  ownedByMe: () => true,
  capabilities: (file) => capabilities(file),
  originalFilename: (file) => (file.content === undefined ? undefined : (file.originalFilename ?? file.name)),
  fullFileExtension: extension,
  fileExtension: extension,
  md5Checksum: digest('md5'),
  sha1Checksum: digest('sha1'),
  sha256Checksum: digest('sha256'),
  size: (file) => (file.content === undefined ? undefined : String(file.content.size)),
  quotaBytesUsed: (file) => String(file.content?.size ?? 0),
  headRevisionId: (file) => (file.content === undefined ? undefined : file.headRevisionId),
  isAppAuthorized: () => true,
}

/** The same members in the order of `files.list`. */
const listOrder =
  'kind fileExtension md5Checksum viewedByMe mimeType parents shared lastModifyingUser owners headRevisionId size spaces id name description starred trashed explicitlyTrashed createdTime modifiedTime modifiedByMeTime viewedByMeTime quotaBytesUsed version originalFilename ownedByMe fullFileExtension properties appProperties isAppAuthorized capabilities modifiedByMe sha1Checksum sha256Checksum'
const listMembers = listOrder.split(' ').map((name) => [name, members[name] ?? never] as const)
const getMembers = Object.entries(members)

/** Members that v3 defines but files of the app folder do not have. */
const absent =
  'driveId teamDriveId webViewLink webContentLink iconLink thumbnailLink thumbnailVersion hasThumbnail trashedTime trashingUser sharedWithMeTime sharingUser permissions permissionIds hasAugmentedPermissions folderColorRgb imageMediaMetadata videoMediaMetadata exportLinks contentHints contentRestrictions copyRequiresWriterPermission writersCanShare viewersCanCopyContent shortcutDetails linkShareMetadata labelInfo resourceKey inheritedPermissionsDisabled downloadRestrictions'

const nested: Record<string, Schema> = {
  owners: userSchema,
  lastModifyingUser: userSchema,
  capabilities: 'open',
  properties: 'open',
  appProperties: 'open',
}

/** The members of a file that `fields` may name. */
export const fileSchema: Readonly<Record<string, Schema>> = Object.fromEntries(
  [...Object.keys(members), ...absent.split(' ')].map((name) => [name, nested[name] ?? 'leaf'] as const),
)

/** Returns the selected members of a file. */
export function fileResource(
  file: StoredFile,
  viewer: Viewer,
  selection: Selection,
): Readonly<Record<string, unknown>> {
  const resource: Record<string, unknown> = {}
  for (const [name, member] of viewer.lists ? listMembers : getMembers) {
    const wanted = selectionOf(selection, name)
    if (wanted === undefined) continue
    const value = member(file, viewer)
    if (value !== undefined) resource[name] = projectValue(value, wanted)
  }
  return resource
}

/** Returns the default members of a single file, without `fields`. */
export function defaultFileResource(file: StoredFile): Readonly<Record<string, unknown>> {
  return { kind: 'drive#file', id: file.id, name: file.name, mimeType: file.mimeType }
}

/** Returns the default members of a list item; Google orders them differently. */
export function defaultListItem(file: StoredFile): Readonly<Record<string, unknown>> {
  return { kind: 'drive#file', mimeType: file.mimeType, id: file.id, name: file.name }
}

/** Returns a user resource. */
export function userResource(account: EmulatorAccount, lists = false): Readonly<Record<string, unknown>> {
  const { name: displayName, picture: photoLink, email: emailAddress } = account
  const permissionId = permissionIdOf(account)
  return lists
    ? { displayName, kind: 'drive#user', me: true, permissionId, emailAddress, photoLink }
    : { kind: 'drive#user', displayName, photoLink, me: true, permissionId, emailAddress }
}

/** Returns the id of a user in permissions: 20 digits that say nothing of the `sub`. */
function permissionIdOf({ sub }: EmulatorAccount): string {
  const digits = createHash('sha256').update(sub).digest().readBigUInt64BE()
  return String(digits).padStart(20, '0')
}

/**
 * Returns the version. Google counts a change of its own about a second after each write, so versions cannot serve as
 * locks.
 */
function version(file: StoredFile, { nowMs }: Viewer): string {
  const settled = nowMs - file.writtenMs >= 1000
  return String(file.writes * 2 - (settled ? 0 : 1))
}

function capabilities(file: StoredFile): Readonly<Record<string, boolean>> {
  // The root folder of a space has no parent and cannot be renamed or deleted.
  const isOwn = file.parents.length > 0
  return {
    canAddChildren: isFolder(file),
    canCopy: file.space === 'drive' && !isFolder(file),
    canDelete: isOwn,
    canDownload: !isFolder(file),
    canEdit: isOwn,
    canListChildren: isFolder(file),
    canRename: isOwn,
    canShare: false,
    canTrash: isOwn && file.space === 'drive' && file.trashed === undefined,
  }
}
