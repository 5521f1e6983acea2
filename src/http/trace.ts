import type { IncomingHttpHeaders } from 'node:http'
import { safeText } from '../core/safe-to-print.ts'
import { Secret, withoutSecrets } from '../core/secret.ts'
import { masked, withoutKnownSecrets } from '../failures/index.ts'

/** Receives one line of the request log of `--debug`. */
export type Trace = (line: string) => void

/** Returns the same log without the secrets that were sent. */
export function traceWithout(trace: Trace, sent: Readonly<Record<string, string | Secret>>): Trace {
  const secrets = Object.values(sent).filter((value) => value instanceof Secret)
  return (line) => trace(withoutSecrets(line, secrets))
}

const shownHeaders = ['content-type', 'content-length', 'content-range', 'range', 'location', 'retry-after', 'date']
// Response members that cannot be secret. An allowlist never leaks a member that we did not think of.
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
// Parameters and form fields that are the same for every user, or name what is requested. No others are shown.
const shownParameters = new Set([
  'access_type',
  'acknowledgeAbuse',
  'alt',
  'client_id',
  'code_challenge_method',
  'corpora',
  'fields',
  'grant_type',
  'keepRevisionForever',
  'maxResults',
  'orderBy',
  'pageSize',
  'personFields',
  'prompt',
  'q',
  'redirect_uri',
  'response_mode',
  'response_type',
  'scope',
  'spaces',
  'supportsAllDrives',
  'token_type_hint',
  'uploadType',
])
const longestBodyToShow = 64 * 1024

/** Logs a request's method, URL and form fields, with values only for parameters and fields that cannot be secret. */
export function traceRequest(
  trace: Trace,
  method: string,
  url: URL,
  form?: Readonly<Record<string, string | Secret>>,
): void {
  trace(`> ${method} ${url.origin}${safeText(masked(url.pathname))}${shownQuery(url.searchParams)}`)
  for (const [name, value] of Object.entries(form ?? {})) trace(`>   ${shownParameter(name, value)}`)
}

/** Logs a response: status, selected headers, and those members of a JSON body that are known to hold no secret. */
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

function shownQuery(parameters: URLSearchParams): string {
  return parameters.size === 0
    ? ''
    : `?${[...parameters].map(([name, value]) => shownParameter(name, value)).join('&')}`
}

function shownParameter(name: string, value: string | Secret): string {
  const isShown = typeof value === 'string' && (value === '' || shownParameters.has(name))
  // Our own redirect URI has a random path, and users compare it.
  const shown = name === 'redirect_uri' ? withoutKnownSecrets : masked
  return `${safeText(name)}=${isShown ? safeText(shown(value)) : '[redacted]'}`
}

function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, '?[redacted]')
}

function memberLines(body: Buffer): readonly string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'))
  } catch {
    return ['(not JSON)']
  }
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) return ['(not an object)']
  return Object.entries(parsed).map(([name, value]) =>
    shownMembers.has(name) && typeof value !== 'object'
      ? `${safeText(name)}: ${safeText(masked(String(value)))}`
      : `${safeText(name)}: [redacted]`,
  )
}
