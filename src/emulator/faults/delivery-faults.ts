import type { ServerResponse } from 'node:http'
import { piecesOf, type Reply } from '../http/reply.ts'
import { damagedChunks, partOf } from '../records/content.ts'
import { type ChangeRow, type FaultRow, type FaultSettings, surfaces } from './surface.ts'

const jsonParts = surfaces.filter((surface) => surface !== 'authorize')

/** Faults of the response to a request that was carried out; the response arrives complete. */
export const replyFaults = {
  'wrong-content-type': {
    on: jsonParts,
    does: 'carries out the request and labels the JSON response text/html',
    change: (reply) =>
      isJson(reply)
        ? { ...reply, headers: { ...reply.headers, 'content-type': 'text/html; charset=UTF-8' } }
        : undefined,
  },
  'empty-body': {
    on: jsonParts,
    does: 'carries out the request and returns an empty body',
    change: (reply) => (isJson(reply) ? { ...reply, body: '', whole: true } : undefined),
  },
  'invalid-json': {
    on: jsonParts,
    does: 'carries out the request and returns JSON with an extra comma',
    change: (reply) => (isJson(reply) ? { ...reply, body: String(reply.body).replace(/\}\s*$/, ',}') } : undefined),
  },
  'download-damaged': {
    on: ['drive'],
    does: 'sends downloaded content with one bit flipped',
    change: damagedDownload,
  },
} as const satisfies Record<string, ChangeRow<Reply>>

function damagedDownload(reply: Reply): Reply | undefined {
  const { headers, body } = reply
  if (headers['content-disposition'] !== 'attachment' || body.length === 0) return undefined
  return { ...reply, body: damagedChunks(piecesOf(reply)) }
}

/** Drive downloads are `whole` and never count as Drive's own JSON, whatever they contain. */
function isJson({ headers, body, whole }: Reply): boolean {
  return !whole && String(headers['content-type']).startsWith('application/json') && body.length > 0
}

/** A response whose headers are set and that only has to be written. */
export interface Delivery {
  readonly response: ServerResponse
  /** The body as sent; empty if there is none, as for HEAD. */
  readonly pieces: readonly Buffer[]
  /** The body without compression. */
  readonly plain: readonly Buffer[]
  readonly compressed: boolean
}

/** A delivery fault: the request is carried out, but the response arrives damaged, late or never. */
export interface DeliveryFault extends FaultRow {
  readonly fits: (delivery: Delivery) => boolean
  readonly deliver: (delivery: Delivery, settings: FaultSettings) => void | Promise<void>
  /** The client never sees the status. */
  readonly unseen?: true
}

const hasBody = ({ pieces }: Delivery): boolean => sizeOf(pieces) > 1
const isCompressed = (delivery: Delivery): boolean => delivery.compressed && hasBody(delivery)

/** Delivery faults by name. */
export const deliveryFaults = {
  'lost-answer': {
    on: surfaces,
    does: 'carries out the request and resets the connection instead of responding',
    fits: () => true,
    deliver: ({ response }) => void response.socket?.resetAndDestroy(),
    unseen: true,
  },
  truncated: {
    on: surfaces,
    does: 'carries out the request and closes the connection after half of the response',
    fits: hasBody,
    deliver: async ({ response, pieces }) => {
      await write(response, half(pieces))
      response.destroy()
    },
  },
  stall: {
    on: surfaces,
    does: 'carries out the request, sends half of the response, then nothing more',
    fits: hasBody,
    deliver: async ({ response, pieces }) => await write(response, half(pieces)),
  },
  slow: {
    on: surfaces,
    does: 'carries out the request and takes `seconds` (default 5) of real time to send the response',
    fits: hasBody,
    deliver: trickle,
  },
  'gzip-cut': {
    on: surfaces,
    does: 'carries out the request and sends half of the compressed response as if it were complete (for clients that accept gzip)',
    fits: isCompressed,
    deliver: ({ response, pieces }) => void response.end(Buffer.concat(half(pieces))),
  },
  'gzip-garbage': {
    on: surfaces,
    does: 'carries out the request and labels an uncompressed response gzip (for clients that accept gzip)',
    fits: isCompressed,
    deliver: ({ response, plain }) => void response.end(Buffer.concat(plain)),
  },
  'huge-answer': {
    on: surfaces,
    does: 'carries out the request and pads the response with white space up to `bytes` (default 64 MiB)',
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

/** Writes one piece at a time, so that data the client does not read cannot pile up here. */
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

/** Node fires a longer timer immediately. */
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

/** Stops waiting when the client is gone, so that its timer does not keep the process alive. */
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
