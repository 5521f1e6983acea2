import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Delivery, type DeliveryFault, deliveryFaults } from '../faults/delivery-faults.ts'
import type { Surface } from '../faults/surface.ts'
import { type Call, piecesOf, type Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { JournalEntry } from '../records/journal.ts'

const gzipped = promisify(gzip)

/**
 * Writes a response as Google does: chunked, compressed if the client accepts it, dated by the emulator's clock. With a
 * surface, a delivery fault may strike.
 */
export async function sendReply(
  google: LocalGoogle,
  call: Call,
  response: ServerResponse,
  reply: Reply,
  entry: JournalEntry | undefined,
  surface?: Surface,
): Promise<void> {
  response.statusCode = reply.status
  if (reply.reason !== undefined) response.statusMessage = reply.reason
  response.sendDate = false
  response.setHeader('date', new Date(google.clock.shown()).toUTCString())
  for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value)
  const delivery = await encode(call, response, reply)
  const fault = surface && google.faults.take<DeliveryFault>(surface, deliveryFaults, ({ fits }) => fits(delivery))
  if (entry !== undefined && !fault?.unseen) recordReply(entry, reply)
  if (fault !== undefined) return await fault.deliver(delivery, fault)
  // A pipeline waits for slow readers between the pieces; a single piece needs none, and it takes long to set up.
  if (reply.whole && delivery.pieces.length > 1) return await pipeline(Readable.from(delivery.pieces), response)
  if (reply.whole) {
    response.end(delivery.pieces[0])
    return
  }
  // A body written before the end has no known length, so Node sends it in chunks.
  if (reply.status !== 204) response.write(Buffer.concat(delivery.pieces))
  response.end()
}

function recordReply(entry: JournalEntry, { status, body }: Reply): void {
  entry.status = status
  const error =
    status >= 400 && typeof body === 'string' ? /"(?:error|reason)": ?"(\w{1,60})"/.exec(body)?.[1] : undefined
  if (error !== undefined) entry.error = error
}

/** Encodes the body in a coding the client accepts, and sets the matching headers. */
async function encode(call: Call, response: ServerResponse, reply: Reply): Promise<Delivery> {
  const body = piecesOf(reply)
  const length = body.reduce((sum, piece) => sum + piece.length, 0)
  const plain = reply.status === 204 || call.method === 'HEAD' ? [] : body
  if (reply.whole) response.setHeader('content-length', length)
  const compressed = !reply.whole && reply.status !== 204 && length > 0 && acceptsGzip(call.headers['accept-encoding'])
  if (!compressed) return { response, plain, pieces: plain, compressed }
  response.setHeader('content-encoding', 'gzip')
  return { response, plain, pieces: plain.length > 0 ? [await gzipped(Buffer.concat(plain))] : [], compressed }
}

function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  return String(header ?? '')
    .split(',')
    .some((coding) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/i.test(coding))
}
