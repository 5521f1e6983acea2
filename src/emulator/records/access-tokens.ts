import { clientGrantOf, hasEnded } from './grants.ts'
import type { AccessToken, Records } from './state.ts'
import { sweepExpired } from './sweep-expired.ts'

/** Google says 3599, never 3600. */
export const accessTokenLifetimeSeconds = 3599
/**
 * Live access tokens per account and client; the one that was not used for the longest time is dropped. Google names no
 * limit, but without one an hour of refreshing fills the memory.
 */
const accessTokenLimit = 5000

/** A new access token, good for 3599 seconds; the 5,001st of an account and client drops one that is not used. */
export function issueAccessToken(records: Records, from: Omit<AccessToken, 'expiresAtMs'>): string {
  const token = records.mint.accessToken()
  const now = records.clock.now()
  sweepExpired(records.state.accessTokens, now, (expired) => dropAccessToken(records, expired))
  records.state.accessTokens.set(token, { ...from, expiresAtMs: now + accessTokenLifetimeSeconds * 1000 })
  const live = clientGrantOf(from.grant, from.clientId).accessTokens
  live.add(token)
  const [unused] = live
  if (live.size > accessTokenLimit && unused !== undefined) dropAccessToken(records, unused)
  return token
}

/** Forgets one access token, and nothing else. */
export function dropAccessToken(records: Records, token: string): void {
  const found = records.state.accessTokens.get(token)
  records.state.accessTokens.delete(token)
  found?.grant.clients.get(found.clientId)?.accessTokens.delete(token)
}

/** Whether that access token works at `now`. */
export function isLiveAccessToken({ grant, expiresAtMs }: AccessToken, now: number): boolean {
  return !hasEnded(grant, now) && expiresAtMs > now
}

/** The live access token with that value, which counts as a use of it. */
export function findAccessToken(records: Records, token: string): AccessToken | undefined {
  const found = records.state.accessTokens.get(token)
  if (found === undefined || !isLiveAccessToken(found, records.clock.now())) return undefined
  const live = found.grant.clients.get(found.clientId)?.accessTokens
  // A set keeps the order of its insertions, so this makes it the last to be dropped.
  if (live?.delete(token)) live.add(token)
  return found
}
