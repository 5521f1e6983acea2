import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import { authorizationFailure } from './authorization-response.ts'

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
  /** The origin that the pasted text reveals: a redirect URL includes its redirect URI. */
  readonly redirectUri?: string
  readonly origin?: CodeOrigin
}

const longestPaste = 64 * 1024
// Google documents up to 256 bytes; other servers use more.
const longestCode = 2048
const deepestJson = 4
const codeMembers = ['serverAuthCode', 'server_auth_code', 'authCode', 'auth_code', 'code'] as const
// The representations of a missing value in SDKs and languages.
const nothing = /^(?:null|nil|undefined|none|\(null\))$/i
// `serverAuthCode: 4/0A…`, `"code" => "4/0A…"`, `serverAuthCode=Optional("4/0A…")`. A label must be a whole word:
// errorCode is not one.
const labelledCode = new RegExp(
  `(?<![\\w-])["']?(${codeMembers.join('|')})["']?\\s*(?:=>|[:=])\\s*(?:Optional\\()?["'\`]?([^\\s"'\`,;&)}\\]]*)`,
  'g',
)
// A Google code, plain or percent-encoded, that is not part of a path or a word.
const looseCode = /(?<![\w/%.-])(4(?:\/|%(?:25)*2F)0[\w%./…-]{16,})/gi

/**
 * Finds the authorization code in pasted text: a plain or percent-encoded code, a redirect URL, a query string or form
 * text, JSON, or a log line that contains an object as React Native, Capacitor, Flutter, Kotlin or Swift print it.
 * Decodes all layers of percent-encoding, because Google refuses an encoded code as malformed, and the user's code
 * would be lost.
 * @throws Failure `code_missing`, `code_malformed`, `authorization_refused`, `consent_denied`
 */
