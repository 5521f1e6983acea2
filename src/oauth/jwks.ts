import { Failure } from '../failures/index.ts'
import { type JsonObject, jsonObjectOf, parseJsonObject } from '../http/json.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/** A JSON Web Key Set (RFC 7517 section 5): its keys as they came, to be checked when one is chosen. */
export interface Jwks {
  readonly keys: readonly JsonObject[]
  /** Where it came from, for messages. */
  readonly source: string
}

const largestJwksBytes = 256 * 1024

/** Fetches the keys that the server signs ID tokens with. @throws Failure `invalid_answer` and the network failures */
export async function fetchJwks(http: Http, server: AuthorizationServer): Promise<Jwks> {
  const { host } = server.jwksUri
  const response = await http.send({ method: 'GET', url: server.jwksUri, retries: 2, maxBytes: largestJwksBytes })
  if (response.status >= 500 || response.status === 429)
    throw new Failure('server_failed', { host, status: response.status })
  if (response.status !== 200)
    throw new Failure('invalid_answer', { host, problem: `HTTP status ${response.status} for its keys` })
  const keys = keysOf(jsonObjectOf(response, host))
  if (keys === undefined) throw new Failure('invalid_answer', { host, problem: 'its key set has no list of keys' })
  return { keys, source: server.jwksUri.href }
}

/** Parses a key set from a file. @throws Failure `file_unreadable` */
export function parseJwks(bytes: Uint8Array, file: string): Jwks {
  const object = parseJsonObject(bytes)
  const keys = object === undefined ? undefined : keysOf(object)
  if (keys === undefined) throw new Failure('file_unreadable', { file, problem: 'it is not a JSON Web Key Set' })
  return { keys, source: file }
}

function keysOf(object: JsonObject): readonly JsonObject[] | undefined {
  const { keys } = object
  if (!Array.isArray(keys)) return undefined
  return keys.filter((key): key is JsonObject => key !== null && typeof key === 'object' && !Array.isArray(key))
}
