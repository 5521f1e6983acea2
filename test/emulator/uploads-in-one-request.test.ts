import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { driveOf, inAppData, names, put, test } from './drive-client.ts'
import { configure, send, signIn } from './raw-http.ts'
import { block, content, mebibyte } from './upload-client.ts'

describe('an upload in one request', () => {
  test('may be of any size', async ({ drive }) => {
    const bytes = content(20 * mebibyte + 3)
    const sha256Checksum = createHash('sha256').update(bytes).digest('hex')
    const fields = 'id,size,sha256Checksum'
    const { json } = await drive.multipart({ name: 'big', ...inAppData }, bytes, { fields })
    expect(json).toMatchObject({ size: String(bytes.length), sha256Checksum })
    await drive.media(json.id, bytes.subarray(1))
    const changed = await drive.get(`files/${json.id}`, { alt: 'media' })
    expect(changed.bytes.equals(bytes.subarray(1))).toBe(true)
  })

  test('names its id in the response, also in errors', async ({ google, drive }) => {
    const answers = [
      await drive.multipart({ name: 'a', ...inAppData }, 'x'),
      await drive.multipart({ name: 'a' }, 'x'),
      await send(`${google.issuer}/upload/drive/v3/files?uploadType=media`, { method: 'POST' }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 401])
    for (const { headers } of answers) {
      expect(headers['x-guploader-uploadid']).toMatch(/^A[\w-]{109}$/)
      expect(headers.server).toBe('UploadServer')
    }
  })

  test('that cannot fit is rejected before all of it is read', async ({ google }) => {
    const account = { email: 'full@example.com', storageLimitBytes: 1000 }
    await configure(google, 'POST accounts', account)
    const drive = driveOf(google, (await signIn(google, { account: account.email })).access_token)
    const id = await put(drive, 'a', 'before')
    const url = `${google.issuer}/upload/drive/v3/files/${id}?uploadType=media`
    const packed = gzipSync(Buffer.alloc(8 * mebibyte))
    for (const [headers, body] of [
      [{}, content(8 * mebibyte)],
      [{ 'transfer-encoding': 'chunked' }, content(8 * mebibyte)],
      [{ 'content-encoding': 'gzip' }, packed],
    ] as const) {
      const answer = await send(url, { method: 'PATCH', headers: { ...drive.headers, ...headers }, body })
      expect(answer.status).toBe(403)
      expect(answer.json.error.errors[0].reason).toBe('storageQuotaExceeded')
    }
    expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('before')
  })

  test('may be compressed; malformed gzip is 400', async ({ google, drive }) => {
    const bytes = content(block + 5)
    const id = await put(drive, 'a', 'before')
    const url = `${google.issuer}/upload/drive/v3/files/${id}?uploadType=media`
    const headers = { ...drive.headers, 'content-encoding': 'gzip' }
    const cut = gzipSync(bytes).subarray(0, -9)
    for (const body of ['not gzip', cut, ''])
      expect((await send(url, { method: 'PATCH', headers, body })).status).toBe(400)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('before')
    expect((await send(url, { method: 'PATCH', headers, body: gzipSync(bytes) })).status).toBe(200)
    expect((await drive.get(`files/${id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
  })
})

const head = '--b\r\ncontent-type: application/json\r\n\r\n{"name":"a","parents":["appDataFolder"]}\r\n'
const bodies = [
  {
    name: 'lines like its boundary',
    body: `${head}--b\r\n\r\nx --b\r\n-b\r\n--\r\n--b--`,
    stored: 'x --b\r\n-b\r\n--',
  },
  { name: 'no headers', body: `${head}--b\r\n\r\none\r\n\r\ntwo\r\n--b--\r\n`, stored: 'one\r\n\r\ntwo' },
  { name: 'line feeds only', body: `${head}--b\r\n\r\nx\n\n--b--`.replaceAll('\r', ''), stored: 'x\n' },
  { name: 'nothing', body: `${head}--b\r\na: b\r\n\r\n\r\n--b--`, stored: '' },
  { name: 'a preamble', body: `for old readers\r\n${head}--b\r\n\r\nx\r\n--b--\r\nand an end`, stored: 'x' },
  {
    name: 'base64 in lines',
    body: `${head}--b\r\ncontent-transfer-encoding: BASE64\r\n\r\naGVs\r\nbG8g\r\nd29ybGQ=\r\n--b--`,
    stored: 'hello world',
  },
]

describe('the content of a multipart upload', () => {
  test.for(bodies)('may have $name', async ({ body, stored }, { google, drive }) => {
    const headers = { ...drive.headers, 'content-type': 'multipart/related; boundary=b' }
    const url = `${google.issuer}/upload/drive/v3/files?uploadType=multipart`
    const { json } = await send(url, { method: 'POST', headers, body })
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).body).toBe(stored)
  })

  test('is exact wherever its end lies between two blocks', async ({ google, drive }) => {
    const headers = { ...drive.headers, 'content-type': 'multipart/related; boundary=b' }
    const url = `${google.issuer}/upload/drive/v3/files?uploadType=multipart&fields=id,size,md5Checksum`
    const before = `${head}--b\r\n\r\n`
    for (let end = block - 8; end <= block + 1; end++) {
      const bytes = content(end - before.length)
      const body = Buffer.concat([Buffer.from(before), bytes, Buffer.from('\r\n--b--')])
      const md5Checksum = createHash('md5').update(bytes).digest('hex')
      const { json } = await send(url, { method: 'POST', headers, body })
      expect(json).toMatchObject({ size: String(bytes.length), md5Checksum })
    }
  })

  test.for([
    { name: 'one part', body: `${head}--b--` },
    { name: 'three parts', body: `${head}--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--` },
    { name: 'no end', body: `${head}--b\r\n\r\nx` },
    { name: 'an unknown boundary', body: head.replaceAll('--b', '--c') },
    { name: 'metadata that is not JSON', body: '--b\r\n\r\nx\r\n--b\r\n\r\nx\r\n--b--' },
  ])('with $name is 400', async ({ body }, { google, drive }) => {
    const headers = { ...drive.headers, 'content-type': 'multipart/related; boundary=b' }
    const url = `${google.issuer}/upload/drive/v3/files?uploadType=multipart`
    expect((await send(url, { method: 'POST', headers, body })).status).toBe(400)
    expect(names(await drive.list())).toEqual([])
  })
})
