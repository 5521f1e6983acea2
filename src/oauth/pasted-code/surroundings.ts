import { addressesIn } from '../../core/addresses-in-text.ts'
import { comparableCode } from './checked-code.ts'
import { readRedirectUris } from './printed-reading.ts'
import { codeNames, type FoundCode, isShortened } from './reading.ts'

/** Statements about a code from anywhere in a text, in any notation. */
export interface Surroundings {
  /** The names of values that only a code from a redirect has beside it. */
  readonly marks: readonly string[]
  /** The redirect URIs that have the label of one. */
  readonly redirectUris: readonly string[]
  /** The addresses that may be the redirect URI. */
  readonly addresses: readonly string[]
  /** Whether an address is among them that was shortened, so that gsa cannot use it. */
  readonly hasShortened: boolean
}

const markName = String.raw`(?:(?:auth|google|session|query|request)[_-]){0,2}(?:oauth[_-]?)?(state|auth[_-]?user|prompt|hd|iss|code[_-]?verifier)`
// The positions of a label: before a sign, in quotes, in the element of a page, alone in a line, after a code.
const labels: readonly RegExp[] = [
  new RegExp(
    String.raw`(?<![\w-])${markName}(?:\[\])?["'\x60)\]*_]{0,4}(?:>>)?\s{0,40}(?:(?:=>|->|:=|[:=])["'\x60*_]{0,3}(?!\/)|\s\.\s|\s\{)`,
    'gi',
  ),
  new RegExp(String.raw`["'\x60]${markName}["'\x60]|>\s{0,4}${markName}\s{0,4}<|\|\s{0,40}${markName}\s{0,40}\|`, 'gi'),
  new RegExp(String.raw`^[ \t|]{0,40}\$?${markName}(?:[ \t]{0,40}(?:$|\|)|\t)`, 'gim'),
  /\b(state|authuser) (?:is|was)\b/gi,
  new RegExp(
    String.raw`(?<![\w/])4/[01]A[\w-]{16,2048}["'\x60]?[\s,;&]{1,8}(?:(?:and|with|the)\s){0,3}${markName}\b`,
    'gi',
  ),
]
const mostMarks = 100

/** Returns what a text says about its codes beside what their own notation says; `rest` is the text without them. */
export function readSurroundings(text: string, rest: string): Surroundings {
  const named = [
    ...labels.flatMap((label) => [...text.matchAll(label)].slice(0, mostMarks).flatMap((match) => match.slice(1))),
    ...headings(text),
  ]
  const marks = [...new Set(named.flatMap((name) => (name === undefined ? [] : [plainName(name)])))]
  const labelled = readRedirectUris(rest)
  const isApp = /(?<![\w-])auth[ _-]?code\b|^[VDIWEF]\/\w|^(?:I\/)?flutter\b/im.test(text)
  const beside = addressesIn(rest)
    .filter((address) => isPossible(address) && !isOfAnother(rest, address))
    // The apps of the guides send an authCode to the address of a backend, and log it.
    .filter((address) => !isApp || /callback|redirect|oauth|\bcb\b|sign-?in/i.test(address))
  const whole = beside.filter((address) => !isCutAddress(rest, address))
  return {
    marks,
    redirectUris: labelled.filter((uri) => !isCutAddress(rest, uri)),
    addresses: whole,
    hasShortened: whole.length < beside.length || labelled.some((uri) => isCutAddress(rest, uri)),
  }
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^auth[_-]user$/, 'authuser')
    .replace(/^code-?verifier$/, 'code_verifier')
}

