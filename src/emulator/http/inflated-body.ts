import type { IncomingMessage } from 'node:http'
import { finished, type Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'

const gunzipped = promisify(gunzip)

/**
 * Returns a request body without `Content-Encoding: gzip`, which Google's Java client sends by default, or undefined if
 * it is longer than `limit` bytes. A body that is not gzip is returned unchanged, for the endpoint to reject.
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
 * Returns a request body without gzip as a stream. Google's Java client compresses upload chunks of unknown length.
 * Malformed gzip is an error of the returned stream; the connection stays open.
 */
export function inflatedStream(stream: IncomingMessage): Readable {
  if (!isGzip(stream.headers['content-encoding'])) return stream
  const inflated = createGunzip()
  finished(stream, { writable: false }, (error) => {
    if (error != null) inflated.destroy()
  })
  return stream.pipe(inflated)
}

/** Returns whether `Content-Length` does not give the length of the content. */
export function isGzip(contentEncoding: string | undefined): boolean {
  return contentEncoding?.trim().toLowerCase() === 'gzip'
}
