import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { uploadTooLarge } from '../answers/drive-errors.ts'
import { clockFaults, shifted } from '../faults/clock-faults.ts'
import { replyFaults } from '../faults/delivery-faults.ts'
import { type NetworkFault, networkFaults } from '../faults/network-faults.ts'
import type { Surface } from '../faults/surface.ts'
import { inflatedBody } from '../http/inflated-body.ts'
import { methodOf, withMethodOf } from '../http/method-override.ts'
import { createPatientServer } from '../http/patient-server.ts'
import { type Call, frontEndError, notFoundPage, Refused, type Reply } from '../http/reply.ts'
import { drained, readBody, readForm } from '../http/request-body.ts'
import type { LocalGoogle } from '../local-google.ts'
import { journalAuthorization, type JournalEntry, journalFields, journalText } from '../records/journal.ts'
import type { SignInRequest } from '../records/sign-ins.ts'
import { requestParties, signedInAccount } from './request-parties.ts'
import { findRoute, type Route } from './router.ts'
import { secureConnections } from './secure-connections.ts'
import { sendReply } from './send-reply.ts'
import { beginSignIn, recordAnswer } from './sign-in-records.ts'

/**
 * Creates the HTTP server of an emulator: it reads a request, lets a fault strike, calls the endpoint and writes the
 * response. With credentials, it speaks TLS. `end` ends all connections and resolves once no request is in progress.
 */
export function createHttpServer(
  google: LocalGoogle,
  credentials?: Parameters<typeof secureConnections>[1],
): {
  readonly server: Server
  readonly end: () => Promise<void>
} {
  const working = new Set<Promise<void>>()
  const connectionOf = connectionCounter()
  const server = createPatientServer((request, response) => {
    // Even a read-only request changes something if it uses up a fault.
    const changes = mayChange(request) || google.faults.armed().length > 0
    const work = respond(google, connectionOf, request, response)
      .catch((error: unknown) => answerBug(response, error))
      .finally(() => {
        working.delete(work)
        if (changes) google.changed()
      })
    working.add(work)
  })
  const endSecure = credentials === undefined ? undefined : secureConnections(server, credentials)
  const end = async (): Promise<void> => {
    const stopped = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    endSecure?.()
    await stopped
    await Promise.allSettled(working)
  }
  return { server, end }
}

/** Numbers the connections that carry requests, for the journal. */
function connectionCounter(): (request: IncomingMessage) => number {
  const numbers = new WeakMap<Socket, number>()
  let last = 0
  return ({ socket }) => {
    const number = numbers.get(socket) ?? ++last
    numbers.set(socket, number)
    return number
  }
}

/**
 * Returns whether a request can change state. Reads cannot, except for authorization requests with automatic consent
 * and requests for ids, which must never be generated again.
 */
function mayChange({ method, url }: IncomingMessage): boolean {
  return (method !== 'GET' && method !== 'HEAD') || /^\/o\/oauth2\/|\/generateIds/.test(url ?? '')
}

/** Closes a broken connection; otherwise reports an unexpected error as a bug of the emulator. */
function answerBug(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed || response.socket?.writable !== true) {
    response.destroy()
    return
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  const { status, headers, body } = bugReply(error)
  response.writeHead(status, headers).end(body)
}

function bugReply(error: unknown): {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
} {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return {
    status: 500,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: `The emulator failed. This is a bug in the emulator, not a response from Google.\n${what}\n`,
  }
}

