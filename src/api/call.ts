import type { JsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { type Failure, isFailure } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http, HttpRequest, HttpResponse, HttpStream } from '../http/request.ts'
import { apiFailure } from './api-error.ts'
import { type ApiRetries, createApiRetries } from './api-retries.ts'

/** The access token of an account, for something that may last longer than one lives. */
interface AccessTokens {
  /** A token that may be sent. */
  current(): Promise<Secret>
  /** The token after one that was refused. */
  renewed(refused: Secret): Promise<Secret>
}

/** Google's APIs as one account sees them. */
export interface GoogleApi {
  readonly http: Http
  /** What paths are relative to: `https://www.googleapis.com`, or a local server. */
  readonly root: URL
  readonly tokens: AccessTokens
  readonly signal: AbortSignal
  /** Told before each wait for another attempt. */
  readonly onWait?: ((failure: Failure, seconds: number) => void) | undefined
  /** Whether any answer has come yet. Mutable: the first answer sets it. */
  readonly heard: { yet: boolean }
}

/** Makes the {@link GoogleApi} of an account. Nothing is sent yet. */
export function googleApi(options: Omit<GoogleApi, 'heard'>): GoogleApi {
  return { ...options, heard: { yet: false } }
}

/** A request to an API, without the credential. */
export interface ApiRequest extends Pick<
  HttpRequest,
  'method' | 'url' | 'headers' | 'body' | 'timeoutMs' | 'maxBytes' | 'signal'
> {
  /** Whether it may be sent again after an attempt of which nobody knows what came of it (RFC 9110 section 9.2.2). */
  readonly repeat: 'safe' | 'refused'
  /** Statuses that are answers and no failures, beside 2xx. */
  readonly accepts?: readonly number[]
  /** The file that it is about, by name or id, for messages. */
  readonly file?: string | undefined
  /** Told when it is about to be sent again. */
  readonly onRepeat?: () => void
}

/**
 * How long a request with a body of so many bytes may take in all: as long as a line of 20 kB
 * a second needs, and a minute.
 */
export function sendingTimeoutMs(bytes: number): number {
  return 60_000 + bytes / 20
}

/** Parameters of a URL; undefined ones are left out. */
export type Query = Readonly<Record<string, string | undefined>>

/** The address of an API method. */
export function apiUrl({ root }: GoogleApi, path: string, query: Query = {}): URL {
  const url = new URL(`${root.href.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

/**
 * Sends a request until it is answered well, as far as it may be repeated: waits out rate limits and failing servers,
 * and renews a refused token once.
 * @throws Failure of the groups network and refused
 */
export async function callApi(api: GoogleApi, request: ApiRequest): Promise<HttpResponse> {
  return persistently(api, request, (token) => attemptCall(api, request, token))
}

/** {@link callApi} for an answer of any length; what breaks while it is read is for the caller to resume. */
export async function openApi(api: GoogleApi, request: ApiRequest): Promise<HttpStream> {
  return persistently(api, request, (token) => attemptOpen(api, request, token))
}

/** {@link callApi} for a GET that is answered with a JSON object. */
export async function getJson(
  api: GoogleApi,
  request: Pick<ApiRequest, 'url' | 'file' | 'signal'>,
): Promise<JsonObject> {
  const response = await callApi(api, { ...request, method: 'GET', repeat: 'safe', maxBytes: largestAnswerBytes })
  return jsonObjectOf(response, request.url.host)
}

// A page of 1000 files with long names is well under this.
const largestAnswerBytes = 16 * 1024 * 1024
const largestErrorBytes = 256 * 1024

/** One attempt: the answer, or the failure that it stands for. */
export async function attemptCall(api: GoogleApi, request: ApiRequest, token: Secret): Promise<HttpResponse> {
  const response = await api.http.send(authorized(request, token))
  api.heard.yet = true
  if (isGood(response, request)) return response
  throw apiFailure(response, request)
}

async function attemptOpen(api: GoogleApi, request: ApiRequest, token: Secret): Promise<HttpStream> {
  const stream = await api.http.open(authorized(request, token))
  api.heard.yet = true
  if (isGood(stream, request)) return stream
  throw apiFailure({ ...stream, body: await beginningOf(stream) }, request)
}

/** Returns the retries of something that may be repeated. */
export function retriesOf(
  { signal, onWait, heard }: GoogleApi,
  { repeat, signal: own }: Pick<ApiRequest, 'repeat' | 'signal'>,
): ApiRetries {
  const either = own === undefined ? signal : AbortSignal.any([signal, own])
  return createApiRetries({ signal: either, onWait, repeat, isKnownServer: () => heard.yet })
}

async function persistently<T>(
  api: GoogleApi,
  request: ApiRequest,
  attempt: (token: Secret) => Promise<T>,
): Promise<T> {
  const retries = retriesOf(api, request)
  for (;;) {
    try {
      return await withToken(api, attempt)
    } catch (error) {
      await retries.waitOrThrow(error)
      request.onRepeat?.()
    }
  }
}

/** One attempt with a valid token: a refused one is renewed, once. */
export async function withToken<T>({ tokens }: GoogleApi, attempt: (token: Secret) => Promise<T>): Promise<T> {
  const token = await tokens.current()
  try {
    return await attempt(token)
  } catch (error) {
    if (!isFailure(error, 'access_token_refused')) throw error
    return attempt(await tokens.renewed(token))
  }
}

function authorized(request: ApiRequest, token: Secret): HttpRequest {
  return {
    ...request,
    ownConnection: request.repeat === 'refused',
    headers: { authorization: new Secret(`Bearer ${token.reveal()}`), ...request.headers },
  }
}

function isGood({ status }: { readonly status: number }, { accepts = [] }: ApiRequest): boolean {
  return (status >= 200 && status < 300) || accepts.includes(status)
}

async function beginningOf(stream: HttpStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream.body) {
    bytes += chunk.length
    if (bytes > largestErrorBytes) break
    chunks.push(chunk)
  }
  stream.discard()
  return Buffer.concat(chunks)
}
