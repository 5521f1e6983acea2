import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Environment } from '../core/environment.ts'
import { monotonicMs } from '../core/monotonic-ms.ts'
import type { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { Trace } from '../flows/event.ts'
import { createRedaction } from '../flows/redaction.ts'
import { retryAfterSeconds } from './answer-times.ts'
import { connect } from './connect.ts'
import { createRetries, type RetryPolicy, type RetryReason } from './retry.ts'
import { bodyFields, headerFields, hiddenTexts, secretsOf } from './trace.ts'

/** A request. Secrets travel as {@link Secret} in `form` and `headers`, so that the log cannot show them. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string | Secret>>
  /** Returns headers for one attempt: a DPoP proof must not be sent twice (RFC 9449 section 11.1). */
  readonly attemptHeaders?: () => Readonly<Record<string, Secret>>
  /** Sent as application/x-www-form-urlencoded. An empty value is sent as an empty value. */
  readonly form?: Readonly<Record<string, string | Secret>>
  readonly body?: Buffer | StreamedBody
  /** Limits the whole request or, for a streamed body, each wait for progress. Default 20,000 ms. */
  readonly timeoutMs?: number
  /** Aborts only this request. */
  readonly signal?: AbortSignal
  /** Responses with a longer body are refused. Default 1 MiB. */
  readonly maxBytes?: number
  /**
   * The number of retries after a broken connection, 429 or 5xx. Only for requests that may be repeated: never for an
   * authorization code, which is posted once (RFC 6749 section 10.5). Default 0.
   */
  readonly retries?: number
  /** `failed` (default): after every such response. `asked`: only after 503 with Retry-After. */
  readonly retryWhen?: 'failed' | 'asked'
  /**
   * Uses a fresh connection. For requests that must not be sent twice: if the server closes an idle connection at that
   * moment, the client cannot tell whether the request was read (RFC 9112 section 9.5). Default: reuse an idle
   * connection.
   */
  readonly ownConnection?: boolean
  /** Called once connected, right before the request's first byte is sent: the server knows nothing about it before. */
  readonly onSending?: () => void
}

/** A body that is sent while it is read. Its request is sent only once, because the data cannot be read again. */
export interface StreamedBody {
  /** The exact total length of `pieces`. */
  readonly length: number
  /**
   * Stopped early if the server responds before it has read everything. A piece may be overwritten when the next one is
   * requested. The request throws what this throws.
   */
  readonly pieces: AsyncIterable<Buffer>
}

/** A complete response. Redirects are never followed: a 3xx is returned as it is. */
export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A response with an unread body. Read `body` to its end or call `discard()`. */
export interface HttpStream {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: AsyncIterable<Buffer>
  discard(): void
}

/** The HTTP client that the layers above use. One per run: it holds the log, the user agent and the interruption. */
export interface Http {
  /** @throws Failure `unreachable`, `timed_out`, `tls_failed`, `invalid_answer` (body too long), `interrupted` */
  send(request: HttpRequest): Promise<HttpResponse>
  /** Works like `send`, for bodies of any length. @throws the same failures, also while the body is read */
  open(request: HttpRequest): Promise<HttpStream>
  /** Receives requests and responses, and the other steps of a flow; undefined if nobody wants to see them. */
  readonly trace?: Trace | undefined
}

/** The options of {@link createHttp}, which describe the run. */
export interface HttpOptions {
  readonly userAgent: string
  readonly signal: AbortSignal
  readonly trace?: Trace | undefined
  /** For the proxy variables, and for one variable that must not be set. */
  readonly env?: Environment
}

const defaultMaxBytes = 1024 * 1024
// For requests that the user waits for: a few quick retries, and no pause longer than half a minute.
const requestPolicy: Omit<RetryPolicy, 'mostAttempts'> = {
  longestMs: Number.POSITIVE_INFINITY,
  firstPauseMs: 500,
  longestPauseMs: 30_000,
  jitter: { least: 0.75, most: 1.25 },
  obey: (askedMs) => Math.min(askedMs, 30_000),
}

/** Creates the only path to the network: node:https, no redirects, always a time-out, TLS always verified. */
export function createHttp(options: HttpOptions): Http {
  return {
    async send(request) {
      const policy = { ...requestPolicy, mostAttempts: 1 + (request.retries ?? 0) }
      const retries = createRetries(policy, options.signal)
      for (;;) {
        const { attemptHeaders } = request
        const attempt =
          attemptHeaders === undefined ? request : { ...request, headers: { ...request.headers, ...attemptHeaders() } }
        const [outcome] = await Promise.allSettled([sendOnce(options, attempt)])
        const reason = retryReason(outcome, request.retryWhen ?? 'failed')
        if (reason !== undefined && (await retries.wait(reason))) continue
        if (outcome.status === 'rejected') throw outcome.reason
        return outcome.value
      }
    },
    open: (request) => openOnce(options, request),
    trace: options.trace,
  }
}

