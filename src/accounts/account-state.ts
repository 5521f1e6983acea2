import type { Account } from './account-index.ts'
import type { AccountStateName } from './account-state-name.ts'

/** An account's state, and why it needs a login. */
export interface AccountState {
  readonly state: AccountStateName
  /** The error of the refusal, such as `invalid_grant`, or our own word; null unless the account needs a login. */
  readonly cause: string | null
}

/** The members of an account that decide its state. */
export type StateEvidence = Pick<
  Account,
  | 'hasRefreshToken'
  | 'projectRevokedAt'
  | 'refreshTokenRefusal'
  | 'refreshTokenObtainedAt'
  | 'refreshTokenUsedAt'
  | 'refreshTokenExpiresAt'
  | 'refreshTokenIssuances'
  | 'accessTokenExpiresAt'
>

/** Returns an account's state at a time, Unix time in milliseconds. */
export function accountState(account: StateEvidence, nowMs: number): AccountState {
  const recorded = recordedState(account)
  const isExpired = Date.parse(account.refreshTokenExpiresAt ?? '') <= nowMs
  return isExpired && recorded.state !== 'needs_login' ? needsLogin('refresh_token_expired') : recorded
}

/** Returns the part of an account's state that only changes when the account does: all but the announced expiry. */
export function recordedState(account: StateEvidence): AccountState {
  if (!account.hasRefreshToken) return needsLogin(account.refreshTokenRefusal?.error ?? 'no_refresh_token')
  if (account.projectRevokedAt !== null) return needsLogin('grant_revoked')
  return { state: wasAccepted(account) ? 'connected' : 'unknown', cause: null }
}

function needsLogin(cause: string): AccountState {
  return { state: 'needs_login', cause }
}

/** Returns whether the server issued this refresh token to gsa, or has accepted it. */
function wasAccepted(account: StateEvidence): boolean {
  const { refreshTokenObtainedAt: obtainedAt, refreshTokenUsedAt: usedAt } = account
  // Lists of older versions do not record uses, but every access token came with one.
  if (usedAt === null) return account.accessTokenExpiresAt !== null
  // A rebuild may have found a newer token than the one that was used.
  const isOfThisToken = obtainedAt === null || Date.parse(usedAt) >= Date.parse(obtainedAt)
  return isOfThisToken || account.refreshTokenIssuances.includes(obtainedAt)
}