/** Returns the names in the heading of a table that has a column of codes. */
function headings(text: string): readonly string[] {
  const lines = text.split('\n').filter((line) => line.length < 2000 && /\bcode\b/i.test(line))
  const heading = lines.find(
    (line) => /^[\s|"']*[\w.-]+(?:["']?[\s|,;"']+[\w.-]+){1,20}["'\s|]*$/.test(line) && !/4\//.test(line),
  )
  const cells = heading?.split(/[\s|,;"']+/) ?? []
  const isTable = cells.some((cell) => (codeNames as readonly string[]).includes(cell))
  return isTable ? cells.filter((cell) => new RegExp(`^${markName}$`, 'i').test(cell)) : []
}

// Addresses of Google's, and those of pages about programming.
const otherHosts =
  /(?:^|\.)(?:google(?:apis|usercontent)?|gstatic|firebase|goo|android|github(?:usercontent)?|gitlab|stackoverflow|stackexchange|npmjs|pub|mozilla|apple|microsoft|wikipedia|medium|readthedocs|w3|ietf|json-schema|outlook|schemas)\.(?:com|org|io|dev|net|gl|co)$|^(?:docs?|developers?|wiki|help|support|blog|schemas)\./i

/** Returns whether an address may be a redirect URI, rather than one of Google's or a page to read. */
function isPossible(address: string): boolean {
  if (!/^[a-z][\w+.-]{1,80}:\//i.test(address) || !URL.canParse(address)) return false
  const { protocol, hostname, pathname } = new URL(address)
  if (
    /^(?:wss?|ftp|file|data|blob|chrome|about|postgres(?:ql)?|redis|mysql|mongodb(?:\+srv)?|package|webpack|node|git|ssh):$/.test(
      protocol,
    )
  )
    return false
  return !otherHosts.test(hostname) && !/\.(?:js|ts|css|png|jpe?g|svg|html?|md|dart|kt|java|py)$/.test(pathname)
}

/** Returns whether the label of an address says that it is that of something else: a picture, an issuer, a scope. */
function isOfAnother(text: string, address: string): boolean {
  const at = text.indexOf(address)
  const before = text.slice(Math.max(0, at - 40), Math.max(0, at))
  return /(?:iss|issuer|aud|audience|photo|picture|avatar|image|scopes?|origin|referr?er|schema|docs?|see)(?:_?ur[il])?["'`*]{0,3}(?:\s?[:=]\s?|\s)["'`[(<]{0,3}$/i.test(
    before,
  )
}

/** Returns whether dots show that the end of an address is missing. */
function isCutAddress(text: string, address: string): boolean {
  if (isShortened(address)) return true
  const at = text.indexOf(address)
  if (address === '' || at === -1) return false
  const after = text.slice(at + address.length, at + address.length + 200)
  // The next line may be the end of it.
  const [, next = ''] = /^\n[ \t]{0,40}(?!4(?:\/|%))([\w./%-]{1,100})[ \t]{0,40}(?:\n|$)/.exec(after) ?? []
  return /^["'`]?(?:\.\.|…)/.test(after) || /[/\d_.-]/.test(next)
}

const layers = 3

/** Returns every whole code of Google's in a text, in any encoding and notation. */
export function googleCodesIn(text: string): readonly string[] {
  const found = new Set<string>()
  let plain = text.replace(/\\{1,8}\//g, '/').replace(/\\{1,8}u002f/gi, '/')
  for (let layer = 0; layer <= layers; layer++) {
    for (const [match] of plain.matchAll(/(?<![\w/.-])4\/[01]A[\w-]{16,2048}(?![\w/-]|[[(<{]?(?:\.\.|…)|\*)/g))
      found.add(match)
    const next = plain.replace(/%([2-7][\dA-F])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (next === plain) break
    plain = next
  }
  return [...found]
}

// The ways of programs and people to say that a value goes on.
const shortenedAfter =
  /^["'`]?(?:\.\.|…|[ \t]{0,4}(?:\.\.\.|…)|[ \t]{0,4}[<([{—–][ \t]{0,2}(?:\.\.|…|truncated|cut|shortened|snip|trimmed|redacted|omitted|\d{1,5} more)|[ \t]{0,4}\+[ \t]{0,4}\d{1,5}[ \t]{0,4}(?:more|char|bytes)|[ \t]{0,4}[—–-]{0,3}[ \t]{0,2}(?:truncated|snip|snipped)\b)/i

/** Returns whether a text shows that a code is only the beginning of a longer one. */
export function isCutIn(text: string, { value }: FoundCode): boolean {
  const plain = comparableCode(value)
  const end = (/^4\/[\w-]{1,2048}/.exec(plain)?.[0] ?? plain).slice(-12)
  if (end.length < 8) return false
  let isCut = false
  let isWhole = false
  for (let at = text.indexOf(end); at !== -1; at = text.indexOf(end, at + end.length)) {
    const after = text.slice(at + end.length, at + end.length + 60)
    // A pager marks a line that is too long for it.
    const isPaged = /^>\s{0,400}(?:\n|$)/.test(after) && !text.includes('<')
    if (shortenedAfter.test(after) || isPaged) isCut = true
    else isWhole = true
  }
  return isCut && !isWhole
}

// Shorter than all codes that begin with 4/0A have been.
const shortest = 60

/** Returns whether the line or string after a code that is too short has what may be the rest of it. */
export function isContinued(text: string, { value }: FoundCode): boolean {
  const plain = comparableCode(value)
  if (!/^4\/[01]A[\w-]*$/.test(plain) || plain.length >= shortest) return false
  const after = text.slice(text.indexOf(value) + value.length).slice(0, 2000)
  const [, line = ''] = after.split(/\n\s{0,400}/, 2)
  const [, string = ''] = /^["'`]\s{0,4}[,;+.]\s{0,4}["'`]([\w-]{8,400})["'`]/.exec(after) ?? []
  const words = `${line} ${string}`.match(/(?<![\w/.])[\w-]{8,}/g) ?? []
  return words.some(
    (word) =>
      /[A-Z]/.test(word) &&
      /[a-z]/.test(word) &&
      /[a-z][A-Z]|\d/.test(word) &&
      !/^[a-z]+(?:[A-Z][a-z]+)+$|^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/.test(word),
  )
}