export function parsePastedCode(pasted: string): PastedCode {
  if (pasted.length > longestPaste)
    throw new Failure('code_malformed', { problem: `it has ${pasted.length} characters` })
  // Terminals that wrap long lines put line breaks into copied text.
  const text = unquoted(pasted.replace(/[\r\n]+\s*/g, '').trim())
  if (text === '') throw new Failure('code_missing', { found: 'it is empty' })
  if (nothing.test(text)) throw new Failure('code_missing', { found: `it says ${text}` })

  if (/^[{[]/.test(text)) {
    const document = parseJsonObject(Buffer.from(text))
    if (document !== undefined) return fromJson(document)
  } else if (/^[a-z][\w+.-]*:\/\/?\w/i.test(text)) return fromUrl(text)
  else if (/^\S+$/.test(text)) {
    const parameters = new URLSearchParams(text.replace(/^[?#]/, ''))
    // A plain code may end in "=", so an equals sign alone does not mean parameters.
    if ([...codeMembers, 'error', 'state'].some((name) => parameters.has(name))) return fromParameters(parameters)
  }
  return fromPrinted(unquoted(pasted.trim())) ?? { ...checkedCode(text), shape: 'a code' }
}

/** Returns a text without the quotes that were copied with it. */
export function unquoted(text: string): string {
  const quoted = /^(["'`])([\s\S]*)\1$/.exec(text) ?? /^Optional\((["']?)([\s\S]*)\1\)$/.exec(text)
  return quoted?.[2]?.trim() ?? text
}

function fromJson(document: JsonObject): PastedCode {
  for (const object of objectsIn(document, deepestJson)) {
    const name = codeMembers.find((member) => object[member] !== undefined)
    if (name === undefined) continue
    const value = object[name]
    if (value === null || value === '')
      throw new Failure('code_missing', { found: `its ${name} is ${JSON.stringify(value)}` })
    if (typeof value !== 'string') throw new Failure('code_malformed', { problem: `its ${name} is not a text` })
    // The web code client returns the scopes next to the code.
    return name === 'code' && object['scope'] !== undefined
      ? { ...checkedCode(value), shape: 'the answer of the web pop-up', origin: 'web-popup' }
      : { ...checkedCode(value), shape: 'JSON' }
  }
  throw new Failure('code_missing', { found: `the JSON has no ${codeMembers.join(', ')}` })
}

/** Yields the object and those inside it: apps often wrap what an SDK returned in more data. */
function* objectsIn(object: JsonObject, depth: number): Generator<JsonObject> {
  yield object
  if (depth === 0) return
  for (const value of Object.values(object)) if (isJsonObject(value)) yield* objectsIn(value, depth - 1)
}

function fromUrl(text: string): PastedCode {
  if (!URL.canParse(text)) throw new Failure('code_malformed', { problem: 'it looks like a URL but is not valid' })
  const url = new URL(text)
  if (/^com\.googleusercontent\.apps\./i.test(url.protocol))
    throw new Failure('code_malformed', {
      problem:
        'it is a redirect to an iOS or Android client, and only that app can use its code; the app must request a serverAuthCode instead',
    })
  const parameters = url.search === '' ? new URLSearchParams(url.hash.slice(1)) : url.searchParams
  const redirectUri = text.slice(0, text.search(/[?#]/))
  return {
    ...fromParameters(parameters),
    shape: 'a redirect URL',
    redirectUri,
    origin: /^https?:\/\/(?:127\.0\.0\.1|\[::1\]|localhost)[:/]/.test(redirectUri) ? 'desktop' : 'web',
  }
}

function fromParameters(parameters: URLSearchParams): PastedCode {
  const error = parameters.get('error')
  if (error !== null) throw authorizationFailure({ error, description: parameters.get('error_description') })
  const name = codeMembers.find((member) => parameters.has(member))
  if (name === undefined) {
    const names = [...new Set(parameters.keys())].filter((key) => /^\w{1,30}$/.test(key))
    throw new Failure('code_missing', { found: `there is no code among ${names.join(', ') || 'its parameters'}` })
  }
  if (parameters.getAll(name).length > 1) throw new Failure('code_malformed', { problem: 'it contains two codes' })
  return { ...checkedCode(parameters.get(name) ?? ''), shape: 'form text' }
}

/**
 * Returns the code in a program's output for people: a log line, or an object in the notation of JavaScript, Dart,
 * Kotlin or Swift. Returns undefined if there is none.
 */
function fromPrinted(text: string): PastedCode | undefined {
  const labelled = [...text.matchAll(labelledCode)].map(([, name, value]) => ({ name, value: value ?? '' }))
  const empty = labelled.find(({ value }) => value === '' || nothing.test(value))
  const found = new Set(labelled.filter(({ value }) => value !== '' && !nothing.test(value)).map(({ value }) => value))
  // Text that begins with a code is a code broken by a terminal, or one with white space in it, not a log line.
  if (found.size === 0 && /\s/.test(text) && !/^4(?:\/|%)/.test(text))
    for (const [, value] of text.matchAll(looseCode)) if (value !== undefined) found.add(value)
  if (found.size > 1) throw new Failure('code_malformed', { problem: 'it contains several codes' })
  const [value] = found
  if (value !== undefined) return { ...checkedCode(value), shape: 'what an app printed' }
  if (empty !== undefined)
    throw new Failure('code_missing', { found: `its ${empty.name} is ${empty.value === '' ? 'empty' : empty.value}` })
  if (/^\w+ of '?\w+'?$|^\[object \w+\]$/.test(text))
    throw new Failure('code_missing', { found: `${text} is the name of an object; print its serverAuthCode` })
  if (/^[{[]/.test(text)) throw new Failure('code_missing', { found: `it has no ${codeMembers.join(', ')}` })
  return undefined
}

function checkedCode(value: string): Pick<PastedCode, 'code' | 'encodings'> {
  const malformed = (problem: string): Failure => new Failure('code_malformed', { problem })
  let code = value.trim()
  let encodings = 0
  if (code === '') throw new Failure('code_missing', { found: 'the code is empty' })
  if (nothing.test(code)) throw new Failure('code_missing', { found: `the code is ${code}` })
  for (; /%[0-9a-f]{2}/i.test(code); encodings++) {
    if (encodings === 3) throw malformed('it is percent-encoded more than three times')
    code = percentDecoded(code) ?? code
    if (code === '') break
  }
  if (code.includes('%')) throw malformed('its percent-encoding is broken (part of it may be missing)')
  if (/[<>{}$]/.test(code) || /^(?:YOUR|PASTE|CODE$|AUTH_?CODE|SERVER_?AUTH_?CODE|xxx)/i.test(code))
    throw malformed('it is a placeholder')
  if (/[…]|\.\.\.$/.test(code)) throw malformed('it was shortened with dots')
  if (code.startsWith('1//0')) throw malformed('it is a refresh token (1//0…)')
  if (code.startsWith('ya29.')) throw malformed('it is an access token (ya29.…)')
  if (/^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(code)) throw malformed('it is a signed token (eyJ…), such as an ID token')
  if (code.endsWith('.apps.googleusercontent.com')) throw malformed('it is a client ID')
  if (/\s/.test(code)) throw malformed('it contains white space')
  // oxlint-disable-next-line no-control-regex -- everything outside printable ASCII
  if (/[^\x21-\x7e]/.test(code)) throw malformed('it contains characters that no code has')
  if (code.length > longestCode) throw malformed(`it has ${code.length} characters`)
  // "4/" followed by nothing or a few characters is a truncated code. Codes of other servers have no such prefix.
  if (code.startsWith('4/') && code.length < 20)
    throw malformed(`it has only ${code.length} characters, so part of it is missing`)
  if (code === '4') throw malformed('everything after the slash is missing')
  return { code: new Secret(code), encodings }
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
