import { invalidValue } from '../answers/drive-errors.ts'
import { notWritable, parentsNotWritable } from '../answers/drive-request-errors.ts'
import { isRecord } from '../records/input.ts'
import { fileSchema } from './resource.ts'

/** The members of a file that clients can write; undefined if not given. */
export interface WritableFields {
  readonly id?: string
  readonly name?: string
  readonly mimeType?: string
  readonly description?: string
  readonly originalFilename?: string
  readonly starred?: boolean
  readonly trashed?: boolean
  readonly parents?: readonly string[]
  readonly createdMs?: number
  readonly modifiedMs?: number
  /** A null value removes the property. */
  readonly appProperties?: Readonly<Record<string, unknown>>
  readonly properties?: Readonly<Record<string, unknown>>
}

/**
 * Reads the writable members of a metadata object; other members are ignored.
 * @throws Refused when one has the wrong type.
 */
export function readFields(metadata: Readonly<Record<string, unknown>>): WritableFields {
  const fields: { -readonly [Name in keyof WritableFields]: WritableFields[Name] } = {}
  for (const name of ['id', 'name', 'mimeType', 'description', 'originalFilename'] as const) {
    const value = metadata[name]
    if (typeof value === 'string') fields[name] = value
    else if (value !== undefined && value !== null) throw invalidValue(name)
  }
  for (const name of ['starred', 'trashed'] as const) {
    const value = metadata[name]
    if (typeof value === 'boolean') fields[name] = value
  }
  const { parents } = metadata
  if (Array.isArray(parents) && parents.length > 0) {
    if (!parents.every((parent): parent is string => typeof parent === 'string')) throw invalidValue('parents')
    fields.parents = parents
  }
  for (const [name, target] of [
    ['createdTime', 'createdMs'],
    ['modifiedTime', 'modifiedMs'],
  ] as const) {
    const value = metadata[name]
    if (value === undefined || value === null) continue
    const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
    if (Number.isNaN(time)) throw invalidValue(name)
    fields[target] = time
  }
  for (const name of ['appProperties', 'properties'] as const) {
    const value = metadata[name]
    if (isRecord(value)) fields[name] = value
    else if (value !== undefined && value !== null) throw invalidValue(name)
  }
  return fields
}

/** The members of a file that an update may have. */
const changeable = new Set(
  'kind name mimeType description starred trashed properties appProperties createdTime modifiedTime viewedByMeTime originalFilename folderColorRgb contentHints contentRestrictions copyRequiresWriterPermission writersCanShare viewersCanCopyContent shortcutDetails inheritedPermissionsDisabled downloadRestrictions'.split(
    ' ',
  ),
)

/**
 * Checks the metadata of an update, also where it has the value that the file has already.
 * @throws Refused for `parents`, and for another member that clients cannot write.
 */
export function refuseReadOnly(metadata: Readonly<Record<string, unknown>>): void {
  const { parents } = metadata
  if (Array.isArray(parents) && parents.length > 0) throw parentsNotWritable()
  const names = Object.keys(metadata).filter((name) => name !== 'parents' && metadata[name] !== null)
  if (names.some((name) => Object.hasOwn(fileSchema, name) && !changeable.has(name))) throw notWritable()
}

/**
 * The limit per file and app (evidence B9). The third limit, 100 from all apps, cannot be reached: a file here has one
 * app, which may set 30 of each.
 */
const mostProperties = 30
/** The limit in UTF-8 bytes, key and value together. */
const longestProperty = 124

/**
 * Returns the properties of a file after a change; null removes a property.
 * @throws Refused with "Invalid Value" at `name` for a value that is not a string, and beyond a limit.
 */
export function withProperties(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, unknown>> | undefined,
  name: 'appProperties' | 'properties',
): Readonly<Record<string, string>> {
  if (changes === undefined) return before
  const after = new Map(Object.entries(before))
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) after.delete(key)
    else if (typeof value === 'string' && Buffer.byteLength(key + value) <= longestProperty) after.set(key, value)
    else throw invalidValue(name)
  }
  if (after.size > mostProperties) throw invalidValue(name)
  return Object.fromEntries(after)
}
