import { parseJsonObject, stringMember } from '../core/json.ts'
import { unwrapped, withoutLinePrefixes, withoutStringEscapes } from '../core/outside-text.ts'
import { withoutQuotedPrintable } from '../core/quoted-printable.ts'
import { Secret } from '../core/secret.ts'
import { Failure, secretKind } from '../failures/index.ts'
import { claimedOrigin, otherToken, wrongKind } from './other-tokens.ts'

/** A signed token in a text. */
interface FoundToken {
  readonly token: string
  /** Whether the name before it says that it is an ID token; undefined if it has none. */
  readonly isNamed: boolean | undefined
}

const longestToken = 20_000
const mostTokens = 40
// Of a text that is made up; the limits keep the work small.
const mostStarts = 100
const mostLines = 400

/**
 * Finds the ID token in a pasted text: alone, in quotes, in a header, a form, a URL, JSON, code, or the output of an
 * app or a log, and wrapped at any place. Expects an outside text. Verifies nothing, and changes nothing in a token:
 * only a line break inside one is removed, with the white space beside it.
 * @param issuers the issuers whose ID tokens are expected, to choose among several tokens
 * @throws Failure `id_token_invalid` if the text has no ID token, or several
 */
export function findIdToken(pasted: string, issuers: readonly string[]): Secret {
  const text = unwrapped(pasted)
  if (/^[\w.~+/-]*=*$/.test(text)) {
    refuseOtherSecret(text)
    refuseIncomplete(text)
    return new Secret(text)
  }
  const plain = plainText(text)
  const found = tokensIn(plain)
  const [first] = found
  if (first === undefined) {
    const joined = plain.replace(/[ \t]*\n[ \t]*/g, '')
    refuseOtherSecret(joined, plain)
    refuseIncomplete(plain)
    return new Secret(joined)
  }
  return new Secret(found.length === 1 ? first.token : chosen(found, issuers))
}

function chosen(found: readonly FoundToken[], issuers: readonly string[]): string {
  const isOther = ({ token, isNamed }: FoundToken): boolean =>
    isNamed === false || otherToken(new Secret(token), issuers) !== undefined
  const isOfIssuer = ({ token }: FoundToken): boolean => {
    const iss = claimedOrigin(new Secret(token))?.iss
    return typeof iss === 'string' && issuers.includes(iss)
  }
  const likely = found.filter((one) => !isOther(one))
  for (const some of [found.filter(({ isNamed }) => isNamed), likely, likely.filter(isOfIssuer)]) {
    const [first] = some
    if (first !== undefined && some.length === 1) return first.token
  }
  throw new Failure('id_token_invalid', {
    check: 'the text',
    expected: 'one ID token',
    found: `${found.length} different tokens`,
    hint: 'several',
  })
}

/** Returns a text without what shells, logs, forms and programs add to the characters of a token. */
function plainText(text: string): string {
  return withoutLinePrefixes(withoutJoins(withoutStringEscapes(withoutMailBreaks(text))))
    .replace(/%(?:25){0,3}([2-7][\da-f]|0a|0d)/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/^[ \t]{0,20}(?:>[ \t]?){1,9}/gm, '')
    .replace(/[│┃║]/g, ' ')
}

/**
 * Returns a text without quoted-printable. A viewer of mails may have decoded the equals signs and left the soft line
 * breaks. After a name, as in `id_token=`, an equals sign at the end of a line is part of a form.
 */
function withoutMailBreaks(text: string): string {
  return withoutQuotedPrintable(text).replace(
    /(?<=[\w.-]{20})=\n(?:[ \t]{0,20}(?:>[ \t]?){1,9})?(?=[\w.-])(?!eyJ)/g,
    '\n',
  )
}

const operator = String.raw`[+.&\\]`
const betweenLines = String.raw`[ \t]{0,40}${operator}?[ \t]{0,40}_?\n[ \t]{0,80}${operator}?`
const joins = new RegExp(
  String.raw`(?<=[\w.-])(["'\x60])(?:${betweenLines}|[ \t]{0,40}[+.&])[ \t]{0,80}[@$bfru]{0,2}\1(?=[\w.-])(?:(?<=\.\1[^\w]{0,200})|(?!eyJ))`,
  'gi',
)

