import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { withoutBrackets } from '../../core/without-brackets.ts'
import { forward } from './forward.ts'
import { googleHosts, isGoogles } from './google-hosts.ts'
import { closeServer, type TlsFront } from './tls-front.ts'
import { isThisMachine, openTunnel, readTarget, type Target, TunnelRefused } from './tunnel.ts'

const http = process.getBuiltinModule('node:http')

/** How a proxy treats hosts that the emulator does not stand in for. */
export interface OtherHosts {
  /** Refuses them. */
  readonly offline: boolean
  /** Returns the proxy that was configured before for a host. */
  readonly proxyBefore: (target: Target) => URL | undefined
  /**
   * Gets each host that is refused, each of Google's that is really connected to, and `HOST:PORT` for a port that the
   * emulator does not have. May be called repeatedly.
   */
  readonly report: (host: string, what: 'refused' | 'real' | 'port') => void
}

/** A proxy on 127.0.0.1. */
export interface Proxy {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Starts a proxy for CONNECT and for plain HTTP (RFC 9110 section 9.3.6, RFC 9112 section 3.2.2). It passes connections
 * to Google's hosts to the front, and tunnels others as bytes.
 */
export async function startProxy(front: TlsFront, others: OtherHosts): Promise<Proxy> {
  const open = new Set<Socket>()
  const track = (socket: Socket): void => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    // Either side may hang up at any time.
    socket.on('error', () => socket.destroy())
  }
  const server = http.createServer((request, response) => {
    void answerPlain(others, request, response)
  })
  server.requestTimeout = 0
  server.on('connect', (request, client: Socket, head) => {
    track(client)
    if (head.length > 0) client.unshift(head)
    void connectTo(front, others, request.url ?? '', client, track)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => await closeServer(server, open),
  }
}

const established = 'HTTP/1.1 200 Connection established\r\n\r\n'

async function connectTo(
  front: TlsFront,
  others: OtherHosts,
  authority: string,
  client: Socket,
  track: (socket: Socket) => void,
): Promise<void> {
  const target = readTarget(authority)
  if (target === undefined) return refuse(client, new TunnelRefused(400, 'CONNECT needs HOST:PORT'))
  const { host, port } = target
  if (googleHosts.includes(host)) {
    if (port !== 443) {
      others.report(`${host}:${port}`, 'port')
      return refuse(client, new TunnelRefused(403, `the emulator stands in for port 443 of ${host} only`))
    }
    client.write(established)
    front.accept(client, host)
    return
  }
  try {
    const server = await tunnelTo(others, target)
    track(server)
    if (client.destroyed) server.destroy()
    client.write(established)
    client.pipe(server).pipe(client)
    client.once('close', () => server.destroy())
    server.once('close', () => client.destroy())
  } catch (error) {
    refuse(client, error)
  }
}

async function tunnelTo(others: OtherHosts, target: Target): Promise<Socket> {
  allow(others, target.host)
  return await openTunnel(target, others.proxyBefore(target))
}

/** @throws TunnelRefused for a host that must not be reached offline. */
function allow({ offline, report }: OtherHosts, host: string): void {
  if (offline) {
    report(host, 'refused')
    throw new TunnelRefused(403, `${host} is not reachable with --offline`)
  }
  if (isGoogles(host)) report(host, 'real')
}

function refuse(client: Socket, error: unknown): void {
  const status = error instanceof TunnelRefused ? error.status : 502
  const reason = error instanceof Error ? error.message.replace(/[^\x20-\x7e]/g, ' ') : ''
  const body = `gsa emulator: ${reason}\n`
  const head = [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? 'Refused'}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  client.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

/** Answers a request that is not CONNECT: plain HTTP to another host, or a mistake. */
async function answerPlain(others: OtherHosts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fail = (status: number, sentence: string): void => {
    if (response.headersSent) response.destroy()
    else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`gsa emulator: ${sentence}\n`)
  }
  const url =
    /^http:\/\//i.test(request.url ?? '') && URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined
  // A web page can send this, but only a client that uses the proxy sends a complete address.
  if (url === undefined) return fail(404, 'this is a proxy for programs; the emulator has another address')
  const host = withoutBrackets(url.hostname)
  if (googleHosts.includes(host)) {
    response.writeHead(301, { location: url.href.replace(/^http:/, 'https:') }).end()
    return
  }
  try {
    allow(others, host)
    if (isThisMachine(host)) throw new TunnelRefused(403, 'connect to this machine without the proxy')
    await forward(request, response, url.pathname + url.search, {
      host,
      port: Number(url.port || 80),
      hostHeader: url.host,
    })
  } catch (error) {
    if (error instanceof TunnelRefused) fail(error.status, error.message)
    else fail(502, `${host} cannot be reached`)
  }
}
