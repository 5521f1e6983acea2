import type { Agent, IncomingMessage, OutgoingHttpHeaders, RequestOptions, ServerResponse } from 'node:http'
import { isThisMachine, TunnelRefused } from './tunnel.ts'

const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

/** Headers for one connection (RFC 9110 section 7.6.1) and for the proxy itself. */
const hopByHop = /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade)$/i

/** The server that a request is passed to. */
export interface Upstream {
  readonly host: string
  readonly port: number
  /** Default: a connection of its own for each request. */
  readonly agent?: Agent
  /** Passes requests to this machine too. */
  readonly local?: true
  /** Uses TLS. */
  readonly secure?: boolean
  /** The Host header. Default: that of the request. */
  readonly hostHeader?: string
}

/**
 * Passes a request to another server, and its response back, both as they arrive. Resolves when either is over.
 * @throws TunnelRefused when the server is this machine and must not be; the error of node:http when it is unreachable.
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { host, port, agent, local, secure, hostHeader }: Upstream,
): Promise<void> {
  const { method = 'GET', headers } = request
  const kept = withoutHopByHop(headers)
  if (hostHeader !== undefined) kept['host'] = hostHeader
  const isChunked = headers['transfer-encoding'] !== undefined
  // Node sends the body of a GET or DELETE without framing otherwise, and it would be a second request.
  if (isChunked) kept['transfer-encoding'] = 'chunked'
  const options: RequestOptions = { host, port, path, method, headers: kept, agent: agent ?? false }
  await new Promise<void>((resolve, reject) => {
    const passed = (secure === true ? https : http).request(options)
    passed.on('error', reject)
    if (!local) {
      passed.once('socket', (socket) => {
        socket.once('connect', () => {
          const refused = new TunnelRefused(403, `${host} is this machine`)
          if (isThisMachine(socket.remoteAddress ?? '')) passed.destroy(refused)
        })
      })
    }
    passed.once('response', (answer) => {
      const { statusCode = 0 } = answer
      // Node cannot send others, and would throw.
      const status = statusCode >= 200 && statusCode <= 999 ? statusCode : 502
      response.writeHead(status, withoutHopByHop(answer.headers))
      answer.pipe(response)
      answer.once('error', () => response.destroy())
    })
    response.once('close', () => {
      passed.destroy()
      resolve()
    })
    if (isChunked || headers['content-length'] !== undefined) request.pipe(passed)
    else passed.end()
  })
}

function withoutHopByHop(headers: IncomingMessage['headers']): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.test(name)))
}
