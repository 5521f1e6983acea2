import { createHash } from 'node:crypto'
import { type Consent, hasEnded, recordConsent } from './grants.ts'
import type { AuthorizationCode, Records } from './state.ts'
import { sweepExpired } from './sweep-expired.ts'

/** Google gives no number; RFC 6749 section 4.1.2 allows at most ten minutes. */
export const codeLifetimeMs = 10 * 60_000

/** A consent, and the values its code is bound to. */
interface CodeConsent extends Consent {
  readonly redirectUri: string
  readonly challenge?: AuthorizationCode['challenge']
  readonly nonce?: string | undefined
  /** The limited duration of the access, if the user limited it. */
  readonly accessSeconds?: number
  /** Requested by the iOS SDK. */
  readonly fromIos?: boolean
  readonly signIn: string | undefined
}

/** Records the consent and issues a single-use authorization code for it. */
export function issueCode(
  records: Records,
  consent: CodeConsent,
): { readonly code: string; readonly scopes: ReadonlySet<string> } {
  const { client, account } = consent
  const { grant, scopes, refreshToken } = recordConsent(records, consent)
  const code = records.mint.authorizationCode()
  const now = records.clock.now()
  sweepExpired(records.state.codes, now)
  records.state.codes.set(code, {
    client,
    account,
    grant,
    scopes,
    redirectUri: consent.redirectUri,
    challenge: consent.challenge,
    nonce: consent.nonce,
    accessType: consent.accessType,
    refreshToken,
    ...(consent.accessSeconds !== undefined && { accessSeconds: consent.accessSeconds }),
    fromIos: consent.fromIos ?? false,
    expiresAtMs: now + codeLifetimeMs,
    signIn: consent.signIn,
  })
  records.signIns.remember(code, consent.signIn)
  return { code, scopes }
}

/**
 * Redeems a code and returns its data, or undefined if it is unknown, used, expired, revoked or belongs to another
 * client. An attempt by another client does not use the code up; every attempt by its own client does, even one that
 * then fails.
 */
export function takeCode(records: Records, code: string, clientId: string): AuthorizationCode | undefined {
  const found = records.state.codes.get(code)
  if (found === undefined || found.client.clientId !== clientId) return undefined
  records.state.codes.delete(code)
  const now = records.clock.now()
  return hasEnded(found.grant, now) || found.expiresAtMs <= now ? undefined : found
}

/** Returns whether the verifier matches the challenge (RFC 7636 section 4.6). */
export function verifierMatches(challenge: NonNullable<AuthorizationCode['challenge']>, verifier: string): boolean {
  if (challenge.method === 'plain') return verifier === challenge.value
  return createHash('sha256').update(verifier).digest('base64url') === challenge.value
}
