import type { JsonObject } from '../core/json.ts'
import { withoutKnownSecrets } from '../failures/index.ts'
import { looksRandom } from '../failures/secret-shapes.ts'

/** How the texts of a server are read. */
export interface Reading {
  /** The origins and host names that stand for the server itself. */
  readonly origins: readonly string[]
  /** Values of the account, by their names. */
  readonly values: ReadonlyMap<string, string>
  /** Members of which only the form is compared. */
  readonly byForm: ReadonlySet<string>
  /** The time of the response, Unix time in seconds. */
  readonly receivedAt: number
}

const valueNames: Readonly<Record<string, string>> = {
  clientId: 'client ID',
  clientSecret: 'client secret',
  refresh: 'refresh token',
  access: 'access token',
  code: 'code',
}

/** Returns a name with a length. Lengths that vary from one value to the next are given as a range. */
function sized(kind: string, { length }: string): string {
  if (length < 40) return `<${kind}, ${length} characters>`
  const [from, to] = length < 100 ? [40, 99] : [length - (length % 100), length - (length % 100) + 99]
  return `<${kind}, ${from} to ${to} characters>`
}

const exactly =
  (kind: string) =>
  (found: string): string =>
    `<${kind}, ${found.length} characters>`

// The first that matches names a text; the order matters.
const shapes: readonly (readonly [shape: RegExp, form: (found: string) => string])[] = [
  [/-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g, (found) => `<${found.slice(11, found.indexOf('-----', 11))}>`],
  [/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, () => '<JWT>'],
  [/ya29\.[\w.-]{20,}/g, (found) => sized('access token', found)],
  [/1\/\/0[\w-]{20,}/g, exactly('refresh token')],
  [/4(?:\/|%2F)0[\w-]{20,}/g, exactly('code')],
  [/GOCSPX-[\w-]+/g, exactly('client secret')],
  [/\d+-\w+\.apps\.googleusercontent\.com/g, () => '<client ID>'],
  [/[\w.+-]+@[\w-]+\.[\w.-]*\w/g, () => '<email address>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (found) => `<time, ${found.length} characters>`],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} (?!1990)\d{4} \d\d:\d\d:\d\d GMT/g, () => '<HTTP date>'],
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, () => '<UUID>'],
  [/\b(?=[a-f]*\d)[\da-f]{32,}\b/g, (found) => `<${found.length} hexadecimal digits>`],
  [
    /(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{20,}={0,2}/g,
    (found) => (/\d/.test(found) || looksRandom(found) ? sized('random text', found) : found),
  ],
  [/\b\d{9,}\b/g, (found) => `<${found.length} digits>`],
]

/** Returns a text in which everything that belongs to one server, account or moment is replaced by its form. */
export function formOfText(text: string, { origins, values }: Reading): string {
  let form = text
  for (const origin of origins) form = form.replaceAll(origin, '<server>')
  for (const [name, value] of values)
    // The length of an ID token depends on the account.
    if (value.length >= 8 && name !== 'idToken')
      for (const written of new Set([value, encodeURIComponent(value)]))
        form = form.replaceAll(written, sized(valueNames[name] ?? 'id', value))
  for (const [shape, formOf] of shapes) form = form.replace(shape, formOf)
  // A second safety net.
  return withoutKnownSecrets(form)
}

// Their values are random, though short ones may not look like it.
const idNames = /^(?:id|ids|headRevisionId|session_crd|upload_id|nextPageToken|jti)$/

/** Returns the form of a text with a name: a member or a parameter. */
export function formOfNamed(name: string, text: string, reading: Reading): string {
  return idNames.test(name) && text.length > 15 && !/^\d+$/.test(text) ? sized('id', text) : formOfText(text, reading)
}

/** Returns the form of a member's value that is neither an object nor a list. */
export function formOfValue(name: string, value: unknown, siblings: JsonObject, reading: Reading): string {
  const time = formOfTime(name, value, siblings, reading)
  if (time !== undefined) return typeof value === 'string' ? `"${time}"` : time
  if (reading.byForm.has(name)) return formOfKind(value)
  if (typeof value !== 'string') return JSON.stringify(value)
  // Google's order of scopes is not stable.
  const text = name === 'scope' ? value.split(' ').toSorted().join(' ') : value
  return JSON.stringify(formOfNamed(name, text, reading))
}

/** Returns the form of a time or a lifetime, in relation to the response or to `iat`; undefined for other members. */
function formOfTime(name: string, value: unknown, siblings: JsonObject, { receivedAt }: Reading): string | undefined {
  const number = Number(value)
  if (!/^\d+$/.test(String(value))) return undefined
  if (name === 'expires_in') return `<${about(number)}>`
  // It counts down from the consent.
  if (name === 'refresh_token_expires_in') return '<seconds>'
  if (name === 'iat' || name === 'nbf' || name === 'auth_time')
    return Math.abs(number - receivedAt) <= 300 ? '<the time of the response>' : '<another time>'
  if (name !== 'exp') return undefined
  const iat = Number(siblings['iat'])
  return Number.isNaN(iat) ? `<${about(number - receivedAt)} from the response>` : `<iat + ${number - iat}>`
}

// 3599, or 3590 after some waiting, is an hour.
function about(seconds: number): string {
  return `about ${Math.ceil(seconds / 100) * 100} seconds`
}

function formOfKind(value: unknown): string {
  if (typeof value !== 'string') return `<${typeof value}>`
  if (value === '') return '""'
  if (/^\d+$/.test(value)) return '"<digits>"'
  return /^https?:/.test(value) ? '"<URL>"' : '"<text>"'
}
