import type { IncomingHttpHeaders } from 'node:http'
import { parseJsonObject } from '../core/json.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Secret } from '../core/secret.ts'
import { masked, withoutKnownSecrets } from '../failures/index.ts'
import type { RequestEvent } from '../flows/event.ts'
import type { FlowField } from '../flows/flow.ts'
import { fieldText } from '../flows/field-text.ts'
import { hiddenMembers, memberFields, secretField, tokenContents } from './shown-values.ts'

/** The fields of a form, or headers. */
type SentValues = Readonly<Record<string, string | Secret>>

const shownHeaders = [
  'content-type',
  'content-length',
  'content-range',
  'range',
  'location',
  'retry-after',
  'date',
  'dpop-nonce',
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
  'iss',
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

/** Returns a request's method, address, credentials, parameters and form fields; secrets by kind and length. */
export function requestEvent(
  method: string,
  url: URL,
  { form = {}, headers = {} }: { readonly form?: SentValues | undefined; readonly headers?: SentValues | undefined },
): RequestEvent {
  const credentials = ['authorization', 'dpop'].flatMap((name): readonly FlowField[] => {
    const value = headers[name]
    if (value === undefined) return []
    const text = textOf(value)
    const contents = name === 'dpop' ? tokenContents(text) : []
    return [{ ...secretField(name, text, 'header'), ...(contents.length > 0 && { contents }) }]
  })
  return {
    type: 'request',
    method,
    address: `${url.origin}${safeText(masked(url.pathname))}`,
    fields: [
      ...parameterFields(url.searchParams),
      ...credentials,
      ...Object.entries(form).map(([name, value]) => parameterField(name, value, 'form')),
    ],
  }
}

/** Returns the secrets that a request carries. */
export function secretsOf({
  form = {},
  headers = {},
}: {
  readonly form?: SentValues | undefined
  readonly headers?: SentValues | undefined
}): readonly string[] {
  return [...Object.values(form), ...Object.values(headers)]
    .filter((value) => value instanceof Secret)
    .map((value) => value.reveal().replace(/^Bearer /i, ''))
}

/** Returns the texts in a JSON body that are not shown: most of them are secrets. */
export function hiddenTexts(headers: IncomingHttpHeaders, body: Buffer): readonly string[] {
  if (body.length > longestBodyToShow || !headers['content-type']?.includes('json')) return []
  return hiddenMembers(parseJsonObject(body) ?? {})
}

/** Returns the parameters of a query; values that may be secret by kind and length. */
export function parameterFields(parameters: URLSearchParams): readonly FlowField[] {
  return [...parameters].map(([name, value]) => parameterField(name, value, 'query'))
}

/** Returns the selected headers of a response. */
export function headerFields(headers: IncomingHttpHeaders): readonly FlowField[] {
  return shownHeaders.flatMap((name): readonly FlowField[] => {
    const value = headers[name]
    if (typeof value !== 'string') return []
    if (name === 'dpop-nonce') return [secretField(name, value, 'header')]
    return [{ name, value: name === 'location' ? shownAddress(value) : safeText(masked(value)), place: 'header' }]
  })
}

/** Returns the members of a JSON body; values that may be secret by kind and length. */
export function bodyFields(headers: IncomingHttpHeaders, body: Buffer): readonly FlowField[] {
  if (body.length > longestBodyToShow || !headers['content-type']?.includes('json')) return []
  const object = parseJsonObject(body)
  return object === undefined ? [{ name: 'body', value: '(not a JSON object)', place: 'body' }] : memberFields(object)
}

function parameterField(given: string, value: string | Secret, place: 'query' | 'form'): FlowField {
  const name = safeText(given)
  const isShown = typeof value === 'string' && (value === '' || shownParameters.has(given))
  if (!isShown) return { ...secretField(given, textOf(value), place), name }
  // Our own redirect URI has a random path, and users compare it.
  const shown = given === 'redirect_uri' ? withoutKnownSecrets : masked
  return { name, value: safeText(shown(value)), place }
}

const textOf = (value: string | Secret): string => (value instanceof Secret ? value.reveal() : value)

function shownAddress(location: string): string {
  const [, path = '', query = '', fragment = ''] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(location) ?? []
  const hidden = fragment === '' ? '' : `#${fieldText(secretField('fragment', fragment, 'fragment'))}`
  const shownQuery = parameterFields(new URLSearchParams(query))
    .map((field) => `${field.name}=${fieldText(field)}`)
    .join('&')
  return `${safeText(masked(path))}${shownQuery === '' ? '' : `?${shownQuery}`}${hidden}`
}
