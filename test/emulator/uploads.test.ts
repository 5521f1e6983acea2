import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { driveOf, inAppData, names, put, test } from './drive-client.ts'
import { configure, control, postForm, type RawAnswer, send, sendJson, signIn } from './raw-http.ts'
import { ask, block, content, isProgress, mebibyte, open, putAndHangUp, putBytes, session } from './upload-client.ts'

const arm = async (google: Emulator, fault: string, more: Record<string, number> = {}): Promise<void> => {
  expect((await control(google, 'POST faults', { on: 'upload', fault, ...more })).status).toBe(200)
}

describe('opening a resumable upload', () => {
  test('returns the URI of a session that keeps the parameters', async ({ google, drive }) => {
    const answer = await open(google, drive, { query: '&fields=id,size&supportsAllDrives=true' })
    expect(answer).toMatchObject({ status: 200, body: '' })
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    const location = new URL(answer.headers.location ?? '')
    expect(location.origin).toBe(google.issuer)
    expect(location.pathname).toBe('/upload/drive/v3/files')
    expect(answer.headers).toMatchObject({ 'content-length': '0', server: 'UploadServer' })
    expect(answer.headers['x-guploader-uploadid']).toBe(location.searchParams.get('upload_id'))
    expect(Object.fromEntries(location.searchParams)).toEqual({
      uploadType: 'resumable',
      fields: 'id,size',
      supportsAllDrives: 'true',
      upload_id: expect.stringMatching(/^A[\w-]{109}$/),
      session_crd: expect.stringMatching(/^A[\w-]{94}$/),
    })
    expect(names(await drive.list())).toEqual([])
  })

  test('also begins at the address in the discovery document', async ({ google, drive }) => {
    const id = await put(drive, 'settings', 'before')
    for (const [method, target, metadata] of [
      ['POST', '', { name: 'big.bin', ...inAppData }],
      ['PATCH', `/${id}`, {}],
    ] as const) {
      const url = `${google.issuer}/resumable/upload/drive/v3/files${target}?uploadType=resumable`
      const { headers } = await sendJson(url, metadata, { method, headers: drive.headers })
      const location = headers.location ?? ''
      expect(new URL(location).pathname).toBe(`/resumable/upload/drive/v3/files${target}`)
      isProgress(await putBytes(location, content(block), `0-${block - 1}/*`), block)
      const { json } = await putBytes(location, 'x', `${block}-${block}/${block + 1}`)
      expect((await drive.get(`files/${json.id}`, { fields: 'size' })).json.size).toBe(String(block + 1))
    }
    expect(names(await drive.list())).toHaveLength(2)
    expect(google.requests().filter(({ path }) => path.startsWith('/resumable/'))).toHaveLength(6)
  })

  test.for([
    { name: 'an unknown parent', metadata: { parents: ['nope'] }, status: 404, reason: 'notFound' },
    { name: 'My Drive', metadata: {}, status: 403, reason: 'insufficientParentPermissions' },
    { name: 'wrong fields', query: '&fields=etag', status: 400, reason: 'invalidParameter' },
    { name: 'an unknown file', id: 'nope', metadata: {}, status: 404, reason: 'notFound' },
    { name: 'a made-up id', metadata: { id: 'made-up', ...inAppData }, status: 400, reason: 'badRequest' },
    { name: 'a length of letters', headers: { 'x-upload-content-length': 'ten' }, status: 400, reason: 'badRequest' },
    { name: 'a bad token', headers: { authorization: 'Bearer nope' }, status: 401, reason: 'authError' },
  ])('rejects $name immediately', async ({ status, reason, ...request }, { google, drive }) => {
    const answer = await open(google, drive, request)
    expect(answer.status).toBe(status)
    expect(answer.json.error.errors[0].reason).toBe(reason)
  })

  test('keeps the session URI out of the journal', async ({ google, drive }) => {
    const url = await session(google, drive)
    await ask(url)
    const id = new URL(url).searchParams.get('upload_id') ?? ''
    expect(JSON.stringify(google.requests())).not.toContain(id)
    expect(google.requests().at(-1)).toMatchObject({ method: 'PUT', status: 308 })
  })
})

