import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { authorizationUrl, bearer, credentials, driveAppdata, exchange, send, sendJson, signIn } from './raw-http.ts'
import type { RawAnswer } from './raw-http.ts'
import { test as base } from './with-google.ts'

/** A Drive client of one signed-in account, in the fewest words. */
function driveOf(google: Emulator, accessToken: string) {
  const headers = bearer(accessToken)
  const root = `${google.issuer}/drive/v3`
  const upload = `${google.issuer}/upload/drive/v3/files`
  const query = (parameters: Record<string, string>): string => new URLSearchParams(parameters).toString()
  return {
    headers,
    get: async (path: string, parameters: Record<string, string> = {}, more = {}) =>
      await send(`${root}/${path}?${query(parameters)}`, { headers: { ...headers, ...more } }),
    list: async (parameters: Record<string, string> = {}) =>
      await send(`${root}/files?${query({ spaces: 'appDataFolder', ...parameters })}`, { headers }),
    create: async (metadata: unknown, parameters: Record<string, string> = {}) =>
      await sendJson(`${root}/files?${query(parameters)}`, metadata, { headers }),
    update: async (id: string, metadata: unknown, parameters: Record<string, string> = {}) =>
      await sendJson(`${root}/files/${id}?${query(parameters)}`, metadata, { method: 'PATCH', headers }),
    remove: async (id: string) => await send(`${root}/files/${id}`, { method: 'DELETE', headers }),
    multipart: async (
      metadata: unknown,
      content: Buffer | string,
      options: { id?: string; fields?: string; type?: string } = {},
    ) => {
      const boundary = 'a boundary'
      const body = Buffer.concat([
        Buffer.from(
          `--${boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${JSON.stringify(metadata)}\r\n`,
        ),
        Buffer.from(`--${boundary}\r\nContent-Type: ${options.type ?? 'text/plain'}\r\n\r\n`),
        Buffer.from(content),
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ])
      const parameters = query({ uploadType: 'multipart', ...(options.fields && { fields: options.fields }) })
      return await send(`${upload}${options.id ? `/${options.id}` : ''}?${parameters}`, {
        method: options.id ? 'PATCH' : 'POST',
        headers: { ...headers, 'content-type': `multipart/related; boundary="${boundary}"` },
        body,
      })
    },
    media: async (id: string, content: Buffer | string, type = 'text/plain') =>
      await send(`${upload}/${id}?uploadType=media`, {
        method: 'PATCH',
        headers: { ...headers, 'content-type': type },
        body: content,
      }),
  }
}
type Drive = ReturnType<typeof driveOf>

const test = base.extend<{ drive: Drive }>({
  drive: async ({ google }, use) => {
    await use(driveOf(google, (await signIn(google)).access_token))
  },
})

const inAppData = { parents: ['appDataFolder'] }
const put = async (drive: Drive, name: string, content: Buffer | string = name): Promise<string> =>
  (await drive.multipart({ name, ...inAppData }, content)).json.id
const names = (answer: RawAnswer): string[] => answer.json.files.map((file: { name: string }) => file.name)

