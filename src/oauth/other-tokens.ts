import { type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { Failure, type IdTokenHint } from '../failures/index.ts'

/** The issuer and audience that a token claims to have. Anyone can claim anything. */
interface ClaimedOrigin {
  readonly iss: unknown
  readonly aud: unknown
}

/** A token that is no ID token: a noun phrase for it, and what to do. */
interface OtherToken {
  readonly found: string
  readonly hint: IdTokenHint
}

function partOf(token: Secret, at: number): JsonObject | undefined {
  const part = token.reveal().split('.')[at] ?? ''
  return /^[\w-]{2,}$/.test(part) ? parseJsonObject(Buffer.from(part, 'base64url')) : undefined
}

/** Returns what an unverified token claims, for display; undefined if it is unreadable. */
export function claimedOrigin(token: Secret): ClaimedOrigin | undefined {
  const payload = partOf(token, 1)
  return payload === undefined ? undefined : { iss: payload['iss'] ?? null, aud: payload['aud'] ?? null }
}

// RFC 9068 section 2.1, RFC 9449 section 4.2, OpenID Connect Back-Channel Logout section 2.4, RFC 8417 section 2.3.
const types: Readonly<Record<string, OtherToken>> = {
  'at+jwt': { found: 'an access token of another server (typ is at+jwt)', hint: 'jwt_access_token' },
  'dpop+jwt': { found: 'a DPoP proof', hint: 'other_token' },
  'logout+jwt': { found: 'a logout token', hint: 'other_token' },
  'secevent+jwt': { found: 'a security event token', hint: 'other_token' },
}

/**
 * Refuses what a program prints in place of a token, and a signed or encrypted token whose own header or claims say
 * that it is no ID token. They are not verified, so they can only lead to a refusal.
 * @param issuers the issuers whose ID tokens are expected
 * @throws Failure `id_token_invalid` with `its kind` as check
 */
export function refuseOtherToken(token: Secret, issuers: readonly string[]): void {
  const other = noToken(token.reveal()) ?? otherToken(token, issuers)
  if (other !== undefined) throw wrongKind(other.found, other.hint)
}

// The text of an object in JavaScript, Swift and Objective-C, Dart, Python, Ruby, Java and Kotlin, C#.
const objectNames: readonly RegExp[] = [
  /\[object [A-Z]\w{0,60}\]/,
  /<[\w.]{1,100}: 0x[\da-f]{1,16}\b/i,
  /\bInstance of '?[A-Z_][\w<>?, ]{1,100}/,
  /<[\w. ]{1,150} at 0x[\da-f]{1,16}>/i,
  /<(?:bound method|function|coroutine object|class) [\w.']{1,150}/,
  /#<[A-Z][\w:]{0,100}[: ]0x[\da-f]{1,16}/i,
  /\b(?:[a-z][\w$]{0,60}\.){1,10}[\w$]{1,100}@[\da-f]{1,16}(?![\w.-])/i,
  /^[A-Z]\w{2,100}@[\da-f]{1,16}$/,
  /^(?:0x[\da-f]{4,16}|Array|Object|kotlin\.Unit|(?:class|interface) [\w.$]{1,200})$/,
  /\bPromise ?\{ ?<\w{1,20}>/,
  /\[(?:Async)?(?:Function|Object|Getter|Promise)(?:: \w{1,60}| \(anonymous\))?\]/,
  /^(?:System|Microsoft|Google|Newtonsoft)(?:\.\w{1,60}){1,8}(?:`\d(?:\[[\w.,`]{1,200}\])?)?$/,
]
const nothing = /^(?:null|undefined|nil|none|nan|\(null\)|<null>|<nil>|optional\(nil\)|\{\}|\[\])$/i
const standIn =
  /^[<{$%([]{0,3}(?:(?:your|my|the|paste|insert|google|id|jwt|auth)[_ -]?){0,4}(?:token|jwt|credential)(?:[_ -]?here)?[>})\]%]{0,3}$/i
// Longer texts are no output of one value.
const longestObject = 4000

/** Returns what a program printed in place of a token: nothing, or the name of an object. */
function noToken(text: string): OtherToken | undefined {
  const word = text.trim()
  if (word === '') return { found: 'an empty text', hint: 'no_value' }
  if (word.length > longestObject) return undefined
  if (nothing.test(word)) return { found: `${word}, which programs print for a missing value`, hint: 'no_value' }
  if (standIn.test(word)) return { found: 'a placeholder or the name of a variable', hint: 'other_token' }
  return objectNames.some((name) => name.test(word))
    ? { found: 'the name of an object that a program printed', hint: 'object_name' }
    : undefined
}