async function respond(
  google: LocalGoogle,
  connectionOf: (request: IncomingMessage) => number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', headers } = request
  const [path = '/', ...rest] = (request.url ?? '/').split('?')
  const rawQuery = rest.join('?')
  const route = findRoute(methodOf({ method, path, headers }), path)
  const streams = route?.streams ?? false
  const bodyLimit = route?.bodyLimit ?? 1024 * 1024
  const sent = streams ? Buffer.alloc(0) : await readBody(request, bodyLimit)
  const body = streams ? sent : await inflatedBody(sent, request.headers['content-encoding'], bodyLimit)
  const query = new URLSearchParams(rawQuery)
  const form = body === undefined ? new URLSearchParams() : readForm(headers['content-type'] ?? '', body)
  const remoteAddress = request.socket.remoteAddress ?? ''
  const received = { body: body ?? Buffer.alloc(0), form, ...(streams && { stream: request }) }
  const call = withMethodOf({ method, path, query, rawQuery, headers, remoteAddress, ...received })

  const began = performance.now()
  const { entry, event } = route?.control ? {} : recorded(google, route, call, connectionOf(request))
  const finish = (finishing: LocalGoogle, reply: Reply): Reply => route?.finish?.(finishing, call, reply) ?? reply
  if (body === undefined) {
    response.setHeader('connection', 'close')
    return await sendReply(google, call, response, finish(google, tooLarge(route)), entry)
  }
  const surface = route?.surface
  // A stream lasts long enough for a fault to be armed meanwhile.
  const mayFail = streams || google.faults.armed().length > 0
  const watched = mayFail && entry !== undefined ? withFaultsWatched(google, entry) : google
  const fault = surface && watched.faults.take<NetworkFault>(surface, networkFaults)
  if (fault?.strike === 'hang') return
  if (fault?.strike === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const dated = surface ? withClockFault(watched, surface) : watched
  const unfinished =
    surface === undefined || fault === undefined
      ? await answer(dated, route, call)
      : fault.strike(surface, fault.seconds)
  if (entry !== undefined && call.dpop !== undefined) entry.dpop = call.dpop
  if (unfinished === undefined) return
  const reply = finish(dated, unfinished)
  if (entry !== undefined && entry.account === undefined) recordAccount(entry, signedInAccount(google, reply))
  if (event !== undefined) recordAnswer(event, reply, began)
  if (streams && !(await drained(request))) response.setHeader('connection', 'close')
  if (fault !== undefined || !surface) return await sendReply(dated, call, response, reply, entry)
  await sendReply(dated, call, response, dated.faults.change(surface, replyFaults, reply), entry, surface)
}

/**
 * Returns the emulator with a clock or faults for this request only. All other state is shared: a reset also affects
 * requests in progress.
 */
function withOwn(google: LocalGoogle, own: Partial<Pick<LocalGoogle, 'clock' | 'faults'>>): LocalGoogle {
  return Object.assign(Object.create(google) as LocalGoogle, own)
}

function withFaultsWatched(google: LocalGoogle, entry: JournalEntry): LocalGoogle {
  const struck = (fault: string): void => {
    entry.faults = [...(entry.faults ?? []), fault]
  }
  return withOwn(google, { faults: google.faults.watched(struck) })
}

function withClockFault(google: LocalGoogle, surface: Surface): LocalGoogle {
  const fault = google.faults.take(surface, clockFaults)
  return fault === undefined ? google : withOwn(google, { clock: shifted(google.clock, fault) })
}

/** Records a request in the journal and, if it belongs to a sign-in, there. Tells the endpoint which one that is. */
function recorded(
  google: LocalGoogle,
  route: Route | undefined,
  call: Call,
  connection: number,
): { readonly entry: JournalEntry; readonly event?: SignInRequest } {
  const parties = requestParties(google, call)
  const signIn = parties.signIn ?? beginSignIn(google, route, call)
  const lengths = {}
  const entry = journalEntry(google, call, connection, { ...parties, ...(signIn !== undefined && { signIn }) }, lengths)
  google.journal.add(entry)
  if (signIn === undefined) return { entry }
  call.signIn = signIn
  const event = { signIn, entry, lengths, members: {}, tookMs: 0 }
  google.signIns.add(event)
  return { entry, event }
}

/** Returns the entry of a request. Mutable: `lengths` receives the lengths of the secrets that it hashes. */
function journalEntry(
  google: LocalGoogle,
  call: Call,
  connection: number,
  parties: ReturnType<typeof requestParties>,
  lengths: Record<string, number>,
): JournalEntry {
  const { method, path, query, form, headers } = call
  const { authorization } = headers
  if (authorization !== undefined) lengths['authorization'] = authorization.length
  // The metadata of a Drive file is content, not form fields.
  const isForm = !/^\/(?:drive|upload|resumable|batch)\//.test(path)
  return {
    time: new Date(google.clock.now()).toISOString(),
    method,
    path: journalText(path),
    status: 0,
    connection,
    query: journalFields(query, lengths),
    form: isForm ? journalFields(form, lengths) : {},
    ...(authorization !== undefined && { authorization: journalAuthorization(authorization) }),
    ...parties,
  }
}

function recordAccount(entry: JournalEntry, account: string | undefined): void {
  if (account !== undefined) entry.account = account
}

async function answer(google: LocalGoogle, route: Route | undefined, call: Call): Promise<Reply | undefined> {
  if (route === undefined) return notFoundPage(call.path)
  try {
    return await route.endpoint(google, call)
  } catch (error) {
    if (error instanceof Refused) return error.reply
    return bugReply(error)
  }
}

function tooLarge(route: Route | undefined): Reply {
  if (route?.surface === 'drive' || route?.surface === 'upload') return uploadTooLarge().reply
  const sentence = 'Your client issued a request that was too large.'
  return frontEndError(413, 'Request Entity Too Large', sentence)
}
