import { createHash, verify } from 'node:crypto'
import { type IdTokenDraft, idTokenFaults } from '../faults/id-token-faults.ts'
import { signingKeyFaults } from '../faults/provider-faults.ts'
import type { SigningKey } from '../keys/keys.ts'
import { signatures } from '../keys/signatures.ts'
import type { LocalGoogle } from '../local-google.ts'
import type { EmulatorAccount } from '../records/built-in.ts'
import { seconds } from '../records/clock.ts'
import { isRecord } from '../records/input.ts'
import { withoutScheme } from '../records/origins.ts'
import { emailScope, profileScope } from '../records/scopes.ts'

const lifetimeSeconds = 3600
/** How long before its issue a token for a page is valid (evidence B12). */
const notBeforeSeconds = 300

/** The values for one ID token. */
export interface IdTokenSubject {
  readonly clientId: string
  readonly account: EmulatorAccount
  readonly scopes: ReadonlySet<string>
  /** Absent for a token that a page gets from Google's library: it comes without an access token. */
  readonly accessToken?: string
  readonly nonce: string | undefined
  /** The issuer to sign with; older endpoints write it without its scheme. */
  readonly issuer: string
}

/** Returns the left half of the SHA-256 of an access token (OIDC Core section 3.1.3.6). */
export function accessTokenHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url')
}

/** Returns the profile claims for the granted scopes, in Google's order. */
export function profileClaims(account: EmulatorAccount, scopes: ReadonlySet<string>): Readonly<Record<string, string>> {
  if (!scopes.has(profileScope)) return {}
  const { name, picture, givenName, familyName } = account
  return { name, picture, given_name: givenName, family_name: familyName }
}

/** Returns a signed ID token (OIDC Core section 2, evidence B4), valid for an hour by the emulator's clock. */
export async function issueIdToken(google: LocalGoogle, subject: IdTokenSubject): Promise<string> {
  const { account, clientId, scopes } = subject
  const issuedAt = seconds(google.clock.shown())
  const isForPage = subject.accessToken === undefined
  const claims = {
    iss: subject.issuer,
    azp: clientId,
    aud: clientId,
    sub: account.sub,
    ...(account.hostedDomain && { hd: account.hostedDomain }),
    ...(scopes.has(emailScope) && { email: account.email, email_verified: true }),
    ...(subject.accessToken !== undefined && { at_hash: accessTokenHash(subject.accessToken) }),
    ...(subject.nonce !== undefined && { nonce: subject.nonce }),
    ...(isForPage && { nbf: issuedAt - notBeforeSeconds }),
    ...profileClaims(account, scopes),
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    ...(isForPage && { jti: google.random.bytes(20).toString('hex') }),
  }
  const rotation = google.faults.take('token', signingKeyFaults)
  if (rotation !== undefined) await google.keys.rotate(rotation.retire)
  const key = await google.keys.signing()
  const draft: IdTokenDraft = { header: { alg: 'RS256', kid: key.kid, typ: 'JWT' }, claims, signature: 'RS256' }
  return await signToken(key, google.faults.change('token', idTokenFaults, draft))
}

async function signToken(key: SigningKey, { header, claims, signature }: IdTokenDraft): Promise<string> {
  const signingInput = `${encode(header)}.${encode(claims)}`
  const bytes = await signatures[signature](Buffer.from(signingInput), key)
  return `${signingInput}.${bytes.toString('base64url')}`
}

/**
 * Returns the header and claims of an unexpired ID token of this emulator that is signed by a published key, or
 * undefined for any other.
 */
export async function openIdToken(
  google: LocalGoogle,
  token: string,
): Promise<
  { readonly header: Readonly<Record<string, unknown>>; readonly claims: Readonly<Record<string, unknown>> } | undefined
> {
  const [head, body, signature, ...rest] = token.split('.')
  if (!head || !body || !signature || rest.length > 0) return undefined
  const header = decode(head)
  const claims = decode(body)
  if (header === undefined || claims === undefined || header['alg'] !== 'RS256') return undefined
  if (claims['iss'] !== google.issuer && claims['iss'] !== withoutScheme(google.issuer)) return undefined
  const key = (await google.keys.published()).find((candidate) => candidate.kid === header['kid'])
  if (key === undefined) return undefined
  const signed = verify('sha256', Buffer.from(`${head}.${body}`), key.publicKey, Buffer.from(signature, 'base64url'))
  const expired = Number(claims['exp']) <= seconds(google.clock.now())
  return signed && !expired ? { header, claims } : undefined
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
