import type { Account } from '../accounts/account-index.ts'
import { type Warning, warnings } from './grant.ts'
import { hasTestingLife, testingMs, timeOf } from './token-lifetime.ts'

const dayMs = 86_400_000
const sixMonthsMs = 183 * dayMs
/** The number of refresh tokens of one account and client that is close to Google's limit of 100. */
export const manyIssued = 90
/** One more than Google keeps, so that exceeding the limit shows. */
const longest = 101
/** New refresh tokens within a day while the previous one still exists: an app asks for consent in a loop. */
const manyInADay = 3

type Issued = Pick<Account, 'refreshTokenIssuances' | 'refreshTokenObtainedAt' | 'refreshTokenExpiresAt'>

/** Returns the times at which refresh tokens were obtained, with one more. */
export function withIssuance(times: readonly string[], at: string): readonly string[] {
  return [...times, at].slice(-longest)
}

/**
 * Returns how many of an account's refresh tokens were obtained here and may still be valid: at most six months old, or
 * seven days for an app in Testing.
 */
export function issuedAlive(account: Issued, nowMs: number): number {
  const isTesting = hasTestingLife(account.refreshTokenObtainedAt, account.refreshTokenExpiresAt)
  return countSince(account.refreshTokenIssuances, nowMs - (isTesting ? testingMs : sixMonthsMs))
}

/**
 * Returns warnings after another refresh token was obtained: beyond 100, Google silently invalidates the oldest.
 * @param wasNeeded whether none was stored
 */
export function issuanceWarnings(account: Issued, wasNeeded: boolean, nowMs: number): readonly Warning[] {
  const alive = issuedAlive(account, nowMs)
  if (alive >= manyIssued) return [warnings.manyRefreshTokens(alive)]
  const today = countSince(account.refreshTokenIssuances, nowMs - dayMs)
  return !wasNeeded && today >= manyInADay ? [warnings.consentInALoop(today)] : []
}

function countSince(times: readonly string[], sinceMs: number): number {
  return times.filter((time) => (timeOf(time) ?? Number.NEGATIVE_INFINITY) >= sinceMs).length
}
