import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Failure, safeJson } from '../failures/index.ts'
import { type Answer, failureAnswer, preflightAnswer, readableBy } from './answer.ts'
import { bodyType, type CodeRequest, parseCodeRequest } from './code-request.ts'
import { admit, type Door, longestBodyBytes, type RequestHead } from './door.ts'
import type { Redemption } from './redeem-once.ts'

/** What became of a request. */
export interface Verdict {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Whether the request was let in and its body read: what was turned away at the door is nobody's code. */
  readonly wasLetIn: boolean
  /** The code as it was sent; undefined where none was found. */
  readonly request: CodeRequest | undefined
  readonly outcome: Redemption | Failure | 'preflight'
}

/** What {@link startBackend} is told. */
export interface BackendOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM; undefined serves plain http. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined
  readonly door: Door
  /** Redeems the code of a request that was let in. Throws failures only. */
  readonly redeem: (request: CodeRequest) => Promise<Redemption>
  /** What the app is told of it: no secret. */
  readonly describe: (redemption: Redemption) => Readonly<Record<string, unknown>>
  readonly onVerdict: (verdict: Verdict) => void
  /** Told, in a sentence, of a connection that never became a request. */
  readonly onTrouble: (sentence: string) => void
}

/** A backend that takes codes, as the guides' servers do. */
export interface Backend {
  readonly port: number
  /** Takes no more requests, answers those that are being worked on, and ends. */
  close(): Promise<void>
}

const headersTimeoutMs = 5_000
const requestTimeoutMs = 10_000
const checkTimeoutsMs = 1_000
const keepAliveMs = 5_000
const mostConnections = 1_000
// A sender that is still writing would never see why it was refused.
const lingerMs = 1_000
// How long a backend that stops tells newcomers so, and how long nobody must come before it closes.
const drainMs = 1_000
const quietMs = 30

