import * as fc from 'fast-check'
import type { Http, HttpRequest, HttpResponse } from '../../src/http/request.ts'
import { jsonWith, roughText } from './property.ts'

/** Returns an {@link Http} without a network: every request gets the next response, and the last one forever. */
export function fakeHttp(answers: readonly HttpResponse[]): Http & { readonly sent: HttpRequest[] } {
  const sent: HttpRequest[] = []
  const answer = (request: HttpRequest): HttpResponse => {
    const given = answers[Math.min(sent.length, answers.length - 1)]
    sent.push(request)
    if (given === undefined) throw new Error('there is no answer')
    return given
  }
  return {
    sent,
    send: (request) => Promise.resolve(answer(request)),
    open(request) {
      const { status, headers, body } = answer(request)
      return Promise.resolve({ status, headers, body: chunksOf(body), discard: () => undefined })
    },
  }
}

async function* chunksOf(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += 7) yield await Promise.resolve(body.subarray(at, at + 7))
}

const statuses = fc.oneof(
  { weight: 4, arbitrary: fc.constant(200) },
  { weight: 3, arbitrary: fc.constantFrom(201, 204, 206, 301, 307, 308, 400, 401, 403, 404, 418, 429, 500, 503, 599) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 999 }) },
)
const types = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON') },
  { weight: 1, arbitrary: fc.constantFrom('text/html', 'application/problem+json', 'application/jsonp', '') },
  { weight: 1, arbitrary: fc.string() },
)
const headers = fc.record(
  {
    'content-type': types,
    'retry-after': roughText,
    'cache-control': roughText,
    age: roughText,
    location: fc.oneof(
      roughText,
      fc.constantFrom('https://www.googleapis.com/upload?upload_id=1', 'https://a.example/'),
    ),
    range: fc.oneof(roughText, fc.constantFrom('bytes=0-262143', 'bytes=0-5999999', 'bytes=0-1', 'bytes=1-262143')),
    'content-range': fc.oneof(roughText, fc.constantFrom('bytes 0-0/1', 'bytes 5-9/*')),
  },
  { requiredKeys: [] },
)

/** Returns a response whose body is one of these texts. */
export function answersOf(bodies: fc.Arbitrary<Buffer>): fc.Arbitrary<HttpResponse> {
  return fc.tuple(statuses, types, headers, bodies).map(([status, type, more, body]) => ({
    status,
    headers: { 'content-type': type, ...more },
    body,
  }))
}

/** Returns a response that is JSON more often than not, with members of these names. */
export function jsonAnswers(names: readonly string[]): fc.Arbitrary<HttpResponse> {
  const bodies = fc.oneof(
    { weight: 9, arbitrary: jsonWith(names).map((value) => Buffer.from(JSON.stringify(value))) },
    { weight: 1, arbitrary: roughText.map((text) => Buffer.from(text)) },
  )
  return answersOf(bodies)
}