describe('a file in the app folder', () => {
  test('is created, read, changed and deleted', async ({ drive }) => {
    const created = await drive.multipart({ name: 'settings.json', ...inAppData }, '{"a":1}', {
      type: 'application/json',
    })
    expect(created.status).toBe(200)
    const { id } = created.json
    expect(created.body).toBe(
      `${JSON.stringify({ kind: 'drive#file', id, name: 'settings.json', mimeType: 'application/json' }, null, 2)}\n`,
    )
    expect(id).toMatch(/^1[\w-]{43,51}$/)
    const content = await drive.get(`files/${id}`, { alt: 'media' })
    expect(content.body).toBe('{"a":1}')
    expect(content.headers['content-type']).toBe('application/json')
    expect((await drive.media(id, '{"a":2}', 'application/json')).status).toBe(200)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('{"a":2}')
    expect((await drive.update(id, { name: 'renamed.json' })).json.name).toBe('renamed.json')
    const both = await drive.multipart({ name: 'both.json' }, '{}', {
      id,
      fields: 'name,size',
      type: 'application/json',
    })
    expect(both.json).toEqual({ name: 'both.json', size: '2' })
    const removed = await drive.remove(id)
    expect(removed).toMatchObject({ status: 204, body: '' })
    expect(removed.headers['content-type']).toBe('text/html')
    expect((await drive.get(`files/${id}`)).status).toBe(404)
  })

  test('has strings for numbers, checksums, and times with milliseconds', async ({ google, drive }) => {
    const id = await put(drive, 'data.bin', 'hello')
    const before = (await drive.get(`files/${id}`, { fields: '*' })).json
    const digest = (algorithm: string) => createHash(algorithm).update('hello').digest('hex')
    expect(before).toMatchObject({
      size: '5',
      version: '1',
      md5Checksum: digest('md5'),
      sha1Checksum: digest('sha1'),
      sha256Checksum: digest('sha256'),
      spaces: ['appDataFolder'],
      trashed: false,
      createdTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      modifiedTime: before.createdTime,
      owners: [{ emailAddress: 'ada@example.com' }],
    })
    google.advanceClock('5s')
    expect((await drive.get(`files/${id}`, { fields: 'version' })).json.version).toBe('2')
  })

  test('may be empty and nameless', async ({ drive }) => {
    const { json } = await drive.create(inAppData)
    expect(json).toMatchObject({ name: 'Untitled', mimeType: 'application/octet-stream' })
    const file = (await drive.get(`files/${json.id}`, { fields: 'size,md5Checksum' })).json
    expect(file).toEqual({ size: '0', md5Checksum: 'd41d8cd98f00b204e9800998ecf8427e' })
  })

  test('keeps its bytes, whatever they are', async ({ drive }) => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7) & 255))
    const withLineEnds = Buffer.concat([Buffer.from('\r\n--not the boundary\r\n'), bytes, Buffer.from('\r\n\r\n')])
    const id = await put(drive, 'bytes', withLineEnds)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).bytes.equals(withLineEnds)).toBe(true)
  })

  test('is read in part with Range', async ({ drive }) => {
    const id = await put(drive, 'digits', '0123456789')
    const ask = async (range: string) => await drive.get(`files/${id}`, { alt: 'media' }, { range })
    const middle = await ask('bytes=2-4')
    expect(middle).toMatchObject({ status: 206, body: '234' })
    expect(middle.headers['content-range']).toBe('bytes 2-4/10')
    expect((await ask('bytes=7-')).body).toBe('789')
    expect((await ask('bytes=-2')).body).toBe('89')
    expect((await ask('bytes=10-')).status).toBe(416)
  })

  test('shares its name with others', async ({ drive }) => {
    expect(await put(drive, 'same')).not.toBe(await put(drive, 'same'))
    expect(names(await drive.list())).toEqual(['same', 'same'])
  })

  test('belongs to one user and one project', async ({ google, drive }) => {
    const id = await put(drive, 'mine')
    const grace = driveOf(google, (await signIn(google, { account: 'grace@corp.example' })).access_token)
    await sendJson(`${google.issuer}/emulator/v1/clients`, { type: 'web', clientId: '2-other', clientSecret: 's' })
    const code = await google.createCode({ clientId: '2-other' })
    const other = driveOf(
      google,
      (await exchange(google, code, { client_id: '2-other', client_secret: 's' })).json.access_token,
    )
    for (const stranger of [grace, other]) {
      expect((await stranger.get(`files/${id}`)).status).toBe(404)
      expect(names(await stranger.list())).toEqual([])
    }
    const { url } = await answerConsent(authorizationUrl(google))
    const desktop = { ...credentials(google, 'desktop'), redirect_uri: 'http://127.0.0.1:9/callback' }
    const sibling = await exchange(google, new URL(url).searchParams.get('code') ?? '', desktop)
    expect(names(await driveOf(google, sibling.json.access_token).list())).toEqual(['mine'])
  })

  test('gets the id that generateIds made, once', async ({ drive }) => {
    const { json } = await drive.get('files/generateIds', { count: '2', space: 'appDataFolder' })
    expect(json).toMatchObject({ kind: 'drive#generatedIds', space: 'appDataFolder' })
    expect(json.ids).toHaveLength(2)
    const [id] = json.ids
    expect((await drive.create({ id, ...inAppData })).json.id).toBe(id)
    expect((await drive.create({ id, ...inAppData })).status).toBe(409)
    expect((await drive.create({ id: 'made-up', ...inAppData })).status).toBe(400)
  })

  test('keeps app properties until they are set to null', async ({ drive }) => {
    const { id } = (await drive.create({ ...inAppData, appProperties: { a: '1', b: '2' } })).json
    const changed = await drive.update(id, { appProperties: { a: null } }, { fields: 'appProperties' })
    expect(changed.json).toEqual({ appProperties: { b: '2' } })
  })

  test('may lie in a folder, and goes with it', async ({ drive }) => {
    const folder = (
      await drive.create({ name: 'folder', mimeType: 'application/vnd.google-apps.folder', ...inAppData })
    ).json.id
    const child = (await drive.create({ name: 'child', parents: [folder] })).json.id
    expect(names(await drive.list({ q: `'${folder}' in parents` }))).toEqual(['child'])
    await drive.remove(folder)
    expect((await drive.get(`files/${child}`)).status).toBe(404)
  })
})

