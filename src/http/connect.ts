import type { Agent, ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Environment } from '../core/environment.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import { directAgent, transportOf } from './connections.ts'
import { identityCheck, proxyAgent, proxyFor } from './proxy.ts'
import type { HttpOptions, HttpRequest, StreamedBody } from './request.ts'
import { limitRequest, type RequestLimits } from './request-limits.ts'
import { requestEvent, secretsOf } from './trace.ts'

/**
 * Sends a request and waits for the response head. The caller releases the limits.
 * @throws Failure `unreachable`, `timed_out`, `tls_failed`, `tls_switched_off`, `proxy_refused`,
 *   `invalid_answer`, `interrupted`
 */
export async function connect(
  options: HttpOptions,
  request: HttpRequest,
): Promise<{ readonly message: IncomingMessage; readonly limits: RequestLimits; readonly outgoing: ClientRequest }> {
  const { url } = request
  const body = request.form === undefined ? request.body : Buffer.from(encodeForm(request.form))
  const headers: Record<string, string | number> = { 'user-agent': options.userAgent, accept: 'application/json' }
  if (request.form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded'
  for (const [name, value] of Object.entries(request.headers ?? {}))
    headers[name] = value instanceof Secret ? value.reveal() : value
  if (body !== undefined || request.method !== 'GET') headers['content-length'] = body?.length ?? 0
  options.trace?.(requestEvent(request.method, url, request), secretsOf(request))

  const { agent, throughProxy } = await routeTo(request, options.env ?? {})
  const outgoing = transportOf(url.protocol).request(url, {
    method: request.method,
    headers,
    rejectUnauthorized: true,
    agent,
    ...(throughProxy ? { checkServerIdentity: identityCheck(url) } : {}),
  })
  const { onSending } = request
  if (onSending !== undefined) outgoing.once('socket', (socket) => whenConnected(socket, url, onSending))
  const limits = limitRequest(outgoing, request, [
    options.signal,
    ...(request.signal === undefined ? [] : [request.signal]),
  ])
  const message = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', (response) => {
      // A proxy that refuses the tunnel responds instead of the server, and in plain text: never mistake that for the
      // server's response.
      if (throughProxy && !('encrypted' in response.socket)) reject(limits.failure(refusedByProxy(url, response)))
      else resolve(response)
    })
    outgoing.on('error', (error) => reject(limits.failure(error)))
    if (body === undefined || Buffer.isBuffer(body)) outgoing.end(body)
    else
      sendPieces(outgoing, body, limits).catch((error: unknown) => {
        outgoing.destroy()
        reject(limits.failure(error))
      })
  })
  return { message, limits, outgoing }
}

function whenConnected(socket: Socket, { protocol }: URL, then: () => void): void {
  if (protocol === 'http:') {
    if (socket.connecting) socket.once('connect', then)
    else then()
    return
  }
  // If a proxy refuses the tunnel, its response is replayed on a socket without TLS that leads nowhere.
  if ('encrypted' in socket) socket.once('secureConnect', then)
}

async function sendPieces(outgoing: ClientRequest, { pieces }: StreamedBody, limits: RequestLimits): Promise<void> {
  let isAnswered = false
  outgoing.once('response', () => {
    isAnswered = true
  })
  for await (const piece of pieces) {
    if (isAnswered || outgoing.destroyed) return
    await written(outgoing, piece)
    limits.restart()
  }
  outgoing.end()
}

/** Waits until a piece is sent, or no longer needs to be. */
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
): Promise<{ readonly agent: Agent; readonly throughProxy: boolean }> {
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

function encodeForm(form: Readonly<Record<string, string | Secret>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(form))
    parameters.set(name, value instanceof Secret ? value.reveal() : value)
  return parameters.toString()
}