describe('a resumable upload', () => {
  test('accepts chunks, reports the stored range, and returns the requested fields at the end', async ({
    google,
    drive,
  }) => {
    const bytes = content(2 * block + 1000)
    const url = await session(google, drive, {
      query: '&fields=id,size,mimeType,sha256Checksum,headRevisionId',
      headers: { 'x-upload-content-type': 'image/png', 'x-upload-content-length': bytes.length },
    })
    isProgress(await ask(url, `*/${bytes.length}`), 0)
    isProgress(await putBytes(url, bytes.subarray(0, block), `0-${block - 1}/${bytes.length}`), block)
    isProgress(await ask(url, `*/${bytes.length}`), block)
    isProgress(await putBytes(url, bytes.subarray(block, 2 * block), `${block}-${2 * block - 1}/*`), 2 * block)
    expect(names(await drive.list())).toEqual([])
    const last = await putBytes(url, bytes.subarray(2 * block), `${2 * block}-${bytes.length - 1}/${bytes.length}`)
    expect(last.status).toBe(200)
    expect(last.json).toEqual({
      id: expect.stringMatching(/^1[\w-]{44}$/),
      size: String(bytes.length),
      mimeType: 'image/png',
      sha256Checksum: createHash('sha256').update(bytes).digest('hex'),
      headRevisionId: expect.any(String),
    })
    for (const range of ['*/*', `*/${bytes.length}`])
      expect(await ask(url, range)).toMatchObject({ status: 200, body: last.body })
    expect((await drive.get(`files/${last.json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
    expect(names(await drive.list())).toEqual(['big.bin'])
  })

  test.for([0, 1, block - 1, block, block + 1, 3 * block])(
    'accepts %i bytes in one PUT',
    async (size, { google, drive }) => {
      const bytes = content(size)
      const { json } = await putBytes(await session(google, drive), bytes)
      expect(json).toMatchObject({ kind: 'drive#file', name: 'big.bin', mimeType: 'application/octet-stream' })
      expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
    },
  )

  test('accepts a body without a length', async ({ google, drive }) => {
    const bytes = content(block + 5)
    const answer = await send(await session(google, drive), {
      method: 'PUT',
      headers: { 'transfer-encoding': 'chunked' },
      body: bytes,
    })
    expect((await drive.get(`files/${answer.json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('accepts gzipped chunks, whose range counts uncompressed bytes', async ({ google, drive }) => {
    const bytes = content(block + 5)
    const url = await session(google, drive)
    const gzipped = async (body: Buffer, range: string): Promise<RawAnswer> =>
      await send(url, {
        method: 'PUT',
        headers: { 'content-encoding': 'gzip', 'content-length': body.length, 'content-range': `bytes ${range}` },
        body,
      })
    isProgress(await gzipped(gzipSync(bytes.subarray(0, block)), `0-${block - 1}/*`), block)
    expect((await gzipped(gzipSync(bytes), `${block}-${block + 4}/${block + 5}`)).status).toBe(400)
    await expect(gzipped(Buffer.from('not gzip'), `${block}-${block + 4}/${block + 5}`)).rejects.toThrow(
      'socket hang up',
    )
    isProgress(await ask(url), block)
    const { json } = await gzipped(gzipSync(bytes.subarray(block)), `${block}-${block + 4}/${block + 5}`)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('accepts chunks and status queries by POST', async ({ google, drive }) => {
    const bytes = content(2 * block)
    const url = await session(google, drive)
    const post = async (body: Buffer | string, range: string): Promise<RawAnswer> =>
      await send(url, {
        method: 'POST',
        headers: { 'content-length': body.length, 'content-range': `bytes ${range}` },
        body,
      })
    isProgress(await post('', '*/*'), 0)
    isProgress(await post(bytes.subarray(0, block), `0-${block - 1}/*`), block)
    isProgress(await post('', '*/*'), block)
    const { json } = await post(bytes.subarray(block), `${block}-${2 * block - 1}/${2 * block}`)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
    expect((await post('', '*/*')).json).toEqual(json)
  })

  test('returns 200 instead of 308 to clients that cannot take it', async ({ google, drive }) => {
    const url = await session(google, drive)
    const headers = { 'x-guploader-no-308': 'yes', 'content-range': `bytes 0-${block - 1}/*` }
    const answer = await send(url, { method: 'POST', headers, body: content(block) })
    expect(answer).toMatchObject({ status: 200, body: '' })
    const { range, ...rest } = answer.headers
    expect(range).toBe(`bytes=0-${block - 1}`)
    expect(rest).toMatchObject({ 'x-http-status-code-override': '308', 'content-length': '0', server: 'UploadServer' })
    const asked = await send(url, { method: 'PUT', headers: { ...headers, 'content-range': 'bytes */*' } })
    expect(asked.headers['x-http-status-code-override']).toBe('308')
    const last = await send(url, { method: 'POST', headers: { ...headers, 'content-range': `bytes */${block}` } })
    expect(last.status).toBe(200)
    expect(last.headers['x-http-status-code-override']).toBeUndefined()
  })

  test('names its id in every response, and says "Resume Incomplete" in those with 308', async ({ google, drive }) => {
    const url = await session(google, drive)
    const id = new URL(url).searchParams.get('upload_id')
    const incomplete = await ask(url)
    expect(incomplete).toMatchObject({ status: 308, reason: 'Resume Incomplete' })
    for (const { headers } of [incomplete, await putBytes(url, 'x', '5-5/6'), await putBytes(url, 'x'), await ask(url)])
      expect(headers).toMatchObject({ 'x-guploader-uploadid': id, server: 'UploadServer' })
  })

  test('stores whole blocks of 256 KiB of a chunk that is not the last', async ({ google, drive }) => {
    const bytes = content(600_000)
    const url = await session(google, drive)
    isProgress(await putBytes(url, bytes.subarray(0, 1000), '0-999/600000'), 0)
    isProgress(await putBytes(url, bytes.subarray(0, 300_000), '0-299999/600000'), block)
    isProgress(await ask(url), block)
    expect((await putBytes(url, bytes.subarray(block), `${block}-599999/600000`)).status).toBe(200)
  })

  test('accepts a repeated chunk, and one that overlaps', async ({ google, drive }) => {
    const bytes = content(3 * block)
    const url = await session(google, drive)
    for (let time = 0; time < 2; time++)
      isProgress(await putBytes(url, bytes.subarray(0, block), `0-${block - 1}/${bytes.length}`), block)
    isProgress(await putBytes(url, bytes.subarray(0, 2 * block), `0-${2 * block - 1}/${bytes.length}`), 2 * block)
    const { json } = await putBytes(url, bytes.subarray(100), `100-${bytes.length - 1}/${bytes.length}`)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('rejects a chunk that leaves a gap, and reports the stored size', async ({ google, drive }) => {
    const url = await session(google, drive)
    await putBytes(url, content(block), `0-${block - 1}/*`)
    const answer = await putBytes(url, content(block), `${2 * block}-${3 * block - 1}/*`)
    expect(answer.status).toBe(503)
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(answer.body).toBe(
      `Invalid request.  According to the Content-Range header, the upload offset is ${2 * block} byte(s), which exceeds already uploaded size of ${block} byte(s).`,
    )
    isProgress(await ask(url), block)
  })

  test('of unknown length completes when the length is given', async ({ google, drive }) => {
    const url = await session(google, drive)
    isProgress(await putBytes(url, content(block), `0-${block - 1}/*`), block)
    const answer = await ask(url, `*/${block}`)
    expect(answer.status).toBe(200)
    expect((await drive.get(`files/${answer.json.id}`, { fields: 'size' })).json.size).toBe(String(block))
  })

  test('changes a file only when the last chunk has arrived', async ({ google, drive }) => {
    const id = await put(drive, 'settings', 'before')
    const url = await session(google, drive, {
      id,
      metadata: { name: 'renamed' },
      query: '&fields=id,name,mimeType,size',
    })
    expect(new URL(url).pathname).toBe(`/upload/drive/v3/files/${id}`)
    await putBytes(url, content(block), `0-${block - 1}/${block + 1}`)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('before')
    const last = await putBytes(url, content(1), `${block}-${block}/${block + 1}`)
    expect(last.json).toEqual({ id, name: 'renamed', mimeType: 'text/plain', size: String(block + 1) })
  })

  test('accepts an id from generateIds once', async ({ google, drive }) => {
    const [id] = (await drive.get('files/generateIds', { count: '1', space: 'appDataFolder' })).json.ids
    const metadata = { id, ...inAppData }
    const [first, second] = [await session(google, drive, { metadata }), await session(google, drive, { metadata })]
    expect((await putBytes(first, 'one')).json.id).toBe(id)
    expect((await putBytes(second, 'two')).status).toBe(409)
    expect((await open(google, drive, { metadata })).status).toBe(409)
  })

  test('needs no access token once it is open, and outlives the token', async ({ google, drive }) => {
    const url = await session(google, drive)
    google.advanceClock('2h')
    const answer = await send(url, { method: 'PUT', headers: { authorization: 'Bearer nope' }, body: 'hello' })
    expect(answer.status).toBe(200)
    expect((await drive.list()).status).toBe(401)
  })

  test('expires after a week, and with the grant', async ({ google }) => {
    const { access_token: accessToken } = await signIn(google)
    const drive = driveOf(google, accessToken)
    const old = await session(google, drive)
    google.advanceClock('6d')
    isProgress(await ask(old), 0)
    google.advanceClock('1d')
    expect((await ask(old)).status).toBe(404)
    const again = await signIn(google)
    const url = await session(google, driveOf(google, again.access_token))
    await postForm(`${google.issuer}/revoke`, { token: again.access_token })
    expect((await putBytes(url, 'hello')).status).toBe(404)
  })

  test('is cancelled with DELETE', async ({ google, drive }) => {
    const url = await session(google, drive)
    await putBytes(url, content(block), `0-${block - 1}/*`)
    const message = 'clientClosedRequest'
    const error = { code: 499, message, errors: [{ message, domain: 'global', reason: message }] }
    const cancelled = await send(url, { method: 'DELETE' })
    expect(cancelled).toMatchObject({ status: 499, json: { error } })
    expect(cancelled.body).toMatch(
      /^\{\n {2}"error": \{\n {4}"code": 499,\n[^]*"errors": \[\{\n {6}"message[^]*\n {4}\}\]\n {2}\}\n\}$/,
    )
    expect(await ask(url)).toMatchObject({ status: 499, json: { error } })
    expect((await putBytes(url, 'hello')).status).toBe(499)
    expect(names(await drive.list())).toEqual([])
  })

  test('cannot be cancelled when it is complete', async ({ google, drive }) => {
    const url = await session(google, drive)
    await putBytes(url, 'hello')
    expect((await send(url, { method: 'DELETE' })).status).toBe(200)
    expect(names(await drive.list())).toEqual(['big.bin'])
  })

  test('with an unknown id is 404', async ({ google }) => {
    const answer = await putBytes(`${google.issuer}/upload/drive/v3/files?uploadType=resumable&upload_id=x`, 'hello')
    expect(answer.status).toBe(404)
  })

  test('stores content once when two requests send it at the same time', async ({ google, drive }) => {
    const bytes = content(4 * block)
    const url = await session(google, drive)
    const range = `0-${4 * block - 1}/*`
    const answers = await Promise.all([putBytes(url, bytes, range), putBytes(url, bytes, range)])
    for (const answer of answers) isProgress(answer, 4 * block)
    const { json } = await ask(url, `*/${bytes.length}`)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })
})

describe('a connection lost mid-upload', () => {
  test('of 64 MiB leaves whole blocks, and the upload resumes from there', async ({ google, drive }) => {
    const bytes = content(64 * mebibyte)
    const digest = createHash('sha256').update(bytes).digest('hex')
    const url = await session(google, drive, { query: '&fields=size,sha256Checksum,id' })
    await putAndHangUp(url, { 'content-length': bytes.length }, bytes.subarray(0, 20 * mebibyte + 100))
    isProgress(await ask(url, `*/${bytes.length}`), 20 * mebibyte)
    const rest = bytes.subarray(20 * mebibyte)
    const { json } = await putBytes(url, rest, `${20 * mebibyte}-${bytes.length - 1}/${bytes.length}`)
    expect(json).toMatchObject({ size: String(bytes.length), sha256Checksum: digest })
    const range = `bytes=${block - 1}-${block}`
    const middle = await drive.get(`files/${json.id}`, { alt: 'media' }, { range })
    expect(middle.bytes.equals(bytes.subarray(block - 1, block + 1))).toBe(true)
  })

  test('of one chunk also leaves whole blocks', async ({ google, drive }) => {
    const bytes = content(3 * block)
    const url = await session(google, drive)
    const head = { 'content-length': bytes.length, 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` }
    await putAndHangUp(url, head, bytes.subarray(0, 2 * block - 1))
    isProgress(await ask(url), block)
  })
})

const contradictions = [
  { name: 'no numbers', range: 'bytes a-b/c' },
  { name: 'nothing', range: '' },
  { name: 'only a unit', range: 'bytes' },
  { name: 'another unit', range: 'items 0-9/10' },
  { name: 'no total', range: 'bytes 0-9' },
  { name: 'no end', range: 'bytes 0-/10' },
  { name: 'no start', range: 'bytes -9/10' },
  { name: 'an end before the start', range: 'bytes 9-0/10' },
  { name: 'an end beyond the total', range: 'bytes 0-9/9' },
  { name: 'a negative start', range: 'bytes -1-9/10' },
  { name: 'a fraction', range: 'bytes 0.0-9/10' },
  { name: 'an exponent', range: 'bytes 0-9/1e1' },
  { name: 'hex', range: 'bytes 0x0-0x9/0xa' },
  { name: 'more digits than fit in a number', range: `bytes 0-${'9'.repeat(30)}/${'9'.repeat(31)}` },
  { name: 'two ranges', range: 'bytes 0-4/10,5-9/10' },
  { name: 'an equals sign', range: 'bytes=0-9/10' },
  { name: 'a star for one end', range: 'bytes 0-*/10' },
  { name: 'a total of signs', range: 'bytes */-1' },
  { name: 'a star and a number', range: 'bytes */*10' },
  { name: 'a length that is not the body’s', range: 'bytes 0-99/100' },
  { name: 'a different total than before', range: 'bytes 0-9/12' },
  { name: 'an end beyond the earlier total', range: 'bytes 0-9/*', total: 9 },
  { name: 'text of any kind', range: '\u00ff\u00fe%00{}<>"' },
]

describe('a Content-Range', () => {
  test.for(contradictions)(
    'of $name is 400, and the session stays open',
    async ({ range, total }, { google, drive }) => {
      const url = await session(google, drive, { headers: { 'x-upload-content-length': total ?? 10 } })
      const answer = await send(url, { method: 'PUT', headers: { 'content-range': range }, body: '0123456789' })
      expect(answer.status).toBe(400)
      expect(answer.headers['content-type']).toContain('text/plain')
      isProgress(await ask(url), 0)
      expect((await putBytes(url, '0123456789'.slice(0, total ?? 10))).status).toBe(200)
    },
  )

  test.for([
    { name: 'a longer body', body: '0123456789abc' },
    { name: 'a shorter body', body: '0123' },
  ])('with $name of unknown length is 400', async ({ body }, { google, drive }) => {
    const url = await session(google, drive)
    const headers = { 'transfer-encoding': 'chunked', 'content-range': 'bytes 0-9/10' }
    const answer = await send(url, { method: 'PUT', headers, body })
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('byte(s) in the request body') })
    isProgress(await ask(url), 0)
  })

  test('of random characters gets 200, 308, 400 or 503', async ({ google, drive }) => {
    const alphabet = ['bytes ', '*', '/', '-', '0', '9', '10', '262144', ' ', '=', ',', '\u00e9']
    let seed = 11
    const random = (most: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
      return (seed >> 8) % most
    }
    for (let round = 0; round < 300; round++) {
      const url = await session(google, drive)
      const range = `bytes ${Array.from({ length: random(8) }, () => alphabet[random(alphabet.length)]).join('')}`
      const answer = await send(url, {
        method: 'PUT',
        headers: { 'content-range': range },
        body: 'x'.repeat(random(12)),
      })
      expect([200, 308, 400]).toContain(answer.status)
      expect(answer.body).not.toContain('The emulator failed')
    }
  })

  test('that is invalid does not stop the sender of a large body from reading the response', async ({
    google,
    drive,
  }) => {
    const url = await session(google, drive)
    expect((await putBytes(url, content(8 * mebibyte), '9-0/0')).status).toBe(400)
  })
})

test('the last chunk sent twice at the same time creates one file', async ({ google, drive }) => {
  const url = await session(google, drive)
  const answers = await Promise.all([putBytes(url, content(block)), putBytes(url, content(block))])
  expect(answers.map(({ status }) => status)).toContain(200)
  expect(names(await drive.list())).toHaveLength(1)
})

describe('the storage limit', () => {
  test('counts the files of every project, and none of a project without files', async ({ google }) => {
    for (const clientId of ['7-mine.apps.googleusercontent.com', '8-other.apps.googleusercontent.com'])
      await configure(google, 'POST clients', { type: 'web', clientId, clientSecret: 's', redirectUris: [] })
    const account = { email: 'full@example.com', storageLimitBytes: 1000 }
    await configure(google, 'POST accounts', account)
    const drive = driveOf(google, (await signIn(google, { account: account.email })).access_token)
    await put(drive, 'a', 'x'.repeat(900))
    expect((await drive.multipart({ name: 'b', ...inAppData }, 'x'.repeat(101))).status).toBe(403)
  })

  test('of an account is in about, and rejects uploads that do not fit', async ({ google }) => {
    const account = { email: 'full@example.com', storageLimitBytes: 1000 }
    await configure(google, 'POST accounts', account)
    const drive = driveOf(google, (await signIn(google, { account: account.email })).access_token)
    const id = await put(drive, 'a', 'x'.repeat(900))
    expect((await drive.get('about', { fields: 'storageQuota(limit,usage)' })).json.storageQuota).toEqual({
      limit: '1000',
      usage: '900',
    })
    const tooLong = 'x'.repeat(101)
    const refusals = [
      await drive.multipart({ name: 'b', ...inAppData }, tooLong),
      await drive.media(id, 'x'.repeat(1001)),
      await open(google, drive, { headers: { 'x-upload-content-length': 101 } }),
      await putBytes(await session(google, drive), tooLong),
    ]
    for (const { status, json } of refusals) {
      expect(status).toBe(403)
      const message = "The user's Drive storage quota has been exceeded."
      expect(json.error).toMatchObject({ message, errors: [{ domain: 'usageLimits', reason: 'storageQuotaExceeded' }] })
    }
    expect(names(await drive.list())).toEqual(['a'])
    expect((await drive.media(id, 'x'.repeat(1000))).status).toBe(200)
    expect((await drive.create(inAppData)).status).toBe(200)
    await configure(google, 'PATCH accounts', { account: account.email, storageLimitBytes: null })
    expect((await drive.media(id, 'x'.repeat(1001))).status).toBe(200)
  })
})

test('content beyond the storage limit is rejected before all of it is read, whatever is announced', async ({
  google,
}) => {
  const account = { email: 'full@example.com', storageLimitBytes: block }
  await configure(google, 'POST accounts', account)
  const drive = driveOf(google, (await signIn(google, { account: account.email })).access_token)
  const url = await session(google, drive)
  const headers = { 'content-range': 'bytes 0-999999999999998/*', 'transfer-encoding': 'chunked' }
  const answer = await send(url, { method: 'PUT', headers, body: content(4 * block) })
  expect(answer).toMatchObject({ status: 403, json: { error: { errors: [{ reason: 'storageQuotaExceeded' }] } } })
  isProgress(await ask(url), 0)
})

describe('a fault', () => {
  test('upload-cut resets the connection and stores whole blocks', async ({ google, drive }) => {
    const bytes = content(4 * block)
    const url = await session(google, drive)
    await arm(google, 'upload-cut', { bytes: 2 * block + 10 })
    isProgress(await ask(url), 0)
    await expect(putBytes(url, bytes)).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/)
    isProgress(await ask(url), 2 * block)
    expect(google.requests().filter(({ status }) => status === 0)).toHaveLength(1)
    const { json } = await putBytes(url, bytes.subarray(2 * block), `${2 * block}-${bytes.length - 1}/${bytes.length}`)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('upload-short stores less than was sent and reports it', async ({ google, drive }) => {
    const bytes = content(3 * block)
    const url = await session(google, drive)
    await arm(google, 'upload-short', { bytes: 2 * block - 1 })
    isProgress(await putBytes(url, bytes), block)
    await arm(google, 'upload-short')
    isProgress(await putBytes(url, bytes.subarray(block), `${block}-${3 * block - 1}/${3 * block}`), block)
    expect((await putBytes(url, bytes.subarray(block), `${block}-${3 * block - 1}/${3 * block}`)).status).toBe(200)
  })

  test('upload-session-expired makes the session permanently unknown', async ({ google, drive }) => {
    const url = await session(google, drive)
    await arm(google, 'upload-session-expired')
    expect((await putBytes(url, 'hello')).status).toBe(404)
    expect((await ask(url)).status).toBe(404)
    expect((await putBytes(await session(google, drive), 'hello')).status).toBe(200)
  })

  test('of the network strikes a chunk before any of it is stored', async ({ google, drive }) => {
    const url = await session(google, drive)
    await arm(google, 'http-503')
    expect((await putBytes(url, content(mebibyte))).status).toBe(503)
    isProgress(await ask(url), 0)
  })
})
