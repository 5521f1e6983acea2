import { connect, isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { withoutBrackets } from '../../core/without-brackets.ts'

const http = process.getBuiltinModule('node:http')

/** A host and a port to connect to. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** A connection that is not made, with the HTTP status for its client. */
export class TunnelRefused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Returns the target in `HOST:PORT`, where an IPv6 address has brackets; undefined for anything else. */
export function readTarget(authority: string): Target | undefined {
  const [, bracketed, plain, digits = ''] = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(authority) ?? []
  const host = (bracketed ?? plain)?.toLowerCase().replace(/\.$/, '')
  const port = Number(digits)
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port }
}

/**
 * Connects to a host that is not Google's, through the proxy that was configured before, if any.
 * @throws TunnelRefused for this machine, whose ports are not for everything that can reach the proxy, and if the host
 *   cannot be reached.
 */
export async function openTunnel(target: Target, proxyBefore: URL | undefined): Promise<Socket> {
  if (isThisMachine(target.host)) throw new TunnelRefused(403, 'connect to this machine without the proxy')
  if (proxyBefore !== undefined) return await throughProxy(target, proxyBefore)
  const socket = await connected(target)
  if (!isThisMachine(socket.remoteAddress ?? '')) return socket
  socket.destroy()
  throw new TunnelRefused(403, `${target.host} is this machine`)
}

/** Returns whether a host or an address is one of this machine, or stands for all of them. */
export function isThisMachine(host: string): boolean {
  const address = host.replace(/^::ffff:/, '')
  if (isIP(address) === 0) return /(?:^|\.)localhost\.?$/.test(address)
  if (/^(?:127\.|0\.|::1?$)/.test(address)) return true
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return own.some((each) => each.address === address)
}

async function connected({ host, port }: Target): Promise<Socket> {
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    socket.on('error', (error) => reject(unreachable(host, error)))
    socket.once('connect', () => resolve(socket))
  })
}

async function throughProxy({ host, port }: Target, proxy: URL): Promise<Socket> {
  const path = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`
  const { username, password } = proxy
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')
  const headers = { host: path, ...(username && { 'proxy-authorization': `Basic ${credentials}` }) }
  const options = {
    host: withoutBrackets(proxy.hostname),
    port: proxy.port || 80,
    method: 'CONNECT',
    path,
    headers,
  }
  return await new Promise((resolve, reject) => {
    const request = http.request(options)
    request.on('error', (error) => reject(unreachable(proxy.host, error)))
    request.once('response', ({ statusCode }) => {
      request.destroy()
      reject(new TunnelRefused(statusCode ?? 502, `the proxy ${proxy.host} refused ${host}`))
    })
    request.once('connect', ({ statusCode = 502 }, socket: Socket, head) => {
      if (head.length > 0) socket.unshift(head)
      if (statusCode < 300) resolve(socket)
      else reject(new TunnelRefused(statusCode, `the proxy ${proxy.host} refused ${host}`))
    })
    request.end()
  })
}

function unreachable(host: string, error: Error): TunnelRefused {
  return new TunnelRefused(502, `${host} cannot be reached: ${error.message}`)
}
