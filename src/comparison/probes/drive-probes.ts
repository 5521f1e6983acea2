import type { Probe } from '../probe.ts'

const bearer = '{access}'
const files = 'www:/drive/v3/files'
const upload = 'www:/upload/drive/v3/files'
const unknown = '1gsaCompareMadeUp'
const name = 'gsa-compare-{run}'
const metadata = JSON.stringify({ name, parents: ['appDataFolder'] })
const json = 'application/json'
const person: readonly string[] = ['displayName', 'emailAddress', 'permissionId', 'photoLink', 'version']
const origin = 'https://gsa-compare.example'
const multipart = `--gsa\r\ncontent-type: ${json}\r\n\r\n${metadata}\r\n--gsa\r\ncontent-type: text/plain\r\n\r\ntea for two\r\n--gsa--\r\n`
const block = 262_144
const created = encodeURIComponent(`name = '${name}'`).replace(encodeURIComponent('{run}'), '{run}')

/** Drive without an account. */
const openDriveProbes: readonly Probe[] = [
  { name: 'drive-list-none', shows: 'a list without a token', at: `GET ${files}` },
  { name: 'drive-list-unknown', shows: 'a list with a made-up token', at: `GET ${files}`, bearer: 'ya29.made-up' },
  { name: 'drive-get-none', shows: 'a file without a token', at: `GET ${files}/${unknown}` },
  { name: 'drive-create-none', shows: 'creating a file without a token', at: `POST ${files}`, body: '{}', type: json },
  { name: 'drive-upload-none', shows: 'starting an upload without a token', at: `POST ${upload}?uploadType=resumable` },
  { name: 'drive-batch-none', shows: 'an empty batch', at: 'POST www:/batch/drive/v3' },
  { name: 'drive-from-a-page', shows: 'a list for a page of another origin', at: `GET ${files}`, headers: { origin } },
  {
    name: 'drive-preflight',
    shows: 'a CORS preflight',
    at: `OPTIONS ${files}`,
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
  },
]

/** Requests that Drive rejects, and lists of nothing. */
const driveErrorProbes: readonly Probe[] = (
  [
    ['drive-bad-q', 'an invalid search', `GET ${files}?spaces=appDataFolder&q=tea`],
    ['drive-bad-fields', 'an unknown field', `GET ${files}?spaces=appDataFolder&fields=files(tea)`],
    ['drive-bad-page-token', 'an invalid page token', `GET ${files}?spaces=appDataFolder&pageToken=tea`],
    ['drive-page-size', 'a page of no files', `GET ${files}?spaces=appDataFolder&pageSize=0`],
    ['drive-missing', 'an unknown file', `GET ${files}/${unknown}`],
    ['drive-about-no-fields', 'about without fields', 'GET www:/drive/v3/about'],
    ['drive-folder', 'the app folder by its alias', `GET ${files}/appDataFolder`],
    ['drive-ids', 'a generated id', `GET ${files}/generateIds?count=1&space=appDataFolder`],
    ['drive-session-unknown', 'an unknown upload session', `PUT ${upload}?uploadType=resumable&upload_id=tea`],
  ] as const
).map(([probe, shows, at]) => ({ name: probe, shows, at, bearer }))

/** A file in the app folder: created, read, changed, listed and deleted. All of them are deleted at the end. */
const driveFileProbes: readonly Probe[] = [
  {
    name: 'drive-about',
    shows: 'the user and the quota',
    at: 'GET www:/drive/v3/about?fields=user,storageQuota',
    bearer,
    byForm: [...person, 'limit', 'usage', 'usageInDrive', 'usageInDriveTrash'],
  },
  { name: 'drive-create-bad', shows: 'metadata that are not JSON', at: `POST ${files}`, bearer, body: '{', type: json },
  {
    name: 'drive-create',
    shows: 'a file without content',
    at: `POST ${files}`,
    bearer,
    body: metadata,
    type: json,
    keeps: { file: 'id' },
  },
  { name: 'drive-get', shows: 'the metadata of a file', at: `GET ${files}/{file}`, bearer },
  { name: 'drive-get-all', shows: 'all its fields', at: `GET ${files}/{file}?fields=*`, bearer, byForm: person },
  {
    name: 'drive-update',
    shows: 'changed metadata',
    at: `PATCH ${files}/{file}?fields=description,appProperties`,
    bearer,
    body: '{"description":"tea","appProperties":{"cup":"1"}}',
    type: json,
  },
  {
    name: 'drive-update-override',
    shows: 'the same by POST with X-HTTP-Method-Override',
    at: `POST ${files}/{file}`,
    bearer,
    headers: { 'x-http-method-override': 'PATCH' },
    body: '{"description":"more tea"}',
    type: json,
  },
  {
    name: 'drive-trash',
    shows: 'trashing a file of the app folder',
    at: `PATCH ${files}/{file}`,
    bearer,
    body: '{"trashed":true}',
    type: json,
  },
  {
    name: 'drive-multipart',
    shows: 'an upload with metadata',
    at: `POST ${upload}?uploadType=multipart`,
    bearer,
    body: multipart,
    type: 'multipart/related; boundary=gsa',
    keeps: { content: 'id' },
  },
  { name: 'drive-download', shows: 'its content', at: `GET ${files}/{content}?alt=media`, bearer },
  {
    name: 'drive-download-range',
    shows: 'a part of its content',
    at: `GET ${files}/{content}?alt=media`,
    bearer,
    headers: { range: 'bytes=2-5' },
  },
  {
    name: 'drive-replace',
    shows: 'new content',
    at: `PATCH ${upload}/{content}?uploadType=media&fields=name,mimeType,size,md5Checksum`,
    bearer,
    body: 'tea',
    type: 'text/plain',
    after: 'drive-download-range',
  },
  {
    name: 'drive-resumable',
    shows: 'the start of a resumable upload',
    at: `POST ${upload}?uploadType=resumable`,
    bearer,
    headers: { 'x-upload-content-type': 'text/plain', 'x-upload-content-length': String(block + 10) },
    body: metadata,
    type: json,
    keeps: { session: 'location' },
  },
  {
    name: 'drive-resumable-status',
    shows: 'its state before the first chunk',
    at: 'PUT www:{session}',
    headers: { 'content-range': `bytes */${block + 10}` },
  },
  {
    name: 'drive-resumable-chunk',
    shows: 'the first chunk',
    at: 'PUT www:{session}',
    headers: { 'content-range': `bytes 0-${block - 1}/${block + 10}` },
    bytes: block,
    after: 'drive-resumable-status',
  },
  {
    name: 'drive-resumable-end',
    shows: 'the last chunk',
    at: 'PUT www:{session}',
    headers: { 'content-range': `bytes ${block}-${block + 9}/${block + 10}` },
    bytes: 10,
    after: 'drive-resumable-chunk',
  },
  {
    name: 'drive-list',
    shows: 'the first page of a list',
    at: `GET ${files}?spaces=appDataFolder&pageSize=1&q=${created}`,
    bearer,
    after: 'drive-resumable-end',
  },
  { name: 'drive-delete', shows: 'deleting a file', at: `DELETE ${files}/{file}`, bearer, after: 'drive-list' },
]

/** The probes of Drive. Files are created in the app folder only. */
export const driveProbes: readonly Probe[] = [...openDriveProbes, ...driveErrorProbes, ...driveFileProbes]
