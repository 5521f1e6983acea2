import { type JsonObject, parseJsonObject } from '../core/json.ts'
import { Failure } from '../failures/index.ts'
import { retryAfterSeconds } from './answer-times.ts'
import type { HttpResponse } from './request.ts'

/** Returns whether headers declare a JSON body. */
export function isJsonType(headers: HttpResponse['headers']): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '')
}

/**
 * Returns the JSON object in a response. The content type must be JSON: captive portals respond 200 with HTML.
 * @throws Failure `server_failed` for a 5xx or 429, whatever its body says, and `invalid_answer`
 */
export function jsonObjectOf(response: HttpResponse, host: string): JsonObject {
  const { status } = response
  if (status >= 500 || status === 429)
    throw new Failure('server_failed', { host, status, retryAfterSeconds: retryAfterSeconds(response) })
  const object = isJsonType(response.headers) ? parseJsonObject(response.body) : undefined
  if (object !== undefined) return object
  throw new Failure('invalid_answer', {
    host,
    problem: `HTTP status ${status} with content type "${response.headers['content-type'] ?? ''}" where a JSON object was expected`,
  })
}
