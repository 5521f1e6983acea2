/** A JSON schema in the format of discovery documents. */
export type JsonSchema = Record<string, unknown>

const text = { type: 'string' }
const flag = { type: 'boolean' }
const int64 = { type: 'string', format: 'int64' }
const time = { type: 'string', format: 'date-time' }
const user = { $ref: 'User' }
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
const mapOf = (additionalProperties: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties })

const schema = (
  id: string,
  description: string,
  properties: Readonly<Record<string, JsonSchema>>,
): readonly [string, JsonSchema] => [id, { id, type: 'object', description, properties }]

const file = schema('File', 'A file or folder and what is known about it.', {
  kind: text,
  id: text,
  name: text,
  mimeType: text,
  description: text,
  starred: flag,
  trashed: flag,
  explicitlyTrashed: flag,
  parents: listOf(text),
  properties: mapOf(text),
  appProperties: mapOf(text),
  spaces: listOf(text),
  version: int64,
  createdTime: time,
  modifiedTime: time,
  modifiedByMeTime: time,
  modifiedByMe: flag,
  viewedByMe: flag,
  viewedByMeTime: time,
  owners: listOf(user),
  lastModifyingUser: user,
  ownedByMe: flag,
  shared: flag,
  isAppAuthorized: flag,
  capabilities: mapOf(flag),
  size: int64,
  quotaBytesUsed: int64,
  md5Checksum: text,
  sha1Checksum: text,
  sha256Checksum: text,
  headRevisionId: text,
  originalFilename: text,
  fullFileExtension: text,
  fileExtension: text,
})

const themes = listOf({ type: 'object', properties: { id: text, backgroundImageLink: text, colorRgb: text } })

const about = schema('About', 'The user and the storage.', {
  kind: text,
  user,
  storageQuota: {
    type: 'object',
    properties: { limit: int64, usage: int64, usageInDrive: int64, usageInDriveTrash: int64 },
  },
  importFormats: mapOf(listOf(text)),
  exportFormats: mapOf(listOf(text)),
  maxImportSizes: mapOf(int64),
  maxUploadSize: int64,
  appInstalled: flag,
  folderColorPalette: listOf(text),
  teamDriveThemes: themes,
  driveThemes: themes,
  canCreateTeamDrives: flag,
  canCreateDrives: flag,
})

/** The resources of the Drive API, with the members that the emulator provides. */
export const schemas: Record<string, JsonSchema> = Object.fromEntries([
  file,
  about,
  schema('FileList', 'One page of files.', {
    kind: text,
    incompleteSearch: flag,
    nextPageToken: text,
    files: listOf({ $ref: 'File' }),
  }),
  schema('User', 'A user as others see them.', {
    kind: text,
    displayName: text,
    photoLink: text,
    me: flag,
    permissionId: text,
    emailAddress: text,
  }),
  schema('GeneratedIds', 'Ids for files to come.', { kind: text, space: text, ids: listOf(text) }),
])
