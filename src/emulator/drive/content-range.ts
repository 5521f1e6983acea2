/** The range in a request to an upload session: a status query, or content from `start` on. */
export interface ContentRange {
  /** Undefined for a status query. */
  readonly bytes: { readonly start: number; readonly length: number | undefined } | undefined
  /** The length of the whole content, if given. */
  readonly total: number | undefined
}

/**
 * Reads the `Content-Range` of an upload (RFC 9110 section 14.4, evidence B10): `bytes A-B/TOTAL`, where `*` stands for
 * an unknown value. Without the header, the body is the whole content. Returns undefined for an unreadable or
 * contradictory header.
 */
export function readContentRange(
  header: string | undefined,
  contentLength: number | undefined,
): ContentRange | undefined {
  if (header === undefined) return { bytes: { start: 0, length: contentLength }, total: contentLength }
  // Numbers of fifteen digits are exact.
  const [match, first, last, whole] = /^\s*bytes\s+(?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)\s*$/i.exec(header) ?? []
  if (match === undefined) return undefined
  const total = whole === undefined || whole === '*' ? undefined : Number(whole)
  if (first === undefined || last === undefined) return { bytes: undefined, total }
  const length = Number(last) + 1 - Number(first)
  if (length < 1 || (total !== undefined && Number(last) >= total)) return undefined
  return { bytes: { start: Number(first), length }, total }
}
