import { once } from 'node:events'
import type { OutgoingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Drive, inAppData } from './drive-client.ts'
import { type RawAnswer, send, sendJson } from './raw-http.ts'

/** The size of the blocks in which an upload session stores content. */
export const block = 256 * 1024
export const mebibyte = 1024 * 1024

/** Returns bytes without a short repeating pattern, so that a misplaced piece shows. */
export const content = (size: number): Buffer => {
  const words = new Uint32Array(Math.ceil(size / 4)).map((_, index) => Math.imul(index, 2_654_435_761))
  return Buffer.from(words.buffer, 0, size)
}

export const open = async (
  google: Emulator,
  drive: Drive,
  options: { id?: string; metadata?: unknown; query?: string; headers?: OutgoingHttpHeaders } = {},
): Promise<RawAnswer> => {
  const target = options.id === undefined ? '' : `/${options.id}`
  const url = `${google.issuer}/upload/drive/v3/files${target}?uploadType=resumable${options.query ?? ''}`
  const metadata = options.metadata ?? { name: 'big.bin', ...inAppData }
  const method = options.id === undefined ? 'POST' : 'PATCH'
  return await sendJson(url, metadata, { method, headers: { ...drive.headers, ...options.headers } })
}

export const session = async (...of: Parameters<typeof open>): Promise<string> => {
  const answer = await open(...of)
  expect(answer.status).toBe(200)
  return answer.headers.location ?? ''
}

export const putBytes = async (url: string, bytes: Buffer | string, range?: string): Promise<RawAnswer> =>
  await send(url, {
    method: 'PUT',
    headers: { 'content-length': bytes.length, ...(range !== undefined && { 'content-range': `bytes ${range}` }) },
    body: bytes,
  })

export const ask = async (url: string, range = '*/*'): Promise<RawAnswer> => await putBytes(url, '', range)

/** Sends the head of a PUT and only part of its body, then ends the connection. */
export const putAndHangUp = async (url: string, head: OutgoingHttpHeaders, bytes: Buffer): Promise<void> => {
  const { port, pathname, search, host } = new URL(url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  const lines = Object.entries({ host, ...head }).map(([name, value]) => `${name}: ${String(value)}\r\n`)
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`)
  socket.end(bytes)
  socket.resume()
  await once(socket, 'close')
}

export const isProgress = (answer: RawAnswer, stored: number): void => {
  expect(answer).toMatchObject({ status: 308, body: '' })
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(answer.headers.range).toBe(stored === 0 ? undefined : `bytes=0-${stored - 1}`)
}
