import type { Account } from '../accounts/account-index.ts'
import { type Warning, warnings } from './grant.ts'
import { hasTestingLife, manyIssued, testingMs, timeOf } from './rank-refusal-causes.ts'

const dayMs = 86_400_000
const sixMonthsMs = 183 * dayMs
/** One more than Google keeps alive, so that it shows when one is over. */
const longest = 101
/** New refresh tokens within a day, the one before still there: somebody asks for consent in a loop. */
const manyInADay = 3

type Issued = Pick<Account, 'refreshTokenIssuances' | 'refreshTokenObtainedAt' | 'refreshTokenExpiresAt'>

/** The times at which refresh tokens came, with one more. */
export function withIssuance(times: readonly string[], at: string): readonly string[] {
  return [...times, at].slice(-longest)
}

/**
 * How many refresh tokens of an account came here and may be alive: not more than six months old, or
 * seven days for an app in Testing.
 */
export function issuedAlive(account: Issued, nowMs: number): number {
  const isTesting = hasTestingLife(account.refreshTokenObtainedAt, account.refreshTokenExpiresAt)
  return countSince(account.refreshTokenIssuances, nowMs - (isTesting ? testingMs : sixMonthsMs))
}

/**
 * What to warn of after one more refresh token of an account came: Google ends the oldest of 100 without a word.
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