describe('the folder itself', () => {
  test.for(['appDataFolder', 'appfolder'])('answers to %s', async (alias, { drive }) => {
    const { status, json } = await drive.get(`files/${alias}`, { fields: 'id,mimeType,capabilities/canAddChildren' })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      mimeType: 'application/vnd.google-apps.folder',
      capabilities: { canAddChildren: true },
    })
    const { parents } = (await drive.get(`files/${await put(drive, 'x')}`, { fields: 'parents' })).json
    expect(parents).toEqual([json.id])
  })

  test('cannot be deleted or downloaded', async ({ drive }) => {
    expect((await drive.remove('appDataFolder')).status).toBe(403)
    expect((await drive.get('files/appDataFolder', { alt: 'media' })).json.error.errors[0].reason).toBe(
      'fileNotDownloadable',
    )
  })

  test('counts toward the quota, in strings', async ({ drive }) => {
    await put(drive, 'a', 'x'.repeat(1000))
    const id = await put(drive, 'b', 'x'.repeat(500))
    await drive.media(id, 'x'.repeat(50))
    const { json } = await drive.get('about', { fields: 'user(emailAddress),storageQuota' })
    expect(json).toEqual({
      user: { emailAddress: 'ada@example.com' },
      storageQuota: { limit: '16106127360', usage: '1050', usageInDrive: '1050', usageInDriveTrash: '0' },
    })
  })
})

