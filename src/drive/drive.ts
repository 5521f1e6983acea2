import { createHash } from 'node:crypto'
import { Failure, Secret } from '../failures/index.ts'
import { type JsonObject, jsonObjectOf, stringMember } from '../http/json.ts'
import type { Http, HttpRequest, HttpResponse, HttpStream } from '../http/request.ts'
import { driveFailure } from './drive-error.ts'

/** The app folder of one account: where Drive is, and a token that may go there. */
export interface AppFolder {
  readonly http: Http
  readonly driveUrl: URL
  readonly accessToken: Secret
}

/** A file object of Drive v3 as it came: the members that were asked for, sizes as strings. */
export type DriveFile = JsonObject

/** What every file object of this program holds. */
const fileFields = 'id,name,mimeType,size,md5Checksum,createdTime,modifiedTime'

/** The longest content that goes in one request (Drive guide, manage uploads): above it an upload must be resumable. */
export const largestSimpleUploadBytes = 5 * 1024 * 1024

/** How to list. */
export interface ListOptions {
  readonly query?: string | undefined
  readonly orderBy?: string | undefined
  /** 1 to 1000. */
  readonly pageSize: number
}

/** The files of the app folder, a page at a time, as `files.list` gives them. @throws Failure `drive_*` and the network failures */
export async function* listAppFolder(folder: AppFolder, options: ListOptions): AsyncGenerator<readonly DriveFile[]> {
  let pageToken: string | undefined
  do {
    const answer: JsonObject = await getJson(folder, '/drive/v3/files', {
      spaces: 'appDataFolder',
      fields: `nextPageToken,files(${fileFields})`,
      pageSize: String(options.pageSize),
      q: options.query,
      orderBy: options.orderBy,
      pageToken,
    })
    const { files } = answer
    if (!Array.isArray(files))
      throw new Failure('invalid_answer', { host: folder.driveUrl.host, problem: 'its list has no files member' })
    yield files.filter(isObject)
    const next = stringMember(answer, 'nextPageToken')
    if (next !== undefined && (next === '' || next === pageToken))
      throw new Failure('invalid_answer', { host: folder.driveUrl.host, problem: 'its list goes round in a circle' })
    pageToken = next
  } while (pageToken !== undefined)
}

function isObject(value: unknown): value is DriveFile {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** The files with this name; names are not unique. */
export async function filesNamed(folder: AppFolder, name: string): Promise<readonly DriveFile[]> {
  const found: DriveFile[] = []
  const query = `name = '${name.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}' and trashed = false`
  for await (const page of listAppFolder(folder, { query, pageSize: 1000 })) found.push(...page)
  return found
}

/** The one file with this name. @throws Failure `drive_file_not_found`, `file_name_ambiguous` */
export async function fileNamed(folder: AppFolder, name: string): Promise<DriveFile> {
  const files = await filesNamed(folder, name)
  const [file] = files
  if (file === undefined) throw new Failure('drive_file_not_found', { name })
  if (files.length > 1) throw new Failure('file_name_ambiguous', { name, ids: files.map(fileId) })
  return file
}

/** The metadata of a file by id; `appDataFolder` is the folder itself. @throws Failure `drive_file_not_found` and others */
export async function getFile(folder: AppFolder, id: string, fields = fileFields): Promise<DriveFile> {
  return getJson(folder, `/drive/v3/files/${encodeURIComponent(id)}`, { fields })
}

/** The `about` resource: user and storage quota. */
export async function getAbout(folder: AppFolder): Promise<JsonObject> {
  return getJson(folder, '/drive/v3/about', { fields: 'user(displayName,emailAddress),storageQuota' })
}

/** The content of a file, as it comes. Compare it with `md5Checksum` before use. */
export async function openContent(folder: AppFolder, id: string): Promise<HttpStream> {
  const request = authorized(folder, 'GET', `/drive/v3/files/${encodeURIComponent(id)}`, { alt: 'media' })
  const stream = await folder.http.open({
    ...request,
    headers: { ...request.headers, accept: '*/*' },
    timeoutMs: 60_000,
  })
  if (stream.status === 200) return stream
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream.body) {
    bytes += chunk.length
    if (bytes > largestErrorBytes) break
    chunks.push(chunk)
  }
  stream.discard()
  throw driveFailure(
    { status: stream.status, headers: stream.headers, body: Buffer.concat(chunks) },
    folder.driveUrl.host,
    id,
  )
}

