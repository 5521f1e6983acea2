import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { callApi, googleApi } from '../../src/api/call.ts'
import { Secret } from '../../src/core/secret.ts'
import { Failure } from '../../src/failures/index.ts'
import { createHttp, type Http, type HttpRequest, type HttpResponse } from '../../src/http/request.ts'
import { fakeHttp } from '../fuzz/fake-http.ts'
import { serving } from './serving.ts'

// Distinguishes a request's timer from a pause.
const timeoutMs = 54_321

const pausesMs: number[] = []
let skippedMs = 0
let interruption = new AbortController()
let random = 0.5

/** Pauses are recorded and end immediately; the clock advances by as much. */
beforeEach(() => {
  pausesMs.length = 0
  skippedMs = 0
  interruption = new AbortController()
  random = 0.5
  vi.spyOn(Math, 'random').mockImplementation(() => random)
  const { setTimeout: timer } = globalThis
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run, ms = 0) => {
    if (ms === timeoutMs) return timer(run, ms)
    pausesMs.push(ms)
    skippedMs += ms
    return timer(run, 0)
  })
  vi.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(skippedMs * 1e6))
})
afterEach(() => void vi.restoreAllMocks())

/** Returns the result of a request: the response's status or the failure's code. */
async function outcomeOf(request: Promise<HttpResponse>): Promise<number | string> {
  try {
    return (await request).status
  } catch (error) {
    if (error instanceof Failure) return error.code
    throw error
  }
}

describe('a request to a server', () => {
  const answering =
    (status: number, headers: Record<string, string> = {}): RequestListener =>
    (_, response) =>
      void response.writeHead(status, headers).end()

  const resetting: RequestListener = (request) => request.socket.resetAndDestroy()

  test.each<[string, RequestListener, Pick<HttpRequest, 'retries' | 'retryWhen'>, number | string, number[]]>([
    ['200', answering(200), { retries: 2 }, 200, []],
    ['400', answering(400), { retries: 2 }, 400, []],
    ['404 with Retry-After', answering(404, { 'retry-after': '1' }), { retries: 2 }, 404, []],
    ['500 without a word about retrying', answering(500), {}, 500, []],
    ['500', answering(500), { retries: 2 }, 500, [500, 1000]],
    ['599', answering(599), { retries: 1 }, 599, [500]],
    ['429', answering(429), { retries: 3 }, 429, [500, 1000, 2000]],
    ['503 with Retry-After', answering(503, { 'retry-after': '7' }), { retries: 2 }, 503, [7000, 7000]],
    ['503 with Retry-After: 0', answering(503, { 'retry-after': '0' }), { retries: 2 }, 503, [0, 0]],
    ['429 with an hour of Retry-After', answering(429, { 'retry-after': '3600' }), { retries: 1 }, 429, [30_000]],
    ['a broken connection', resetting, { retries: 2 }, 'unreachable', [500, 1000]],
    ['503, if the server must ask for a retry', answering(503), { retries: 1, retryWhen: 'asked' }, 503, []],
    [
      '500, if the server must ask for a retry',
      answering(500, { 'retry-after': '1' }),
      { retries: 1, retryWhen: 'asked' },
      500,
      [],
    ],
    ['503 that asks', answering(503, { 'retry-after': '1' }), { retries: 1, retryWhen: 'asked' }, 503, [1000]],
    [
      'a broken connection, if the server must ask for a retry',
      resetting,
      { retries: 1, retryWhen: 'asked' },
      'unreachable',
      [],
    ],
  ])('that meets %s is retried as far as allowed', async (_, answer, request, outcome, pauses) => {
    const http = createHttp({ userAgent: 'test', signal: interruption.signal })
    let count = 0
    const counting: RequestListener = (asked, response) => {
      count++
      answer(asked, response)
    }
    await serving(counting, async (url) => {
      expect(await outcomeOf(http.send({ method: 'POST', url, timeoutMs, ...request }))).toBe(outcome)
    })
    expect([count, pausesMs]).toEqual([pauses.length + 1, pauses])
  })

  test('is not retried where nothing listens', async () => {
    const http = createHttp({ userAgent: 'test', signal: interruption.signal })
    const url = await serving(answering(200), async (gone) => Promise.resolve(gone))
    expect(await outcomeOf(http.send({ method: 'GET', url, timeoutMs, retries: 2 }))).toBe('unreachable')
    expect(pausesMs).toEqual([])
  })

  test.each([
    [0, [375, 750]],
    [0.5, [500, 1000]],
    [1, [625, 1250]],
  ])('is retried after a pause randomly (%s) up to a quarter shorter or longer', async (chance, pauses) => {
    random = chance
    const http = createHttp({ userAgent: 'test', signal: interruption.signal })
    await serving(answering(500), async (url) => http.send({ method: 'GET', url, timeoutMs, retries: 2 }))
    expect(pausesMs).toEqual(pauses)
  })
})