/** Starts the backend. @throws Failure `port_busy`, `address_unavailable` */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const working = new Set<Promise<void>>()
  const server = createServer(options.tls)
  server.maxConnections = mostConnections
  let isClosing = false
  let arrived = 0
  const onRequest = (request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
    arrived++
    const connection = connectionOf(request.socket)
    // What comes behind a refused request would be worked on, and its answer lost.
    if (connection.isEnding) return
    connection.underWay++
    const turnAway = (): void => {
      connection.isEnding = true
    }
    const work = respond(options, request, response, { awaitsContinue, turnAway, isClosing: () => isClosing }).finally(
      () => {
        working.delete(work)
        if (--connection.underWay === 0 && connection.isEnding) request.socket.end()
      },
    )
    working.add(work)
  }
  server.on('request', (request, response) => onRequest(request, response, false))
  // curl waits for the word to go on before it sends a long body.
  server.on('checkContinue', (request, response) => onRequest(request, response, true))
  server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket: Socket) => {
    if (speaksTls(error.rawPacket)) options.onTrouble('Somebody speaks https to this port, which takes http.')
    const connection = connectionOf(socket)
    connection.isEnding = true
    if (connection.giveUp !== undefined) connection.giveUp(brokenOff(error))
    // What was understood before is answered first; an answer in front of it would be taken for its own.
    else if (connection.underWay === 0 && socket.writable)
      socket.end(`HTTP/1.1 ${earlyStatus(error)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
  server.on('tlsClientError', (error: NodeJS.ErrnoException) => {
    const sentence = tlsTrouble(error)
    if (sentence !== undefined) options.onTrouble(sentence)
  })
  const port = await bind(server, options)
  return {
    port,
    async close() {
      isClosing = true
      await Promise.allSettled(working)
      // Those that wait to be accepted would be cut off with the door; they are told to come again.
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

function createServer(tls: BackendOptions['tls']): Server {
  const limits = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkTimeoutsMs,
    keepAliveTimeout: keepAliveMs,
  }
  return tls === undefined
    ? process.getBuiltinModule('node:http').createServer(limits)
    : process.getBuiltinModule('node:https').createServer({ ...limits, ...tls, handshakeTimeout: headersTimeoutMs })
}

async function bind(server: Server, { host, port }: BackendOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Failure('port_busy', { port })
          : new Failure('address_unavailable', { address: `${host}:${port}`, problem: error.message }),
      ),
    )
    server.listen({ host, port, exclusive: true }, resolve)
  })
  // Errors of single connections are theirs alone.
  server.on('error', () => undefined)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the backend has no port')
  return address.port
}

// RFC 8446 section 5.1: a handshake record.
function speaksTls(packet: Buffer | undefined): boolean {
  return packet?.[0] === 0x16 && packet[1] === 0x03
}

/** What is wrong with a request whose body does not come as it should. */
function brokenOff({ code }: NodeJS.ErrnoException): Failure {
  return code === 'ERR_HTTP_REQUEST_TIMEOUT'
    ? new Failure('request_too_slow', { seconds: requestTimeoutMs / 1000 })
    : new Failure('request_body_invalid', { problem: 'it broke off, or is not what its headers say' })
}

function earlyStatus({ code }: NodeJS.ErrnoException): string {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  return code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
}

function tlsTrouble({ code = '' }: NodeJS.ErrnoException): string | undefined {
  if (code === 'ERR_SSL_HTTP_REQUEST') return 'Somebody speaks http to this port, which takes https.'
  // What a client says that does not know who signed a certificate (RFC 8446 section 6.2).
  return /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)/.test(code)
    ? 'Somebody broke the connection off, not trusting the certificate: install it on the device, or use --cert and --key.'
    : undefined
}

interface Circumstances {
  readonly awaitsContinue: boolean
  /** Marks the connection as one that ends with this answer. */
  readonly turnAway: () => void
  readonly isClosing: () => boolean
}

async function respond(
  { door, redeem, describe, onVerdict }: BackendOptions,
  request: IncomingMessage,
  response: ServerResponse,
  { awaitsContinue, turnAway, isClosing }: Circumstances,
): Promise<void> {
  const head = headOf(request)
  const about = { method: head.method, path: head.url.replace(/[?#].*$/s, '') }
  let origin: string | undefined
  let isRead = false
  let code: CodeRequest | undefined
  const conclude = async (answer: Answer, outcome: Verdict['outcome']): Promise<void> => {
    onVerdict({ ...about, status: answer.status, wasLetIn: isRead && outcome !== 'preflight', request: code, outcome })
    if (!isRead) turnAway()
    const headers = { ...answer.headers, ...readableBy(origin) }
    await send(request, response, { ...answer, headers }, isRead && !isClosing())
  }
  try {
    if (isClosing()) throw new Failure('server_stopping', {})
    origin = admit(head, door)
    if (head.method === 'OPTIONS') {
      isRead = true
      request.resume()
      await conclude(preflightAnswer, 'preflight')
      return
    }
    const type = bodyType(head.headers['content-type'])
    if (awaitsContinue) response.writeContinue()
    const body = await readBody(request)
    isRead = true
    code = parseCodeRequest(type, body)
    const redemption = await redeem(code)
    await conclude({ status: 200, headers: {}, body: describe(redemption) }, redemption)
  } catch (error) {
    if (error instanceof GoneAway) return
    const failure = error instanceof Failure ? error : new Failure('bug', { problem: String(error) }, { cause: error })
    await conclude(failureAnswer(failure), failure)
  }
}

function headOf({ method = '', url = '', headers, headersDistinct }: IncomingMessage): RequestHead {
  // Of two hosts, nobody knows which one the sender's side held to (RFC 9112 section 3.2).
  return { method, url, headers: headersDistinct['host']?.length === 1 ? headers : { ...headers, host: undefined } }
}

// Whoever sent half a request and left needs no answer, and is no failure of anybody here.
class GoneAway extends Error {}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const connection = connectionOf(request.socket)
  let giveUp: Connection['giveUp']
  const reading = new Promise<Buffer>((resolve, reject) => {
    giveUp = (failure) => {
      // What is wrong may be what comes behind a request that is whole.
      if (!request.complete) reject(failure)
    }
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= longestBodyBytes) chunks.push(chunk)
      else reject(new Failure('request_too_long', { limit: longestBodyBytes }))
    })
    request.on('end', () => resolve(Buffer.concat(chunks)))
    request.on('error', () => reject(new GoneAway()))
    request.on('close', () => reject(new GoneAway()))
  })
  connection.giveUp = giveUp
  return reading.finally(() => {
    // The request behind this one may have taken the place.
    if (connection.giveUp === giveUp) connection.giveUp = undefined
  })
}

/** Sends an answer; resolves when it is out, or nobody is there to get it. */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  keepsConnection: boolean,
): Promise<void> {
  const out = Promise.race([
    new Promise<void>((resolve) => response.once('finish', resolve)),
    connectionOf(request.socket).closed,
  ])
  const body = answer.body === undefined ? '' : `${safeJson(answer.body)}\n`
  response.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...(answer.status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(keepsConnection ? {} : { connection: 'close' }),
    ...answer.headers,
  })
  if (keepsConnection || request.complete) response.end(body)
  else {
    response.write(body)
    await restOf(request)
    response.end()
  }
  await out
}

/** What is known of a connection. */
interface Connection {
  /** Requests that are being worked on. */
  underWay: number
  /** Whether nothing more is taken from it. */
  isEnding: boolean
  /** Fails the request whose body is being read. */
  giveUp: ((failure: Failure) => void) | undefined
  readonly closed: Promise<void>
}

const connections = new WeakMap<Socket, Connection>()

function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket)
  if (known !== undefined) return known
  const closed = socket.destroyed
    ? Promise.resolve()
    : new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const connection = { underWay: 0, isEnding: false, giveUp: undefined, closed }
  connections.set(socket, connection)
  return connection
}

/**
 * Reads what is left of a refused request, for a second at the most: closed at once, the connection would be reset by what is
 * still on its way, and the answer with it.
 */
async function restOf(request: IncomingMessage): Promise<void> {
  const connection = connectionOf(request.socket)
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, lingerMs)
    const end = (): void => {
      clearTimeout(timer)
      resolve()
    }
    connection.giveUp = end
    request.once('close', end)
    request.on('error', () => undefined)
    request.resume()
  })
}
