import { connect, isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { withoutBrackets } from '../../core/without-brackets.ts'

const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

/**
 * How a host is treated: refused, because it is no host of Google (`refused`), a port that the emulator does not have
 * (`port`) or this machine (`local`); connected to, although it is Google's (`real`); a proxy that wants a password
 * (`password`) or cannot be used (`unused`).
 */
export type HostNote = 'refused' | 'real' | 'port' | 'local' | 'password' | 'unused'

/** A host and a port to connect to. */
export interface Target {
  readonly host: string
  readonly port: number
}

/** A connection that is not made, with the HTTP status for its client. */
export class TunnelRefused extends Error {
  readonly status: number
  /** A note for the user, who may not see the response. */
  readonly note: readonly [host: string, note: HostNote] | undefined
  constructor(status: number, message: string, note?: TunnelRefused['note']) {
    super(message)
    this.status = status
    this.note = note
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
  if (isThisMachine(target.host)) throw thisMachine(target.host)
  if (proxyBefore !== undefined) return await throughProxy(target, proxyBefore)
  const socket = await connected(target)
  if (!isThisMachine(socket.remoteAddress ?? '')) return socket
  socket.destroy()
  throw thisMachine(target.host)
}

/** Returns the refusal of this machine. Its usual names are in NO_PROXY already. */
export function thisMachine(host: string): TunnelRefused {
  const isUsual = /^(?:localhost|127\.0\.0\.1|::1)$/.test(host)
  const sentence = `${host} is this machine: connect without the proxy${isUsual ? '' : ', with the name in NO_PROXY'}`
  return new TunnelRefused(403, sentence, isUsual ? undefined : [host, 'local'])
}

/** Returns the refusal of an earlier proxy that wants credentials. Its 407 is for gsa: the program has none. */
export function proxyWantsPassword(proxy: string): TunnelRefused {
  return new TunnelRefused(502, `the proxy ${proxy} wants a user name and password`, [proxy, 'password'])
}

/** Returns the header with the credentials in the address of a proxy, if any. */
export function proxyCredentials({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '') return {}
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }
}

/** Returns the `servername` for a host's certificate; by default, Node expects that of the Host header. */
export function certificateName(host: string): string {
  return isIP(host) === 0 ? host : ''
}

/** Returns where a proxy listens. */
export function proxyEndpoint({ hostname, port, protocol }: URL): Target & { readonly secure: boolean } {
  const secure = protocol === 'https:'
  return { host: withoutBrackets(hostname), port: Number(port || (secure ? 443 : 80)), secure }
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
  const { secure, ...endpoint } = proxyEndpoint(proxy)
  const options = {
    ...endpoint,
    servername: certificateName(endpoint.host),
    method: 'CONNECT',
    path,
    headers: { host: path, ...proxyCredentials(proxy) },
  }
  const refusal = (status = 502): TunnelRefused =>
    status === 407
      ? proxyWantsPassword(proxy.host)
      : new TunnelRefused(status, `the proxy ${proxy.host} refused ${host}`)
  return await new Promise((resolve, reject) => {
    const request = (secure ? https : http).request(options)
    request.on('error', (error) => reject(unreachable(proxy.host, error)))
    request.once('response', ({ statusCode }) => {
      request.destroy()
      reject(refusal(statusCode))
    })
    request.once('connect', ({ statusCode = 502 }, socket: Socket, head) => {
      if (head.length > 0) socket.unshift(head)
      if (statusCode < 300) resolve(socket)
      else reject(refusal(statusCode))
    })
    request.end()
  })
}

/** Returns the refusal of a host that cannot be reached. */
export function unreachable(host: string, error: unknown): TunnelRefused {
  return new TunnelRefused(502, `${host} cannot be reached: ${error instanceof Error ? error.message : ''}`)
}
