import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Failure, Secret } from '../failures/index.ts'
import { directAgent } from './connections.ts'
import { monotonicMs } from './monotonic-ms.ts'
import { type Environment, proxyAgent, proxyFor } from './proxy.ts'
import { type Trace, traceRequest, traceResponse, traceWithout } from './trace.ts'

/** A request. Secrets travel as {@link Secret} in `form` and `headers`, so that the log cannot show them. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string | Secret>>
  /** Sent as application/x-www-form-urlencoded. An empty value is sent as an empty value. */
  readonly form?: Readonly<Record<string, string | Secret>>
  readonly body?: Buffer | StreamedBody
  /** The whole request must be over by then; where a body is streamed, each wait for it to go on. Default 20,000 ms. */
  readonly timeoutMs?: number
  /** Ends this request alone. */
  readonly signal?: AbortSignal
  /** An answer with a longer body is refused. Default 1 MiB. */
  readonly maxBytes?: number
  /**
   * How often to send again after a connection that broke, 429 or 5xx. Only for requests that may be repeated:
   * never for an authorization code, which is posted once (RFC 6749 section 10.5). Default 0.
   */
  readonly retries?: number
  /** `failed` (default): after every such answer. `asked`: after 503 with Retry-After only. */
  readonly retryWhen?: 'failed' | 'asked'
  /**
   * Over a connection that nothing was sent on before. For what must not be sent twice: a server that closes a waiting connection
   * at that very moment leaves nobody knowing whether it has read the request (RFC 9112 section 9.5). Default: over one that waits.
   */
  readonly ownConnection?: boolean
}

/** A body that is sent as it is read. Its request is sent once: what was read is gone. */
export interface StreamedBody {
  /** Exactly what `pieces` yields in all. */
  readonly length: number
  /**
   * Ended early where the server answers before it has read everything. A piece may be overwritten when the next one is asked
   * for. What it throws, the request throws.
   */
  readonly pieces: AsyncIterable<Buffer>
}

/** A whole answer. Redirects are never followed: a 3xx is returned as it is. */
export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** An answer whose body is still to be read. Read `body` to its end or call `discard()`. */
export interface HttpStream {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: AsyncIterable<Buffer>
  discard(): void
}

/** How the rooms above talk to servers. One per run: it carries the log, the user agent and the interruption. */
export interface Http {
  /** @throws Failure `unreachable`, `timed_out`, `tls_failed`, `invalid_answer` (body too long), `interrupted` */
  send(request: HttpRequest): Promise<HttpResponse>
  /** Like `send`, for bodies of any length. @throws the same failures, also while the body is read */
  open(request: HttpRequest): Promise<HttpStream>
}

/** What {@link createHttp} needs to know of the run. */
export interface HttpOptions {
  readonly userAgent: string
  readonly signal: AbortSignal
  readonly trace?: Trace | undefined
  /** For the proxy variables, and for one that must not be set. */
  readonly env?: Environment
}

const defaultTimeoutMs = 20_000
const defaultMaxBytes = 1024 * 1024
const firstRetryDelayMs = 500
const longestRetryDelayMs = 30_000

/** The one way out to the network: node:https, no redirects, always a time-out, TLS always verified. */
export function createHttp(options: HttpOptions): Http {
  return {
    async send(request) {
      for (let attempt = 0; ; attempt++) {
        const last = attempt >= (request.retries ?? 0)
        let wantedMs: number | undefined
        try {
          const response = await sendOnce(options, request)
          if (last || !deservesRepeat(response, request.retryWhen ?? 'failed')) return response
          wantedMs = retryAfterMs(response)
        } catch (error) {
          // A refused connection will be refused again at once; a broken or silent one may have been an accident.
          if (last || request.retryWhen === 'asked' || !(error instanceof Failure) || !isPassing(error)) throw error
        }
        await pause(wantedMs ?? firstRetryDelayMs * 2 ** attempt * (0.75 + Math.random() / 2), options.signal)
      }
    },
    open: (request) => openOnce(options, request),
  }
}

function deservesRepeat({ status, headers }: HttpResponse, when: 'failed' | 'asked'): boolean {
  if (when === 'asked') return status === 503 && headers['retry-after'] !== undefined
  return status === 429 || status >= 500
}

/** How long an answer asks to wait (RFC 9110 section 10.2.3), in seconds; null where it does not say. */
export function retryAfterSeconds({ headers }: Pick<HttpResponse, 'headers'>): number | null {
  const value = headers['retry-after'] ?? ''
  if (/^\d{1,6}$/.test(value)) return Number(value)
  const at = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}