describe('a request to an API', () => {
  const answer = (status: number, retryAfter?: string): HttpResponse => ({
    status,
    headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    body: Buffer.from('{}'),
  })
  const lost = (code: string): Failure =>
    new Failure('unreachable', { host: 'h', problem: 'p' }, { cause: Object.assign(new Error(code), { code }) })
  const late = new Failure('timed_out', { host: 'h', seconds: 1 })

  /** Returns an {@link Http} with these outcomes, the last one forever. */
  function meeting(outcomes: readonly (HttpResponse | Failure)[]): Http & { readonly sent: readonly HttpRequest[] } {
    const fake = fakeHttp(outcomes.map((outcome) => (outcome instanceof Failure ? answer(0) : outcome)))
    return {
      ...fake,
      async send(request) {
        const response = await fake.send(request)
        const outcome = outcomes[Math.min(fake.sent.length, outcomes.length) - 1]
        if (outcome instanceof Failure) throw outcome
        return response
      },
    }
  }

  const notes: string[] = []
  const request = { method: 'POST', url: new URL('https://www.googleapis.com/x'), repeat: 'safe' } as const
  async function outcomeOfCall(http: Http, repeat: 'safe' | 'refused'): Promise<number | string> {
    notes.length = 0
    const token = Promise.resolve(new Secret('token'))
    const api = googleApi({
      http,
      root: new URL(request.url.origin),
      tokens: { current: () => token, renewed: () => token },
      signal: interruption.signal,
      onWait: ({ code }, seconds) => notes.push(`${code} ${seconds}`),
    })
    return outcomeOf(callApi(api, { ...request, repeat }))
  }

  type ApiRow = [string, readonly (HttpResponse | Failure)[], 'safe' | 'refused', number | string, number[]]
  const fourPausesMs = [1125, 2250, 4500, 9000]
  test.each<ApiRow>([
    ['200', [answer(200)], 'safe', 200, []],
    ['404', [answer(404)], 'safe', 'api_path_unknown', []],
    ['500', [answer(500)], 'safe', 'server_failed', fourPausesMs],
    ['500, then 200', [answer(500), answer(200)], 'safe', 200, [1125]],
    ['500 that may have succeeded', [answer(500)], 'refused', 'server_failed', []],
    ['503 with Retry-After', [answer(503, '3')], 'safe', 'server_failed', [3000, 3000, 4500, 9000]],
    ['503 with an hour of Retry-After', [answer(503, '3600')], 'safe', 'server_failed', []],
    ['503 with a minute of Retry-After', [answer(503, '59')], 'safe', 'server_failed', [59_000, 59_000, 59_000]],
    ['no answer', [late], 'safe', 'timed_out', fourPausesMs],
    ['no response, which may have succeeded', [late], 'refused', 'timed_out', []],
    ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN'].map((code): ApiRow => [
      code,
      [lost(code)],
      'safe',
      'unreachable',
      fourPausesMs,
    ]),
    ['ENOTFOUND', [lost('ENOTFOUND')], 'safe', 'unreachable', []],
    ['ENOTFOUND after a response', [answer(500), lost('ENOTFOUND')], 'safe', 'unreachable', fourPausesMs],
  ])('that meets %s is retried as far as allowed', async (_, outcomes, repeat, outcome, pauses) => {
    const http = meeting(outcomes)
    expect(await outcomeOfCall(http, repeat)).toBe(outcome)
    expect([http.sent.length, pausesMs]).toEqual([pauses.length + 1, pauses])
    const failures = notes.map((note) => note.split(' ')[1])
    expect(failures).toEqual(pauses.map((ms) => String(ms / 1000)))
  })

  test.each(['safe', 'refused'] as const)(
    'that meets a rate limit is retried for three minutes (%s)',
    async (repeat) => {
      const answers = fakeHttp([{ ...answer(429), body: Buffer.from('{"error":{"message":"m"}}') }])
      expect(await outcomeOfCall(answers, repeat)).toBe('rate_limited')
      expect(pausesMs).toEqual([...fourPausesMs, 18_000, 36_000, 36_000, 36_000, 36_000])
      expect(notes[0]).toBe('rate_limited 1.125')
    },
  )

  test.each([
    [0, [1000, 2000, 4000, 8000]],
    [1, [1250, 2500, 5000, 10_000]],
  ])('is retried after a pause randomly (%s) up to a quarter longer', async (chance, pauses) => {
    random = chance
    await outcomeOfCall(meeting([late]), 'safe')
    expect(pausesMs).toEqual(pauses)
  })

  test('is not retried once the run is interrupted', async () => {
    const http = meeting([answer(500)])
    const interrupting: Http = {
      ...http,
      async send(sent) {
        interruption.abort()
        return http.send(sent)
      },
    }
    expect(await outcomeOfCall(interrupting, 'safe')).toBe('interrupted')
    expect([http.sent.length, pausesMs]).toEqual([1, []])
  })
})
