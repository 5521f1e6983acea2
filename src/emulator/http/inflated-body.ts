import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'

const gunzipped = promisify(gunzip)

/**
 * The body of a request as it was before `Content-Encoding: gzip`, which Google's Java client sends unless
 * told otherwise. Undefined when it is longer than `limit` bytes; one that is not gzip at all stays as it is,
 * and the endpoint refuses it.
 */
export async function inflatedBody(
  body: Buffer | undefined,
  contentEncoding: string | undefined,
  limit: number,
): Promise<Buffer | undefined> {
  if (body === undefined || !isGzip(contentEncoding)) return body
  try {
    return await gunzipped(body, { maxOutputLength: limit })
  } catch (error) {
    return error instanceof RangeError ? undefined : body
  }
}

/**
 * The same for a body that is read as it comes: how Google's Java client sends the chunks of an upload
 * whose length it does not know.
 */
export function inflatedStream(stream: IncomingMessage): Readable {
  if (!isGzip(stream.headers['content-encoding'])) return stream
  return pipeline(stream, createGunzip(), (error) => {
    // Broken gzip looks like a connection that broke, which a client takes up again.
    if (error != null) stream.socket.destroy()
  })
}

/** Whether `Content-Length` says nothing about the length of the content. */
export function isGzip(contentEncoding: string | undefined): boolean {
  return contentEncoding?.trim().toLowerCase() === 'gzip'
}