/** When an answer was made by the clock of its server (RFC 9110 section 6.6.1): Unix time in milliseconds, or undefined. */
export function answeredAtMs({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  const { date } = headers
  const ms = date !== undefined && /^[A-Z][a-z]{2}, /.test(date) ? Date.parse(date) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** Half a minute at the most, because somebody waits. */
function retryAfterMs(response: HttpResponse): number | undefined {
  const seconds = retryAfterSeconds(response)
  return seconds === null ? undefined : Math.min(seconds * 1000, longestRetryDelayMs)
}

function isPassing(failure: Failure): boolean {
  return failure.code === 'unreachable' && (failure.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
}

/** Waits, unless interrupted. @throws Failure `interrupted` */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new Failure('interrupted', {})
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(new Failure('interrupted', {}))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal.addEventListener('abort', onAbort, { once: true })
  })
}

async function sendOnce(options: HttpOptions, request: HttpRequest): Promise<HttpResponse> {
  const started = monotonicMs()
  const { message, guard, outgoing } = await connect(options, request)
  const maxBytes = request.maxBytes ?? defaultMaxBytes
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > maxBytes) {
        message.destroy()
        throw new Failure('invalid_answer', { host: request.url.host, problem: `it is longer than ${maxBytes} bytes` })
      }
      chunks.push(chunk)
    }
    if (!message.complete) throw new Failure('invalid_answer', { host: request.url.host, problem: 'it was cut off' })
  } catch (error) {
    throw guard.failure(error)
  } finally {
    guard.release()
    // An answer that came before the body was sent: nobody waits for the rest of it.
    if (!outgoing.writableEnded) outgoing.destroy()
  }
  const body = Buffer.concat(chunks)
  const status = message.statusCode ?? 0
  traceAnswer(options, request, message, body, started)
  return { status, headers: message.headers, body }
}

/** Logs an answer to a request that was `started` then (monotonicMs), without the secrets the request carried. */
function traceAnswer(
  { trace }: HttpOptions,
  request: HttpRequest,
  { statusCode = 0, headers }: IncomingMessage,
  body: Buffer | undefined,
  started: number,
): void {
  if (trace === undefined) return
  const safe = traceWithout(trace, { ...request.headers, ...request.form })
  traceResponse(safe, statusCode, headers, body, monotonicMs() - started)
}

async function openOnce(options: HttpOptions, request: HttpRequest): Promise<HttpStream> {
  const started = monotonicMs()
  const { message, guard } = await connect(options, request)
  const status = message.statusCode ?? 0
  traceAnswer(options, request, message, undefined, started)
  async function* read(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of message as AsyncIterable<Buffer>) {
        // What is done with it takes as long as it takes: a full pipe is no silence of the server.
        guard.rest()
        yield chunk
        guard.restart()
      }
      if (!message.complete) throw new Failure('invalid_answer', { host: request.url.host, problem: 'it was cut off' })
    } catch (error) {
      throw guard.failure(error)
    } finally {
      guard.release()
    }
  }
  return {
    status,
    headers: message.headers,
    body: read(),
    discard: () => {
      guard.release()
      message.destroy()
    },
  }
}

/** Watches over one request: ends it when its time is up or the run is interrupted, and words what went wrong. */
interface Guard {
  /** Another wait begins. */
  restart(): void
  /** Nobody waits for the server now. */
  rest(): void
  release(): void
  failure(error: unknown): Failure
}

async function connect(
  options: HttpOptions,
  request: HttpRequest,
): Promise<{ message: IncomingMessage; guard: Guard; outgoing: ClientRequest }> {
  const { url } = request
  const body = request.form === undefined ? request.body : Buffer.from(encodeForm(request.form))
  const headers: Record<string, string | number> = { 'user-agent': options.userAgent, accept: 'application/json' }
  if (request.form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  for (const [name, value] of Object.entries(request.headers ?? {}))
    headers[name] = value instanceof Secret ? value.reveal() : value
  if (body !== undefined || request.method !== 'GET') headers['content-length'] = body?.length ?? 0
  if (options.trace !== undefined) traceRequest(options.trace, request.method, url, request.form)

  // getBuiltinModule, because importing node:http from ESM loads undici on Node 22 and 24 (24 ms).
  const transport =
    url.protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http')
  const { agent, throughProxy } = await routeTo(request, options.env ?? {})
  const outgoing = transport.request(url, { method: request.method, headers, rejectUnauthorized: true, agent })
  const guard = watch(outgoing, request, [options.signal, ...(request.signal === undefined ? [] : [request.signal])])
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', (response) => {
      // A proxy that refuses the tunnel answers in place of the server, and in the clear: nobody may take that for the server's word.
      if (throughProxy && !('encrypted' in response.socket)) reject(guard.failure(refusedByProxy(url, response)))
      else resolve(response)
    })
    outgoing.on('error', (error) => reject(guard.failure(error)))
    if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body)
    else
      sendPieces(outgoing, body, guard).catch((error: unknown) => {
        outgoing.destroy()
        reject(guard.failure(error))
      })
  })
  return { message, guard, outgoing }
}

