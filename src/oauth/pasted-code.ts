import { unwrapped } from '../core/outside-text.ts'
import type { Secret } from '../core/secret.ts'
import { isLoopback } from './pasted-code/address-reading.ts'
import {
  checkedCode,
  comparableCode,
  isGoogleCode,
  isNothing,
  isWholeGoogleCode,
  malformed,
  missing,
  otherSecretIn,
  otherValueIn,
  withoutPunctuation,
} from './pasted-code/checked-code.ts'
import { withJoinedLines } from './pasted-code/joined-lines.ts'
import { type FoundCode, isShortened, namedRedirectUri, type Reading } from './pasted-code/reading.ts'
import { googleCodesIn, isContinued, isCutIn, readSurroundings, type Surroundings } from './pasted-code/surroundings.ts'
import { readText } from './pasted-code/text-reading.ts'

/** The origin of a code, which determines the redirect URI for the exchange. */
export type CodeOrigin = 'android' | 'ios' | 'web-popup' | 'web' | 'desktop'

/** Every {@link CodeOrigin}, in the order of the help text. */
export const codeOrigins: readonly CodeOrigin[] = ['android', 'ios', 'web-popup', 'web', 'desktop']

/** A code as found in the pasted text. */
export interface PastedCode {
  readonly code: Secret
  /** The kind of text that was pasted, for people: `a redirect URL`, `JSON`. */
  readonly shape: string
  /** The layers of percent-encoding: one is normal in forms and URLs, more is a bug in the app. */
  readonly encodings: number
  /** The origin that the text shows, and the evidence for it, for people: `next to state`. */
  readonly origin?: CodeOrigin
  readonly evidence?: string
  /** The redirect URI that the text names; it may be empty, or `postmessage`. */
  readonly redirectUri?: string
  /** The possible redirect URIs, if the text names several, or leaves out a part. */
  readonly candidates: readonly string[]
  /** Whether the redirect URI can only be one of the candidates. */
  readonly isOneOfThem?: boolean
  /** The path of the request that the code is in, with which the redirect URI ends. */
  readonly path?: string | undefined
  /** The origins that the text does not contradict. */
  readonly allows: readonly CodeOrigin[]
}

type Origin = Omit<PastedCode, 'code' | 'shape' | 'encodings'>

const longestPaste = 64 * 1024

/**
 * Finds the authorization code in pasted text, and the evidence for where it comes from: a plain or percent-encoded
 * code, a redirect URL anywhere in a text, a query string or form text, JSON, or what a program printed in the notation
 * of its language. Decodes all layers of percent-encoding, because Google refuses an encoded code as malformed, and the
 * user's code would be lost. Expects an outsideText.
 * @throws Failure `code_missing`, `code_malformed`, `authorization_refused`, `consent_denied`
 */
export function parsePastedCode(pasted: string): PastedCode {
  if (pasted.length > longestPaste) throw malformed(`it has ${pasted.length} characters`)
  const whole = withJoinedLines(withoutWrapping(pasted))
  const text = once(withoutShellMark(withoutWrapping(whole)))
  if (text === '') throw missing('it is empty')
  if (isNothing(text)) throw missing(`it says ${text}`)
  const reading = readText(text)
  if (reading.codes.some((code) => isCutIn(whole, code))) throw malformed('it was shortened')
  if (reading.codes.some((code) => isContinued(text, code)))
    throw malformed('a line break follows it, and it may go on in the next line')
  const found = sameCode(reading.codes, googleCodesIn(text))
  const [first] = found
  if (first === undefined || (/^4[/%]\S*$/.test(text) && found.every(({ name }) => name === undefined)))
    return { ...withoutFields(text, reading), candidates: [], allows: codeOrigins }
  const best =
    found.find(({ redirectUri }) => redirectUri !== undefined) ?? found.find(({ name }) => name !== undefined) ?? first
  if (found.some((copy) => isBroken(text, copy))) throw malformed('it contains white space')
  return {
    ...checkedCode(withoutPunctuation(best.value)),
    shape: best.shape,
    ...originOf(found, reading, readSurroundings(text, reading.rest)),
  }
}

