import { Secret } from '../../core/secret.ts'
import { Failure } from '../../failures/index.ts'

// Google documents up to 256 bytes; other servers use more.
const longestCode = 2048
// Google's codes have had 73 characters since 2021, and 62 before.
const wholeGoogleCode = 72
// The representations of a missing value in SDKs and languages.
const nothing = /^(?:null|nil|undefined|none|\(null\))$/i
const statusWord = /^(?:success|succeeded|ok|true|false|failed|failure|error|cancell?ed|interrupted|unknown|done)$/i

/** Secrets and codes of other kinds, each with what it is. */
const otherSecrets: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^1\/\/0/, 'a refresh token (1//0…)'],
  [/^1\/[\w-]{25,}$/, 'a refresh token of the old form (1/…)'],
  [/^ya29\./, 'an access token (ya29.…)'],
  [/^eyJ[\w-]*\.[\w-]*\.[\w-]*$/, 'a signed token (eyJ…), such as an ID token'],
  [/^eyJ[\w-]*(?:\.[\w-]*){3,}$/, 'an encrypted token (eyJ…)'],
  [/^GOCSPX-/, 'a client secret (GOCSPX-…)'],
  [/^AIza[\w-]{20,}$/, 'an API key (AIza…)'],
  [/^(?:gh[opsru]|github_pat)_\w{10,}$/, 'a GitHub token'],
  [/^(?:sk|rk|pk)_(?:live|test)_/, 'a Stripe key'],
  [/^xox[abeoprs]-/, 'a Slack token'],
  [/^(?:AKIA|ASIA)[A-Z\d]{16}$/, 'an AWS access key'],
  [/^(?:glpat-|npm_|sk-)[\w-]{20,}$/, 'a token of another service'],
  [/^AH-1N[\w-]{20,}$/, 'a device code, which only the device that requested it can use: gsa login --device'],
  [/^[A-Z]{4}-[A-Z]{4}$|^[A-Z\d]{3}-[A-Z\d]{3}-[A-Z\d]{3,4}$/, 'the user code of a device login (gsa login --device)'],
]

/** Texts that people take for a code, each with what it is. */
const otherThings: typeof otherSecrets = [
  ...otherSecrets,
  [/^[a-z]{4}-[a-z]{4}$/i, 'the user code of a device login (gsa login --device)'],
  [
    /^(?:~|\.{1,2})?\/[\w.-]+\/|^(?:~|\.{1,2})\/|^[A-Z]:\\|\.(?:txt|json|log|env|ya?ml|html?|png|jpe?g|pdf|csv|js|ts|py|java|kt|swift|md)$/,
    'the name of a file; pass its content: gsa exchange - < FILE',
  ],
  [/\.apps\.googleusercontent\.com$/, 'a client ID'],
  [/^\d{1,8}$/, 'a number, such as a status or error code'],
  [/^\d{9,14}$/, 'a project number'],
  [/^\d{15,25}$/, 'the ID of an account'],
  [
    /^urn:ietf:wg:oauth:2\.0:oob(?::auto)?$/,
    'the redirect URI of codes that users copied by hand, which Google switched off',
  ],
  [/^[^\s@/]{1,64}@[^\s@/]{1,253}\.[a-z]{2,24}$/i, 'an email address'],
  [/^-----BEGIN /, 'a key or certificate'],
]

