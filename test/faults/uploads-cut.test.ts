import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Drive, inAppData, names, put, test } from '../emulator/drive-client.ts'
import { send } from '../emulator/raw-http.ts'
import { ask, block, content, isProgress, putBytes, session } from '../emulator/upload-client.ts'

interface Request {
  readonly method: string
  readonly url: string
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer
}

/** Sends the head of a request and the first `sent` bytes of its body, then ends the connection. */
async function sendCut({ method, url, headers, body }: Request, sent: number, end: 'end' | 'reset'): Promise<void> {
  const { port, pathname, search, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${String(value)}\r\n`)
  const head = `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`
  const bytes = Buffer.concat([Buffer.from(head), body.subarray(0, sent)])
  if (end === 'end') socket.end(bytes)
  else socket.write(bytes, () => socket.resetAndDestroy())
  socket.resume()
  await once(socket, 'close')
}

/** How a body travels: with its length, in HTTP chunks, or compressed. */
const codings = [
  { coding: 'with a length', encode: (body: Buffer) => body, headers: {} },
  {
    coding: 'in chunks',
    encode: (body: Buffer) =>
      Buffer.from(`${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`, 'latin1'),
    headers: { 'transfer-encoding': 'chunked' },
  },
  { coding: 'compressed', encode: (body: Buffer) => gzipSync(body), headers: { 'content-encoding': 'gzip' } },
]

function encoded(request: Request, { encode, headers }: (typeof codings)[number]): Request {
  const body = encode(request.body)
  const length = 'transfer-encoding' in headers ? {} : { 'content-length': body.length }
  return { ...request, body, headers: { ...request.headers, ...headers, ...length } }
}

const text = Buffer.from('All of these 60 bytes arrive, or none of them is ever stored.')
const finalize = { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': 0 }

const inOneRequest = async (google: Emulator, drive: Drive, id: string): Promise<readonly Request[]> => {
  const url = `${google.issuer}/upload/drive/v3/files`
  const parts = `--b\r\n\r\n${JSON.stringify(inAppData)}\r\n--b\r\n\r\n${text.toString()}\r\n--b--`
  const multipart = { ...drive.headers, 'content-type': 'multipart/related; boundary=b' }
  return [
    { method: 'PATCH', url: `${url}/${id}?uploadType=media`, headers: drive.headers, body: text },
    { method: 'POST', url: `${url}?uploadType=multipart`, headers: multipart, body: Buffer.from(parts) },
  ]
}

const sessionRequests = [
  { name: 'chunk by PUT', method: 'PUT', headers: { 'content-range': `bytes 0-${text.length - 1}/${text.length}` } },
  { name: 'chunk by POST', method: 'POST', headers: { 'content-range': `bytes 0-${text.length - 1}/${text.length}` } },
  { name: 'upload command', method: 'POST', headers: { ...finalize, 'x-goog-upload-command': 'upload' } },
  { name: 'upload and finalize command', method: 'POST', headers: finalize },
]

describe.for(codings)('a body $coding that ends after any byte', (coding) => {
  test('changes and creates nothing in one request', async ({ google, drive }) => {
    const id = await put(drive, 'settings', 'before')
    for (const request of await inOneRequest(google, drive, id)) {
      const cut = encoded(request, coding)
      for (let sent = 0; sent < cut.body.length; sent++) await sendCut(cut, sent, sent % 2 === 0 ? 'end' : 'reset')
      expect((await drive.get(`files/${id}`, { alt: 'media' })).body).toBe('before')
      expect(names(await drive.list())).toEqual(['settings'])
      expect((await send(request.url, request)).status).toBe(200)
      await drive.media(id, 'before')
      for (const file of (await drive.list()).json.files) if (file.id !== id) await drive.remove(file.id)
    }
    expect(google.requests().filter(({ status }) => status >= 500)).toEqual([])
  })

  test.for(sessionRequests)('as a $name leaves the session open', async ({ method, headers }, { google, drive }) => {
    const url = await session(google, drive)
    const cut = encoded({ method, url, headers, body: text }, coding)
    for (let sent = 0; sent < cut.body.length; sent++) {
      await sendCut(cut, sent, sent % 2 === 0 ? 'end' : 'reset')
      isProgress(await ask(url), 0)
    }
    expect(names(await drive.list())).toEqual([])
    const { json } = await send(url, { method: 'POST', headers: finalize, body: text })
    expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(text)).toBe(true)
    expect(names(await drive.list())).toEqual(['big.bin'])
    expect(google.requests().filter(({ status }) => status >= 500)).toEqual([])
  })
})

describe('content that ends near the end of a block', () => {
  const bytes = content(2 * block + 50)
  test.for([
    {
      name: 'chunk by PUT',
      method: 'PUT',
      headers: { 'content-range': `bytes 0-${bytes.length - 1}/${bytes.length}` },
    },
    { name: 'chunk by POST', method: 'POST', headers: { 'content-range': `bytes 0-${bytes.length - 1}/*` } },
    { name: 'upload command', method: 'POST', headers: { ...finalize, 'x-goog-upload-command': 'upload' } },
    { name: 'upload and finalize command', method: 'POST', headers: finalize },
  ])('as a $name leaves whole blocks, and the rest follows', async ({ method, headers }, { google, drive }) => {
    for (const boundary of [block, 2 * block])
      for (const sent of [boundary - 1, boundary, boundary + 1]) {
        const url = await session(google, drive)
        await sendCut(
          { method, url, headers: { ...headers, 'content-length': bytes.length }, body: bytes },
          sent,
          'end',
        )
        const stored = Math.floor(sent / block) * block
        isProgress(await ask(url), stored)
        const { json } = await putBytes(url, bytes.subarray(stored), `${stored}-${bytes.length - 1}/${bytes.length}`)
        expect((await drive.get(`files/${json.id}`, { alt: 'media' })).bytes.equals(bytes)).toBe(true)
      }
  })
})