/** Returns why an outcome is worth a retry, or undefined if it is final. */
function retryReason(
  outcome: PromiseSettledResult<HttpResponse>,
  when: NonNullable<HttpRequest['retryWhen']>,
): RetryReason | undefined {
  if (outcome.status === 'rejected')
    return when === 'failed' && isPassing(outcome.reason) ? { askedMs: undefined } : undefined
  const { status, headers } = outcome.value
  const isAsked = status === 503 && headers['retry-after'] !== undefined
  if (when === 'asked' ? !isAsked : status !== 429 && status < 500) return undefined
  const seconds = retryAfterSeconds(outcome.value)
  return { askedMs: seconds === null ? undefined : seconds * 1000 }
}

// An immediate retry of a refused connection fails again; a broken connection may have been an accident.
function isPassing(error: unknown): boolean {
  return isFailure(error, 'unreachable') && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
}

async function sendOnce(options: HttpOptions, request: HttpRequest): Promise<HttpResponse> {
  const started = monotonicMs()
  const { message, limits, outgoing } = await connect(options, request)
  const maxBytes = request.maxBytes ?? defaultMaxBytes
  let body: Buffer
  try {
    body = await bodyOf(message, maxBytes, request.url.host)
    if (!message.complete) throw new Failure('invalid_answer', { host: request.url.host, problem: 'it was truncated' })
  } catch (error) {
    throw limits.failure(error)
  } finally {
    limits.release()
    // The server responded before the body was sent: the rest is not needed.
    if (!outgoing.writableEnded) outgoing.destroy()
  }
  const status = message.statusCode ?? 0
  traceAnswer(options, request, message, { started, body })
  return { status, headers: message.headers, body }
}

/** Reads a body to its end. Without the stream's iterator, whose first use takes a millisecond. */
async function bodyOf(message: IncomingMessage, maxBytes: number, host: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= maxBytes) return
      message.destroy()
      reject(new Failure('invalid_answer', { host, problem: `it is longer than ${maxBytes} bytes` }))
    })
    message.on('end', () => resolve(Buffer.concat(chunks)))
    message.on('error', reject)
    // Also after the end and after an error, which were first.
    message.on('close', () => reject(new Error('the response was not complete')))
  })
}

/** Traces a response, without the secrets that the request carried. `started` is the request's start (monotonicMs). */
function traceAnswer(
  { trace }: HttpOptions,
  request: HttpRequest,
  { statusCode = 0, headers }: IncomingMessage,
  { started, body }: { readonly started: number; readonly body: Buffer },
): void {
  if (trace === undefined) return
  const tookMs = monotonicMs() - started
  const redaction = createRedaction()
  redaction.learn(secretsOf(request))
  const fields = redaction.clean([...headerFields(headers), ...bodyFields(headers, body)])
  trace({ type: 'response', status: statusCode, tookMs, fields }, hiddenTexts(headers, body))
}

async function openOnce(options: HttpOptions, request: HttpRequest): Promise<HttpStream> {
  const started = monotonicMs()
  const { message, limits } = await connect(options, request)
  const status = message.statusCode ?? 0
  // The content of a file is nothing to trace, the body of an error is.
  let traced: Buffer[] | undefined = options.trace === undefined || status < 400 ? undefined : []
  const traceOnce = (): void => {
    if (traced !== undefined) traceAnswer(options, request, message, { started, body: Buffer.concat(traced) })
    traced = undefined
  }
  if (traced === undefined) traceAnswer(options, request, message, { started, body: Buffer.alloc(0) })
  async function* read(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of message as AsyncIterable<Buffer>) {
        // The consumer may take as long as it needs: a full pipe does not mean that the server is silent.
        limits.rest()
        traced?.push(chunk)
        yield chunk
        limits.restart()
      }
      if (!message.complete)
        throw new Failure('invalid_answer', { host: request.url.host, problem: 'it was truncated' })
    } catch (error) {
      throw limits.failure(error)
    } finally {
      limits.release()
      traceOnce()
    }
  }
  return {
    status,
    headers: message.headers,
    body: read(),
    discard: () => {
      limits.release()
      message.destroy()
      traceOnce()
    },
  }
}
