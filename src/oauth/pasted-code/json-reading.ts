import { isJsonObject, type JsonObject, parseJsonObject } from '../../core/json.ts'
import { isErrorName, isNothing, malformed, missing } from './checked-code.ts'
import {
  codeNames,
  type FoundCode,
  isPhoneName,
  markNames,
  mergedReadings,
  namedRedirectUri,
  originByMarks,
  type Reading,
} from './reading.ts'

const deepest = 6
// Where servers put the query of a request that they received.
const queryMember = /query|params|args|^_?get$|searchparams/i

/**
 * Returns what a JSON document says; undefined if the text is none. Apps often wrap what an SDK returned in more data.
 */
export function readJson(text: string): Required<Reading> | undefined {
  if (!/^[{[]/.test(text)) return undefined
  const document = parseJsonObject(Buffer.from(`{"":${text}}`))
  return document === undefined
    ? undefined
    : mergedReadings([...readValue(document[''], '', deepest), readHiddenMembers(text)])
}

const member = new RegExp(String.raw`"(?:${codeNames.join('|')})"\s{0,40}:\s{0,40}("(?:[^"\\]|\\.){0,2100}")`, 'gi')

/** Returns the codes of members whose names are equal, or nearly so: JSON.parse keeps only the last. */
function readHiddenMembers(text: string): Reading {
  const values = [...text.matchAll(member)].flatMap(([, quoted = '']) => {
    const value: unknown = parseJsonObject(Buffer.from(`{"":${quoted}}`))?.['']
    return typeof value === 'string' && value !== '' && !isNothing(value) && !isErrorName(value) ? [value] : []
  })
  return { codes: values.length < 2 ? [] : values.map((value) => ({ value, shape: 'JSON' })) }
}

function* readValue(value: unknown, parent: string, depth: number): Generator<Reading> {
  if (depth === 0) return
  if (Array.isArray(value)) {
    // Lists of names and values, as in HAR files.
    const pairs = value.filter(isJsonObject).flatMap(({ name, key, value: item }) => {
      const label = name ?? key
      return typeof label === 'string' ? [[label, item] as const] : []
    })
    if (pairs.length > 0) yield readObject(Object.fromEntries(pairs), 'query')
    for (const item of value) yield* readValue(item, parent, depth - 1)
  } else if (isJsonObject(value)) {
    yield readObject(value, parent)
    for (const [name, item] of Object.entries(value)) yield* readValue(item, name, depth - 1)
  }
}

function readObject(object: JsonObject, parent: string): Reading {
  const redirectUris = ['redirect_uri', 'redirectUri'].flatMap((name) => {
    const value = object[name]
    return typeof value === 'string' && !isNothing(value) ? (namedRedirectUri(value) ?? value) : []
  })
  const readings = codeNames.map((name): Reading => {
    if (object[name] === undefined) return { codes: [] }
    const values = [object[name]].flat() as readonly unknown[]
    if (values.every((value) => value === null || value === '' || (typeof value === 'string' && isNothing(value))))
      return { codes: [], failures: [missing(`its ${name} is ${JSON.stringify(object[name])}`)] }
    const texts = values.filter((value) => typeof value === 'string')
    if (texts.length === 0) return { codes: [], failures: [malformed(`its ${name} is not a text`)] }
    if (texts.every((text) => isErrorName(text)))
      return { codes: [], failures: [missing(`its ${name} is ${texts[0]}`)] }
    return { codes: texts.map((value) => ({ value, name, ...originIn(object, name, parent) })) }
  })
  return mergedReadings([{ codes: [], redirectUris }, ...readings])
}

function originIn(object: JsonObject, name: string, parent: string): Omit<FoundCode, 'value'> {
  const shape = 'JSON'
  if (isPhoneName(name)) return { shape, from: 'phone' }
  const marks = markNames.filter((mark) => object[mark] !== undefined && object[mark] !== null)
  const isPopup = typeof object['scope'] === 'string' && !marks.includes('state') && !marks.includes('iss')
  // The web code client returns the scopes next to the code.
  if (name === 'code' && isPopup && !queryMember.test(parent) && typeof object[name] === 'string')
    return { shape: 'the answer of the web pop-up', from: 'web-popup', marks, isSure: marks.length > 1 }
  return { shape, ...originByMarks(marks.map((mark) => ({ name: mark }))) }
}
