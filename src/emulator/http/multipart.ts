/** Returns the boundary that a multipart content type names (RFC 2046 section 5.1.1). */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, plain] = /^multipart\/[^;]+;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? []
  return quoted ?? plain
}

/** Returns the headers in these lines, their names in lower case; lines without a colon do not count. */
export function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}
