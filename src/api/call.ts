import type { JsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { type Failure, isFailure } from '../failures/index.ts'
import { jsonObjectOf } from '../http/json-answer.ts'
import type { Http, HttpRequest, HttpResponse, HttpStream } from '../http/request.ts'
import { apiFailure } from './api-error.ts'
import { type ApiRetries, createApiRetries } from './api-retries.ts'

/** Provides an account's access tokens for work that may last longer than one token. */
interface AccessTokens {
  /** Returns a token that may be sent. */
  current(): Promise<Secret>
  /** Returns the next token after a rejected one. */
  renewed(refused: Secret): Promise<Secret>
}

/** Google's APIs for one account. */
export interface GoogleApi {
  readonly http: Http
  /** The base for paths: `https://www.googleapis.com`, or a local server. */
  readonly root: URL
  readonly tokens: AccessTokens
  readonly signal: AbortSignal
  /** Called before each wait for another attempt. */
  readonly onWait?: ((failure: Failure, seconds: number) => void) | undefined
  /** Whether any response has arrived yet. Mutable: the first response sets it. */
  readonly heard: { yet: boolean }
}

/** Creates an account's {@link GoogleApi}. Sends nothing yet. */
export function googleApi(options: Omit<GoogleApi, 'heard'>): GoogleApi {
  return { ...options, heard: { yet: false } }
}

/** A request to an API, without the credential. */
export interface ApiRequest extends Pick<
  HttpRequest,
  'method' | 'url' | 'headers' | 'body' | 'timeoutMs' | 'maxBytes' | 'signal'
> {
  /** Whether it may be sent again after an attempt with an unknown outcome (RFC 9110 section 9.2.2). */
  readonly repeat: 'safe' | 'refused'
  /** Statuses besides 2xx that are not failures. */
  readonly accepts?: readonly number[]
  /** The file concerned, by name or ID, for messages. */
  readonly file?: string | undefined
  /** Called when the request is about to be sent again. */
  readonly onRepeat?: () => void
}

/** Returns the time-out for a request with this many bytes: the time for sending 20 kB per second, plus a minute. */
export function sendingTimeoutMs(bytes: number): number {
  return 60_000 + bytes / 20
}

/** URL parameters; undefined ones are omitted. */
export type Query = Readonly<Record<string, string | undefined>>

/** Returns the URL of an API method. */
export function apiUrl({ root }: GoogleApi, path: string, query: Query = {}): URL {
  const url = new URL(`${root.href.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

/**
 * Sends a request and retries it, as far as it may be repeated: waits out rate limits and failing servers, and renews a
 * rejected token once.
 * @throws Failure of the groups network and refused
 */
export async function callApi(api: GoogleApi, request: ApiRequest): Promise<HttpResponse> {
  return persistently(api, request, (token) => attemptCall(api, request, token))
}

/** Works like {@link callApi}, for a response of any length; the caller resumes if reading it fails. */
export async function openApi(api: GoogleApi, request: ApiRequest): Promise<HttpStream> {
  return persistently(api, request, (token) => attemptOpen(api, request, token))
}

/** Works like {@link callApi}, for a GET that returns a JSON object. */
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

/** Makes one attempt: returns the response, or throws the failure for it. */
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

/** Returns the retries for an operation that may be repeated. */
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

/** Makes an attempt with a valid token, and renews a rejected one once. */
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
