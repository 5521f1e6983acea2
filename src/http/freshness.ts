import type { HttpResponse } from './request.ts'

/**
 * Returns for how many milliseconds a response may be reused: max-age minus Age (RFC 9111 section 4.2); zero if it must
 * not be stored.
 */
export function freshnessMs({ headers }: Pick<HttpResponse, 'headers'>): number {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(/\s*,\s*/)
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0
  const maxAge = directives
    .map((directive) => /^max-age="?(\d{1,9})"?$/.exec(directive)?.[1])
    .find((age) => age !== undefined)
  const age = /^\d{1,9}$/.test(headers.age ?? '') ? Number(headers.age) : 0
  return Math.max(0, (Number(maxAge ?? 0) - age) * 1000)
}
