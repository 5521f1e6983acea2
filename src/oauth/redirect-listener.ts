import type { IncomingMessage, ServerResponse } from 'node:http'
import { withResolvers } from '../core/with-resolvers.ts'
import { Failure } from '../failures/index.ts'
import type { Trace } from '../flows/event.ts'
import { listen } from '../http/listen.ts'
import { type AuthorizationResponse, judgeAuthorizationResponse, type Verdict } from './authorization-response.ts'
import type { OAuthClient } from './client.ts'
import { freshRedirectUri, portOf, registeredRedirectUri } from './redirect-uri.ts'
import { renderResultPage, type ResultPage, resultPageHeaders } from './result-page.ts'

/** A one-shot listener for the authorization response of one request (RFC 8252 section 7.3). */
export interface RedirectListener {
  /** The value to send as redirect_uri. */
  readonly redirectUri: string
  /**
   * Waits for the first response to our request and refuses all others. The browser waits until {@link answer}, so that
   * the page can show the outcome.
   * @throws Failure `login_timed_out`, `state_mismatch`, `authorization_response_invalid`, `interrupted`
   */
  response(): Promise<AuthorizationResponse>
  /**
   * Shows the page in the browser that sent the response, then closes the listener once the page is sent. Returns
   * whether there is such a browser.
   */
  answer(page: ResultPage): Promise<boolean>
  /** Closes the listener and all its connections. */
  close(): Promise<void>
}

/** The options of a {@link RedirectListener}. */
export interface RedirectListenerOptions {
  readonly client: OAuthClient
  /** 0 picks a free port. For a web client, the port of the registered redirect URI to use; 0 picks the first one. */
  readonly port: number
  /** The state that was sent. */
  readonly state: string
  /** The issuer that `iss` must name if present (RFC 9207 section 2.4). */
  readonly issuer: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly trace?: Trace | undefined
  /** Called with one sentence for each refused request to the right path. */
  readonly onIgnored: (reason: string) => void
}

/**
 * Opens the listener.
 * @throws Failure `port_busy`, `localhost_taken`, `address_unavailable`, `loopback_redirect_uri_missing`
 */
export async function listenForRedirect(options: RedirectListenerOptions): Promise<RedirectListener> {
  const registered = registeredRedirectUri(options.client, options.port)
  // Longer time-outs would let a silent local connection outlive the login; the browser needs milliseconds.
  const server = process
    .getBuiltinModule('node:http')
    .createServer({ requestTimeout: 10_000, headersTimeout: 5_000, keepAliveTimeout: 1_000 })
  const wanted = registered === undefined ? options.port : portOf(registered)
  const host = registered === undefined ? '127.0.0.1' : new URL(registered).hostname
  const port = await listen(server, { host, port: wanted })
  const redirectUri = registered ?? freshRedirectUri(port)
  const { host: hostAndPort, pathname: path } = new URL(redirectUri)

  const wait = waitForResponse(options)
  let accepted: string | undefined
  const waiting: ServerResponse[] = []
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const target = targetOf(request)
    if (target === undefined) {
      turnAway(response, { status: 400 })
      return
    }
    const refusal = refusalOf(request, target, hostAndPort, path)
    if (refusal !== undefined) {
      turnAway(response, refusal)
      return
    }
    if (accepted !== undefined) {
      // The same response again, because of a reload or a duplicate request, gets the same page.
      if (target.search === accepted && !wait.answered()) waiting.push(response)
      else void sendPage(response, alreadyAnswered)
      return
    }
    const verdict = judgeAuthorizationResponse(target.searchParams, options)
    if ('ignored' in verdict) {
      wait.sawForeignResponse()
      options.onIgnored(verdict.ignored)
      void sendPage(response, foreignResponse)
      return
    }
    accepted = target.search
    waiting.push(response)
    wait.settle(verdict)
  })

  const close = async (): Promise<void> => {
    wait.stop()
    // The browser's speculative connections never carry a request and would make close() wait.
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return {
    redirectUri,
    response: () => wait.response,
    async answer(page) {
      wait.markAnswered()
      await Promise.all(waiting.map((response) => sendPage(response, page)))
      await close()
      return waiting.length > 0
    },
    close,
  }
}

/** Returns undefined for `//` and other targets that are not URLs. */
function targetOf({ url = '/' }: IncomingMessage): URL | undefined {
  const base = 'http://listener.invalid'
  return URL.canParse(url, base) ? new URL(url, base) : undefined
}

function refusalOf(
  request: IncomingMessage,
  target: URL,
  host: string,
  path: string,
): { readonly status: number; readonly allow?: string } | undefined {
  // A page whose name was rebound to 127.0.0.1 sends its own name.
  if (request.headers.host !== host) return { status: 403 }
  if (target.pathname !== path) return { status: 404 }
  if (request.method !== 'GET') return { status: 405, allow: 'GET' }
  return undefined
}

function turnAway(
  response: ServerResponse,
  { status, allow }: { readonly status: number; readonly allow?: string },
): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    connection: 'close',
    ...(allow === undefined ? {} : { allow }),
  })
  response.end()
}

function waitForResponse({ timeoutMs, signal }: RedirectListenerOptions): {
  readonly response: Promise<AuthorizationResponse>
  settle(verdict: Exclude<Verdict, { readonly ignored: string }>): void
  sawForeignResponse(): void
  markAnswered(): void
  answered(): boolean
  stop(): void
} {
  const { promise, resolve, reject } = withResolvers<AuthorizationResponse>()
  // If the listener closes before anything awaits the response, that is not an unhandled rejection.
  promise.catch(() => undefined)
  let foreign = false
  let done = false
  const seconds = timeoutMs / 1000
  const timer = setTimeout(() => {
    reject(foreign ? new Failure('state_mismatch', { seconds }) : new Failure('login_timed_out', { seconds }))
  }, timeoutMs)
  const onAbort = (): void => reject(new Failure('interrupted', {}))
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  const stop = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
  return {
    response: promise,
    settle: (verdict) => {
      stop()
      if ('failure' in verdict) reject(verdict.failure)
      else resolve(verdict)
    },
    sawForeignResponse: () => {
      foreign = true
    },
    markAnswered: () => {
      done = true
    },
    answered: () => done,
    stop,
  }
}

const foreignResponse: ResultPage = {
  status: 400,
  title: 'This page belongs to another login',
  message:
    'This response does not belong to the login in your terminal, so it was ignored. Use the page that gsa opened last.',
}

const alreadyAnswered: ResultPage = {
  status: 409,
  title: 'This login already has a response',
  message: 'The terminal has received it. You can close this tab.',
}

function sendPage(response: ServerResponse, page: ResultPage): Promise<void> {
  return new Promise((resolve) => {
    // A browser that disconnects, before or now, must not block the login. A response that is queued behind another one
    // on its connection only closes with that connection.
    const { socket } = response.req
    if (socket.destroyed) {
      resolve()
      return
    }
    response.once('close', resolve)
    socket.once('close', resolve)
    response.writeHead(page.status, { ...resultPageHeaders, connection: 'close' })
    response.end(renderResultPage(page))
  })
}