/** Angle brackets are around an address or code, or they mark a placeholder. */
function withoutWrapping(text: string): string {
  const inner = unwrapped(text)
  return text.trim().startsWith('<') && !/^(?:[a-z][\w+.-]*:|4[/%])/i.test(inner) ? text.trim() : inner
}

/** Returns a text without the mark of zsh for an output that has no line break at its end. */
function withoutShellMark(text: string): string {
  const before = text.replace(/\s{0,40}%$/, '')
  return isWholeGoogleCode(/(?:^|\s)(4\/[\w-]{1,2048})$/.exec(before)?.[1] ?? '') ? before : text
}

/** Returns a text that was pasted twice in a row only once. */
function once(text: string): string {
  const half = text.slice(0, text.length / 2)
  return half.length > 20 && text === `${half}${half}` ? half : text
}

/**
 * Returns all copies of the one code among these. `others` are the codes that a notation hides, such as the first of
 * two members of one name.
 * @throws Failure `code_malformed` if there are several codes
 */
function sameCode(codes: readonly FoundCode[], others: readonly string[]): readonly FoundCode[] {
  const compared = codes.map((code) => ({ code, plain: comparableCode(code.value) }))
  const hasGoogle = compared.some(({ plain }) => isGoogleCode(plain))
  const likely = compared.filter(({ plain }) => isGoogleCode(plain) || !hasGoogle)
  // A log may have the code shortened in one place and whole in another.
  const isPartOfOther = (plain: string): boolean =>
    /…|\.\.|\*/.test(plain) &&
    likely.some((other) => other.plain !== plain && other.plain.startsWith(plain.replace(/(?:…|\.\.|\*).*$/, '')))
  const whole = likely.filter(({ plain }) => !isPartOfOther(plain))
  const hidden = others.filter((other) => whole.length > 0 && !whole.some(({ plain }) => plain.startsWith(other)))
  const all = new Set([...whole.map(({ plain }) => plain), ...hidden])
  if (all.size > 1) throw malformed('the text contains several codes')
  return whole.map(({ code }) => code)
}

