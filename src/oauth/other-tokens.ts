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
 * Refuses a signed or encrypted token whose own header or claims say that it is no ID token. They are not verified, so
 * they can only lead to a refusal.
 * @param issuers the issuers whose ID tokens are expected
 * @throws Failure `id_token_invalid` with `its kind` as check
 */
export function refuseOtherToken(token: Secret, issuers: readonly string[]): void {
  const other = otherToken(token, issuers)
  if (other !== undefined) throw wrongKind(other.found, other.hint)
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
