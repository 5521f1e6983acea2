import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { send } from '../raw-http.ts'
import type { FaultCase } from './fault-case.ts'

/** The received part of a response, even if it breaks off or never arrives. */
interface Arrival {
  status?: number
  headers?: Record<string, unknown>
  body: string
  /** The size in bytes before any decompression. */
  length: number
  pieces: 'none' | 'one' | 'several'
  end: 'whole' | 'broken' | 'waiting'
}

/** Sends a request and waits for its end, at most `waitMs` from the start or `silenceMs` after the first body bytes. */
async function arrival(url: string, options: { waitMs?: number; silenceMs?: number } = {}): Promise<Arrival> {
  const arrived: Arrival = { body: '', length: 0, pieces: 'none', end: 'waiting' }
  await new Promise<void>((resolve) => {
    const outgoing = request(url, { agent: false })
    let timer = setTimeout(() => finish('waiting'), options.waitMs ?? 20_000)
    const finish = (end: Arrival['end']): void => {
      clearTimeout(timer)
      arrived.end = end
      outgoing.destroy()
      resolve()
    }
    outgoing.on('error', () => finish('broken'))
    outgoing.on('response', (response) => {
      arrived.status = response.statusCode ?? 0
      arrived.headers = response.headers
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        arrived.length += chunk.length
        arrived.pieces = chunks.length === 1 ? 'one' : 'several'
        arrived.body = Buffer.concat(chunks).toString('latin1')
        if (options.silenceMs === undefined) return
        clearTimeout(timer)
        timer = setTimeout(() => finish('waiting'), options.silenceMs)
      })
      response.on('error', () => finish('broken'))
      response.on('end', () => finish('whole'))
    })
    outgoing.end()
  })
  return arrived
}

const certs: FaultCase['ask'] = async ({ issuer }) => await arrival(`${issuer}/oauth2/v3/certs`)
// Both wait longer than a busy machine needs for a response: the same request is repeated after the fault has struck.
const waitInVain: FaultCase['ask'] = async ({ issuer }) => await arrival(`${issuer}/oauth2/v3/certs`, { waitMs: 4000 })
const waitForMore: FaultCase['ask'] = async ({ issuer }) =>
  await arrival(`${issuer}/oauth2/v3/certs`, { silenceMs: 2000 })

/** Returns the decompressed response to a client that accepts gzip. */
const gzipped: FaultCase['ask'] = async ({ issuer }) => {
  const { bytes, headers } = await send(`${issuer}/oauth2/v3/certs`, { headers: { 'accept-encoding': 'gzip' } })
  try {
    return { encoding: headers['content-encoding'], decompressed: gunzipSync(bytes).toString() }
  } catch {
    return { encoding: headers['content-encoding'], decompressed: 'impossible' }
  }
}

const clockIsOffByMinutes: FaultCase['ask'] = async ({ issuer }) => {
  const { headers } = await send(`${issuer}/oauth2/v3/certs`)
  return { minutes: Math.round((Date.parse(headers['date'] ?? '') - Date.now()) / 60_000) }
}

const html = expect.stringMatching(/^text\/html/)
const frontEndPage = (status: number): object => ({ status, headers: { 'content-type': html }, end: 'whole' })

/** Faults that any part can have, tested with the keys. */
export const networkCases: readonly FaultCase[] = [
  { fault: 'http-429', on: 'certs', ask: certs, sees: frontEndPage(429) },
  { fault: 'http-500', on: 'certs', ask: certs, sees: frontEndPage(500) },
  { fault: 'http-502', on: 'certs', ask: certs, sees: frontEndPage(502) },
  { fault: 'http-503', on: 'certs', ask: certs, sees: frontEndPage(503) },
  { fault: 'http-503', on: 'certs', seconds: 7, ask: certs, sees: { status: 503, headers: { 'retry-after': '7' } } },
  { fault: 'http-504', on: 'certs', ask: certs, sees: frontEndPage(504) },
  { fault: 'retry-after', on: 'certs', ask: certs, sees: { status: 503, headers: { 'retry-after': '1' } } },
  { fault: 'retry-after', on: 'certs', seconds: 9, ask: certs, sees: { status: 503, headers: { 'retry-after': '9' } } },
  { fault: 'html-error', on: 'certs', ask: certs, sees: { status: 200, headers: { 'content-type': 'text/html' } } },
  {
    fault: 'html-502',
    on: 'certs',
    ask: certs,
    sees: { status: 502, body: expect.stringContaining('502 Bad Gateway') },
  },
  { fault: 'reset', on: 'certs', ask: certs, sees: { pieces: 'none', end: 'broken' } },
  { fault: 'hang', on: 'certs', ask: waitInVain, sees: { pieces: 'none', end: 'waiting' } },
  { fault: 'lost-answer', on: 'certs', ask: certs, sees: { pieces: 'none', end: 'broken' } },
  { fault: 'truncated', on: 'certs', ask: certs, sees: { status: 200, pieces: 'one', end: 'broken' } },
  { fault: 'stall', on: 'certs', ask: waitForMore, sees: { status: 200, pieces: 'one', end: 'waiting' } },
  {
    fault: 'slow',
    on: 'certs',
    seconds: 1,
    ask: certs,
    sees: { status: 200, body: expect.stringMatching(/^\{[^]*\}\n$/), pieces: 'several', end: 'whole' },
  },
  { fault: 'gzip-cut', on: 'certs', ask: gzipped, sees: { encoding: 'gzip', decompressed: 'impossible' } },
  { fault: 'gzip-garbage', on: 'certs', ask: gzipped, sees: { encoding: 'gzip', decompressed: 'impossible' } },
  {
    fault: 'huge-answer',
    on: 'certs',
    bytes: 3_000_000,
    ask: certs,
    sees: { status: 200, length: 3_000_000, end: 'whole' },
  },
  {
    fault: 'wrong-content-type',
    on: 'certs',
    ask: certs,
    sees: { status: 200, headers: { 'content-type': html }, body: expect.stringMatching(/^\{/) },
  },
  { fault: 'empty-body', on: 'certs', ask: certs, sees: { status: 200, length: 0, end: 'whole' } },
  { fault: 'invalid-json', on: 'certs', ask: certs, sees: { status: 200, body: expect.stringMatching(/,\}$/) } },
  { fault: 'clock-ahead', on: 'certs', ask: clockIsOffByMinutes, sees: { minutes: 10 } },
  { fault: 'clock-behind', on: 'certs', seconds: 7200, ask: clockIsOffByMinutes, sees: { minutes: -120 } },
]
