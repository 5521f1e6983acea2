import { addressesIn } from '../core/addresses-in-text.ts'
import { unwrapped, withoutLinePrefixes, withoutStringEscapes } from '../core/outside-text.ts'
import { withoutQuotedPrintable, withoutSoftBreaks } from '../core/quoted-printable.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import type { Trace } from '../flows/event.ts'
import { type AuthorizationResponse, judgeAuthorizationResponse } from './authorization-response.ts'

/** The request whose response the user pastes. */
interface AnsweredRequest {
  readonly redirectUri: string
  readonly state: string
  readonly issuer: string
  readonly trace?: Trace | undefined
}

const longestPaste = 64 * 1024
// More than any server's. Both limits keep the work small for text that is made up.
const longestAddress = 16_000
const mostAddresses = 40

/**
 * Reads the authorization response from the URL that the browser ended on, as the user copied it: alone, or in a
 * command, a sentence, a log or the message of a browser, and wrapped at any place. Expects an outside text.
 *
 * The URL must be complete, because a code without our state could be anyone's (RFC 6749 section 10.12), and it must
 * match the request's redirect URI (RFC 8252 section 8.10, RFC 9700 section 4.4). A path and query alone, as in the log
 * of a server, is complete if the path is the redirect URI's: the scheme and the host are then those of the request,
 * and a code for any other redirect URI is refused by the server (RFC 6749 section 4.1.3). A query alone is refused,
 * because nothing shows where it came to.
 *
 * A thrown failure leaves the login open: another paste may be right. A returned `failure` ends it.
 * @throws Failure `redirect_url_needed`, `answer_of_another_login`
 */
export function parsePastedResponse(
  pasted: string,
  request: AnsweredRequest,
): AuthorizationResponse | { readonly failure: Failure } {
  const wrong = (found: string): Failure =>
    new Failure('redirect_url_needed', { found, redirectUri: request.redirectUri })
  if (pasted.length > longestPaste) throw wrong(`it has ${pasted.length} characters`)
  const text = decoded(plainText(pasted), request)
  if (text === '') throw wrong('it is empty')
  const url = bestOf(candidates(text, request), request)
  const hasState = text.includes(`state=${request.state}`)
  if (hasState && url?.searchParams.has('state') !== true)
    throw wrong(
      'it is not a whole address: the part before the question mark is missing, or not that of the redirect URI',
    )
  if (!hasState && url?.searchParams.has('code_challenge') !== true && namesParameters(text, url, request))
    throw wrong('it has parameters of the address, but not the address itself')
  if (url === undefined) throw wrong('it is not a URL, and a code without its state may belong to any login')

  const parameters = url.searchParams
  // The URL that we printed contains our state, too.
  if (parameters.has('code_challenge'))
    throw wrong(
      'it is the URL that gsa login --start printed; open it, log in, and copy the URL where the browser ends up',
    )
  const isAnswer = isAnswerUrl(url)
  const state = parameters.get('state')
  if (state !== null) {
    const isCodeEmpty = parameters.getAll('code').join('') === '' && !parameters.has('error')
    if (isCodeEmpty && request.state.startsWith(state)) throw wrong('it is truncated, and the code is missing')
    const verdict = judgeAuthorizationResponse(parameters, request)
    if ('ignored' in verdict) throw new Failure('answer_of_another_login', {})
    if (leadsTo(url) === leadsTo(new URL(request.redirectUri)))
      return 'code' in verdict ? { code: checkedCode(verdict.code, wrong) } : verdict
    const problem = `it came to ${leadsTo(url)}, not to ${request.redirectUri}`
    return { failure: new Failure('authorization_response_invalid', { problem }) }
  }
  throw wrong(
    isAnswer
      ? 'it has no state, and without it the code may belong to any login'
      : `it is a URL of ${url.host}, and the browser has not reached the redirect URI yet`,
  )
}

// After `4/0A`; the real ones have 69. The emulator's have 68.
const shortestGoogleCode = 65

/**
 * Returns a code in the form that the server issued. Only Google's codes have a known form: one that is damaged is
 * refused before it is sent, because a refusal by the server would come too late to say what is wrong with the paste.
 */
