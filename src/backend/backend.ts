import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Failure } from '../failures/index.ts'
import { listen } from '../http/listen.ts'
import { connectionOf } from './connection.ts'
import { healthCheck, type HealthOptions } from './health.ts'
import { limitConnections } from './limit-connections.ts'
import { type Reception, respond } from './respond.ts'

/** The options of {@link startBackend}. */
export interface BackendOptions extends Reception, HealthOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Whether a load balancer keeps connections open for later requests. */
  readonly isBehindBalancer: boolean
  /** PEM; undefined serves plain http. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
  /** Called with a sentence about a connection that never became a request. */
  readonly onTrouble: (sentence: string) => void
}

/** A backend that receives codes, like the servers in the guides. */
export interface Backend {
  readonly port: number
  /** Refuses new requests, completes the current ones, and stops. */
  close(): Promise<void>
}

const headersTimeoutMs = 5_000
const requestTimeoutMs = 10_000
const checkTimeoutsMs = 1_000
const keepAliveMs = 5_000
// The balancer must be the one that closes an idle connection: otherwise it may send a code on one that is just being
// closed, and answer 502. The longest known idle time-out is that of Google Cloud, 600 s.
const balancerKeepAliveMs = 620_000
const mostConnections = 1_000
// While stopping, the backend tells new clients so for up to drainMs, or until none came for quietMs.
const drainMs = 1_000
const quietMs = 30

/** Starts the backend. @throws Failure `port_busy`, `localhost_taken`, `address_unavailable` */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const working = new Set<Promise<void>>()
  const server = createServer(options)
  const current = new Map<string, IncomingMessage>()
  limitConnections(server, mostConnections, (socket) => current.get(nameOf(socket))?.complete === true)
  let isClosing = false
  const health = healthCheck({ ...options, isStopping: () => isClosing || options.isStopping() })
  let arrived = 0
  const onRequest = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
    arrived++
    const connection = connectionOf(request.socket)
    // Ignore requests after a refused one: their response would be lost.
    if (connection.isEnding) return
    connection.underWay++
    const name = nameOf(request.socket)
    current.set(name, request)
    const turnAway = (): void => {
      connection.isEnding = true
      connection.isTurnedAway = true
    }
    const circumstances = { awaitsContinue, turnAway, isClosing: () => isClosing, health }
    const work = respond(options, request, response, circumstances).finally(() => {
      working.delete(work)
      if (current.get(name) === request) current.delete(name)
      if (--connection.underWay === 0 && connection.isEnding) request.socket.end()
    })
    working.add(work)
  }
  server.on('request', (request, response) => onRequest(request, response, false))
  // curl waits for "100 Continue" before it sends a long body.
  server.on('checkContinue', (request, response) => onRequest(request, response, true))
  server.on('clientError', (error: NodeJS.ErrnoException & { readonly rawPacket?: Buffer }, socket: Socket) => {
    if (speaksTls(error.rawPacket)) options.onTrouble('A client used https, but this port serves http.')
    const connection = connectionOf(socket)
    connection.isEnding = true
    connection.isBroken = true
    if (connection.giveUp !== undefined) connection.giveUp(brokenOff(error))
    // Earlier requests must be answered first: this response would be taken for theirs.
    else if (connection.underWay === 0 && socket.writable)
      socket.end(`HTTP/1.1 ${earlyStatus(error)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    const sentence = tlsTrouble(error)
    if (sentence !== undefined) options.onTrouble(sentence)
  })
  const port = await listen(server, options)
  // Errors of single connections must not stop the server.
  server.on('error', () => undefined)
  return {
    port,
    async close() {
      isClosing = true
      await Promise.allSettled(working)
      // Closing now would reset connections that are not yet accepted; tell those clients to retry instead.
      const until = performance.now() + drainMs
      for (let before = -1; arrived > before && performance.now() < until;) {
        before = arrived
        await new Promise((resolve) => setTimeout(resolve, quietMs))
      }
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      while (working.size > 0) await Promise.allSettled(working)
      server.closeAllConnections()
      await closed
    },
  }
}

// With TLS, the connection's socket is not the one of its requests, but has the same addresses.
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

function createServer({ tls, isBehindBalancer }: BackendOptions): Server {
  const limits = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkTimeoutsMs,
    keepAliveTimeout: isBehindBalancer ? balancerKeepAliveMs : keepAliveMs,
  }
  return tls === undefined
    ? process.getBuiltinModule('node:http').createServer(limits)
    : process.getBuiltinModule('node:https').createServer({ ...limits, ...tls, handshakeTimeout: headersTimeoutMs })
}

// RFC 8446 section 5.1: a handshake record.
function speaksTls(packet: Buffer | undefined): boolean {
  return packet?.[0] === 0x16 && packet[1] === 0x03
}

/** Returns the failure for a request whose body is incomplete or invalid. */
function brokenOff({ code }: NodeJS.ErrnoException): Failure {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT'
    ? new Failure('request_too_slow', { seconds: requestTimeoutMs / 1000 })
    : new Failure('request_body_invalid', { problem: 'it was interrupted, or does not match its headers' })
}

function earlyStatus({ code }: NodeJS.ErrnoException): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
}

function tlsTrouble({ code = '' }: NodeJS.ErrnoException): string | undefined {
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'A client used http, but this port serves https.'
  // The alerts of clients that do not trust the certificate (RFC 8446 section 6.2).
  return /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)/.test(code)
    ? 'A client does not trust the certificate: install it on the device, or use --cert and --key.'
    : undefined
}
