import { notDownloadable } from '../answers/drive-errors.ts'
import { uploadServerError } from '../answers/drive-request-errors.ts'
import { expiringNow, type Reply } from '../http/reply.ts'
import { chunksOf, crc32cOf, partOf } from '../records/content.ts'
import type { StoredFile } from '../records/folder.ts'
import type { DriveCall } from './call.ts'

/** The largest content that is hashed for a download: this checksum takes five seconds for a gigabyte. */
const largestHashed = 16 * 1024 * 1024

/** Serves `alt=media`, whole or one range of it (RFC 9110 section 14); a header with several ranges is ignored. */
export function download({ google }: DriveCall, file: StoredFile, rangeHeader: string | undefined): Reply {
  const { content } = file
  if (content === undefined) throw notDownloadable()
  const { size } = content
  const always = {
    'x-guploader-uploadid': google.mint.uploadId(),
    server: 'UploadServer',
    vary: ['Origin', 'X-Origin'],
  }
  const headers = {
    ...always,
    ...expiringNow({}, ', must-revalidate'),
    // The client chose the type: it must fit in a header, and browsers must not run the content as one of our pages.
    'content-type': /^[\x20-\x7e]+$/.test(file.mimeType) ? file.mimeType : 'application/octet-stream',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
  }
  const range = readRange(rangeHeader, size)
  const chunks = chunksOf(file.id, content)
  if (range === undefined) {
    const hash = size > largestHashed ? {} : { 'x-goog-hash': `crc32c=${crc32cOf(file.id, content)}` }
    return { status: 200, headers: { ...headers, ...hash }, body: [...chunks], whole: true }
  }
  const { start, end } = range
  if (start >= end) {
    const { body } = uploadServerError(416, 'Request range not satisfiable', 'requestedRangeNotSatisfiable')
    const type = { 'content-type': 'application/json; charset=UTF-8', 'content-range': `bytes */${size}` }
    return { status: 416, headers: { ...always, ...expiringNow({}), ...type }, body, whole: true }
  }
  const contentRange = `bytes ${start}-${end - 1}/${size}`
  return {
    status: 206,
    headers: { ...headers, 'content-range': contentRange },
    body: partOf(chunks, start, end),
    whole: true,
  }
}

/**
 * Returns the requested range, `end` excluded: an empty one when it is outside the content, undefined for a header to
 * ignore.
 */
function readRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? '') ?? []
  if (first === undefined || last === undefined) return undefined
  if (first === '') return last === '' ? undefined : { start: Math.max(0, size - Number(last)), end: size }
  if (last !== '' && Number(last) < Number(first)) return undefined
  return { start: Number(first), end: last === '' ? size : Math.min(Number(last) + 1, size) }
}