describe('files.list', () => {
  test('answers the captured shape, newest first', async ({ drive }) => {
    await put(drive, 'old')
    const id = await put(drive, 'new')
    const { json } = await drive.list()
    expect(Object.keys(json)).toEqual(['kind', 'incompleteSearch', 'files'])
    expect(json).toMatchObject({ kind: 'drive#fileList', incompleteSearch: false })
    expect(json.files[0]).toEqual({ kind: 'drive#file', mimeType: 'text/plain', id, name: 'new' })
    expect(Object.keys(json.files[0])).toEqual(['kind', 'mimeType', 'id', 'name'])
    expect(names(await drive.list())).toEqual(['new', 'old'])
  })

  test('pages with an opaque token, absent on the last page, also while files vanish', async ({ drive }) => {
    for (let index = 0; index < 7; index += 1) await put(drive, `file ${index}`)
    const first = (await drive.list({ pageSize: '3' })).json
    expect(first.files).toHaveLength(3)
    expect(first.nextPageToken.length).toBeGreaterThan(350)
    await drive.remove(first.files[2].id)
    const second = (await drive.list({ pageSize: '3', pageToken: first.nextPageToken })).json
    expect(second.files.map((file: { name: string }) => file.name)).toEqual(['file 3', 'file 2', 'file 1'])
    const third = await drive.list({ pageSize: '3', pageToken: second.nextPageToken })
    expect(names(third)).toEqual(['file 0'])
    expect(third.json).not.toHaveProperty('nextPageToken')
  })

  test.for([
    { orderBy: 'name', expected: ['a10', 'a9', 'B1'] },
    { orderBy: 'name desc', expected: ['B1', 'a9', 'a10'] },
    { orderBy: 'name_natural', expected: ['a9', 'a10', 'B1'] },
    { orderBy: 'createdTime', expected: ['B1', 'a9', 'a10'] },
    { orderBy: 'createdTime desc,name', expected: ['a10', 'a9', 'B1'] },
    { orderBy: 'modifiedTime desc', expected: ['B1', 'a10', 'a9'] },
    { orderBy: 'quotaBytesUsed desc', expected: ['a9', 'a10', 'B1'] },
  ])('orders by $orderBy, also across pages', async ({ orderBy, expected }, { google, drive }) => {
    const first = await put(drive, 'B1', 'x')
    google.advanceClock('1s')
    await put(drive, 'a9', 'xxx')
    google.advanceClock('1s')
    await put(drive, 'a10', 'xx')
    google.advanceClock('1s')
    await drive.update(first, { starred: true })
    const listed: string[] = []
    let pageToken = ''
    do {
      const page = await drive.list({ orderBy, pageSize: '1', ...(pageToken && { pageToken }) })
      listed.push(...names(page))
      pageToken = page.json.nextPageToken ?? ''
    } while (pageToken)
    expect(listed).toEqual(expected)
  })

  test.for([
    { q: "name = 'notes.txt'", expected: ['notes.txt'] },
    { q: "name != 'notes.txt'", expected: ['HelloWorld', "it's \\ here"] },
    { q: "name contains 'hello'", expected: ['HelloWorld'] },
    { q: "name contains 'World'", expected: [] },
    { q: "name contains 'txt'", expected: ['notes.txt'] },
    { q: String.raw`name = 'it\'s \\ here'`, expected: ["it's \\ here"] },
    { q: "mimeType = 'text/plain' and name contains 'n'", expected: ['notes.txt'] },
    { q: "mimeType contains 'text/'", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: 'trashed = false', expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: 'trashed=true', expected: [] },
    { q: "not name = 'notes.txt' and (starred = true or name contains 'it')", expected: ["it's \\ here"] },
    { q: "'appDataFolder' in parents and trashed = false", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "'root' in parents", expected: [] },
    { q: "modifiedTime > '2000-01-01T00:00:00'", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
    { q: "createdTime < '2000-01-01'", expected: [] },
    { q: "appProperties has { key='k' and value='v' }", expected: ['HelloWorld'] },
    { q: "'me' in owners", expected: ['HelloWorld', "it's \\ here", 'notes.txt'] },
  ])('finds $q', async ({ q, expected }, { drive }) => {
    await put(drive, 'notes.txt')
    await put(drive, "it's \\ here")
    await drive.multipart({ name: 'HelloWorld', ...inAppData, appProperties: { k: 'v' } }, 'x')
    expect(names(await drive.list({ q }))).toEqual(expected)
  })

  test.for([
    { fields: 'files(id,name,size),nextPageToken', keys: ['files'], file: ['id', 'name', 'size'] },
    { fields: 'files/name', keys: ['files'], file: ['name'] },
    { fields: 'kind,files(id,capabilities/canDelete)', keys: ['kind', 'files'], file: ['id', 'capabilities'] },
    { fields: 'files/id,files/name', keys: ['files'], file: ['id', 'name'] },
    { fields: 'incompleteSearch', keys: ['incompleteSearch'], file: undefined },
  ])('answers only $fields', async ({ fields, keys, file }, { drive }) => {
    await put(drive, 'a')
    const { json } = await drive.list({ fields })
    expect(Object.keys(json)).toEqual(keys)
    expect(file && Object.keys(json.files[0])).toEqual(file)
  })

  test('fields=* has everything', async ({ drive }) => {
    await put(drive, 'a')
    const { json } = await drive.list({ fields: '*' })
    expect(json.files[0]).toMatchObject({ md5Checksum: expect.any(String), owners: [{ me: true }] })
  })

  test('reaches a million generated files quickly', async ({ google, drive }) => {
    const files = { account: 'ada@example.com', count: 1_000_000, bytes: 100 }
    const made = await sendJson(`${google.issuer}/emulator/v1/files`, files)
    expect(made.json.created).toBe(1_000_000)
    const page = (await drive.list({ pageSize: '1000', fields: 'files(id,name,size,md5Checksum),nextPageToken' })).json
    expect(page.files).toHaveLength(1000)
    expect(page.nextPageToken).toBeDefined()
    const [file] = page.files
    const content = await drive.get(`files/${file.id}`, { alt: 'media' })
    expect(content.bytes).toHaveLength(100)
    expect(createHash('md5').update(content.bytes).digest('hex')).toBe(file.md5Checksum)
    await drive.update(page.files[1].id, { name: 'touched' })
    await drive.remove(page.files[2].id)
    const after = (await drive.list({ pageSize: '4' })).json.files
    expect(after.map(({ name }: { name: string }) => name)).toEqual([
      file.name,
      'touched',
      page.files[3].name,
      page.files[4].name,
    ])
  })
})

interface Refusal {
  name: string
  status: number
  /** A text, or a matcher for one. */
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
    { q: '('.repeat(5000) },
    { pageToken: 'garbage' },
    { pageToken: '~!!~AI9garbagegarbagegarbagegarbagegarbage' },
    { pageSize: '0' },
    { pageSize: '-1' },
    { pageSize: 'ten' },
    { orderBy: 'size' },
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
    name: 'metadata that is no JSON',
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
    name: 'trashing a file of the app folder',
    status: 403,
    message: 'Files within the Application Data folder cannot be trashed.',
    item: { reason: 'notSupportedForAppDataFolderFiles' },
    answer: async (drive) => await drive.update(await put(drive, 'x'), { trashed: true }),
  },
  {
    name: 'an upload of more than 5 MB',
    status: 413,
    message: 'Request Too Large',
    item: { reason: 'uploadTooLarge' },
    answer: async (drive) => await drive.multipart({ name: 'x', ...inAppData }, Buffer.alloc(5 * 1024 * 1024 + 1)),
  },
  {
    name: 'an upload far beyond',
    status: 413,
    message: 'Request Too Large',
    item: { reason: 'uploadTooLarge' },
    answer: async (drive) => await drive.multipart({ name: 'x', ...inAppData }, Buffer.alloc(8 * 1024 * 1024)),
  },
]

