import type { OutgoingHttpHeaders } from 'node:http'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { bearer, type RawAnswer, send, signIn } from '../emulator/raw-http.ts'
import { block, content } from '../emulator/upload-client.ts'
import { property, roughText } from './property.ts'
import { manyInputs, runs } from './scale.ts'

// Upload sessions under requests in any order: a file never has other content than what was sent for it.

let google: Emulator
let accessToken = ''
beforeAll(async () => {
  google = await startEmulator()
  accessToken = (await signIn(google)).access_token
})
afterAll(async () => google.close())

const bytes = content(3 * block + 1000)

/** One request to a session: where its content begins, how much it has, and what its headers say. */
interface Step {
  readonly method: string
  readonly start: number
  readonly length: number
  /** Replaces what the headers say by something that may be wrong. */
  readonly says: Readonly<{ start?: string; end?: string; total?: string }>
  readonly command: string | undefined
  readonly chunked: boolean
}

const offsets = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, block, 2 * block, 3 * block) },
  { weight: 1, arbitrary: fc.constantFrom(1, block - 1, block + 1, bytes.length) },
  { weight: 1, arbitrary: fc.nat(bytes.length) },
)
const numbers = fc.oneof(
  fc.nat(4 * block).map(String),
  fc.constantFrom('*', '', '-1', '0x1', '1e3', ' 5', '99999999999999999999', '\u00e9', '0,1'),
)
const steps: fc.Arbitrary<Step> = fc.record({
  method: fc.constantFrom('PUT', 'POST'),
  start: offsets,
  length: offsets,
  says: fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record({ start: numbers, end: numbers, total: numbers }, { requiredKeys: [] }) },
  ),
  command: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 4, arbitrary: fc.constantFrom('upload', 'upload', 'upload, finalize', 'finalize', 'query') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'start',
        'upload,',
        ',',
        'cancel, upload',
        'UPLOAD ,FINALIZE',
        '\u00e9',
        'upload, upload',
      ),
    },
  ),
  // A body without a length is the whole content, and would end most uploads early.
  chunked: fc.nat(9).map((choice) => choice === 0),
})

async function take(url: string, { method, start, length, says, command, chunked }: Step): Promise<RawAnswer> {
  const body = bytes.subarray(start, start + length)
  const range = `bytes ${says.start ?? start}-${says.end ?? start + body.length - 1}/${says.total ?? '*'}`
  const headers: OutgoingHttpHeaders = {
    ...(chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': body.length }),
    ...(command === undefined
      ? { 'content-range': body.length === 0 ? `bytes */${says.total ?? '*'}` : range }
      : { 'x-goog-upload-command': command, 'x-goog-upload-offset': says.start ?? start }),
  }
  return await send(url, { method, headers, body })
}

/** The start that the headers name must be the real one, or the content is another. */
function isHonest({ start, says }: Step): boolean {
  return says.start === undefined || Number(says.start) === start
}

describe('an upload session', () => {
  property(
    'never has other content than what was sent',
    fc.tuple(
      fc.array(steps.filter(isHonest), { maxLength: 8 }),
      fc.option(fc.nat(bytes.length + 5), { nil: undefined }),
    ),
    async ([requests, announced]) => {
      const opened = await send(`${google.issuer}/upload/drive/v3/files?uploadType=resumable`, {
        method: 'POST',
        headers: {
          ...bearer(accessToken),
          ...(announced !== undefined && { 'x-upload-content-length': announced }),
        },
        body: '{"parents":["appDataFolder"]}',
      })
      const url = opened.headers.location ?? ''
      for (const request of requests) {
        const { status, body } = await take(url, request)
        expect(body).not.toContain('The emulator failed')
        expect([200, 308, 400, 404, 503]).toContain(status)
      }
      const query = await send(url, { method: 'POST', headers: { 'x-goog-upload-command': 'query' } })
      const stored = Number(query.headers['x-goog-upload-size-received'])
      const isOpen = query.headers['x-goog-upload-status'] === 'active'
      const end = announced ?? bytes.length
      const finished = isOpen
        ? await send(url, {
            method: 'POST',
            headers: { 'x-goog-upload-command': 'upload, finalize', 'x-goog-upload-offset': stored },
            body: bytes.subarray(stored, end),
          })
        : query
      if (finished.status !== 200) return
      const file = await send(`${google.issuer}/drive/v3/files/${finished.json.id}?alt=media`, {
        headers: bearer(accessToken),
      })
      expect(file.bytes.equals(bytes.subarray(0, file.bytes.length))).toBe(true)
      await send(`${google.issuer}/drive/v3/files/${finished.json.id}`, {
        method: 'DELETE',
        headers: bearer(accessToken),
      })
    },
    { portion: 80, whole: runs },
  )
})

const header = roughText.map((text) => text.replace(/[^\x20-\x7e]/g, '').trim())
const values = (...good: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: header })
const openings = fc.record(
  {
    'x-goog-upload-protocol': values('resumable', 'raw', 'multipart', 'RAW'),
    'x-goog-upload-command': values('start', 'start, upload', 'query', 'upload, finalize'),
    'x-goog-upload-header-content-length': values('0', '5', '-1', '1e9', '999999999999999'),
    'x-goog-upload-header-content-type': values('image/png', ';', 'application/vnd.google-apps.document'),
    'x-goog-upload-offset': values('0', '5'),
    'content-type': values('multipart/related; boundary=b', 'application/json'),
    'content-encoding': values('gzip', 'identity'),
    origin: values('http://localhost:3000', 'null'),
    'access-control-request-headers': values('authorization,content-type'),
  },
  { requiredKeys: [] },
)
const targets = fc.tuple(
  fc.constantFrom('POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'),
  fc.constantFrom('/upload/drive/v3/', '/resumable/upload/drive/v3/'),
  fc.constantFrom('files', 'files/1x', 'files/appDataFolder', 'files/', 'about', 'files/%ff', ''),
  fc.constantFrom(
    '',
    '?uploadType=media',
    '?uploadType=resumable',
    '?uploadType=multipart',
    '?upload_protocol=raw',
    '?upload_id=',
  ),
)
const bodies = fc.oneof(
  fc.constantFrom(
    '{"parents":["appDataFolder"]}',
    '',
    '--b\r\n\r\n{"parents":["appDataFolder"]}\r\n--b\r\n\r\nx\r\n--b--',
  ),
  roughText,
)

describe('an upload', () => {
  property(
    'may begin with any headers',
    fc.tuple(targets, openings, bodies),
    async ([[method, root, path, query], headers, body]) => {
      const answer = await send(google.issuer + root + path + query, {
        method,
        headers: { ...bearer(accessToken), ...headers },
        body,
      })
      expect(answer.body).not.toContain('The emulator failed')
      expect([200, 400, 403, 404, 409]).toContain(answer.status)
    },
    { portion: 60, whole: manyInputs },
  )
})