/** Returns the failure for a text that is something else than an ID token. */
export function wrongKind(found: string, hint: IdTokenHint): Failure<'id_token_invalid'> {
  return new Failure('id_token_invalid', { check: 'its kind', expected: 'an ID token', found, hint })
}

/** Returns what a token is, if its header or claims say that it is no ID token of these issuers. */
export function otherToken(token: Secret, issuers: readonly string[]): OtherToken | undefined {
  const header = partOf(token, 0)
  if (header === undefined) return undefined
  if (header['enc'] !== undefined && token.reveal().split('.').length === 5)
    return { found: 'an encrypted token (JWE)', hint: 'encrypted' }
  const type = stringMember(header, 'typ')
    ?.toLowerCase()
    .replace(/^application\//, '')
  if (type !== undefined && Object.hasOwn(types, type)) return types[type]
  const payload = partOf(token, 1)
  const iss = payload === undefined ? undefined : stringMember(payload, 'iss')
  if (payload === undefined || iss === undefined || issuers.includes(iss)) return undefined
  if (iss.startsWith('https://securetoken.google.com/')) return { found: 'a Firebase ID token', hint: 'firebase' }
  if (iss.startsWith('https://session.firebase.google.com/'))
    return { found: 'a Firebase session cookie', hint: 'firebase' }
  if (iss.startsWith('https://firebaseappcheck.googleapis.com/'))
    return { found: 'a token of Firebase App Check', hint: 'other_token' }
  if (!iss.endsWith('.gserviceaccount.com')) return undefined
  return JSON.stringify(payload['aud'] ?? '').includes('identitytoolkit')
    ? { found: 'a custom token of Firebase', hint: 'custom_token' }
    : { found: 'an assertion of a service account', hint: 'service_account' }
}

const issuerNames: readonly (readonly [host: RegExp, name: string])[] = [
  [/^securetoken\.google\.com$/, 'Firebase'],
  [/^cloud\.google\.com$/, 'Identity-Aware Proxy'],
  [/^appleid\.apple\.com$/, 'Apple'],
  [
    /^(?:login\.microsoftonline\.com|sts\.windows\.net|login\.live\.com)$|\.ciamlogin\.com$|\.b2clogin\.com$/,
    'Microsoft',
  ],
  [/\.auth0\.com$/, 'Auth0'],
  [/\.okta(?:preview)?\.com$/, 'Okta'],
  [/^cognito-idp\..+\.amazonaws\.com$/, 'Amazon Cognito'],
  [/\.supabase\.(?:co|in)$/, 'Supabase'],
  [/(?:^|\.)facebook\.com$/, 'Facebook'],
  [/^token\.actions\.githubusercontent\.com$/, 'GitHub Actions'],
  [/\.clerk\.(?:accounts\.dev|com)$/, 'Clerk'],
]

/**
 * Returns what to say about a token whose signature could not be verified, by the issuer that it claims; nothing if its
 * claims are unreadable.
 */
export function claimDetails(
  token: Secret,
  issuers: readonly string[],
): { readonly claimed?: ShownClaims; readonly hint?: IdTokenHint; readonly issuerName?: string } {
  const origin = claimedOrigin(token)
  if (origin === undefined) return {}
  const claimed = { iss: shownClaim(origin.iss), aud: shownClaim(origin.aud) }
  const { iss } = origin
  if (typeof iss !== 'string' || issuers.includes(iss)) return { claimed }
  if (/^(?:https:\/\/)?accounts\.google\.com$/.test(iss)) return { claimed, hint: 'google_issuer' }
  const { protocol, hostname } = URL.canParse(iss) ? new URL(iss) : { protocol: '', hostname: '' }
  if (protocol === 'http:') return { claimed, hint: 'emulator_issuer' }
  const name = issuerNames.find(([host]) => host.test(hostname))?.[1]
  return { claimed, hint: 'other_issuer', issuerName: name ?? 'another issuer' }
}

/** Claims in a message. */
interface ShownClaims {
  readonly iss: string
  readonly aud: string
}

function shownClaim(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
