import { apiUrl, attemptCall, callApi, getJson, type GoogleApi, withToken } from '../api/call.ts'
import { pages } from '../api/pages.ts'
import { isJsonObject, type JsonObject, stringMember } from '../core/json.ts'
import { Failure, isFailure } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json-answer.ts'

/** A file object of Drive v3 as received: only the requested members, sizes as strings. */
export type DriveFile = JsonObject

/** The members of every file object in this program. */
export const fileFields = 'id,name,mimeType,size,md5Checksum,createdTime,modifiedTime'

/** The options for listing. */
export interface ListOptions {
  readonly query?: string | undefined
  readonly orderBy?: string | undefined
  /** 1 to 1000. Default 1000. */
  readonly pageSize?: number
  /** The maximum number of files. */
  readonly limit?: number | undefined
  /** The members of the file objects. */
  readonly fields?: string
}

/**
 * Yields the files of the app folder, one page at a time, as returned by `files.list`.
 * @throws Failure of the groups network and refused
 */
export async function* listAppFolder(api: GoogleApi, options: ListOptions = {}): AsyncGenerator<readonly DriveFile[]> {
  const { query, orderBy, pageSize = 1000, limit = Number.POSITIVE_INFINITY, fields = fileFields } = options
  const parameters = {
    spaces: 'appDataFolder',
    fields: `nextPageToken,files(${fields})`,
    pageSize: String(Math.min(pageSize, limit)),
    q: query,
    orderBy,
  }
  let announced = 0
  const isEnough = (page: JsonObject): boolean => (announced += filesOf(page, api).length) >= limit
  let left = limit
  for await (const page of pages(api, apiUrl(api, '/drive/v3/files', parameters), isEnough)) {
    const files = filesOf(page, api).slice(0, left)
    left -= files.length
    yield files
  }
}

function filesOf({ files }: JsonObject, { root }: GoogleApi): readonly DriveFile[] {
  if (!Array.isArray(files))
    throw new Failure('invalid_answer', { host: root.host, problem: 'its list has no files member' })
  return files.filter(isJsonObject)
}

// With names of usual length, the URL stays below the limits of servers.
const namesARequest = 20

/**
 * Returns the only file with each of these names, in order.
 * @throws Failure `drive_file_not_found`, `file_name_ambiguous`
 */
export async function filesNamed(api: GoogleApi, names: readonly string[]): Promise<readonly DriveFile[]> {
  const found: DriveFile[] = []
  for (let from = 0; from < names.length; from += namesARequest) {
    const some = names.slice(from, from + namesARequest)
    const query = some.map((name) => `name = '${quoted(name)}'`).join(' or ')
    for await (const page of listAppFolder(api, { query: `(${query}) and trashed = false` })) found.push(...page)
  }
  return names.map((name) => {
    const files = found.filter((file) => fileName(file).normalize() === name.normalize())
    const [file] = files
    if (file === undefined) throw new Failure('drive_file_not_found', { name })
    if (files.length > 1) throw new Failure('file_name_ambiguous', { name, ids: files.map(fileId) })
    return file
  })
}

/** Returns the only file with this name. @throws Failure `drive_file_not_found`, `file_name_ambiguous` */
export async function fileNamed(api: GoogleApi, name: string): Promise<DriveFile> {
  const [file] = await filesNamed(api, [name])
  return file!
}

const countTimeoutMs = 5000

/**
 * Returns how many files have this name, at most 1000. Sends one request without retries: no one waits for it.
 * @throws Failure of the groups network and refused
 */
export async function countNamed(api: GoogleApi, name: string): Promise<number> {
  const url = apiUrl(api, '/drive/v3/files', {
    spaces: 'appDataFolder',
    fields: 'files(id,name)',
    pageSize: '1000',
    q: `name = '${quoted(name)}' and trashed = false`,
  })
  const request = { method: 'GET', url, repeat: 'safe', timeoutMs: countTimeoutMs } as const
  const response = await withToken(api, async (token) => attemptCall(api, request, token))
  const files = filesOf(jsonObjectOf(response, url.host), api)
  return files.filter((file) => fileName(file).normalize() === name.normalize()).length
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)
}

