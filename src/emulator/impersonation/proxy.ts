import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { withoutBrackets } from '../../core/without-brackets.ts'
import { createPatientServer } from '../http/patient-server.ts'
import { forward } from './forward.ts'
import { googleHosts, isGoogles } from './google-hosts.ts'
import { closeServer, type TlsFront } from './tls-front.ts'
import {
  type HostNote,
  isThisMachine,
  openTunnel,
  proxyCredentials,
  proxyEndpoint,
  readTarget,
  type Target,
  thisMachine,
  TunnelRefused,
  unreachable,
} from './tunnel.ts'

const http = process.getBuiltinModule('node:http')

/** How a proxy treats hosts that the emulator does not stand in for. */
export interface OtherHosts {
  /** Refuses them. */
  readonly offline: boolean
  /** Returns the proxy that was configured before for a target and the scheme of its URL. */
  readonly proxyBefore: (target: Target, scheme: 'http' | 'https') => URL | undefined
  /** Gets the hosts that the user should know of; `port` has `HOST:PORT`. May be called repeatedly. */
  readonly report: (host: string, what: HostNote) => void
}

/** A proxy on 127.0.0.1. */
export interface Proxy {
  readonly url: string
  /** Takes over a connection of a client. */
  readonly accept: (socket: Socket) => void
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
  const server = createPatientServer((request, response) => {
    void answerPlain(others, request, response)
  })
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
    accept: (socket) => void server.emit('connection', socket),
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
  if (target.port === 443 && googleHosts.includes(target.host)) {
    client.write(established)
    front.accept(client, target.host)
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
    refuse(client, reported(others, error, target.host))
  }
}

async function tunnelTo(others: OtherHosts, target: Target): Promise<Socket> {
  const { host, port } = target
  if (googleHosts.includes(host)) {
    const sentence = `the emulator stands in for port 443 of ${host} only`
    throw new TunnelRefused(403, sentence, [`${host}:${port}`, 'port'])
  }
  allow(others, host)
  return await openTunnel(target, others.proxyBefore(target, 'https'))
}

/** @throws TunnelRefused for a host that must not be reached offline. */
function allow({ offline, report }: OtherHosts, host: string): void {
  if (offline) throw new TunnelRefused(403, `${host} is not reachable with --offline`, [host, 'refused'])
  if (isGoogles(host)) report(host, 'real')
}

/** Returns an error as a refusal, and tells the user of it. */
function reported({ report }: OtherHosts, error: unknown, host: string): TunnelRefused {
  const refused = error instanceof TunnelRefused ? error : unreachable(host, error)
  if (refused.note !== undefined) report(...refused.note)
  return refused
}

function refuse(client: Socket, { status, message }: TunnelRefused): void {
  const body = `gsa emulator: ${message.replace(/[^\x20-\x7e]/g, ' ')}\n`
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
  const target = { host: withoutBrackets(url.hostname), port: Number(url.port || 80) }
  const { host } = target
  if (googleHosts.includes(host)) {
    response.writeHead(301, { location: url.href.replace(/^http:/, 'https:') }).end()
    return
  }
  let proxy: URL | undefined
  try {
    allow(others, host)
    if (isThisMachine(host)) throw thisMachine(host)
    proxy = others.proxyBefore(target, 'http')
    const headers = { host: url.host, ...(proxy !== undefined && proxyCredentials(proxy)) }
    if (proxy === undefined) await forward(request, response, url.pathname + url.search, { ...target, headers })
    else await forward(request, response, url.href, { ...proxyEndpoint(proxy), local: true, headers })
  } catch (error) {
    const { status, message } = reported(others, error, proxy?.host ?? host)
    fail(status, message)
  }
}
