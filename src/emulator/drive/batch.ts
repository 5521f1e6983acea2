import type { IncomingHttpHeaders } from 'node:http'
import { badRequest } from '../answers/drive-errors.ts'
import { batchUnreadable, tooManyInBatch } from '../answers/drive-request-errors.ts'
import { capitalized } from '../http/header-name.ts'
import { withMethodOf } from '../http/method-override.ts'
import { type Part, readMessage, readParts } from '../http/multipart-mixed.ts'
import { type Call, notFoundPage, piecesOf, Refused, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { downloadInBatch, isDownload } from './download-request.ts'
import { driveEndpoint } from './drive.ts'
import { finishReply } from './finish-reply.ts'

// Importing node:http as an ES module loads undici on Node 22 and later.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** The most calls of one batch that are carried out. */
const mostCalls = 100
/** The most that are answered, as in Google's Python client: the response is much longer than the request. */
const mostAnswered = 1000

/**
 * Handles `/batch/drive/v3`: carries out the calls in a `multipart/mixed` body one after the other, and returns their
 * responses in the same order (evidence B11).
 * @throws Refused with 400 when the body has no calls, or far too many.
 */
export function batchEndpoint(google: LocalGoogle, call: Call): Reply {
  if (call.path !== '/batch/drive/v3') return notFoundPage(call.path)
  const parts = readParts(call.body.toString(), call.headers['content-type'] ?? '')
  if (parts === undefined || parts.length === 0) throw batchUnreadable(call.body.length)
  if (parts.length > mostAnswered) throw badRequest(`A batch can have at most ${mostAnswered} calls.`)
  const boundary = google.mint.derivedId('batch_', call.body.toString())
  const answers = parts.map((part, index) => {
    const id = part.headers['content-id']
    const shownId = id === undefined ? '' : `Content-ID: ${id.replace(/^(<?)/, '$1response-')}\r\n`
    const response = messageOf(answerPart(google, call, part, index < mostCalls))
    return `--${boundary}\r\nContent-Type: application/http\r\n${shownId}\r\n${response}\r\n`
  })
  return {
    status: 200,
    headers: {
      'cache-control': 'private, max-age=0',
      'content-type': `multipart/mixed; boundary=${boundary}`,
      vary: ['Origin', 'X-Origin'],
      server: 'ESF',
    },
    // Google sends an empty line first, which a parser of the body has to skip.
    body: `\r\n${answers.join('')}--${boundary}--\r\n`,
  }
}

function answerPart(google: LocalGoogle, outer: Call, part: Part, isWithinLimit: boolean): Reply {
  const inner = innerCall(outer, part)
  try {
    if (!isWithinLimit) throw tooManyInBatch()
    if (inner?.path.startsWith('/drive/v3/') !== true) return notFoundPage(inner?.path ?? '')
    if (isDownload(inner)) return downloadInBatch(google, outer, inner)
    return finishReply(google, inner, driveEndpoint(google, inner))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return finishReply(google, inner ?? outer, error.reply)
  }
}

/** Returns the request in a part; it has the headers of the batch, except those about the content. */
function innerCall(outer: Call, { body }: Part): Call | undefined {
  const [line = ''] = body.split(/\r?\n/, 1)
  const [, method, target] = /^([A-Z]+) +(\S+)(?: +HTTP\/[\d.]+)? *$/.exec(line) ?? []
  if (method === undefined || target === undefined) return undefined
  const message = readMessage(body.slice(line.length).replace(/^\r?\n/, ''))
  const shared = Object.entries(outer.headers).filter(([name]) => !/^(?:content-|x-http-)/.test(name))
  const headers: IncomingHttpHeaders = { ...Object.fromEntries(shared), ...message.headers }
  const [path = '', ...rest] = target.replace(/^https?:\/\/[^/?]*/i, '').split('?')
  const rawQuery = rest.join('?')
  const form = headers['content-type']?.startsWith('application/x-www-form-urlencoded') ? message.body : ''
  return withMethodOf({
    method,
    path,
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers,
    remoteAddress: outer.remoteAddress,
    body: Buffer.from(message.body),
    form: new URLSearchParams(form),
  })
}

function messageOf(reply: Reply): string {
  const body = Buffer.concat(piecesOf(reply))
  const headers = Object.entries({ 'content-length': String(body.length), ...reply.headers })
    .flatMap(([name, value]) => [value].flat().map((one) => `${capitalized(name)}: ${one}\r\n`))
    .join('')
  return `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? ''}\r\n${headers}\r\n${body.toString()}`
}
