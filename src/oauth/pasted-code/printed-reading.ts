import { comparableCode, isErrorName, isGoogleCode, isNothing, missing } from './checked-code.ts'
import {
  type FoundCode,
  isPhoneName,
  isShortened,
  mergedReadings,
  namedRedirectUri,
  originByMarks,
  type Reading,
} from './reading.ts'

const shape = 'what an app printed'

// The marks around a name, and between it and its value, in the notations of programming languages: `"code"=>`,
// `[code] =>`, `code:`, `('code',`, `{:code "…"}`, `<<"code">> =>`, `code -> `, `Key = code, Value =`, `| code |`.
const before = String.raw`(?<![\w$-])(["'\x60]?)`
const between = String.raw`(["'\x60]?[\])]?(?:>>)?(?:\s{0,40}(?:=>|->|:=|[:=|>,])|\s)\s{0,40})`
// The marks around a value: `Optional("`, `[]string{"`, `string(73) "`, `['`, `List(`, `<<"`, `b'`.
const opening = String.raw`((?:(?:\[\]\w{1,12}\{|[A-Za-z_][\w.]{0,40}\s?(?:\(\d{1,6}\)|[([{])|[[({]|<<|(?:Just|Some|string|String)\s(?=["'])|[bu](?=["'])|["']?[Vv]alue["']?\s{0,4}[=:])\s{0,4}){0,4})`
const value = String.raw`(["'\x60]?)([^\s"'\x60,;&)}\]<>#|\\]{0,2100})`

