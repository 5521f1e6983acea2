import { clientGrantOf, hasEnded } from './grants.ts'
import type { AccessToken, Records } from './state.ts'
import { sweepExpired } from './sweep-expired.ts'

/** Google announces 3599, never 3600. */
export const accessTokenLifetimeSeconds = 3599
/**
 * The limit of live access tokens per account and client; the least recently used one is dropped. Google documents no
 * limit, but without one an hour of refreshing fills the memory.
 */
const accessTokenLimit = 5000

/**
 * Issues an access token, valid for 3599 seconds; the 5,001st of an account and client drops the least recently used.
 */
export function issueAccessToken(records: Records, from: Omit<AccessToken, 'expiresAtMs'>): string {
  const token = records.mint.accessToken()
  const now = records.clock.now()
  sweepExpired(records.state.accessTokens, now, (expired) => dropAccessToken(records, expired))
  records.state.accessTokens.set(token, { ...from, expiresAtMs: now + accessTokenLifetimeSeconds * 1000 })
  records.signIns.remember(token, from.signIn)
  const live = clientGrantOf(from.grant, from.clientId).accessTokens
  live.add(token)
  const [unused] = live
  if (live.size > accessTokenLimit && unused !== undefined) dropAccessToken(records, unused)
  return token
}

/** Forgets one access token only. */
export function dropAccessToken(records: Records, token: string): void {
  const found = records.state.accessTokens.get(token)
  records.state.accessTokens.delete(token)
  found?.grant.clients.get(found.clientId)?.accessTokens.delete(token)
}

/** Returns whether an access token works at `now`. */
export function isLiveAccessToken({ grant, expiresAtMs }: AccessToken, now: number): boolean {
  return !hasEnded(grant, now) && expiresAtMs > now
}

/** Returns the live access token with a value, and counts this as a use of it. */
export function findAccessToken(records: Records, token: string): AccessToken | undefined {
  const found = records.state.accessTokens.get(token)
  if (found === undefined || !isLiveAccessToken(found, records.clock.now())) return undefined
  const live = found.grant.clients.get(found.clientId)?.accessTokens
  // A set keeps insertion order, so this makes the token the last to be dropped.
  if (live?.delete(token)) live.add(token)
  return found
}
