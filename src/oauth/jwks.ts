import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts'
import { Failure } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http, HttpResponse } from '../http/request.ts'
import type { AuthorizationServer } from './authorization-server.ts'

/** A JSON Web Key Set (RFC 7517 section 5). Its keys are unchecked until one is chosen. */
export interface Jwks {
  readonly keys: readonly JsonObject[]
  /** Its origin, for messages. */
  readonly source: string
}

/** A cache for key sets. Losing a set only costs a request, so both methods fail only if others can plant keys. */
export interface KeyCache {
  read(uri: string): Uint8Array | undefined
  write(uri: string, content: string): void
}

/** The input for fetching a server's keys. */
export interface KeySource {
  readonly http: Http
  readonly server: AuthorizationServer
  readonly keyCache: KeyCache
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** A key set with the times that decide whether it may still be used, in Unix milliseconds. */
interface RememberedJwks {
  readonly keys: readonly JsonObject[]
  readonly fetchedAt: number
  readonly freshUntil: number
  /** The last fetch that was made although the set was fresh. */
  readonly forcedAt: number
}

const largestJwksBytes = 256 * 1024
const longestFreshnessMs = 24 * 60 * 60_000
const forcedFetchPauseMs = 30_000

/**
 * Returns the server's signing keys for ID tokens, cached for as long as the cache headers allow (max-age minus Age).
 * @throws Failure `invalid_answer` and the network failures
 */
export async function serverJwks(source: KeySource): Promise<Jwks> {
  const remembered = recall(source)
  const now = source.now()
  // A set from the future means that the clock was set back, so its age is unknown.
  const isFresh = remembered !== undefined && remembered.fetchedAt <= now && now < remembered.freshUntil
  return { keys: isFresh ? remembered.keys : await fetchKeys(source, 0), source: source.server.jwksUri.href }
}

/** Fetches the current keys and ignores the cache. @throws Failure `invalid_answer` and the network failures */
export async function freshServerJwks(source: KeySource): Promise<Jwks> {
  return { keys: await fetchKeys(source, 0), source: source.server.jwksUri.href }
}

/**
 * Fetches the keys again, for a token whose key is not among those of {@link serverJwks}: keys may rotate before caches
 * expire. Limited to once every 30 seconds, because anyone can make up key IDs.
 * @returns undefined if the last such fetch is too recent
 * @throws Failure `invalid_answer` and the network failures
 */
export async function newerServerJwks(source: KeySource): Promise<Jwks | undefined> {
  const now = source.now()
  const forcedAt = recall(source)?.forcedAt ?? 0
  if (Math.abs(now - forcedAt) < forcedFetchPauseMs) return undefined
  return { keys: await fetchKeys(source, now), source: source.server.jwksUri.href }
}

/** Parses a key set from a file. @throws Failure `file_invalid` */
export function parseJwks(bytes: Uint8Array, file: string): Jwks {
  const object = parseJsonObject(bytes)
  const keys = object === undefined ? undefined : keysOf(object)
  if (keys === undefined) throw new Failure('file_invalid', { file, problem: 'it is not a JSON Web Key Set' })
  return { keys, source: file }
}

const underWay = new Map<string, Promise<readonly JsonObject[]>>()

/** Fetches the keys. Concurrent callers share one response. */
async function fetchKeys(source: KeySource, forcedAt: number): Promise<readonly JsonObject[]> {
  const uri = source.server.jwksUri.href
  const shared = underWay.get(uri)
  if (shared !== undefined) return shared
  const fetching = fetchKeysNow(source, forcedAt).finally(() => underWay.delete(uri))
  underWay.set(uri, fetching)
  return fetching
}

async function fetchKeysNow(
  { http, server, keyCache, now }: KeySource,
  forcedAt: number,
): Promise<readonly JsonObject[]> {
  const { host } = server.jwksUri
  const response = await http.send({ method: 'GET', url: server.jwksUri, retries: 2, maxBytes: largestJwksBytes })
  const object = jsonObjectOf(response, host)
  if (response.status !== 200)
    throw new Failure('invalid_answer', { host, problem: `HTTP status ${response.status} for its keys` })
  const keys = keysOf(object)
  if (keys === undefined) throw new Failure('invalid_answer', { host, problem: 'its key set has no list of keys' })
  const fetchedAt = now()
  const remembered: RememberedJwks = { keys, fetchedAt, freshUntil: fetchedAt + freshnessMs(response), forcedAt }
  keyCache.write(server.jwksUri.href, JSON.stringify(remembered))
  return keys
}

/** Returns max-age minus Age (RFC 9111 section 4.2); zero if the response must not be stored. */
function freshnessMs({ headers }: HttpResponse): number {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(/\s*,\s*/)
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0
  const maxAge = directives
    .map((directive) => /^max-age="?(\d{1,9})"?$/.exec(directive)?.[1])
    .find((age) => age !== undefined)
  const age = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) : 0
  return Math.min(Math.max(0, (Number(maxAge ?? 0) - age) * 1000), longestFreshnessMs)
}

function recall({ server, keyCache }: KeySource): RememberedJwks | undefined {
  const bytes = keyCache.read(server.jwksUri.href)
  const object = bytes === undefined ? undefined : parseJsonObject(bytes)
  const keys = object === undefined ? undefined : keysOf(object)
  const time = (name: string): number => (typeof object?.[name] === 'number' ? object[name] : 0)
  if (keys === undefined) return undefined
  return { keys, fetchedAt: time('fetchedAt'), freshUntil: time('freshUntil'), forcedAt: time('forcedAt') }
}

function keysOf(object: JsonObject): readonly JsonObject[] | undefined {
  const { keys } = object
  if (!Array.isArray(keys)) return undefined
  return keys.filter(isJsonObject)
}
