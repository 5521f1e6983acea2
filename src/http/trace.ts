import type { IncomingHttpHeaders } from 'node:http'
import { Secret, safeText, withoutSecrets } from '../failures/index.ts'

/** Takes one line of the request log of `--debug`. */
export type Trace = (line: string) => void

/** The same log without the secrets that were sent. */
export function traceWithout(trace: Trace, sent: Readonly<Record<string, string | Secret>>): Trace {
  const secrets = Object.values(sent).filter((value) => value instanceof Secret)
  return (line) => trace(withoutSecrets(line, secrets))
}

const shownHeaders = ['content-type', 'content-length', 'content-range', 'range', 'location', 'retry-after', 'date']
// Members of answers that cannot be secret. A list of what may be shown never leaks a member that nobody thought of.
const shownMembers = new Set([
  'error',
  'error_code',
  'error_description',
  'error_subtype',
  'error_uri',
  'expires_in',
  'interval',
  'scope',
  'token_type',
  'verification_uri',
  'verification_url',
])
const longestBodyToShow = 64 * 1024

/** Logs a request: method, address, and the form fields with every {@link Secret} redacted. */
export function traceRequest(
  trace: Trace,
  method: string,
  url: URL,
  form?: Readonly<Record<string, string | Secret>>,
): void {
  trace(`> ${method} ${url.origin}${url.pathname}${safeText(decoded(withoutKeys(url.search)))}`)
  for (const [name, value] of Object.entries(form ?? {}))
    trace(`>   ${name}=${value instanceof Secret ? '[redacted]' : safeText(value)}`)
}

/** Logs an answer: status, telling headers, and those members of a JSON body that are known to hold no secret. */
export function traceResponse(
  trace: Trace,
  status: number,
  headers: IncomingHttpHeaders,
  body: Buffer | undefined,
  ms: number,
): void {
  trace(`< ${status} (${Math.round(ms)} ms)`)
  for (const name of shownHeaders) {
    const value = headers[name]
    if (typeof value === 'string') trace(`<   ${name}: ${safeText(name === 'location' ? withoutQuery(value) : value)}`)
  }
  if (body === undefined || body.length > longestBodyToShow || !headers['content-type']?.includes('json')) return
  for (const line of memberLines(body)) trace(`<   ${line}`)
}

// The address of an upload session is all that it takes to write to it; the others let requests pass.
function withoutKeys(search: string): string {
  return search.replace(/(?<=[?&](?:upload_id|session_crd|access_token|key)=)[^&]*/g, '[redacted]')
}

// A query of a discovery document need not be well encoded.
function decoded(search: string): string {
  try {
    return decodeURI(search)
  } catch {
    return search
  }
}

function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, '?[redacted]')
}

function memberLines(body: Buffer): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    return ['(not JSON)']
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return ['(not an object)']
  return Object.entries(parsed).map(([name, value]) =>
    shownMembers.has(name) && typeof value !== 'object'
      ? `${safeText(name)}: ${safeText(String(value))}`
      : `${safeText(name)}: [redacted]`,
  )
}
