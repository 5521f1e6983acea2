import { addressesIn } from '../../core/addresses-in-text.ts'
import { withoutStringEscapes } from '../../core/outside-text.ts'
import { isFailure } from '../../failures/index.ts'
import { readAddress, readParameters } from './address-reading.ts'
import { readJson } from './json-reading.ts'
import { readPrinted } from './printed-reading.ts'
import { codeNames, mergedReadings, type Reading } from './reading.ts'

/** A part of a text, and what it says. */
interface Part {
  readonly part: string
  readonly reading: Reading
}

/** The statements of a text, and its remainder without the addresses and queries that were read. */
export interface TextReading extends Required<Reading> {
  readonly rest: string
}

const responseParameter = new RegExp(`(?:^|[?&#])(?:${codeNames.join('|')}|error|state)=`)
const encodedCode = /code%(?:25)?3D4%/i
const mostEncodings = 2

/**
 * Returns everything that a text says about codes: in addresses, in queries and forms, in JSON, and in the output of
 * programs.
 * @throws Failure `code_malformed` if an address or a form has two codes, or only an app can use its code
 */
export function readText(text: string, encodings = 0): TextReading {
  // An address that was copied alone may have characters that end one in a text.
  const isAddress = /^[a-z][\w+.-]{0,80}:\/{1,3}\w\S*$/i.test(text) && !/[<>]|["'`]$/.test(text)
  const alone: Reading = isAddress ? readAddress(text, 'a redirect URL') : { codes: [] }
  if (alone.codes.length > 0) return { ...mergedReadings([alone]), rest: '' }
  const addresses = addressesIn(text).map((part) => ({ part, reading: readAddress(part, 'an address in the text') }))
  const rest = without(
    withoutStringEscapes(text),
    addresses.filter(({ part, reading }) => reading.codes.length > 0 || part.includes('redirect_uri=')),
  )
  const isOneQuery = /^[\w./:%-]{0,2000}[?#&]?\w[^\s,;(){}[\]"'<>|]*$/.test(text)
  const queries = isOneQuery ? readQuery(rest, text) : queriesIn(rest, text)
  const json = readJson(text)
  // JSON says exactly what belongs together.
  const remainder = without(rest, queries)
  const printed = json === undefined || json.codes.length === 0 ? readPrinted(remainder) : undefined
  const found = mergedReadings([
    alone,
    ...[...addresses, ...queries].map(({ reading }) => (isOneQuery ? reading : withoutNeedOfCode(reading))),
    ...(json === undefined ? [] : [json]),
    ...(printed === undefined ? [] : [printed]),
  ])
  return found.codes.length === 0 && encodings < mostEncodings && encodedCode.test(text)
    ? readText(
        text.replace(/%([2-7][\dA-F])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        encodings + 1,
      )
    : { ...found, rest: remainder }
}

/** Returns the reading of a part that need not have a code: a text may have other addresses and queries. */
function withoutNeedOfCode(reading: Reading): Reading {
  const failures = reading.failures?.filter(
    (failure) => isFailure(failure, 'consent_denied') || isFailure(failure, 'authorization_refused'),
  )
  return { ...reading, failures: failures ?? [] }
}

/** Returns a text without these parts, so that nothing is read twice. */
function without(text: string, parts: readonly Part[]): string {
  const longestFirst = parts.map(({ part }) => part).toSorted((a, b) => b.length - a.length)
  return longestFirst.reduce(
    (left, part) => left.replaceAll(part, ' ').replaceAll(part.replace(/^http:\/\//, ''), ' '),
    text,
  )
}

const mostQueries = 100

function queriesIn(text: string, whole: string): readonly Part[] {
  const words = new Set(text.split(/[\s"'`<>,;()[\]{}|\\]+/).filter((word) => /[?&]/.test(word)))
  return [...words].slice(0, mostQueries).flatMap((word) => readQuery(word, whole))
}

/** Returns what a query or a form says, with the path before it, if that is the target of a request. */
function readQuery(part: string, whole: string): readonly Part[] {
  const at = part.indexOf('?')
  const path = at === -1 ? undefined : part.slice(0, at)
  const query = part.slice(at + 1).replace(/^[#&]+/, '')
  // A code that was copied with the parameters after it.
  const parameters = /^4(?:\/|%(?:25){0,3}2F)[^&=]*&/i.test(query) ? `code=${query}` : query
  if (!responseParameter.test(parameters)) return []
  const reading = readParameters(
    new URLSearchParams(parameters),
    path === undefined ? 'form text' : path === '' ? 'a query' : 'the path of a request',
  )
  if (path === undefined) return [{ part, reading }]
  const codes = reading.codes.map((code) =>
    code.name === 'code' ? ({ ...code, from: 'redirect', isSure: true, path: pathOf(path) } as const) : code,
  )
  return [{ part, reading: { ...reading, codes, candidates: codes.length === 0 ? [] : targets(path, whole) } }]
}

/** Returns the path of a request without a host before it; undefined for a query alone. */
function pathOf(target: string): string | undefined {
  return /^[^/?#]{0,300}(\/[^?#]{0,2000})$/.exec(target)?.[1]
}

/** Returns the URLs that a path may belong to: those of its own host, or of the Host header in the text. */
function targets(path: string, whole: string): readonly string[] {
  const own = /^[\w-]{1,63}(?:\.[\w-]{1,63}){1,10}(?::\d{1,5})?(?=\/)/.exec(path)?.[0]
  const named =
    /(?:^[ \t]{0,8}:?|["'])(?:host|authority|x-forwarded-host)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?([\w.-]{1,253}(?::\d{1,5})?)/im.exec(
      whole,
    )?.[1]
  const host = own ?? named
  if (host === undefined) return []
  const target = `${host}${path.slice(path.indexOf('/'))}`
  return [/^(?:localhost|127\.)/.test(host) ? `http://${target}` : `https://${target}`]
}
