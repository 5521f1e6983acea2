import type { ServerResponse } from 'node:http'
import { piecesOf, type Reply } from '../http/reply.ts'
import { damagedChunks, partOf } from '../records/content.ts'
import { type ChangeRow, type FaultRow, type FaultSettings, surfaces } from './surface.ts'

const jsonParts = surfaces.filter((surface) => surface !== 'authorize')

/** Faults of what is answered to a request that was carried out; the answer arrives whole. */
export const replyFaults = {
  'wrong-content-type': {
    on: jsonParts,
    does: 'carries the request out and calls the JSON answer text/html',
    change: (reply) =>
      isJson(reply)
        ? { ...reply, headers: { ...reply.headers, 'content-type': 'text/html; charset=UTF-8' } }
        : undefined,
  },
  'empty-body': {
    on: jsonParts,
    does: 'carries the request out and answers without a body',
    change: (reply) => (isJson(reply) ? { ...reply, body: '', whole: true } : undefined),
  },
  'invalid-json': {
    on: jsonParts,
    does: 'carries the request out and answers with JSON that has a comma too many',
    change: (reply) => (isJson(reply) ? { ...reply, body: String(reply.body).replace(/\}\s*$/, ',}') } : undefined),
  },
  'download-damaged': {
    on: ['drive'],
    does: 'sends downloaded content with one bit changed',
    change: damagedDownload,
  },
} as const satisfies Record<string, ChangeRow<Reply>>

function damagedDownload(reply: Reply): Reply | undefined {
  const { headers, body } = reply
  if (headers['content-disposition'] !== 'attachment' || body.length === 0) return undefined
  return { ...reply, body: damagedChunks(piecesOf(reply)) }
}

/** What is downloaded from Drive is whole, and no answer of Drive's own, whatever it holds. */
function isJson({ headers, body, whole }: Reply): boolean {
  return !whole && String(headers['content-type']).startsWith('application/json') && body.length > 0
}

/** An answer with its headers set, which only has to be written. */
export interface Delivery {
  readonly response: ServerResponse
  /** The body as it goes out; nothing when there is none, as with HEAD. */
  readonly pieces: readonly Buffer[]
  /** The same without compression. */
  readonly plain: readonly Buffer[]
  readonly compressed: boolean
}

/** A fault of the way back: the request was carried out, and the answer arrives damaged, late or never. */
export interface DeliveryFault extends FaultRow {
  readonly fits: (delivery: Delivery) => boolean
  readonly deliver: (delivery: Delivery, settings: FaultSettings) => void | Promise<void>
  /** The client never sees the status. */
  readonly unseen?: true
}

const hasBody = ({ pieces }: Delivery): boolean => sizeOf(pieces) > 1
const isCompressed = (delivery: Delivery): boolean => delivery.compressed && hasBody(delivery)

/** Faults of the way back. */
export const deliveryFaults = {
  'lost-answer': {
    on: surfaces,
    does: 'carries the request out and resets the connection instead of answering',
    fits: () => true,
    deliver: ({ response }) => void response.socket?.resetAndDestroy(),
    unseen: true,
  },
  truncated: {
    on: surfaces,
    does: 'carries the request out and closes the connection after half of the answer',
    fits: hasBody,
    deliver: async ({ response, pieces }) => {
      await write(response, half(pieces))
      response.destroy()
    },
  },
  stall: {
    on: surfaces,
    does: 'carries the request out, sends half of the answer, and then nothing more',
    fits: hasBody,
    deliver: async ({ response, pieces }) => await write(response, half(pieces)),
  },
  slow: {
    on: surfaces,
    does: 'carries the request out and takes `seconds` (default 5) of real time for the answer',
    fits: hasBody,
    deliver: trickle,
  },
  'gzip-cut': {
    on: surfaces,
    does: 'carries the request out and sends half of the compressed answer as if it were all (for clients that take gzip)',
    fits: isCompressed,
    deliver: ({ response, pieces }) => void response.end(Buffer.concat(half(pieces))),
  },
  'gzip-garbage': {
    on: surfaces,
    does: 'carries the request out and calls an answer gzip that is not (for clients that take gzip)',
    fits: isCompressed,
    deliver: ({ response, plain }) => void response.end(Buffer.concat(plain)),
  },
  'huge-answer': {
    on: surfaces,
    does: 'carries the request out and adds white space to the answer up to `bytes` (default 64 MiB)',
    fits: hasBody,
    deliver: inflate,
  },
} as const satisfies Record<string, DeliveryFault>

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0)
}

function half(pieces: readonly Buffer[]): readonly Buffer[] {
  return partOf(pieces, 0, sizeOf(pieces) >> 1)
}

/** One piece at a time: what the client does not read must not pile up here. */
async function write(response: ServerResponse, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    if (response.destroyed) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off('close', done)
        resolve()
      }
      response.on('close', done)
      response.write(piece, done)
    })
  }
}

/** Node fires a longer one at once. */
const longestTimerMs = 2 ** 31 - 1

async function trickle({ response, pieces }: Delivery, { seconds }: FaultSettings): Promise<void> {
  const size = sizeOf(pieces)
  const drops = Math.min(10, size)
  for (let drop = 0; drop < drops && !response.destroyed; drop++) {
    await pauseUnlessClosed(response, Math.min(((seconds ?? 5) * 1000) / drops, longestTimerMs))
    const [start, end] = [Math.floor((size * drop) / drops), Math.floor((size * (drop + 1)) / drops)]
    await write(response, partOf(pieces, start, end))
  }
  response.end()
}

/** A client that has gone must not keep a timer alive, and with it the process. */
async function pauseUnlessClosed(response: ServerResponse, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      response.off('close', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    response.on('close', done)
  })
}

const mebibyte = 1024 * 1024

async function inflate({ response, plain }: Delivery, { bytes = 64 * mebibyte }: FaultSettings): Promise<void> {
  response.removeHeader('content-encoding')
  response.removeHeader('content-length')
  await write(response, plain)
  const space = Buffer.alloc(mebibyte, ' ')
  for (let left = bytes - sizeOf(plain); left > 0 && !response.destroyed; left -= space.length)
    await write(response, [space.subarray(0, left)])
  response.end()
}
