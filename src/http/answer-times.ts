import type { HttpResponse } from './request.ts'

/** Returns the seconds that a response asks the client to wait (RFC 9110 section 10.2.3); null if it does not say. */
export function retryAfterSeconds({ headers }: Pick<HttpResponse, 'headers'>): number | null {
  const value = headers['retry-after'] ?? ''
  if (/^\d{1,6}$/.test(value)) return Number(value)
  const at = dateMs(value)
  return at === undefined ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}

/**
 * Returns when a response was generated, by the server's clock (RFC 9110 section 6.6.1), in Unix milliseconds;
 * undefined if the response does not say.
 */
export function answeredAtMs({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  return dateMs(headers.date ?? '')
}

// On its own, Date.parse accepts almost anything as a date.
function dateMs(value: string): number | undefined {
  const ms = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
