import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Drive, driveOf, inAppData, names, put, test } from './drive-client.ts'
import { type RawAnswer, send, sendJson, signIn } from './raw-http.ts'

interface Refusal {
  name: string
  status: number
  /** A string, or a matcher for one. */
  message: unknown
  item: Record<string, string>
  canonical?: string
  detail?: { reason: string; method: string }
  authenticate?: unknown
  answer: (drive: Drive, google: Emulator) => Promise<RawAnswer>
}

const parameter = (location: string) => ({ location, locationType: 'parameter' })
const authorization = { location: 'Authorization', locationType: 'header' }
const spaces = 'The granted scopes do not give access to all of the requested spaces.'
const unsupported = 'Method not supported for files within the Application Data folder.'

const refusals: Refusal[] = [
  {
    name: 'an unknown id',
    status: 404,
    message: 'File not found: nope.',
    item: { reason: 'notFound', ...parameter('fileId') },
    answer: async (drive) => await drive.get('files/nope'),
  },
  {
    name: 'an unknown parent',
    status: 404,
    message: 'File not found: nope.',
    item: { reason: 'notFound', ...parameter('fileId') },
    answer: async (drive) => await drive.create({ parents: ['nope'] }),
  },
  {
    name: 'deleting twice',
    status: 404,
    message: expect.stringMatching(/^File not found: 1/),
    item: { reason: 'notFound' },
    answer: async (drive) => {
      const id = await put(drive, 'x')
      await drive.remove(id)
      return await drive.remove(id)
    },
  },
  ...[
    { q: "name = 'a" },
    { q: 'name' },
    { q: "nme = 'a'" },
    { q: "name = 'a' and" },
    { q: 'constructor = true' },
    { q: 'name = "a' },
    { q: `name = "a'` },
    { q: "title = 'a'" },
    { q: 'trashed' },
    { q: 'trashed = yes' },
    { q: "trashed = 'true'" },
    { q: "'a' in nowhere" },
    { q: "'a' 'in' parents" },
    { q: "parents = 'a'" },
    { q: '('.repeat(5000) },
    { pageToken: 'garbage' },
    { pageToken: '~!!~AI9garbagegarbagegarbagegarbagegarbage' },
    { orderBy: 'size' },
    { orderBy: 'name up' },
    { spaces: 'appdata' },
  ].map((parameters): Refusal => {
    const [[location, value] = ['', '']] = Object.entries(parameters)
    return {
      name: `${location}=${value.slice(0, 20)}`,
      status: 400,
      message: 'Invalid Value',
      item: { reason: 'invalid', ...parameter(location) },
      answer: async (drive) => await drive.list({ [location]: value }),
    }
  }),
  ...[
    ['etag', 'etag'],
    ['files(id,etag)', 'etag'],
    ['files(id', 'files(id'],
    ['files(id))', 'files(id))'],
    ['kind(x)', 'x'],
    ['kind,', 'kind,'],
    ['kind,,files', 'kind,,files'],
  ].map(([fields = '', named]): Refusal => ({
    name: `fields=${fields}`,
    status: 400,
    message: `Invalid field selection ${named}`,
    item: { reason: 'invalidParameter', ...parameter('fields') },
    answer: async (drive) => await drive.list({ fields }),
  })),
  {
    name: 'about without fields',
    status: 400,
    message: expect.stringMatching(/fields/),
    item: { reason: 'required', ...parameter('fields') },
    answer: async (drive) => await drive.get('about'),
  },
  {
    name: 'metadata that is not JSON',
    status: 400,
    message: 'Parse Error',
    item: { reason: 'parseError' },
    answer: async (drive, google) =>
      await send(`${google.issuer}/drive/v3/files`, {
        method: 'POST',
        headers: { ...drive.headers, 'content-type': 'application/json' },
        body: '{"name":',
      }),
  },
  {
    name: 'a bad token',
    status: 401,
    message: expect.stringMatching(/^Request had invalid authentication credentials\. Expected OAuth 2 access token/),
    item: { message: 'Invalid Credentials', reason: 'authError', ...authorization },
    canonical: 'UNAUTHENTICATED',
    authenticate: expect.stringMatching(/^Bearer realm="https:\/\/accounts\.google\.com\/", error="invalid_token"$/),
    answer: async (_drive, google) => await driveOf(google, 'ya29.bad').list(),
  },
  {
    name: 'an expired token',
    status: 401,
    message: expect.stringMatching(/^Request had invalid authentication credentials\./),
    item: { message: 'Invalid Credentials', reason: 'authError' },
    canonical: 'UNAUTHENTICATED',
    answer: async (drive, google) => {
      google.advanceClock('1h')
      return await drive.list()
    },
  },
  {
    name: 'no token',
    status: 401,
    message: expect.stringMatching(/^Request is missing required authentication credential\./),
    item: { message: 'Login Required.', reason: 'required', ...authorization },
    canonical: 'UNAUTHENTICATED',
    detail: { reason: 'CREDENTIALS_MISSING', method: 'google.apps.drive.v3.DriveAbout.Get' },
    answer: async (_drive, google) => await send(`${google.issuer}/drive/v3/about?fields=user`),
  },
  {
    name: 'a token without a Drive scope',
    status: 403,
    message: 'Request had insufficient authentication scopes.',
    item: { message: 'Insufficient Permission', reason: 'insufficientPermissions' },
    canonical: 'PERMISSION_DENIED',
    detail: { reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', method: 'google.apps.drive.v3.DriveFiles.List' },
    authenticate: expect.stringMatching(/error="insufficient_scope"/),
    answer: async (_drive, google) => {
      const grace = await signIn(google, { account: 'grace@corp.example', scopes: ['openid'] })
      return await driveOf(google, grace.access_token).list()
    },
  },
  {
    name: 'a drive.appdata token that lists My Drive',
    status: 403,
    message: spaces,
    item: { reason: 'insufficientScopes', ...parameter('spaces') },
    answer: async (drive) => await drive.get('files'),
  },
  {
    name: 'a drive.file token that lists the app folder',
    status: 403,
    message: spaces,
    item: { reason: 'insufficientScopes', ...parameter('spaces') },
    answer: async (_drive, google) => {
      const scopes = ['https://www.googleapis.com/auth/drive.file']
      const grace = await signIn(google, { account: 'grace@corp.example', scopes })
      return await driveOf(google, grace.access_token).list()
    },
  },
  {
    name: 'a drive.appdata token that creates in My Drive',
    status: 403,
    message: 'Insufficient permissions for the specified parent.',
    item: { reason: 'insufficientParentPermissions' },
    answer: async (drive) => await drive.create({ name: 'x' }),
  },
  {
    name: 'a Google document in the app folder',
    status: 403,
    message: unsupported,
    item: { reason: 'notSupportedForAppDataFolderFiles' },
    answer: async (drive) => await drive.create({ mimeType: 'application/vnd.google-apps.document', ...inAppData }),
  },
  {
    name: 'sharing a file of the app folder',
    status: 403,
    message: unsupported,
    item: { reason: 'notSupportedForAppDataFolderFiles' },
    answer: async (drive, google) =>
      await sendJson(
        `${google.issuer}/drive/v3/files/${await put(drive, 'x')}/permissions`,
        { role: 'reader', type: 'anyone' },
        { headers: drive.headers },
      ),
  },
  {
    name: 'exporting a file that is not a Google document',
    status: 403,
    message: 'Export only supports Docs Editors files.',
    item: { reason: 'fileNotExportable' },
    answer: async (drive) => await drive.get(`files/${await put(drive, 'x')}/export`, { mimeType: 'application/pdf' }),
  },
  {
    name: 'trashing a file of the app folder',
    status: 403,
    message: 'Files within the Application Data folder cannot be trashed.',
    item: { reason: 'notSupportedForAppDataFolderFiles' },
    answer: async (drive) => await drive.update(await put(drive, 'x'), { trashed: true }),
  },
  {
    name: 'metadata of more than a megabyte',
    status: 413,
    message: 'Request Too Large',
    item: { reason: 'uploadTooLarge' },
    answer: async (drive) => await drive.create({ description: 'x'.repeat(1024 * 1024), ...inAppData }),
  },
]

describe('Drive sends errors in Google’s words', () => {
  test.for(refusals)(
    '$name: $status',
    async ({ status, message, item, canonical, detail, authenticate, answer }, { google, drive }) => {
      const refusal = await answer(drive, google)
      expect(refusal.status).toBe(status)
      expect(refusal.headers['content-type']).toBe('application/json; charset=UTF-8')
      expect(refusal.body).toBe(`${JSON.stringify(refusal.json, null, 2)}\n`)
      const { error } = refusal.json
      const domain = 'googleapis.com'
      const metadata = { service: 'drive.googleapis.com', method: detail?.method }
      const type = 'type.googleapis.com/google.rpc.ErrorInfo'
      const keys = ['code', 'message', 'errors', ...(canonical ? ['status'] : []), ...(detail ? ['details'] : [])]
      expect(Object.keys(error)).toEqual(keys)
      expect(error).toEqual({
        code: status,
        message,
        errors: [expect.objectContaining({ message: error.message, domain: 'global', ...item })],
        ...(canonical && { status: canonical }),
        ...(detail && { details: [{ '@type': type, reason: detail.reason, domain, metadata }] }),
      })
      const inOrder = detail?.reason === 'CREDENTIALS_MISSING' ? ['service', 'method'] : ['method', 'service']
      expect(Object.keys(error.details?.[0].metadata ?? {})).toEqual(detail ? inOrder : [])
      expect(refusal.headers).toMatchObject({
        ...(authenticate ? { 'www-authenticate': authenticate } : {}),
        ...(canonical ? {} : { 'cache-control': 'private, max-age=0', expires: refusal.headers.date }),
        vary: 'Origin, X-Origin',
      })
      expect('pragma' in refusal.headers).toBe(canonical !== undefined)
    },
  )

  test('a rejected create or update changes nothing', async ({ drive }) => {
    expect((await drive.create({ name: 'x', ...inAppData }, { fields: 'nope' })).status).toBe(400)
    expect(names(await drive.list())).toEqual([])
  })

  test.for(['drive/v3/nope', 'drive/v3/files/a/b/c', 'upload/drive/v3/files?uploadType=other', 'drive/v2/files'])(
    '%s is Google’s HTML 404',
    async (path, { google, drive }) => {
      const answer = await send(`${google.issuer}/${path}`, { method: 'POST', headers: drive.headers })
      expect(answer.status).toBe(404)
      expect(answer.headers['content-type']).toContain('text/html')
    },
  )
})