/**
 * Returns a file's metadata by ID; `appDataFolder` is the folder itself.
 * @throws Failure `drive_file_not_found` and others
 */
export async function getFile(api: GoogleApi, id: string, fields = fileFields): Promise<DriveFile> {
  return getJson(api, { url: apiUrl(api, filePath(id), { fields }), file: id })
}

/** Returns the `about` resource: user and storage quota. */
export async function getAbout(api: GoogleApi): Promise<JsonObject> {
  return getJson(api, {
    url: apiUrl(api, '/drive/v3/about', { fields: 'user(displayName,emailAddress),storageQuota' }),
  })
}

/** Returns the number of files in the app folder, and their total bytes. One request per 1000 files. */
export async function measureAppFolder(api: GoogleApi): Promise<{ readonly count: number; readonly bytes: number }> {
  let count = 0
  let bytes = 0
  for await (const files of listAppFolder(api, { fields: 'size' })) {
    count += files.length
    for (const file of files) bytes += fileBytes(file) ?? 0
  }
  return { count, bytes }
}

/** Returns an ID for one later create, which makes the create safe to repeat (`files.generateIds`). */
export async function generateFileId(api: GoogleApi): Promise<string> {
  const url = apiUrl(api, '/drive/v3/files/generateIds', { count: '1', space: 'appDataFolder', fields: 'ids' })
  const { ids } = await getJson(api, { url })
  const [id]: unknown[] = Array.isArray(ids) ? ids : []
  if (typeof id !== 'string' || id === '')
    throw new Failure('invalid_answer', { host: url.host, problem: 'it generated no ID for the new file' })
  return id
}

/** Deletes a file permanently; the app folder has no trash. @throws Failure `drive_file_not_found` and others */
export async function deleteFile(api: GoogleApi, id: string): Promise<void> {
  let isRepeated = false
  const onRepeat = (): void => {
    isRepeated = true
  }
  try {
    await callApi(api, { method: 'DELETE', url: apiUrl(api, filePath(id)), file: id, repeat: 'safe', onRepeat })
  } catch (error) {
    // If the first response was lost, the file is already deleted the second time.
    if (!isRepeated || !isFailure(error, 'drive_file_not_found')) throw error
  }
}

/** Returns a file's path. */
export function filePath(id: string): string {
  return `/drive/v3/files/${encodeURIComponent(id)}`
}

/** Returns a file object's ID. */
export function fileId(file: DriveFile): string {
  return stringMember(file, 'id') ?? ''
}

/** Returns a file object's name, or its ID if it has none. */
export function fileName(file: DriveFile): string {
  return stringMember(file, 'name') ?? fileId(file)
}

/** Returns the content's length; undefined for folders and such. */
export function fileBytes(file: DriveFile): number | undefined {
  const size = stringMember(file, 'size') ?? ''
  return /^\d{1,15}$/.test(size) ? Number(size) : undefined
}

/** Returns the file object in a response. @throws Failure `invalid_answer` */
export function fileOf(response: Parameters<typeof jsonObjectOf>[0], api: GoogleApi): DriveFile {
  return jsonObjectOf(response, api.root.host)
}

/** Returns the failure if this MD5 is not that of the file; undefined if it is, or if Drive reports none. */
export function mismatchOf(
  file: DriveFile,
  found: string,
  left: 'nothing' | 'damaged',
): Failure<'content_mismatch'> | undefined {
  const expected = stringMember(file, 'md5Checksum')
  return expected === undefined || expected === found
    ? undefined
    : new Failure('content_mismatch', { name: fileName(file), expected, found, left })
}
