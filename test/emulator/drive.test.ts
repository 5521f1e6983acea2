import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { answerConsent } from '../../src/emulator/index.ts'
import { driveOf, inAppData, names, put, test } from './drive-client.ts'
import { authorizationUrl, configure, credentials, driveAppdata, exchange, send, sendJson, signIn } from './raw-http.ts'

/** Google's response to a range outside the content. */
const outside = [
  '{\n  "error": {\n    "code": 416,\n    "message": "Request range not satisfiable",',
  '\n    "errors": [{\n      "message": "Request range not satisfiable",\n      "domain": "global",',
  '\n      "reason": "requestedRangeNotSatisfiable"\n    }]\n  }\n}',
].join('')

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
    expect(removed.headers).toMatchObject({ 'content-type': 'text/html', 'content-length': '0' })
    expect(removed.headers).not.toHaveProperty('transfer-encoding')
    expect((await drive.get(`files/${id}`)).status).toBe(404)
  })

  test('has numbers as strings, checksums, and times with milliseconds', async ({ google, drive }) => {
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

  test('can be empty and nameless', async ({ drive }) => {
    const { json } = await drive.create(inAppData)
    expect(json).toMatchObject({ name: 'Untitled', mimeType: 'application/octet-stream' })
    const file = (await drive.get(`files/${json.id}`, { fields: 'size,md5Checksum' })).json
    expect(file).toEqual({ size: '0', md5Checksum: 'd41d8cd98f00b204e9800998ecf8427e' })
  })

  test('keeps its exact bytes', async ({ drive }) => {
    const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7) & 255))
    const withLineEnds = Buffer.concat([Buffer.from('\r\n--not the boundary\r\n'), bytes, Buffer.from('\r\n\r\n')])
    const id = await put(drive, 'bytes', withLineEnds)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).bytes.equals(withLineEnds)).toBe(true)
  })

  test.for(['\n', '\r\n'])(
    'keeps a carriage return at its end if lines end with %j',
    async (end, { google, drive }) => {
      const lines = ['--b', '', JSON.stringify(inAppData), '--b', '', 'text\r', '--b--', '']
      const headers = { ...drive.headers, 'content-type': 'multipart/related; boundary=b' }
      const url = `${google.driveUrl}/upload/drive/v3/files?uploadType=multipart`
      const { json } = await send(url, { method: 'POST', headers, body: lines.join(end) })
      expect((await drive.get(`files/${json.id}`, { alt: 'media' })).body).toBe('text\r')
    },
  )

  test.for([
    { range: 'bytes=2-4', status: 206, body: '234', part: 'bytes 2-4/10' },
    { range: 'bytes=0-0', status: 206, body: '0', part: 'bytes 0-0/10' },
    { range: 'bytes=7-', status: 206, body: '789', part: 'bytes 7-9/10' },
    { range: 'bytes=7-1000', status: 206, body: '789', part: 'bytes 7-9/10' },
    { range: 'bytes=-2', status: 206, body: '89', part: 'bytes 8-9/10' },
    { range: 'bytes=-1000', status: 206, body: '0123456789', part: 'bytes 0-9/10' },
    { range: 'bytes=10-', status: 416, body: outside, part: 'bytes */10' },
    { range: 'bytes=-0', status: 416, body: outside, part: 'bytes */10' },
    { range: 'bytes=0-1,4-5', status: 200, body: '0123456789', part: undefined },
    { range: 'bytes=4-2', status: 200, body: '0123456789', part: undefined },
    { range: 'bytes=-', status: 200, body: '0123456789', part: undefined },
    { range: 'lines=1-2', status: 200, body: '0123456789', part: undefined },
  ])('is read with Range: $range', async ({ range, status, body, part }, { drive }) => {
    const id = await put(drive, 'digits', '0123456789')
    const answer = await drive.get(`files/${id}`, { alt: 'media' }, { range })
    expect(answer).toMatchObject({ status, body })
    expect(answer.headers['content-range']).toBe(part)
    expect(answer.headers['content-length']).toBe(String(body.length))
  })

  test('has no range when it is empty', async ({ drive }) => {
    const id = await put(drive, 'empty', '')
    for (const range of ['bytes=0-', 'bytes=-5'])
      expect((await drive.get(`files/${id}`, { alt: 'media' }, { range })).status).toBe(416)
    expect(await drive.get(`files/${id}`, { alt: 'media' })).toMatchObject({ status: 200, body: '' })
  })

  test('is changed regardless of If-Match: the last write wins', async ({ google, drive }) => {
    const id = await put(drive, 'a')
    for (const [name, condition] of [
      ['first', { 'if-match': '"nope"' }],
      ['second', { 'if-none-match': '*' }],
      ['third', { 'if-unmodified-since': 'Mon, 01 Jan 1990 00:00:00 GMT' }],
    ] as const) {
      const headers = { ...drive.headers, ...condition }
      const answer = await sendJson(`${google.issuer}/drive/v3/files/${id}`, { name }, { method: 'PATCH', headers })
      expect(answer).toMatchObject({ status: 200, json: { name } })
    }
    expect((await drive.get(`files/${id}`, {}, { 'if-none-match': '*' })).status).toBe(200)
  })

  test('has a revision that changes only with the content, and no resource key', async ({ drive }) => {
    const id = await put(drive, 'a')
    const revision = async () => (await drive.get(`files/${id}`, { fields: 'headRevisionId' })).json.headRevisionId
    const first = await revision()
    expect(first).toMatch(/^0B[\w-]+$/)
    await drive.update(id, { name: 'b' })
    expect(await revision()).toBe(first)
    await drive.media(id, 'other')
    expect(await revision()).not.toBe(first)
    expect((await drive.get(`files/${id}`, { fields: 'id,resourceKey' })).json).toEqual({ id })
  })

  test('can be deleted but not trashed', async ({ drive }) => {
    const folder = { mimeType: 'application/vnd.google-apps.folder', ...inAppData }
    const { id } = (await drive.create(folder)).json
    expect((await drive.media(id, 'bytes')).status).toBe(400)
    expect((await drive.update(id, { mimeType: 'text/plain' })).status).toBe(400)
    expect((await drive.update(id, { name: 'x', mimeType: folder.mimeType })).status).toBe(200)
    expect((await drive.update(await put(drive, 'a'), { mimeType: folder.mimeType })).status).toBe(403)
  })

  test('can share its name with other files', async ({ drive }) => {
    expect(await put(drive, 'same')).not.toBe(await put(drive, 'same'))
    expect(names(await drive.list())).toEqual(['same', 'same'])
  })

  test('belongs to one user and one project', async ({ google, drive }) => {
    const id = await put(drive, 'mine')
    const grace = driveOf(google, (await signIn(google, { account: 'grace@corp.example' })).access_token)
    await configure(google, 'POST clients', { type: 'web', clientId: '2-other', clientSecret: 's' })
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

  test('accepts an id from generateIds once', async ({ drive }) => {
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

  test.for([
    { name: '124 bytes', appProperties: { key: 'v'.repeat(121) }, status: 200 },
    { name: '125 bytes', appProperties: { key: 'v'.repeat(122) }, status: 400 },
    { name: '124 bytes in 64 letters', appProperties: { kk: 'ä'.repeat(61) }, status: 200 },
    { name: '126 bytes in 65 letters', appProperties: { kk: 'ä'.repeat(62) }, status: 400 },
    { name: 'a number', appProperties: { key: 1 }, status: 400 },
    { name: 'a list', appProperties: ['key'], status: 400 },
  ])('responds to an app property of $name with $status', async ({ appProperties, status }, { drive }) => {
    const { id } = (await drive.create(inAppData)).json
    for (const answer of [
      await drive.create({ ...inAppData, appProperties }),
      await drive.update(id, { appProperties }),
    ]) {
      expect(answer.status).toBe(status)
      const [item] = answer.json.error?.errors ?? []
      expect(item?.location).toBe(status === 400 ? 'appProperties' : undefined)
    }
  })

  test('has up to 30 app properties', async ({ drive }) => {
    const of = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 'v']))
    expect((await drive.create({ ...inAppData, appProperties: of(31) })).status).toBe(400)
    const { id } = (await drive.create({ ...inAppData, appProperties: of(30) })).json
    expect((await drive.update(id, { appProperties: { more: 'v' } })).status).toBe(400)
    expect((await drive.update(id, { appProperties: { k0: null, more: 'v' } })).status).toBe(200)
    expect((await drive.update(id, { properties: of(30) })).status).toBe(200)
  })

  test('can be in a folder, and is deleted with it', async ({ drive }) => {
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
  test('has the alias appDataFolder', async ({ drive }) => {
    const { status, json } = await drive.get('files/appDataFolder', { fields: 'id,mimeType,capabilities' })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      mimeType: 'application/vnd.google-apps.folder',
      capabilities: { canAddChildren: true, canDelete: false, canRename: false },
    })
    const { parents } = (await drive.get(`files/${await put(drive, 'x')}`, { fields: 'parents' })).json
    expect(parents).toEqual([json.id])
  })

  test.for(['appfolder', 'appdata'])('has the alias %s of v2, too', async (alias, { google, drive }) => {
    const { id } = (await drive.get('files/appDataFolder')).json
    expect((await drive.get(`files/${alias}`)).json).toMatchObject({ kind: 'drive#file', id })
    const child = (await drive.create({ name: 'child', parents: [alias] })).json.id
    expect((await drive.get(`files/${child}`, { fields: 'parents' })).json).toEqual({ parents: [id] })
    expect((await drive.remove(alias)).status).toBe(403)
    const scopes = ['https://www.googleapis.com/auth/drive.file']
    const elsewhere = driveOf(google, (await signIn(google, { account: 'grace@corp.example', scopes })).access_token)
    expect((await elsewhere.get(`files/${alias}`)).json.error.message).toBe(`File not found: ${alias}.`)
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

describe('on the wire', () => {
  test('responses are chunked, and gzipped for clients that accept it', async ({ drive }) => {
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

  test('HEAD is Google’s 404, even for an existing file', async ({ google, drive }) => {
    const url = `${google.issuer}/drive/v3/files/${await put(drive, 'a')}`
    expect((await send(url, { method: 'HEAD', headers: drive.headers })).status).toBe(404)
  })

  test('downloads have a content length and a checksum, and are private', async ({ drive }) => {
    const digits = (await drive.get(`files/${await put(drive, 'a', '123456789')}`, { alt: 'media' })).headers
    expect(digits).toMatchObject({
      'cache-control': 'private, max-age=0, must-revalidate',
      'content-disposition': 'attachment',
      expires: digits.date,
      server: 'UploadServer',
      'x-goog-hash': 'crc32c=4waSgw==',
      'x-guploader-uploadid': expect.stringMatching(/^[\w-]{40,}$/),
    })
    expect(digits).not.toHaveProperty('pragma')
    const empty = await drive.get(`files/${await put(drive, 'empty', '')}`, { alt: 'media' })
    expect(empty.headers['x-goog-hash']).toBe('crc32c=AAAAAA==')
    const id = await put(drive, 'a', 'hello')
    expect((await drive.get(`files/${id}`, { alt: 'media' }, { range: 'bytes=0-1' })).headers).not.toHaveProperty(
      'x-goog-hash',
    )
    const { headers } = await drive.get(`files/${id}`, { alt: 'media' }, { 'accept-encoding': 'gzip' })
    expect(headers).toMatchObject({
      'content-length': '5',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
    })
  })

  test('a multipart part can be base64', async ({ google, drive }) => {
    const body = `--b\n\n{"name":"x","parents":["appDataFolder"]}\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--b--`
    const { json } = await send(`${google.issuer}/upload/drive/v3/files?uploadType=multipart`, {
      method: 'POST',
      headers: { ...drive.headers, 'content-type': 'multipart/related; boundary=b' },
      body,
    })
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).body).toBe('hello')
  })

  test.for(['multipart/related', 'multipart/related; boundary=x', 'text/plain'])(
    'a malformed multipart body (%s) is 400',
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
