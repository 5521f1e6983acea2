import { gzipSync } from 'node:zlib'
import type { OutgoingHttpHeaders } from 'node:http'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Drive, driveOf, inAppData, names, put, test } from './drive-client.ts'
import { configure, control, type RawAnswer, send, signIn } from './raw-http.ts'
import { block, content, putAndHangUp } from './upload-client.ts'

const start = async (
  google: Emulator,
  drive: Drive,
  options: {
    id?: string
    metadata?: unknown
    query?: string
    path?: string
    length?: number
    headers?: OutgoingHttpHeaders
  } = {},
): Promise<RawAnswer> => {
  const target = options.id === undefined ? '' : `/${options.id}`
  const path = options.path ?? '/upload/drive/v3/files'
  return await send(`${google.issuer}${path}${target}${options.query ?? ''}`, {
    method: options.id === undefined ? 'POST' : 'PATCH',
    headers: {
      ...drive.headers,
      'content-type': 'application/json',
      'x-goog-upload-protocol': 'resumable',
      'x-goog-upload-command': 'start',
      'x-goog-upload-header-content-type': 'image/png',
      ...(options.length !== undefined && { 'x-goog-upload-header-content-length': options.length }),
      ...options.headers,
    },
    body: JSON.stringify(options.metadata ?? { name: 'big.bin', ...inAppData }),
  })
}

const session = async (...of: Parameters<typeof start>): Promise<string> => {
  const { status, headers } = await start(...of)
  expect(status).toBe(200)
  return String(headers['x-goog-upload-url'])
}

const command = async (url: string, name: string, bytes: Buffer | string = '', offset?: number): Promise<RawAnswer> =>
  await send(url, {
    method: 'POST',
    headers: {
      'x-goog-upload-command': name,
      'content-length': bytes.length,
      ...(offset !== undefined && { 'x-goog-upload-offset': offset }),
    },
    body: bytes,
  })

const isActive = (answer: RawAnswer, received?: number): void => {
  expect(answer).toMatchObject({ status: 200, body: '' })
  expect(answer.headers['x-goog-upload-status']).toBe('active')
  expect(answer.headers['x-goog-upload-size-received']).toBe(received?.toString())
}

const isFinal = (answer: RawAnswer, status = 200): void => {
  expect(answer.status).toBe(status)
  expect(answer.headers['x-goog-upload-status']).toBe('final')
}

