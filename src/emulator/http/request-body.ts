import type { IncomingMessage } from 'node:http'
import { isRecord } from '../records/input.ts'

/**
 * The most bytes of an oversized body read and dropped: a sender that is still writing would never see the response.
 */
const drainLimit = 64 * 1024 * 1024

/** Returns the body, or undefined if it is longer than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const { headers } = request
  // Such a request has no body (RFC 9112 section 6.3): most have none, and waiting for its end takes long.
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return Buffer.alloc(0)
  return await new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else chunks = []
      if (size > drainLimit) resolve(undefined)
    })
    request.on('end', () => resolve(size > limit ? undefined : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

/** Reads and drops the rest of a body after the endpoint; returns false if it does not end in time. */
export async function drained(request: IncomingMessage): Promise<boolean> {
  if (request.readableEnded || request.destroyed) return true
  return await new Promise((resolve) => {
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > drainLimit) resolve(false)
    })
    request.on('close', () => resolve(true))
    request.on('end', () => resolve(true))
  })
}

/** Returns form fields, or the members of a JSON object, which Google's OAuth endpoints accept too. */
export function readForm(contentType: string, body: Buffer): URLSearchParams {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return new URLSearchParams(body.toString())
  if (type !== 'application/json') return new URLSearchParams()
  try {
    const value: unknown = JSON.parse(body.toString())
    const members = isRecord(value) ? Object.entries(value) : []
    return new URLSearchParams(members.filter((member): member is [string, string] => typeof member[1] === 'string'))
  } catch {
    return new URLSearchParams()
  }
}