/** Returns which other secret a text contains, if any: people paste the wrong part of a response. */
export function otherSecretIn(text: string): string | undefined {
  const words = text.split(/[\s"'`,;:=&<>()[\]{}]+/)
  return otherSecrets.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1]
}

// The names of values that are no code.
const otherName =
  /^(?:[\w-]{1,40}[_-])?(?:token|secret|state|nonce|verifier|challenge|password|passwd|key|scope|bearer|session|authuser|client[_-]?id)$|(?:Token|Secret|Verifier|Password|Key|Id)$|^(?:user|device)[_-]?code$/i

/** Returns what a text of the form `NAME=value` or `NAME: value` has instead of a code, if its name tells. */
export function otherValueIn(text: string): string | undefined {
  const name = /^["'`]?([A-Za-z][\w-]{0,60})["'`]?\s{0,4}[=:]\s{0,4}\S/.exec(text)?.[1]
  return name !== undefined && otherName.test(name) ? `a value named ${name}` : undefined
}

/** Returns whether a text is how a language or SDK prints that there is no value. */
export function isNothing(text: string): boolean {
  return nothing.test(text)
}

/** Returns whether a field named code has the name or number of an error: `ECONNREFUSED`, `auth/popup-closed`, `10`. */
export function isErrorName(text: string): boolean {
  return /^-?\d{1,6}$|^E[A-Z]{4,16}$|^[A-Z]{2,20}(?:_[A-Z\d]{1,20}){1,6}$|^[a-z]{2,20}(?:[-/.][a-z]{2,20}){1,6}$/.test(
    text,
  )
}

/** Returns the failure for a text that gsa cannot use as a code. */
export function malformed(problem: string): Failure {
  return new Failure('code_malformed', { problem })
}

/** Returns the failure for a text without a code. */
export function missing(found: string): Failure {
  return new Failure('code_missing', { found })
}

/**
 * Returns the code without its percent-encoding and how many layers it had, or a failure that says what else the text
 * is. Google rejects an encoded code as malformed, and the user's code would be lost.
 * @throws Failure `code_missing`, `code_malformed`
 */
export function checkedCode(value: string): { readonly code: Secret; readonly encodings: number } {
  let code = value.trim()
  let encodings = 0
  if (code === '') throw missing('the code is empty')
  if (nothing.test(code)) throw missing(`the code is ${code}`)
  for (; /%[0-9a-f]{2}/i.test(code); encodings++) {
    if (encodings === 3) throw malformed('it is percent-encoded more than three times')
    code = percentDecoded(code) ?? code
    if (code === '') break
  }
  if (code.includes('%')) throw malformed('its percent-encoding is broken (part of it may be missing)')
  if (/^(?:4\/[\w-]{4,2048}[[({<]?)?(?:\.\.|…)/.test(code)) throw malformed('it was shortened with dots')
  if (/[<>{}$]/.test(code) || /^(?:YOUR|PASTE|CODE$|AUTH_?CODE|SERVER_?AUTH_?CODE|xxx)/i.test(code))
    throw malformed('it is a placeholder')
  if (/\*{3}|^\W?(?:filtered|redacted|masked|hidden|removed)\W?$/i.test(code))
    throw malformed('it was removed from the text')
  if (/[…]|\.\.\.$|^4\/.*\.\./.test(code)) throw malformed('it was shortened with dots')
  const other = otherThings.find(([pattern]) => pattern.test(code))
  if (other !== undefined) throw malformed(`it is ${other[1]}`)
  if (/\s/.test(code)) throw malformed('it contains white space')
  if (statusWord.test(code)) throw missing(`it says ${code}`)
  // oxlint-disable-next-line no-control-regex -- everything outside printable ASCII
  if (/[^\x21-\x7e]/.test(code)) throw malformed('it contains characters that no code has')
  if (code.length > longestCode) throw malformed(`it has ${code.length} characters`)
  // "4/" followed by nothing or a few characters is a truncated code. Codes of other servers have no such prefix.
  if (code.startsWith('4/') && code.length < 20)
    throw malformed(`it has only ${code.length} characters, so part of it is missing`)
  if (code === '4') throw malformed('everything after the slash is missing')
  if (/^4\/[01]A/.test(code)) {
    if (/.4\/[01]A/.test(code)) throw malformed('it contains two codes')
    const strange = /[^\w-]/.exec(code.slice(2))?.[0]
    if (strange !== undefined) throw malformed(`it contains the character ${strange}, which no code of Google has`)
  }
  return { code: new Secret(code), encodings }
}

/** Returns a value in a form that is equal for all copies of one code: plain, and without punctuation after it. */
export function comparableCode(value: string): string {
  let code = value.trim()
  for (let layer = 0; layer < 3 && /%[0-9a-f]{2}/i.test(code); layer++) code = percentDecoded(code) ?? code
  return withoutPunctuation(code)
}

/** Returns a value without punctuation after it, if it is a code of Google's; other servers may use any character. */
export function withoutPunctuation(code: string): string {
  const isWhole = /^4(?:\/|%)/.test(code) && !/\.\.|…|\*{3}/.test(code)
  return isWhole ? code.replace(/[.,;:)\]}>'"`*#!?]{1,8}$/, '') : code
}

/** Returns whether a plain value begins as Google's codes do. */
export function isGoogleCode(plain: string): boolean {
  return /^4\/[\w-]{8}/.test(plain)
}

/** Returns whether a plain value is as long as Google's codes are, so that nothing is missing. */
export function isWholeGoogleCode(plain: string): boolean {
  return /^4\/[01]A[\w-]*$/.test(plain) && plain.length >= wholeGoogleCode
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
