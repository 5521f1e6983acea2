import type { IncomingHttpHeaders } from 'node:http'
import { parseJsonObject } from '../core/json.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Secret, withoutSecrets } from '../core/secret.ts'
import { masked, withoutKnownSecrets } from '../failures/index.ts'
import { describeSecret, memberLines } from './shown-values.ts'

/** Receives one line of the request log of `--debug`. */
export type Trace = (line: string) => void

/** The fields of a form, or headers. */
type SentValues = Readonly<Record<string, string | Secret>>

/** Returns the same log without the secrets that were sent. */
export function traceWithout(trace: Trace, sent: SentValues): Trace {
  const secrets = Object.values(sent).filter((value) => value instanceof Secret)
  return (line) => trace(withoutSecrets(line, secrets))
}

const shownHeaders = [
  'content-type',
  'content-length',
  'content-range',
  'range',
  'location',
  'retry-after',
  'date',
  'www-authenticate',
]
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

/**
 * Logs a request's method, URL, credentials and form fields. Values that may be secret are logged by kind and length.
 */
export function traceRequest(
  trace: Trace,
  method: string,
  url: URL,
  { form = {}, headers = {} }: { readonly form?: SentValues | undefined; readonly headers?: SentValues | undefined },
): void {
  trace(`> ${method} ${url.origin}${safeText(masked(url.pathname))}${shownQuery(url.searchParams)}`)
  for (const name of ['authorization', 'dpop']) {
    const value = headers[name]
    if (value !== undefined) trace(`>   ${shownParameter(name, value).replace('=', ': ')}`)
  }
  for (const [name, value] of Object.entries(form)) trace(`>   ${shownParameter(name, value)}`)
}

/** Logs a response's status and selected headers. */
export function traceResponse(trace: Trace, status: number, headers: IncomingHttpHeaders, ms: number): void {
  trace(`< ${status} (${Math.round(ms)} ms)`)
  for (const name of shownHeaders) {
    const value = headers[name]
    if (typeof value === 'string') trace(`<   ${shownHeader(name, value)}`)
  }
}

/** Logs the members of a JSON body. Values that may be secret are logged by kind and length. */
export function traceBody(trace: Trace, headers: IncomingHttpHeaders, body: Buffer): void {
  if (body.length > longestBodyToShow || !headers['content-type']?.includes('json')) return
  const object = parseJsonObject(body)
  for (const line of object === undefined ? ['(not a JSON object)'] : memberLines(object)) trace(`<   ${line}`)
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
  const text = isShown ? safeText(shown(value)) : describeSecret(name, value instanceof Secret ? value.reveal() : value)
  return `${safeText(name)}=${text}`
}

function shownHeader(name: string, value: string): string {
  return `${name}: ${name === 'location' ? shownAddress(value) : safeText(masked(value))}`
}

function shownAddress(location: string): string {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(location) ?? []
  const hidden = fragment === '' ? '' : `#${describeSecret('fragment', fragment)}`
  return `${safeText(masked(path))}${shownQuery(new URLSearchParams(query))}${hidden}`
}