function checkedCode(code: Secret, wrong: (found: string) => Failure): Secret {
  const value = code.reveal()
  if (/^4(?:\/0?|%2?)?$/.test(value)) throw wrong('it is truncated, and most of the code is missing')
  const plain = value.replace(/^4%2F/i, '4/').replace(/^(4\/0A.{16,2000}?)[.,;:!?*)]{1,8}$/, '$1')
  if (!plain.startsWith('4/0A')) return code
  if (/\.\.|…/.test(value)) throw wrong('its code was shortened with dots')
  const own = plain.slice('4/0A'.length)
  if (/[^\w-]/.test(own)) throw wrong('its code has a character that no code of Google has')
  if (own.length < shortestGoogleCode) throw wrong(`it is truncated: its code has only ${plain.length} characters`)
  return new Secret(plain)
}

/** Returns whether a text names a code or a state outside an address, as a dump of the parameters does. */
function namesParameters(text: string, url: URL | undefined, { state }: AnsweredRequest): boolean {
  const isAboutResponse = url !== undefined && (isAnswerUrl(url) || url.searchParams.has('state'))
  if (isAboutResponse) return false
  return text.includes(state) || /(?<![\w-])(?:code|state)["']?\]?\s{0,5}(?:=>|[:=])\s{0,5}\S/i.test(text)
}

const mostEncodings = 3

/**
 * Returns a text without the encoding around it that hides our state, such as that of a mail or of a parameter; the
 * text itself if our state is in it, or in none of its forms.
 */
function decoded(text: string, { state }: AnsweredRequest): string {
  const layers = [text]
  for (let layer = 0; layer < mostEncodings; layer++) layers.push(withoutPercentEncoding(layers.at(-1) ?? text))
  const forms = [...layers, withoutQuotedPrintable(text), withoutSoftBreaks(text)]
  const has = (part: string): string | undefined => forms.find((form) => form.replace(/\s+/g, '').includes(part))
  return (
    ['?', '&', ''].map((mark) => has(`${mark}state=${state}`)).find((form) => form !== undefined) ??
    forms.find((form) => /[?&]state=(?!3D)/i.test(form)) ??
    text
  )
}

function withoutPercentEncoding(text: string): string {
  // A line break may be inside an escape.
  return text.replace(/%\s{0,9}([2-7])\s{0,9}([\dA-F])/gi, (_, high: string, low: string) =>
    String.fromCharCode(Number.parseInt(`${high}${low}`, 16)),
  )
}

/** Returns a paste without what shells, logs, mails and boxes of terminals add to the characters of an address. */
function plainText(pasted: string): string {
  const unescaped = withoutStringEscapes(pasted).replace(/[\\^](?=[?&=%])/g, '')
  const unboxed = withoutLinePrefixes(unescaped)
    .replace(/^[ \t]{0,20}(?:>[ \t]?){1,9}/gm, '')
    .replace(/[│┃║]/g, ' ')
  return once(unwrapped(unboxed))
}

/** Returns a text that was pasted twice in a row only once. */
function once(text: string): string {
  const joined = text.replace(/\s+/g, '')
  const half = joined.slice(0, joined.length / 2)
  return half.includes('?') && joined === `${half}${half}` ? half : text
}

const leadsTo = (address: URL): string => `${address.origin}${address.pathname}`
const isAnswerUrl = ({ searchParams }: URL): boolean => searchParams.has('code') || searchParams.has('error')

/** Returns the URLs in a text, those at the redirect URI first. @throws Failure `redirect_url_needed` */
function candidates(text: string, request: AnsweredRequest): readonly URL[] {
  const ours = addressesAtRedirectUri(text, request)
  const found = ours.length > 0 ? ours : [...withoutSpaces(text), ...addressesIn(text)]
  return [...found, ...addressesWithoutHost(text, request)].flatMap((address) =>
    /^https?:\/\//i.test(address) && URL.canParse(address) ? new URL(address) : [],
  )
}

/**
 * Returns the response with our state, or else the URL that explains best why there is none.
 * @throws Failure `redirect_url_needed` if two responses differ
 */
function bestOf(urls: readonly URL[], request: AnsweredRequest): URL | undefined {
  const ours = urls.filter(({ searchParams }) => searchParams.getAll('state').includes(request.state))
  const [answer, ...others] = ours.filter(isAnswerUrl)
  const codes = (url: URL): string => url.searchParams.getAll('code').join(' ')
  if (answer !== undefined && others.some((other) => codes(other) !== codes(answer)))
    throw new Failure('redirect_url_needed', {
      found: 'it has two addresses with different codes',
      redirectUri: request.redirectUri,
    })
  return answer ?? ours[0] ?? urls.find(isAnswerUrl) ?? urls[0]
}

/** Returns a text that is only an address, which a terminal, a mail or a chat wrapped. */
function withoutSpaces(text: string): readonly string[] {
  const joined = text.replace(/\s+/g, '')
  if (/^https?:\/\//i.test(joined)) return [joined]
  // Browsers omit `http://` when only part of an address is copied.
  return /^(?:127\.0\.0\.1|localhost)[:/]/i.test(joined) ? [`http://${joined}`] : []
}

/** Finds the redirect URI with a query, with or without its scheme, even if white space is inside it. */
function addressesAtRedirectUri(text: string, request: AnsweredRequest): readonly string[] {
  const { protocol, host, pathname } = new URL(request.redirectUri)
  const goal = `${host}${pathname}?`
  const places = [...text.matchAll(/\S/g)].map(({ index }) => index)
  const joined = text.replace(/\s+/g, '')
  const starts: number[] = []
  for (let at = joined.indexOf(goal); at >= 0 && starts.length < mostAddresses; at = joined.indexOf(goal, at + 1)) {
    const [scheme = ''] = /(?:https?:\/\/)?$/i.exec(joined.slice(Math.max(0, at - 8), at)) ?? []
    // In a longer host name or path, it is another address.
    if (scheme !== '' || !/[\w./:@%-]/.test(joined.charAt(at - 1))) starts.push(at - scheme.length)
  }
  return starts.map((start, at) => {
    const end = starts[at + 1]
    const rest = text.slice(places[start], end === undefined ? undefined : places[end])
    const address = readAddress(rest, start === 0, request)
    return /^https?:/i.test(address) ? address : `${protocol}//${address}`
  })
}

/** Finds the path of the redirect URI with a query, at the start of a word, and adds its scheme and host. */
function addressesWithoutHost(text: string, request: AnsweredRequest): readonly string[] {
  const { origin, pathname } = new URL(request.redirectUri)
  const addresses: string[] = []
  const goal = `${pathname}?`
  for (let at = text.indexOf(goal); at >= 0 && addresses.length < mostAddresses; at = text.indexOf(goal, at + 1))
    if (/^[\s"'`(<]?$/.test(text.charAt(at - 1)))
      addresses.push(`${origin}${readAddress(text.slice(at, at + longestAddress), at === 0, request)}`)
  return addresses
}

const twoWords = /(?:^|\s)[A-Za-z][a-z']{0,20}[.,!?:]? [A-Za-z][a-z']{0,20}[.,!?:]?(?:\s|$)/

/**
 * Returns the address at the start of a text. An address that is the whole text may have white space anywhere. One with
 * other text around it ends with its line, or continues on the next lines if these look like the rest of a query.
 * @throws Failure `redirect_url_needed` if the code may continue on the next line, or not
 */
function readAddress(text: string, isWhole: boolean, { redirectUri }: AnsweredRequest): string {
  const [raw = ''] = text.split(/["'`<>[\](){}|\\^]| HTTP\/\d/, 1)
  if (isWhole && !twoWords.test(raw)) return raw.replace(/\s+/g, '')
  const [first = '', ...lines] = raw.split('\n').map((line) => line.trim())
  const ended = (address: string): string => address.replace(/[.,;:!?*]+$/, '')
  if (/\s/.test(first)) return ended(first.split(/\s/, 1)[0] ?? '')
  const isEnd = (line: string, before: string): boolean =>
    line === '' || /\s/.test(line) || (/^https?:\/\//i.test(line) && !before.endsWith('='))
  const end = lines.findIndex((line, at) => isEnd(line, at === 0 ? first : (lines[at - 1] ?? '')))
  const next = end < 0 ? lines : lines.slice(0, end)
  // A line of several words is the end of the address if its first word can only be of a query.
  const [tail = ''] = end < 0 ? [] : (lines[end] ?? '').split(/\s/, 1)
  const pieces = /[&=]/.test(tail) && !tail.includes('://') ? [...next, tail] : next
  const sure = pieces.findLastIndex((piece) => /[&=]/.test(piece)) + 1
  const address = [first, ...pieces.slice(0, sure)].join('')
  if (sure === pieces.length) return ended(address)
  const [parameter = ''] = /[^?&]*$/.exec(address) ?? []
  if (parameter.startsWith('code='))
    throw new Failure('redirect_url_needed', {
      found: 'the code may continue on the next line; paste the address alone',
      redirectUri,
    })
  return ended(address)
}