/** What to upload. */
export interface Upload {
  readonly name: string
  readonly content: Buffer
  /** Replace the content of this file instead of making a new one. */
  readonly replaceId: string | undefined
}

/**
 * Stores a file of at most {@link largestSimpleUploadBytes} in one multipart request (RFC 2387), and compares the MD5 that
 * Drive reports. @throws Failure `content_mismatch` and others
 */
export async function putFile(folder: AppFolder, { name, content, replaceId }: Upload): Promise<DriveFile> {
  const boundary = `gsa-${createHash('sha256').update(content).digest('hex').slice(0, 32)}`
  const metadata = replaceId === undefined ? { name, parents: ['appDataFolder'] } : { name }
  const body = Buffer.concat([
    Buffer.from(
      `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n`,
    ),
    Buffer.from(`--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`),
    content,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const path = `/upload/drive/v3/files${replaceId === undefined ? '' : `/${encodeURIComponent(replaceId)}`}`
  const request = authorized(folder, replaceId === undefined ? 'POST' : 'PATCH', path, {
    uploadType: 'multipart',
    fields: fileFields,
  })
  const headers = { ...request.headers, 'content-type': `multipart/related; boundary=${boundary}` }
  // Not repeated: a create that was answered by a broken connection may have happened.
  const response = await folder.http.send({ ...request, headers, body, timeoutMs: 120_000 })
  const file = answerOf(response, folder, name)
  checkMd5(name, file, createHash('md5').update(content).digest('hex'))
  return file
}

/** Deletes a file for good; the app folder has no trash. @throws Failure `drive_file_not_found` and others */
export async function deleteFile(folder: AppFolder, id: string): Promise<void> {
  const response = await folder.http.send(authorized(folder, 'DELETE', `/drive/v3/files/${encodeURIComponent(id)}`, {}))
  if (response.status !== 204 && response.status !== 200) throw driveFailure(response, folder.driveUrl.host, id)
}

/** @throws Failure `content_mismatch`, where Drive reports an MD5 and it is another one */
export function checkMd5(name: string, file: DriveFile, found: string): void {
  const expected = stringMember(file, 'md5Checksum')
  if (expected !== undefined && expected !== found) throw new Failure('content_mismatch', { name, expected, found })
}

/** The id of a file object. */
export function fileId(file: DriveFile): string {
  return stringMember(file, 'id') ?? ''
}

type Query = Readonly<Record<string, string | undefined>>

function authorized(
  { driveUrl, accessToken }: AppFolder,
  method: HttpRequest['method'],
  path: string,
  query: Query,
): HttpRequest {
  const url = new URL(`${driveUrl.href.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  return { method, url, headers: { authorization: new Secret(`Bearer ${accessToken.reveal()}`) } }
}

const largestErrorBytes = 256 * 1024
// A page of 1000 files with long names is well under this.
const largestAnswerBytes = 16 * 1024 * 1024

async function getJson(folder: AppFolder, path: string, query: Query): Promise<JsonObject> {
  const request = authorized(folder, 'GET', path, query)
  const response = await folder.http.send({ ...request, retries: 3, maxBytes: largestAnswerBytes })
  return answerOf(response, folder, decodeURIComponent(path.split('/').at(-1) ?? ''))
}

function answerOf(response: HttpResponse, { driveUrl }: AppFolder, name: string): JsonObject {
  if (response.status !== 200 && response.status !== 201) throw driveFailure(response, driveUrl.host, name)
  return jsonObjectOf(response, driveUrl.host)
}
