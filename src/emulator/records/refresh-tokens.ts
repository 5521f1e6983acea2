import { clientGrantOf, hasEnded } from './grants.ts'
import { projectFor } from './project.ts'
import { signInScopes } from './scopes.ts'
import type { AuthorizationCode, Records, RefreshToken, State } from './state.ts'

/** The limit of live refresh tokens per account and client; the oldest is dropped without notice (evidence B3). */
const refreshTokenLimit = 100
const daySeconds = 86_400
/** The lifetime of refresh tokens of an app in testing. */
const testingSeconds = 7 * daySeconds
/** Google says six months and gives no number of days. */
const unusedLimitMs = 183 * daySeconds * 1000
/** The duration of access that the user limits: 180 days. */
export const limitedAccessSeconds = 180 * daySeconds

/**
 * Returns the lifetime of a refresh token for a code, in seconds, or undefined if only disuse ends it (evidence B3).
 */
export function refreshTokenLifetime(
  state: State,
  code: Pick<AuthorizationCode, 'client' | 'scopes' | 'accessSeconds'>,
): number | undefined {
  const beyondSignIn = [...code.scopes].some((scope) => !signInScopes.has(scope))
  const testing = projectFor(state, code.client.clientId).publishingStatus === 'testing' && beyondSignIn
  const limits = [...(testing ? [testingSeconds] : []), ...(code.accessSeconds ? [code.accessSeconds] : [])]
  return limits.length > 0 ? Math.min(...limits) : undefined
}

/** Issues a refresh token; the 101st of an account and client drops the first. */
export function issueRefreshToken(records: Records, from: Omit<RefreshToken, 'usedAtMs'>): string {
  const token = records.mint.refreshToken()
  const live = clientGrantOf(from.grant, from.clientId).refreshTokens
  live.add(token)
  records.state.refreshTokens.set(token, { ...from, usedAtMs: records.clock.now() })
  records.signIns.remember(token, from.signIn)
  for (const oldest of live) {
    if (live.size <= refreshTokenLimit) break
    dropRefreshToken(records, oldest)
  }
  return token
}

/** Returns the live refresh token with a value. Forgets one that has expired. */
export function findRefreshToken(records: Records, token: string): RefreshToken | undefined {
  const found = records.state.refreshTokens.get(token)
  if (found === undefined) return undefined
  const now = records.clock.now()
  if (isLiveRefreshToken(found, now)) return found
  dropRefreshToken(records, token)
  return undefined
}

/** Returns whether a refresh token works at `now`. */
export function isLiveRefreshToken(token: RefreshToken, now: number): boolean {
  return !hasEnded(token.grant, now) && refreshTokenEndMs(token) > now
}

/** Returns the time a refresh token expires if it is not used before then (milliseconds since 1970). */
export function refreshTokenEndMs({ usedAtMs, expiresAtMs }: RefreshToken): number {
  return Math.min(usedAtMs + unusedLimitMs, expiresAtMs ?? Number.POSITIVE_INFINITY)
}

/** Forgets one refresh token; access tokens issued from it stay valid. */
export function dropRefreshToken(records: Records, token: string): void {
  const found = records.state.refreshTokens.get(token)
  records.state.refreshTokens.delete(token)
  found?.grant.clients.get(found.clientId)?.refreshTokens.delete(token)
}

/** Returns whether session control requires a new sign-in before a refresh (evidence B3, `invalid_rapt`). */
export function needsNewSignIn(records: Records, { account }: RefreshToken): boolean {
  if (account.sessionSeconds === undefined) return false
  const signedInMs = records.state.signIns.get(account.sub) ?? 0
  return records.clock.now() - signedInMs >= account.sessionSeconds * 1000
}

/** Changes the password, which ends only the refresh tokens with mail scopes (evidence B3). Returns their number. */
export function changePassword(records: Records, sub: string): number {
  const ended = [...records.state.refreshTokens].filter(
    ([, { account, scopes }]) => account.sub === sub && [...scopes].some((scope) => isMailScope(scope)),
  )
  for (const [token] of ended) dropRefreshToken(records, token)
  return ended.length
}

function isMailScope(scope: string): boolean {
  return scope === 'https://mail.google.com/' || scope.startsWith('https://www.googleapis.com/auth/gmail.')
}