async function sendPieces(outgoing: ClientRequest, { pieces }: StreamedBody, guard: Guard): Promise<void> {
  let isAnswered = false
  outgoing.once('response', () => {
    isAnswered = true
  })
  for await (const piece of pieces) {
    if (isAnswered || outgoing.destroyed) return
    await written(outgoing, piece)
    guard.restart()
  }
  outgoing.end()
}

/** Waits until a piece has left, or need not leave any more. */
async function written(outgoing: ClientRequest, piece: Buffer): Promise<void> {
  const events = ['response', 'close'] as const
  await new Promise<void>((resolve) => {
    const done = (): void => {
      for (const event of events) outgoing.off(event, done)
      resolve()
    }
    for (const event of events) outgoing.on(event, done)
    outgoing.write(piece, done)
  })
}

async function routeTo(
  { url, ownConnection = false }: HttpRequest,
  env: Environment,
): Promise<{ agent: Agent; throughProxy: boolean }> {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' && url.protocol === 'https:')
    throw new Failure('tls_switched_off', { host: url.host })
  const proxy = proxyFor(url, env)
  if (proxy !== undefined) return { agent: await proxyAgent(proxy, ownConnection), throughProxy: true }
  return { agent: directAgent(url.protocol, ownConnection), throughProxy: false }
}

function refusedByProxy(url: URL, response: IncomingMessage): Failure {
  response.destroy()
  return new Failure('proxy_refused', { host: url.host, status: response.statusCode ?? 0 })
}

function watch(outgoing: ClientRequest, request: HttpRequest, signals: readonly AbortSignal[]): Guard {
  const timeoutMs = request.timeoutMs ?? defaultTimeoutMs
  let reason: 'timed_out' | 'interrupted' | undefined
  const end = (why: typeof reason): void => {
    reason ??= why
    outgoing.destroy(new Error(why))
  }
  const onAbort = (): void => end('interrupted')
  let isReleased = false
  let isResting = false
  // Refreshed rather than made anew, because that happens for every piece of a transfer.
  const timer = setTimeout(() => {
    if (isResting) timer.refresh()
    else end('timed_out')
  }, timeoutMs)
  if (signals.some(({ aborted }) => aborted)) end('interrupted')
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true })
  const release = (): void => {
    isReleased = true
    clearTimeout(timer)
    for (const signal of signals) signal.removeEventListener('abort', onAbort)
  }
  return {
    release,
    rest: () => {
      isResting = true
    },
    restart: () => {
      // A piece that was on its way when the request came to its end: its timer would keep the process from ending.
      if (isReleased) return
      isResting = false
      timer.refresh()
    },
    failure: (error) => {
      release()
      if (error instanceof Failure) return error
      if (reason === 'interrupted') return new Failure('interrupted', {})
      const host = request.url.host
      if (reason === 'timed_out') return new Failure('timed_out', { host, seconds: timeoutMs / 1000 })
      return connectionFailure(host, error)
    },
  }
}

function encodeForm(form: Readonly<Record<string, string | Secret>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(form))
    parameters.set(name, value instanceof Secret ? value.reveal() : value)
  return parameters.toString()
}

const connectionProblems: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'the name service does not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'it does not answer',
}

function connectionFailure(host: string, error: unknown): Failure {
  const { code = '', message = String(error) } = error as Partial<NodeJS.ErrnoException>
  if (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.includes('CERT') ||
    code.includes('SIGNATURE') ||
    code === 'EPROTO'
  )
    return new Failure('tls_failed', { host, problem: `${message.toLowerCase()} (${code})` }, { cause: error })
  if (code.startsWith('HPE_'))
    return new Failure('invalid_answer', { host, problem: `it is not HTTP (${code})` }, { cause: error })
  const problem = connectionProblems[code] ?? message
  return new Failure('unreachable', { host, problem: code === '' ? problem : `${problem} (${code})` }, { cause: error })
}
