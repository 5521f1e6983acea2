import { createHash } from 'node:crypto'
import { type Consent, hasEnded, recordConsent } from './grants.ts'
import type { AuthorizationCode, Records } from './state.ts'
import { sweepExpired } from './sweep-expired.ts'

/** Google gives no number; ten minutes is what RFC 6749 section 4.1.2 allows at most. */
const codeLifetimeMs = 10 * 60_000

/** A consent, and what the code for it is to be bound to. */
interface CodeConsent extends Consent {
  readonly redirectUri: string
  readonly challenge?: AuthorizationCode['challenge']
  readonly nonce?: string | undefined
  /** The user gives access for so long only. */
  readonly accessSeconds?: number
  /** Asked for by a mobile or web SDK. */
  readonly fromSdk?: boolean
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
    fromSdk: consent.fromSdk ?? false,
    expiresAtMs: now + codeLifetimeMs,
  })
  return { code, scopes }
}

/**
 * Takes a code out of circulation and returns what it was bound to; undefined when it is unknown, used,
 * expired, revoked or of another client. A stranger's attempt does not burn it; every attempt of its own client
 * does, also one that then fails.
 */
export function takeCode(records: Records, code: string, clientId: string): AuthorizationCode | undefined {
  const found = records.state.codes.get(code)
  if (found === undefined || found.client.clientId !== clientId) return undefined
  records.state.codes.delete(code)
  const now = records.clock.now()
  return hasEnded(found.grant, now) || found.expiresAtMs <= now ? undefined : found
}

/** Whether the verifier answers the challenge (RFC 7636 section 4.6). */
export function verifierMatches(challenge: NonNullable<AuthorizationCode['challenge']>, verifier: string): boolean {
  if (challenge.method === 'plain') return verifier === challenge.value
  return createHash('sha256').update(verifier).digest('base64url') === challenge.value
}
