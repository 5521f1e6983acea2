import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts'
import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import { authorizationFailure } from './authorization-response.ts'

/** Where a code was born, which decides the redirect URI that it is exchanged with. */
export type CodeOrigin = 'android' | 'ios' | 'web-popup' | 'web' | 'desktop'

/** Every {@link CodeOrigin}, in the order of the help text. */
export const codeOrigins: readonly CodeOrigin[] = ['android', 'ios', 'web-popup', 'web', 'desktop']

/** A code as it was found in what somebody pasted. */
export interface PastedCode {
  readonly code: Secret
  /** What was pasted, for people: `a redirect URL`, `JSON`. */
  readonly shape: string
  /** How often it had been percent-encoded: once is what forms and URLs do, more is a mistake of the app. */
  readonly encodings: number
  /** What the shape of the paste says of the origin: a redirect URL brings its redirect URI along. */
  readonly redirectUri?: string
  readonly origin?: CodeOrigin
}

const longestPaste = 64 * 1024
// Google says up to 256 bytes; other servers take more.
const longestCode = 2048
const deepestJson = 4
const codeMembers = ['serverAuthCode', 'server_auth_code', 'authCode', 'auth_code', 'code'] as const
// What SDKs and languages print for a value that is not there.
const nothing = /^(?:null|nil|undefined|none|\(null\))$/i
// `serverAuthCode: 4/0A…`, `"code" => "4/0A…"`, `serverAuthCode=Optional("4/0A…")`. A label is a
// whole word: errorCode is none.
const labelledCode = new RegExp(
  `(?<![\\w-])["']?(${codeMembers.join('|')})["']?\\s*(?:=>|[:=])\\s*(?:Optional\\()?["'\`]?([^\\s"'\`,;&)}\\]]*)`,
  'g',
)
// What a code of Google looks like, as itself or percent-encoded, with nothing of a path or a word before it.
const looseCode = /(?<![\w/%.-])(4(?:\/|%(?:25)*2F)0[\w%./…-]{16,})/gi

/**
 * Finds the authorization code in what was pasted: a bare code, a percent-encoded one, a redirect URL, a query
 * string or form text, JSON, or a line of a log with an object in it as React Native, Capacitor, Flutter, Kotlin or
 * Swift print one. Decodes percent-encoding until none is left, because a code sent encoded is refused as
 * malformed, and with it burnt.
 * @throws Failure `code_missing`, `code_malformed`, `authorization_refused`, `consent_denied`
 */
export function parsePastedCode(pasted: string): PastedCode {
  if (pasted.length > longestPaste)
    throw new Failure('code_malformed', { problem: `it has ${pasted.length} characters` })
  // A terminal that wraps a long line puts line breaks into the middle of what is copied from it.
  const text = unquoted(pasted.replace(/[\r\n]+\s*/g, '').trim())
  if (text === '') throw new Failure('code_missing', { found: 'it is empty' })
  if (nothing.test(text)) throw new Failure('code_missing', { found: `it says ${text}` })

  if (/^[{[]/.test(text)) {
    const document = parseJsonObject(Buffer.from(text))
    if (document !== undefined) return fromJson(document)
  } else if (/^[a-z][\w+.-]*:\/\/?\w/i.test(text)) return fromUrl(text)
  else if (/^\S+$/.test(text)) {
    const parameters = new URLSearchParams(text.replace(/^[?#]/, ''))
    // A bare code may end in "=", so an equals sign alone does not make parameters.
    if ([...codeMembers, 'error', 'state'].some((name) => parameters.has(name))) return fromParameters(parameters)
  }
  return fromPrinted(unquoted(pasted.trim())) ?? { ...checkedCode(text), shape: 'a code' }
}

/** A text without the quotes around it, which came along when it was copied. */
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
    // The answer of the web code client names the scopes beside the code.
    return name === 'code' && object['scope'] !== undefined
      ? { ...checkedCode(value), shape: 'the answer of the web pop-up', origin: 'web-popup' }
      : { ...checkedCode(value), shape: 'JSON' }
  }
  throw new Failure('code_missing', { found: `the JSON has no ${codeMembers.join(', ')}` })
}

/** The object itself, and those inside it: apps print what an SDK gave them with more around it. */
function* objectsIn(object: JsonObject, depth: number): Generator<JsonObject> {
  yield object
  if (depth === 0) return
  for (const value of Object.values(object)) if (isJsonObject(value)) yield* objectsIn(value, depth - 1)
}

function fromUrl(text: string): PastedCode {
  if (!URL.canParse(text)) throw new Failure('code_malformed', { problem: 'it looks like a URL, but is none' })
  const url = new URL(text)
  if (/^com\.googleusercontent\.apps\./i.test(url.protocol))
    throw new Failure('code_malformed', {
      problem:
        'it is the redirect of an iOS or Android client of its own, whose code that app alone can use; the app must ask for a serverAuthCode instead',
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
  if (parameters.getAll(name).length > 1) throw new Failure('code_malformed', { problem: 'there are two codes in it' })
  return { ...checkedCode(parameters.get(name) ?? ''), shape: 'form text' }
}

/**
 * The code in what a program printed for people: a line of a log, an object in the notation of JavaScript, Dart, Kotlin
 * or Swift. Undefined where there is nothing of the kind.
 */
function fromPrinted(text: string): PastedCode | undefined {
  const labelled = [...text.matchAll(labelledCode)].map(([, name, value]) => ({ name, value: value ?? '' }))
  const empty = labelled.find(({ value }) => value === '' || nothing.test(value))
  const found = new Set(labelled.filter(({ value }) => value !== '' && !nothing.test(value)).map(({ value }) => value))
  // What begins with a code is one that a terminal broke, or that has white space in it, and no line of a log.
  if (found.size === 0 && /\s/.test(text) && !/^4(?:\/|%)/.test(text))
    for (const [, value] of text.matchAll(looseCode)) if (value !== undefined) found.add(value)
  if (found.size > 1) throw new Failure('code_malformed', { problem: 'there are several codes in it' })
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
    if (encodings === 3) throw malformed('it is percent-encoded more than three times over')
    code = percentDecoded(code) ?? code
    if (code === '') break
  }
  if (code.includes('%')) throw malformed('it has a broken percent-encoding (was it cut?)')
  if (/[<>{}$]/.test(code) || /^(?:YOUR|PASTE|CODE$|AUTH_?CODE|SERVER_?AUTH_?CODE|xxx)/i.test(code))
    throw malformed('it is a placeholder')
  if (/[…]|\.\.\.$/.test(code)) throw malformed('it was shortened with dots')
  if (code.startsWith('1//0')) throw malformed('it is a refresh token (1//0…)')
  if (code.startsWith('ya29.')) throw malformed('it is an access token (ya29.…)')
  if (/^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(code)) throw malformed('it is a signed token (eyJ…), such as an ID token')
  if (code.endsWith('.apps.googleusercontent.com')) throw malformed('it is a client id')
  if (/\s/.test(code)) throw malformed('there is white space in it')
  // oxlint-disable-next-line no-control-regex -- everything outside printable ASCII
  if (/[^\x21-\x7e]/.test(code)) throw malformed('there are characters in it that no code has')
  if (code.length > longestCode) throw malformed(`it has ${code.length} characters`)
  // "4/" and nothing behind it, or a handful of characters: a code that was cut. Codes of other
  // servers have no such prefix.
  if (code.startsWith('4/') && code.length < 20) throw malformed(`it was cut: only ${code.length} characters are left`)
  if (code === '4') throw malformed('it was cut at the slash')
  return { code: new Secret(code), encodings }
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