describe('an upload with X-Goog-Upload commands', () => {
  test('begins with the URL for the content', async ({ google, drive }) => {
    const answer = await start(google, drive, { query: '?fields=id,size', length: 10 })
    expect(answer).toMatchObject({ status: 200, body: '' })
    const url = new URL(String(answer.headers['x-goog-upload-url']))
    const id = url.searchParams.get('upload_id')
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '0',
      server: 'UploadServer',
      'x-goog-upload-status': 'active',
      'x-goog-upload-control-url': url.href,
      'x-goog-upload-chunk-granularity': '262144',
      'x-guploader-uploadid': id,
    })
    expect(url.origin + url.pathname).toBe(`${google.issuer}/upload/drive/v3/files`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      fields: 'id,size',
      upload_id: expect.stringMatching(/^A[\w-]{109}$/),
      upload_protocol: 'resumable',
    })
  })

  test.for([0, 1, block - 1, block, 2 * block + 7])(
    'of %i bytes is complete after one command',
    async (size, { google, drive }) => {
      const bytes = content(size)
      const url = await session(google, drive, { length: size })
      const answer = await command(url, 'upload, finalize', bytes, 0)
      isFinal(answer)
      expect(answer.json).toMatchObject({ kind: 'drive#file', name: 'big.bin', mimeType: 'image/png' })
      expect((await drive.get(`files/${answer.json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
    },
  )

  test('accepts parts, and is complete when it is finalized', async ({ google, drive }) => {
    const bytes = content(3 * block)
    for (const query of ['?uploadType=resumable', '']) {
      const url = await session(google, drive, {
        query,
        length: bytes.length,
        path: '/resumable/upload/drive/v3/files',
      })
      isActive(await command(url, 'query'), 0)
      isActive(await command(url, 'upload', bytes.subarray(0, 2 * block), 0))
      isActive(await command(url, 'query'), 2 * block)
      isActive(await command(url, 'upload', bytes.subarray(2 * block), 2 * block))
      isActive(await command(url, 'query'), 3 * block)
      const done = await command(url, 'finalize')
      isFinal(done)
      expect((await drive.get(`files/${done.json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
      const again = await command(url, 'query')
      isFinal(again)
      expect(again.headers['x-goog-upload-size-received']).toBe(String(3 * block))
      expect(again.json).toEqual(done.json)
    }
  })

  test('accepts commands by PUT, of any length, compressed and with any spelling', async ({ google, drive }) => {
    const bytes = content(block + 5)
    const url = await session(google, drive)
    const sent = async (body: Buffer, headers: OutgoingHttpHeaders): Promise<RawAnswer> =>
      await send(url, { method: 'PUT', headers, body })
    isActive(
      await sent(gzipSync(bytes.subarray(0, block)), {
        'content-encoding': 'gzip',
        'x-goog-upload-command': 'Upload',
        'x-goog-upload-offset': 0,
      }),
    )
    const answer = await sent(bytes.subarray(block), {
      'transfer-encoding': 'chunked',
      'x-goog-upload-command': 'finalize,upload',
      'x-goog-upload-offset': block,
    })
    isFinal(answer)
    expect((await drive.get(`files/${answer.json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('changes a file', async ({ google, drive }) => {
    const id = await put(drive, 'settings', 'before')
    const url = await session(google, drive, { id, metadata: { name: 'renamed' }, query: '?fields=id,name,mimeType' })
    const { json } = await command(url, 'upload, finalize', 'after', 0)
    expect(json).toEqual({ id, name: 'renamed', mimeType: 'image/png' })
    expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('after')
  })

  test('resumes after a lost connection from the size that a query returns', async ({ google, drive }) => {
    const bytes = content(4 * block)
    const url = await session(google, drive, { length: bytes.length })
    const head = {
      'content-length': bytes.length,
      'x-goog-upload-command': 'upload, finalize',
      'x-goog-upload-offset': 0,
    }
    await putAndHangUp(url, head, bytes.subarray(0, 2 * block + 9))
    isActive(await command(url, 'query'), 2 * block)
    const answer = await command(url, 'upload, finalize', bytes.subarray(2 * block), 2 * block)
    isFinal(answer)
    expect((await drive.get(`files/${answer.json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('accepts a repeated command, and one that overlaps', async ({ google, drive }) => {
    const bytes = content(3 * block)
    const url = await session(google, drive)
    for (let time = 0; time < 2; time++) isActive(await command(url, 'upload', bytes.subarray(0, 2 * block), 0))
    isActive(await command(url, 'query'), 2 * block)
    const { json } = await command(url, 'upload, finalize', bytes.subarray(100), 100)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test('is cancelled for good', async ({ google, drive }) => {
    const url = await session(google, drive)
    await command(url, 'upload', content(block), 0)
    for (const name of ['cancel', 'query']) {
      const answer = await command(url, name)
      expect(answer).toMatchObject({ status: 200, body: '' })
      expect(answer.headers['x-goog-upload-status']).toBe('cancelled')
    }
    const late = await command(url, 'upload, finalize', 'x', 0)
    expect(late).toMatchObject({ status: 400, body: 'Upload has already been terminated.' })
    expect(names(await drive.list())).toEqual([])
  })

  test('accepts nothing once it is complete', async ({ google, drive }) => {
    const url = await session(google, drive)
    await command(url, 'upload, finalize', 'x', 0)
    for (const name of ['upload', 'finalize', 'upload, finalize', 'cancel']) {
      const answer = await command(url, name, '', 1)
      isFinal(answer, 400)
      expect(answer.body).toBe('Upload has already been terminated.')
    }
    expect(names(await drive.list())).toEqual(['big.bin'])
  })

  test.for([
    { name: 'an unknown command', command: 'download' },
    { name: 'no command', command: '' },
    { name: 'two commands that exclude each other', command: 'query, finalize' },
    { name: 'no offset', command: 'upload' },
    { name: 'an offset that is not a number', command: 'upload', offset: '0x0' },
    { name: 'an end before the stored bytes', command: 'upload, finalize', offset: 0, body: 'x' },
    { name: 'an offset beyond the stored bytes', command: 'upload', offset: 2 * block },
    { name: 'a part of half a block', command: 'upload', offset: block, body: 'x'.repeat(block / 2) },
    { name: 'less than announced', command: 'finalize' },
    { name: 'less than announced at the end', command: 'upload, finalize', offset: block, body: 'x' },
    { name: 'more than announced', command: 'upload', offset: block, body: 'x'.repeat(2 * block) },
  ])('with $name is 400, and the session stays open', async ({ command: name, offset, body }, { google, drive }) => {
    const bytes = content(2 * block)
    const url = await session(google, drive, { length: bytes.length })
    isActive(await command(url, 'upload', bytes.subarray(0, block), 0))
    const headers = { 'x-goog-upload-command': name, ...(offset !== undefined && { 'x-goog-upload-offset': offset }) }
    for (const length of [{}, { 'transfer-encoding': 'chunked' }]) {
      const answer = await send(url, { method: 'POST', headers: { ...headers, ...length }, body: body ?? '' })
      expect(answer.status).toBe(400)
      expect(answer.headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'x-goog-upload-status': 'active',
      })
      isActive(await command(url, 'query'), block)
    }
    const { json } = await command(url, 'upload, finalize', bytes.subarray(block), block)
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })

  test.for([
    { name: 'a bad token', headers: { authorization: 'Bearer nope' }, status: 401 },
    { name: 'My Drive', metadata: {}, status: 403 },
    { name: 'an unknown file', id: 'nope', status: 404 },
    { name: 'a length of letters', headers: { 'x-goog-upload-header-content-length': 'ten' }, status: 400 },
    { name: 'another command', headers: { 'x-goog-upload-command': 'query' }, status: 400 },
  ])('to $name fails at the start with the error of the API', async ({ status, ...request }, { google, drive }) => {
    const answer = await start(google, drive, request)
    isFinal(answer, status)
    expect(answer.json.error.code).toBe(status)
    expect(answer.headers['x-goog-upload-url']).toBeUndefined()
  })

  test('of more than the storage limit ends with the error of the API', async ({ google }) => {
    const account = { email: 'full@example.com', storageLimitBytes: 1000 }
    await configure(google, 'POST accounts', account)
    const drive = driveOf(google, (await signIn(google, { account: account.email })).access_token)
    isFinal(await start(google, drive, { length: 1001 }), 403)
    const answer = await command(await session(google, drive), 'upload, finalize', 'x'.repeat(1001), 0)
    isFinal(answer, 403)
    expect(answer.json.error.errors[0].reason).toBe('storageQuotaExceeded')
    expect(names(await drive.list())).toEqual([])
  })

  test('to an unknown session, or begun again at one, is 404', async ({ google, drive }) => {
    const url = await session(google, drive)
    isFinal(await command(url, 'start'), 404)
    isFinal(await command(url.replace(/upload_id=[\w-]+/, 'upload_id=x'), 'query'), 404)
  })

  test('is readable for the page that began it', async ({ google, drive }) => {
    const origin = 'http://localhost:3000'
    const opened = await start(google, drive, { headers: { origin } })
    expect(opened.headers['access-control-allow-origin']).toBe(origin)
    expect(opened.headers['access-control-expose-headers']).toContain('X-Goog-Upload-URL')
    const answer = await command(String(opened.headers['x-goog-upload-url']), 'query')
    expect(answer.headers['access-control-allow-origin']).toBe(origin)
    expect(answer.headers['access-control-expose-headers']).toContain('X-Goog-Upload-Size-Received')
  })
})

describe('X-Goog-Upload-Protocol', () => {
  test('raw and multipart upload in one request', async ({ google, drive }) => {
    const url = `${google.issuer}/upload/drive/v3/files`
    const created = await send(url, {
      method: 'POST',
      headers: {
        ...drive.headers,
        'x-goog-upload-protocol': 'multipart',
        'content-type': 'multipart/related; boundary=b',
      },
      body: '--b\r\n\r\n{"parents":["appDataFolder"]}\r\n--b\r\ncontent-type: image/png\r\n\r\none\r\n--b--',
    })
    isFinal(created)
    expect(created.json.mimeType).toBe('image/png')
    const type = { 'content-type': 'application/octet-stream', 'x-goog-upload-header-content-type': 'image/gif' }
    const changed = await send(`${url}/${created.json.id}`, {
      method: 'PATCH',
      headers: { ...drive.headers, 'x-goog-upload-protocol': 'raw', ...type },
      body: 'two',
    })
    isFinal(changed)
    expect(changed.json.mimeType).toBe('image/gif')
    expect((await drive.get(`files/${created.json.id}`, { alt: 'media' })).body).toBe('two')
  })

  test.for(['pigeon', 'constructor', '__proto__'])('is unknown by the name %s', async (name, { google, drive }) => {
    const headers = { ...drive.headers, 'x-goog-upload-protocol': name }
    expect((await send(`${google.issuer}/upload/drive/v3/files`, { method: 'POST', headers })).status).toBe(404)
  })
})

const arm = async (google: Emulator, fault: string, bytes?: number): Promise<void> => {
  expect(
    (await control(google, 'POST faults', { on: 'upload', fault, ...(bytes !== undefined && { bytes }) })).status,
  ).toBe(200)
}

describe('a fault of an upload with commands', () => {
  test.for(['upload', 'upload, finalize'])('strikes %s as it does chunks', async (name, { google, drive }) => {
    const bytes = content(3 * block)
    const url = await session(google, drive)
    await arm(google, 'upload-cut', block + 10)
    await expect(command(url, name, bytes, 0)).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/)
    isActive(await command(url, 'query'), block)
    await arm(google, 'upload-short', block)
    isActive(await command(url, name, bytes.subarray(block), block))
    isActive(await command(url, 'query'), 2 * block)
    await arm(google, 'upload-damaged')
    const { json } = await command(url, 'upload, finalize', bytes.subarray(2 * block), 2 * block)
    const stored = await drive.get(`files/${json.id}`, { alt: 'media' })
    expect(stored.bytes).toHaveLength(bytes.length)
    expect(stored.bytes.equals(bytes)).toBe(false)
  })

  test('upload-session-expired ends the session', async ({ google, drive }) => {
    const url = await session(google, drive)
    await arm(google, 'upload-session-expired')
    isFinal(await command(url, 'query'), 404)
    isFinal(await command(url, 'upload, finalize', 'x', 0), 404)
  })
})
