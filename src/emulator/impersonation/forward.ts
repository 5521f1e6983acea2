import type { Agent, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { RequestOptions } from 'node:https'
import { certificateName, isThisMachine, proxyWantsPassword, thisMachine } from './tunnel.ts'

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
  /** Headers that replace those of the request. */
  readonly headers?: OutgoingHttpHeaders
}

/**
 * Passes a request to another server, and its response back, both as they arrive. Resolves when either is over.
 * @throws TunnelRefused when the server is this machine and must not be; the error of node:http when it is unreachable.
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  { host, port, agent, local, secure, headers: replaced }: Upstream,
): Promise<void> {
  const { method = 'GET', headers } = request
  const kept = { ...withoutHopByHop(headers), ...replaced }
  const isChunked = headers['transfer-encoding'] !== undefined
  // Node sends the body of a GET or DELETE without framing otherwise, and it would be a second request.
  if (isChunked) kept['transfer-encoding'] = 'chunked'
  const options: RequestOptions = {
    host,
    servername: certificateName(host),
    port,
    path,
    method,
    headers: kept,
    agent: agent ?? false,
  }
  await new Promise<void>((resolve, reject) => {
    const passed = (secure === true ? https : http).request(options)
    passed.on('error', reject)
    if (!local) {
      passed.once('socket', (socket) => {
        socket.once('connect', () => {
          if (isThisMachine(socket.remoteAddress ?? '')) passed.destroy(thisMachine(host))
        })
      })
    }
    passed.once('response', (answer) => {
      const { statusCode = 0 } = answer
      if (statusCode === 407) {
        reject(proxyWantsPassword(`${host}:${port}`))
        passed.destroy()
        return
      }
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
