import type { HttpResponse } from './request.ts'

/** How long an answer asks to wait (RFC 9110 section 10.2.3), in seconds; null where it does not say. */
export function retryAfterSeconds({ headers }: Pick<HttpResponse, 'headers'>): number | null {
  const value = headers['retry-after'] ?? ''
  if (/^\d{1,6}$/.test(value)) return Number(value)
  const at = dateMs(value)
  return at === undefined ? null : Math.max(0, Math.ceil((at - Date.now()) / 1000))
}

/**
 * When an answer was made by the clock of its server (RFC 9110 section 6.6.1): Unix time in milliseconds, or undefined.
 */
export function answeredAtMs({ headers }: Pick<HttpResponse, 'headers'>): number | undefined {
  return dateMs(headers.date ?? '')
}

// By itself, Date.parse takes nearly anything for a time.
function dateMs(value: string): number | undefined {
  const ms = /^[A-Z][a-z]{2}, /.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