/** Returns a text with a line break in place of the quotes between the parts of a string in source code. */
function withoutJoins(text: string): string {
  return text.replace(joins, '\n')
}

const lineBreak = String.raw`(?:[ \t]{0,40}\n[ \t]{0,40})?`
const tokenStart = new RegExp(String.raw`(?<![\w.-])e${lineBreak}y${lineBreak}J`, 'g')

/** Returns the complete signed or encrypted tokens in a text, each once. */
function tokensIn(text: string): readonly FoundToken[] {
  // Mutable: collects the tokens by their value.
  const found = new Map<string, boolean | undefined>()
  for (const { index } of [...text.matchAll(tokenStart)].slice(0, mostStarts)) {
    const token = readToken(text, index)
    if (token === undefined) continue
    const named = nameBefore(text, index)
    found.set(token, found.get(token) === true || named)
    if (found.size === mostTokens) break
  }
  return [...found].map(([token, isNamed]) => ({ token, isNamed }))
}

const nameEnd = String.raw`["'\x60]?\]?\s{0,3}(?:=>|[:=]|\bis\b)?\s{0,3}(?:Optional\(|Some\(|\[|string\(\d{1,5}\)\s?)?["'\x60]?$`
const idTokenName = new RegExp(String.raw`(?:id[ _-]?token(?:[ _-]?hint)?|credential)${nameEnd}`, 'i')
const otherName = new RegExp(
  String.raw`(?:(?:access|refresh|custom|firebase|session|logout|app[ _-]?check)[ _-]?(?:id[ _-]?)?token|assertion|dpop)${nameEnd}`,
  'i',
)

function nameBefore(text: string, index: number): boolean | undefined {
  const before = text.slice(Math.max(0, index - 60), index)
  return otherName.test(before) ? false : idTokenName.test(before) ? true : undefined
}

/** Returns the token that begins at this place, which may continue on the next lines; undefined if it is incomplete. */
function readToken(text: string, index: number): string | undefined {
  const lines = text.slice(index, index + longestToken).split('\n', mostLines)
  const firstLine = text.slice(Math.max(text.lastIndexOf('\n', index) + 1, index - 200), index)
  const complete: string[] = []
  let token = ''
  let algorithm: string | undefined
  for (const [at, line] of lines.entries()) {
    const rest = (at === 0 ? line : withoutPrefix(line, firstLine)).trim()
    const [piece = ''] = /^[\w.=+/~-]*/.exec(rest) ?? []
    token += piece
    const parts = token.split('.')
    if (parts.length > 1) algorithm ??= algorithmOf(parts[0] ?? '')
    if (parts.length > 6 || (parts.length > 1 && algorithm === undefined)) break
    // A full stop may end a sentence. A log that shortens a token ends it with three.
    const isShortened = rest.charAt(piece.length) === '…' || token.endsWith('..')
    const given = parts.at(-1) === '' ? parts.slice(0, -1) : parts
    if (piece !== '' && !isShortened && [3, 5].includes(given.length)) complete.push(given.join('.'))
    if (piece.length < rest.replace(/\\$/, '').length || (piece === '' && complete.length > 0)) break
  }
  // The next line may be a word that is no part of the token: the length of a signature tells.
  return complete.find((one) => hasKnownLength(one, algorithm)) ?? complete.at(-1)
}

/** Removes a prefix from a line of a log that is like that of an earlier line, except for digits. */
function withoutPrefix(line: string, firstLine: string): string {
  const shape = (text: string): string => text.replace(/\d/g, '0')
  const [own, first] = [shape(line), shape(firstLine)]
  let length = 0
  while (length < first.length && own[length] === first[length]) length++
  const end = line.slice(0, length).search(/[\s:|\])>][^\s:|\])>]*$/)
  return end < 0 ? line : line.slice(end + 1)
}

const signatureLengths: Readonly<Record<string, readonly number[]>> = {
  RS: [342, 512, 683],
  PS: [342, 512, 683],
  ES: [86, 128, 176],
  HS: [43, 64, 86],
}

