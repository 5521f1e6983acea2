import type { IncomingMessage, ServerResponse } from 'node:http'
import { monotonicMs } from '../core/monotonic-ms.ts'
import { safeJson } from '../core/safe-to-print.ts'
import { appCodeAdvice, Failure, withCodeState } from '../failures/index.ts'
import { type Answer, failureAnswer, preflightAnswer, readableBy } from './answer.ts'
import { bodyType, type CodeRequest, parseCodeRequest } from './code-request.ts'
import { type Connection, connectionOf } from './connection.ts'
import { healthPath } from './health.ts'
import type { Redemption } from './redeem-once.ts'
import { admit, admitUser, longestBodyBytes, type RequestHead, type RequestRules } from './request-checks.ts'
import { requestIdOf } from './request-id.ts'

/** The outcome of a request. */
export interface Verdict {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Whether the request was admitted and its body read. */
  readonly wasLetIn: boolean
  /** The code as sent; undefined if none was found. */
  readonly request: CodeRequest | undefined
  readonly outcome: Redemption | Failure | 'preflight'
  /** The id of the request in the log, which the response has too. */
  readonly requestId: string
  /** The time until the outcome was known, in milliseconds. */
  readonly ms: number
}

/** The rules for requests, and the functions that process them. */
export interface Reception {
  readonly rules: RequestRules
  /** Redeems the code of an admitted request. Throws only failures. */
  readonly redeem: (request: CodeRequest) => Promise<Redemption>
  readonly onVerdict: (verdict: Verdict) => void
}

// A client that is still sending would never see the response.
const lingerMs = 1_000

/** The circumstances of a request. */
export interface Circumstances {
  readonly awaitsContinue: boolean
  /** Marks the connection to be closed after this response. */
  readonly turnAway: () => void
  readonly isClosing: () => boolean
  /** Answers a health probe, by its method. */
  readonly health: (method: string) => Promise<Answer>
}

/** Responds to a request and reports its outcome. Never throws: failures become responses. */
export async function respond(
  { rules, redeem, onVerdict }: Reception,
  request: IncomingMessage,
  response: ServerResponse,
  { awaitsContinue, turnAway, isClosing, health }: Circumstances,
): Promise<void> {
  const head = headOf(request)
  const arrivedAt = monotonicMs()
  const requestId = requestIdOf(head.headers)
  const about = { method: head.method, path: head.url.replace(/[?#].*$/s, ''), requestId }
  const reply = (answer: Answer, keepsConnection: boolean): Promise<void> =>
    send(
      request,
      response,
      { ...answer, headers: { 'x-request-id': requestId, ...answer.headers } },
      keepsConnection && !isClosing(),
    )
  if (about.path === healthPath) {
    request.resume()
    // Probes come every few seconds, so none is logged.
    await reply(await health(head.method), true)
    return
  }
  let origin: string | undefined
  let isRead = false
  let code: CodeRequest | undefined
  const conclude = async (answer: Answer, outcome: Verdict['outcome']): Promise<void> => {
    const ms = Math.round(monotonicMs() - arrivedAt)
    const wasLetIn = isRead && outcome !== 'preflight'
    onVerdict({ ...about, status: answer.status, wasLetIn, request: code, outcome, ms })
    if (!isRead) turnAway()
    await reply({ ...answer, headers: { ...answer.headers, ...readableBy(origin) } }, isRead)
  }
  try {
    if (isClosing()) throw withCodeState(new Failure('server_stopping', {}), 'unused', appCodeAdvice)
    await admitSender(request, rules)
    origin = admit(head, rules)
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
    await conclude({ status: 200, headers: {}, body: redemption.document }, redemption)
  } catch (error) {
    if (error instanceof GoneAway) return
    const failure = error instanceof Failure ? error : new Failure('bug', { problem: String(error) }, { cause: error })
    // Failures of the exchange state what happened to the code; before the exchange, it is unused.
    const state = failure.code === 'bug' ? 'unknown' : 'unused'
    const told = code === undefined ? failure : withCodeState(failure, state, appCodeAdvice)
    await conclude(failureAnswer(told), told)
  }
}

function headOf({ method = '', url = '', headers, headersDistinct }: IncomingMessage): RequestHead {
  // With two Host headers, it is unclear which one the client used (RFC 9112 section 3.2).
  return { method, url, headers: headersDistinct['host']?.length === 1 ? headers : { ...headers, host: undefined } }
}

// The client left in the middle of a request: no response is needed, and nothing has failed.
class GoneAway extends Error {}

/**
 * Waits until the sender is admitted.
 * @throws Failure `request_user_foreign`; for an admitted sender, the reason why its body was interrupted
 */
async function admitSender(request: IncomingMessage, rules: RequestRules): Promise<void> {
  const connection = connectionOf(request.socket)
  let failure: Failure | undefined
  const giveUp = (reason: Failure): void => {
    if (!request.complete) failure = reason
  }
  connection.giveUp = giveUp
  try {
    await Promise.race([admitUser(request.socket, rules), connection.closed])
  } finally {
    if (connection.giveUp === giveUp) connection.giveUp = undefined
  }
  // If an earlier request was refused meanwhile, its response was the last one.
  if (request.socket.destroyed || connection.isTurnedAway) throw new GoneAway()
  if (failure !== undefined) throw failure
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const connection = connectionOf(request.socket)
  let giveUp: Connection['giveUp']
  const reading = new Promise<Buffer>((resolve, reject) => {
    giveUp = (failure) => {
      // The request may be complete, and only the data after it invalid.
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
    // The next request may have set it already.
    if (connection.giveUp === giveUp) connection.giveUp = undefined
  })
}

/** Sends a response. Resolves when it is sent, or the client is gone. */
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
  if (keepsConnection || request.complete || connectionOf(request.socket).isBroken) response.end(body)
  else {
    response.write(body)
    await restOf(request)
    response.end()
  }
  await out
}

/**
 * Reads the rest of a refused request, for a second at most. If the connection were closed immediately, incoming data
 * would reset it, and the response would be lost.
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
