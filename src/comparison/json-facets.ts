import { createHash } from 'node:crypto'
import { isJsonObject, type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import { formOfText, formOfValue, type Reading } from './forms.ts'

/** The parts of a response that are compared, each with its form. */
export type Facets = Map<string, string>

/** The beginning of the names of facets that have the order of an object's members. */
export const orderOf = 'order of '

/** Adds the facets of a JSON body: its layout, and each member by its path. */
export function addJson(facets: Facets, text: string, json: unknown, reading: Reading): void {
  facets.set('layout', layoutOf(text, json))
  addValue(facets, 'body', '', json, {}, reading)
}

function layoutOf(text: string, json: unknown): string {
  const indent = /^[[{]\r?\n( *)/.exec(text)?.[1]?.length
  const end = text.endsWith('\n') ? ', ends with a newline' : ''
  const kind = indent === undefined ? 'compact' : `indented by ${indent}`
  const isRegular = text.trimEnd() === JSON.stringify(json, null, indent)
  return `${kind}${isRegular ? '' : ', irregular'}${end}`
}

function addValue(
  facets: Facets,
  path: string,
  name: string,
  value: unknown,
  siblings: JsonObject,
  reading: Reading,
): void {
  if (isJsonObject(value)) {
    addObject(facets, path, value, reading)
    return
  }
  if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
    facets.set(`${path} length`, String(value.length))
    for (const [at, item] of value.entries()) addValue(facets, `${path}[${at}]`, name, item, {}, reading)
    return
  }
  if (Array.isArray(value)) {
    facets.set(path, `[${value.map((item) => formOfValue(name, item, {}, reading)).join(', ')}]`)
    return
  }
  facets.set(path, formOfMember(name, value, siblings, reading))
  if (typeof value === 'string' && /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/.test(value))
    addToken(facets, path, value, siblings, reading)
}

function addObject(facets: Facets, path: string, object: JsonObject, reading: Reading): void {
  const named: string[] = []
  for (const [name, value] of Object.entries(object)) {
    // Names can be ids, such as those of keys.
    const form = formOfText(name, reading)
    const repeats = named.filter((other) => other === form || other.startsWith(`${form} `)).length
    const unique = repeats === 0 ? form : `${form} ${repeats + 1}`
    named.push(unique)
    addValue(facets, `${path}.${unique}`.replace(/^body\./, 'body '), name, value, object, reading)
  }
  if (named.length === 0) facets.set(path, '{}')
  else facets.set(`${orderOf}${path}`, JSON.stringify(named))
}

function formOfMember(name: string, value: unknown, siblings: JsonObject, reading: Reading): string {
  const accessToken = stringMember(siblings, 'access_token')
  // Without a digit, a hash looks like a word.
  if (name === 'at_hash' && accessToken === undefined && /^[\w-]{22}$/.test(String(value))) return '"<hash>"'
  if (name !== 'at_hash' || accessToken === undefined) return formOfValue(name, value, siblings, reading)
  // OpenID Connect Core section 3.1.3.6.
  const hash = createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
  return value === hash ? '"<the hash of the access token>"' : '"<another hash>"'
}

/** Adds the header and the claims of a token. Its signature is not verified. */
function addToken(facets: Facets, path: string, token: string, siblings: JsonObject, reading: Reading): void {
  const [header, claims, signature = ''] = token.split('.')
  for (const [part, encoded] of [
    ['header', header],
    ['claims', claims],
  ] as const) {
    const object = parseJsonObject(Buffer.from(encoded ?? '', 'base64url'))
    if (object === undefined) continue
    addObject(facets, `${path} ${part}`, object, reading)
    if ('at_hash' in object)
      facets.set(
        `${path} ${part}.at_hash`,
        formOfMember('at_hash', object['at_hash'], { ...object, access_token: siblings['access_token'] }, reading),
      )
  }
  facets.set(`${path} signature`, `<${signature.length} characters>`)
}
