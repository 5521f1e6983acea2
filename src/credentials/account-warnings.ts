import type { Account } from '../accounts/account-index.ts'
import type { AccountStorage } from '../accounts/account-storage.ts'
import { type Warning, warnings } from './grant.ts'
import { noRefreshToken } from './refused-refresh-token.ts'
import { hasTestingLife, timeOf } from './token-lifetime.ts'

const soonMs = 7 * 86_400_000

/**
 * Returns warnings about a refresh token's announced expiry.
 * @param nowMs null at the login, which warns of every expiry; later, only of one that is near or past
 */
export function expiryWarnings(
  obtainedAt: string | null,
  expiresAt: string | null,
  nowMs: number | null,
): readonly Warning[] {
  const expiresMs = timeOf(expiresAt)
  if (expiresAt === null || expiresMs === undefined) return []
  if (nowMs !== null && expiresMs > nowMs + soonMs) return []
  return [
    hasTestingLife(obtainedAt, expiresAt) ? warnings.appInTesting(expiresAt) : warnings.refreshTokenExpires(expiresAt),
  ]
}

/** Returns the offline warnings about a stored account: its refresh token was refused, or expires soon. */
export async function accountWarnings(
  storage: AccountStorage,
  account: Account,
  nowMs: number,
): Promise<readonly Warning[]> {
  if (account.hasRefreshToken)
    return expiryWarnings(account.refreshTokenObtainedAt, account.refreshTokenExpiresAt, nowMs)
  if (account.refreshTokenRefusal === null) return []
  const { causeText, fix } = await noRefreshToken(storage, account)
  return [{ code: 'refresh_token_refused', message: causeText, fix }]
}