describe('Drive refuses in Google’s words', () => {
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
      expect(refusal.headers).toMatchObject(authenticate ? { 'www-authenticate': authenticate } : {})
    },
  )

  test('a refused create or update leaves nothing behind', async ({ drive }) => {
    expect((await drive.create({ name: 'x', ...inAppData }, { fields: 'nope' })).status).toBe(400)
    expect(names(await drive.list())).toEqual([])
  })

  test.for(['drive/v3/nope', 'drive/v3/files/a/b/c', 'upload/drive/v3/files?uploadType=resumable', 'drive/v2/files'])(
    '%s is Google’s HTML 404',
    async (path, { google, drive }) => {
      const answer = await send(`${google.issuer}/${path}`, { method: 'POST', headers: drive.headers })
      expect(answer.status).toBe(404)
      expect(answer.headers['content-type']).toContain('text/html')
    },
  )
})

describe('on the wire', () => {
  test('answers are chunked, and gzipped for those who accept it', async ({ drive }) => {
    await put(drive, 'a')
    const plain = await drive.get('files', { spaces: 'appDataFolder' })
    expect(plain.headers['transfer-encoding']).toBe('chunked')
    expect(plain.headers).not.toHaveProperty('content-length')
    expect(plain.headers).not.toHaveProperty('content-encoding')
    const packed = await drive.get('files', { spaces: 'appDataFolder' }, { 'accept-encoding': 'br, gzip;q=0.5' })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(packed.bytes).toString()).toBe(plain.body)
    const refused = await drive.get('files', { spaces: 'appDataFolder' }, { 'accept-encoding': 'gzip;q=0' })
    expect(refused.headers).not.toHaveProperty('content-encoding')
  })

  test('downloads say how long they are', async ({ drive }) => {
    const id = await put(drive, 'a', 'hello')
    const { headers } = await drive.get(`files/${id}`, { alt: 'media' }, { 'accept-encoding': 'gzip' })
    expect(headers).toMatchObject({
      'content-length': '5',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    })
  })

  test('a multipart part may be base64', async ({ google, drive }) => {
    const body = `--b\n\n{"name":"x","parents":["appDataFolder"]}\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--b--`
    const { json } = await send(`${google.issuer}/upload/drive/v3/files?uploadType=multipart`, {
      method: 'POST',
      headers: { ...drive.headers, 'content-type': 'multipart/related; boundary=b' },
      body,
    })
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).body).toBe('hello')
  })

  test.for(['multipart/related', 'multipart/related; boundary=x', 'text/plain'])(
    'a broken multipart body (%s) is 400',
    async (type, { google, drive }) => {
      for (const body of ['', '--x', '--x\r\n\r\n{}\r\n--x--', '--x\r\nno end']) {
        const answer = await send(`${google.issuer}/upload/drive/v3/files?uploadType=multipart`, {
          method: 'POST',
          headers: { ...drive.headers, 'content-type': type },
          body,
        })
        expect(answer.status).toBe(400)
      }
    },
  )

  test('the scope drive.appfolder is the same as drive.appdata', async ({ google }) => {
    const { scope } = await signIn(google, { scopes: ['https://www.googleapis.com/auth/drive.appfolder'] })
    expect(scope).toBe(driveAppdata)
  })
})