function hasKnownLength(token: string, algorithm = ''): boolean {
  const lengths = signatureLengths[algorithm.slice(0, 2)]
  return lengths?.includes(token.length - token.lastIndexOf('.') - 1) === true
}

/** Returns the algorithm in a token's header, or an empty text; undefined if the header is unreadable. */
function algorithmOf(part: string): string | undefined {
  const header = parseJsonObject(Buffer.from(part, 'base64url'))
  return header === undefined ? undefined : (stringMember(header, 'alg') ?? '')
}

/**
 * Refuses a text that has another secret in place of a signed token, such as an access token.
 * @param lines the text with its line breaks, if it has none
 * @throws Failure `id_token_invalid` with `its kind` as check
 */
export function refuseOtherSecret(text: string, lines = text): void {
  const words = text.split(/[\s"'`,;(){}[\]<>&=]+/).slice(0, 2000)
  const kinds = new Set(words.map(kindOfWord))
  const isResponse = /\b(?:access|refresh)_token["']?\s{0,5}[:=]/.test(text)
  if (isResponse && kinds.has('access token')) throw wrongKind('a token response without an ID token', 'no_id_token')
  const empty = /\bid_?token["']?\s{0,5}[:=]\s{0,5}(?:["']?(?:null|nil|undefined|none)\b|(["'])\1|\{\})/i.exec(text)
  if (empty !== null) throw wrongKind('the result of a login without an ID token (it is empty)', 'no_id_token')
  const isSecret = otherSecrets.some(([kind]) => kind !== 'client ID' && kinds.has(kind))
  const part = isSecret ? undefined : decodedPart(lines)
  if (part !== undefined) throw wrongKind(part, 'decoded')
  for (const [kind, hint] of otherSecrets)
    if (kinds.has(kind)) throw wrongKind(/^[aeiou]/i.test(kind) ? `an ${kind}` : `a ${kind}`, hint)
}

const otherSecrets = [
  ['access token', 'access_token'],
  ['authorization code', 'authorization_code'],
  ['refresh token', 'refresh_token'],
  ['client secret', 'client_secret'],
  ['private key', 'other_token'],
  ['API key', 'other_token'],
  ['client ID', 'client_id'],
] as const

/** Returns the part of a token that a text shows decoded, in JSON or the notation of a language. */
function decodedPart(text: string): string | undefined {
  const has = (name: string): boolean =>
    new RegExp(
      String.raw`(?<![\w.?&-])["']?${name}["']?\]?\s{0,5}(?:=>|[:=])\s{0,5}["'\[\w]|^[ \t]{0,20}${name}[ \t]{1,40}\S`,
      'm',
    ).test(text)
  if (has('iss') && (has('aud') || has('sub'))) return 'the decoded claims of a token'
  return has('alg') && (has('kid') || has('typ')) && !has('keys') && !has('kty')
    ? 'the decoded header of a token'
    : undefined
}

function kindOfWord(word: string): string | undefined {
  if (/^AIza[\w-]{30,50}$/.test(word)) return 'API key'
  if (/^\d{1,20}-\w{1,64}\.apps\.googleusercontent\.com$/.test(word)) return 'client ID'
  return secretKind(word)
}

/** Refuses a token that a log has shortened. @throws Failure `id_token_invalid` */
function refuseIncomplete(text: string): void {
  // An encrypted token has two dots in a row if its second part is empty.
  const isWordWithDots = /^\w[\w.-]{0,20000}(?:…|\.{3})$/.test(text)
  const isCutOff =
    /(?<![\w.-])eyJ[\w-]{0,2000}(?:\.[\w-]{0,4000}){0,2}\s?[<([]\s?(?:truncated|snip|cut|more|omitted|…|\.{3})/i.test(
      text,
    )
  if (
    isCutOff ||
    isWordWithDots ||
    /(?<![\w.-])eyJ[\w-]{0,2000}(?:\.[\w-]{0,4000}){0,2}(?:…|\.{3,}|\.\.(?![\w-]))/.test(text)
  )
    throw new Failure('id_token_invalid', {
      check: 'its form',
      expected: 'three parts separated by dots',
      found: isCutOff ? 'shortened' : 'shortened: it ends with dots',
      hint: 'shortened',
    })
}
