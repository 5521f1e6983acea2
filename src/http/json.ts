import { Failure } from '../failures/index.ts'
import { retryAfterSeconds } from './answer-times.ts'
import type { HttpResponse } from './request.ts'

/** A JSON object as it came over the wire. Check each member before use. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is a JSON object: not null and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** Whether headers say that the body is JSON. */
export function isJsonType(headers: HttpResponse['headers']): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(headers['content-type'] ?? '')
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Parses bytes as a JSON object: UTF-8 only, nothing but an object at the top. Gives undefined for anything else. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * The JSON object of an answer. The content type must say JSON: a captive portal answers 200 with HTML.
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

/** A member that is a string, or undefined. */
export function stringMember(object: JsonObject, name: string): string | undefined {
  const value = object[name]
  return typeof value === 'string' ? value : undefined
}