// Words that make it another kind of code: error code, country code, user code.
const noOtherCode = String.raw`(?<!\b(?:error|status|response|result|exit|return|reason|http|country|zip|postal|area|language|user|device|verification|request|source|qr)[ _-]?)`
const codeName = '(?:server[ _-]?auth(?:orization)?|oauth|auth|authorization)[ _-]?code|code'
const codeLabel = new RegExp(`${before}${noOtherCode}(${codeName})${between}${opening}${value}`, 'gi')
const markLabel = new RegExp(`${before}(state|authuser|prompt|hd|iss|scope)${between}${opening}${value}`, 'gi')
const redirectUriLabel = new RegExp(
  String.raw`(?<![\w-])(?:redirect[ _-]?ur[il]|call[ _-]?back[ _-]?ur[il]|callback)["'\x60*_]{0,3}\]?(?:=(""|''|["']?(?=[\s&]|$))|(?:\s{0,20}(?:=>|->|:=|[:=])|\s(?:is|was)\s|\s)["'\x60*_]{0,3}\s{0,20}(?:Optional\(|Some\()?(?:(""|'')|["'\x60<(]?([^\s"'\x60<>,;&)}\]]{1,2000})))`,
  'gi',
)
// A Google code, plain or percent-encoded, that is not part of a path or a word.
const looseCode = /(?<![\w/%.-])4(?:\/|%(?:25){0,3}2F)[\w-][\w%-]{9,2048}[^\s"'`<>,;)\]}&|\\#]{0,80}/gi

/** How many characters away from a code the fields of the same dump may be. */
const dump = 1500
const neighbourhood = 300
const mostCodes = 100

/** A field next to a code. */
interface Mark {
  readonly name: string
  readonly at: number
  /** Whether it is written as in JSON or JavaScript: `scope: "…"`. */
  readonly isText: boolean
}

/**
 * Returns what the output of a program says: a log line, or a dump of an object or a query in the notation of a
 * programming language.
 */
export function readPrinted(text: string): Required<Reading> {
  const marks = marksIn(text)
  const labelled = [...text.matchAll(codeLabel)].slice(0, mostCodes).map((match) => readLabelled(text, match, marks))
  const loose = [...text.matchAll(looseCode)].slice(0, mostCodes).map((match): Reading => ({
    codes: [{ value: match[0], shape, ...originByMarks(marksNear(marks, match.index, neighbourhood)), isSure: false }],
  }))
  return mergedReadings([...labelled, ...loose])
}

/** Returns the redirect URIs that have a label in a text: empty, `postmessage`, or a URI, which may be broken. */
export function readRedirectUris(text: string): readonly string[] {
  return [...text.matchAll(redirectUriLabel)].slice(0, mostCodes).flatMap(([whole, empty, emptyText, uri = '']) => {
    // Only a token request has an empty redirect_uri.
    if (empty !== undefined || emptyText !== undefined) return /^redirect[ _-]?ur/i.test(whole) ? '' : []
    const plain = uri.replace(/(?<!\.)[.:!?*]$/, '')
    const isValue = /^redirect[ _-]?ur[il]["'\x60]?\]?\s{0,20}[:=]/i.test(whole) && plain !== '' && !isNothing(plain)
    return isShortened(plain) || isValue ? plain : (namedRedirectUri(plain) ?? [])
  })
}

function readLabelled(text: string, match: RegExpExecArray, marks: readonly Mark[]): Reading {
  const [whole, keyQuote = '', name = '', separator = '', wrapper = '', quote = '', printed = ''] = match
  const isGoogle = isGoogleCode(comparableCode(printed))
  if (!isSeparator(text, match, { isGoogle, wrapper, quote })) return { codes: [] }
  // A name at the end of a line, or before the next name, has no value.
  const isEmpty = !isGoogle && (/\n|[^\s]=\s/.test(separator) || printed.endsWith(':'))
  const next = text.charAt(match.index + whole.length)
  const content = isEmpty ? '' : printed === '' && /[<{$]/.test(next) ? next : printed
  if (content === '' || isNothing(content))
    return { codes: [], failures: [missing(`its ${name} is ${content === '' ? 'empty' : content}`)] }
  // Java prints the type of a list.
  if (/^L?java\./.test(content))
    return { codes: [], failures: [missing(`its ${name} is a list, printed only as its type`)] }
  if (/^[A-Za-z]{1,20}$/.test(content) || isErrorName(content))
    return { codes: [], failures: [missing(`its ${name} is ${content}`)] }
  const found = { value: content, name, shape }
  if (isPhoneName(name)) return { codes: [{ ...found, from: 'phone' }] }
  const near = marksNear(marks, match.index, dump)
  const isObject = /^"?\s{0,40}:/.test(separator) && keyQuote !== "'" && quote !== '' && wrapper === ''
  const isQuery = /(?:request|params|parameters|query|redirect|args|dict|map|values|prototype|get)\W{0,12}$/i
  const isPopup =
    near.some((mark) => mark.name === 'scope' && mark.isText) && !near.some((mark) => /^(?:state|iss)$/.test(mark.name))
  if (name === 'code' && isObject && isPopup && !isQuery.test(text.slice(Math.max(0, match.index - 40), match.index)))
    return { codes: [{ ...found, ...popupOrigin(near) }] }
  return { codes: [{ ...found, ...originByMarks(near) }] }
}

function popupOrigin(near: readonly Mark[]): Omit<FoundCode, 'value'> {
  const marks = [...new Set(near.map(({ name }) => name))]
  return { shape: 'the answer of the web pop-up', from: 'web-popup', marks, isSure: marks.length > 1 }
}

function marksIn(text: string): readonly Mark[] {
  return [...text.matchAll(markLabel)]
    .filter((match) =>
      isSeparator(text, match, { isGoogle: false, isMark: true, wrapper: match[4] ?? '', quote: match[5] ?? '' }),
    )
    .map((match) => ({
      name: (match[2] ?? '').toLowerCase(),
      at: match.index,
      isText: match[1] !== "'" && /^"?\s{0,40}:/.test(match[3] ?? '') && match[4] === '' && match[5] !== '',
    }))
}

function marksNear(marks: readonly Mark[], at: number, distance: number): readonly Mark[] {
  return marks.filter((mark) => Math.abs(mark.at - at) < distance)
}

/** Returns whether what stands after a name makes it the name of a value. A space or comma does so in few notations. */
function isSeparator(
  text: string,
  { index, 1: keyQuote = '', 3: separator = '' }: RegExpExecArray,
  {
    isGoogle,
    isMark = false,
    wrapper,
    quote,
  }: { readonly isGoogle: boolean; readonly isMark?: boolean; readonly wrapper: string; readonly quote: string },
): boolean {
  const sign = /=>|->|[:=|>,]/.exec(separator.replace('>>', ''))?.[0] ?? ''
  const lead = text.slice(Math.max(0, index - 12), index)
  if (sign === '>' || sign === '|') return isGoogle || (isMark && /[<|]\s?$/.test(lead))
  if (sign !== '' && sign !== ',') return true
  if (sign === ',') return /[([]\s?$/.test(lead) || /(?:key|name)["']?\s?[:=]\s?$/i.test(lead)
  // In tables, a tab or a line break follows; in sentences, a quoted value.
  if (isMark && (quote !== '' || (/[\t\n]/.test(separator) && /(?:^|\n)$/.test(lead)))) return true
  return isGoogle || /value/i.test(wrapper) || (lead.endsWith(':') && keyQuote === '' && quote !== '')
}
