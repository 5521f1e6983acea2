import type { AccountStateName } from './account-state-name.ts'

/** A stored account, as the library returns it. */
export interface StoredAccount {
  readonly sub: string
  /** null if it is not known. */
  readonly email: string | null
  readonly clientId: string
  readonly issuer: string
  readonly state: AccountStateName
  /** Why it needs a login, such as `invalid_grant`; null in other states. */
  readonly stateCause: string | null
  /** RFC 3339, UTC; null if the server did not say. */
  readonly refreshTokenExpiresAt: string | null
}
