import type { IncomingMessage, ServerResponse } from 'node:http'
import { safeJson } from '../core/safe-to-print.ts'
import { appCodeAdvice, Failure, withCodeState } from '../failures/index.ts'
import { type Answer, failureAnswer, preflightAnswer, readableBy } from './answer.ts'
import { bodyType, type CodeRequest, parseCodeRequest } from './code-request.ts'
import { type Connection, connectionOf } from './connection.ts'
import type { Redemption } from './redeem-once.ts'
import { admit, admitUser, longestBodyBytes, type RequestHead, type RequestRules } from './request-checks.ts'

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

/** How requests are received: who may send a code, and what is done with it. */
export interface Reception {
  readonly rules: RequestRules
  /** Redeems the code of a request that was let in. Throws failures only. */
  readonly redeem: (request: CodeRequest) => Promise<Redemption>
  /** What the app is told of it: no secret. */
  readonly describe: (redemption: Redemption) => Readonly<Record<string, unknown>>
  readonly onVerdict: (verdict: Verdict) => void
}

// A sender that is still writing would never see why it was refused.
const lingerMs = 1_000

/** What a request meets, beside itself. */
export interface Circumstances {
  readonly awaitsContinue: boolean
  /** Marks the connection as one that ends with this answer. */
  readonly turnAway: () => void
  readonly isClosing: () => boolean
}

/** Answers one request, and says what became of it. Throws nothing: what fails is answered. */
export async function respond(
  { rules, redeem, describe, onVerdict }: Reception,
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
    await conclude({ status: 200, headers: {}, body: describe(redemption) }, redemption)
  } catch (error) {
    if (error instanceof GoneAway) return
    const failure = error instanceof Failure ? error : new Failure('bug', { problem: String(error) }, { cause: error })
    // Failures of the exchange say themselves what became of the code; up to there it is unused.
    const state = failure.code === 'bug' ? 'unknown' : 'unused'
    const told = code === undefined ? failure : withCodeState(failure, state, appCodeAdvice)
    await conclude(failureAnswer(told), told)
  }
}

function headOf({ method = '', url = '', headers, headersDistinct }: IncomingMessage): RequestHead {
  // Of two hosts, nobody knows which one the sender's side held to (RFC 9112 section 3.2).
  return { method, url, headers: headersDistinct['host']?.length === 1 ? headers : { ...headers, host: undefined } }
}

// Whoever sent half a request and left needs no answer, and is no failure of anybody here.
class GoneAway extends Error {}

/**
 * Waits until the sender is admitted.
 * @throws Failure `request_user_foreign`; for an admitted sender, why the body broke off meanwhile
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
  // An earlier request may have been refused in the meantime: its answer is the last one.
  if (request.socket.destroyed || connection.isTurnedAway) throw new GoneAway()
  if (failure !== undefined) throw failure
}

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
  if (keepsConnection || request.complete || connectionOf(request.socket).isBroken) response.end(body)
  else {
    response.write(body)
    await restOf(request)
    response.end()
  }
  await out
}

/**
 * Reads what is left of a refused request, for a second at the most: closed at once, the connection would be reset by
 * what is still on its way, and the answer with it.
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