/** Returns whether a code goes on after a space: what follows looks like the rest of it. */
function isBroken(text: string, { value }: FoundCode): boolean {
  // The end of a code is the same in every encoding.
  const end = value.slice(-10)
  const after = text.slice(text.indexOf(end) + end.length)
  if (text.startsWith(value) && /^\s+(?!4(?:\/|%))[\w%-]+$/.test(after))
    return !isWholeGoogleCode(value) || !/^\s*\n/.test(after)
  if (/^[ \t][\w-]{1,2048}&\w/.test(after)) return true
  const next = /^[ \t]([\w-]{10,2048})(?=[\s"']|$)/.exec(after)?.[1] ?? ''
  return /\d/.test(next) && /[A-Z]/.test(next) && /[a-z]/.test(next)
}

/** Returns the code that is the text itself, or says what the text has in its place. */
function withoutFields(text: string, { failures }: Reading): Pick<PastedCode, 'code' | 'shape' | 'encodings'> {
  const [failure] = failures ?? []
  if (failure !== undefined) throw failure
  if (/^\w+ of '?\w+'?$|^\[object \w+\]$/.test(text))
    throw missing(`${text} is the name of an object; print its serverAuthCode`)
  const secret = /[\s{:=]/.test(text) ? (otherSecretIn(text) ?? otherValueIn(text)) : undefined
  if (secret !== undefined) throw missing(`it has only ${secret}`)
  if (/^[{[]/.test(text)) throw missing('it has no serverAuthCode, authCode or code')
  const isProse = /\s/.test(text) && !/^4(?:\/|%)|[<>{}$]|^(?:YOUR|PASTE)|-----BEGIN/i.test(text)
  if (isProse) throw missing('it is a text without one')
  return { ...checkedCode(withoutPunctuation(text)), shape: 'a code' }
}

const phones: readonly CodeOrigin[] = ['android', 'ios']
const redirects: readonly CodeOrigin[] = ['web', 'desktop']

/** Returns where a code comes from, by all that a text says about it. */
function originOf(
  found: readonly FoundCode[],
  reading: Required<Reading>,
  { marks, redirectUris: labelled, addresses, hasShortened }: Surroundings,
): Origin {
  const address = found.find(({ redirectUri }) => redirectUri !== undefined)
  const redirect = address ?? found.find(({ from, isSure }) => from === 'redirect' && isSure === true)
  const popup = found.find(({ from }) => from === 'web-popup')
  const phone = found.find(({ from }) => from === 'phone')
  const isOfRedirect = marks.length > 0 || redirect !== undefined
  const all = [...labelled, ...reading.redirectUris].filter((uri) => uri !== '' || !isOfRedirect)
  const redirectUris = all.filter((uri) => !isShortened(uri) && namedRedirectUri(uri) !== undefined)
  if (phone !== undefined && (redirect === undefined || !hasMarks(redirect)) && reading.redirectUris.length === 0)
    return {
      origin: 'android',
      evidence: `named ${phone.name ?? ''}`,
      candidates: [],
      allows: [...phones, 'web-popup'],
    }
  const named = distinctUris([...redirectUris, ...found.flatMap(({ redirectUri }) => redirectUri ?? [])])
  const [only] = named
  if (only !== undefined && named.length === 1 && phone === undefined)
    return {
      ...originOfUri(only),
      evidence: address === undefined ? 'next to redirect_uri' : '',
      redirectUri: only,
      candidates: [],
    }
  if (named.length > 0) {
    const evidence =
      phone === undefined ? 'next to several redirect URIs' : `named ${phone.name ?? ''} and in a redirect`
    const uris = named.filter((uri) => uri !== '')
    return { origin: 'web', evidence, candidates: uris, isOneOfThem: phone === undefined, allows: codeOrigins }
  }
  const candidates = [...new Set([...reading.candidates, ...addresses])]
  const marked = redirect ?? (popup === undefined ? found.find(({ from }) => from === 'redirect') : undefined)
  if (marked !== undefined) {
    const isRequest = marked.name === 'code' && /path|query/.test(marked.shape)
    const allowed =
      isRequest || marked.marks?.includes('iss') === true ? redirects : [...redirects, 'web-popup' as const]
    return {
      origin: 'web',
      evidence: hasMarks(marked) ? `next to ${listed(marked.marks ?? [])}` : `in ${marked.shape}`,
      candidates,
      path: marked.path,
      allows: marked.isSure === true ? allowed : codeOrigins,
    }
  }
  if (popup !== undefined && !marks.some((mark) => /^(?:state|iss|code_verifier)$/.test(mark)))
    return {
      origin: 'web-popup',
      evidence: '',
      redirectUri: 'postmessage',
      candidates: [],
      allows: popup.isSure === true ? ['web-popup', ...redirects] : codeOrigins,
    }
  if (marks.length > 0 || addresses.length > 0 || hasShortened || all.length > 0)
    return {
      origin: 'web',
      evidence: marks.length > 0 ? `next to ${listed(marks)}` : 'next to an address',
      candidates,
      allows: codeOrigins,
    }
  return { candidates: [], allows: codeOrigins }
}

function originOfUri(uri: string): Pick<PastedCode, 'origin' | 'allows'> {
  if (uri === '') return { allows: phones }
  if (uri === 'postmessage') return { origin: 'web-popup', allows: ['web-popup'] }
  return { origin: isLoopback(uri) ? 'desktop' : 'web', allows: redirects }
}

function hasMarks({ marks }: FoundCode): boolean {
  return marks !== undefined && marks.length > 0
}

/** Returns each URI once; a browser adds the slash after a host. */
function distinctUris(uris: readonly string[]): readonly string[] {
  const withSlash = (uri: string): string => uri.replace(/^(https?:\/\/[^/?#]+)$/i, '$1/')
  return uris.filter((uri, at) => uris.findIndex((other) => withSlash(other) === withSlash(uri)) === at)
}

function listed(names: readonly string[]): string {
  return names.join(', ').replace(/, (?=[^,]*$)/, ' and ')
}
