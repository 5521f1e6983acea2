/** What makes an account: the same person at another client or server is another account. */
export interface AccountKey {
  readonly issuer: string
  readonly clientId: string
  /** The subject of the ID token; for a grant without one, a name made from the refresh token. */
  readonly sub: string
}

/** Whether both name the same account. */
export function isSameAccount(a: AccountKey, b: AccountKey): boolean {
  return a.issuer === b.issuer && a.clientId === b.clientId && a.sub === b.sub
}

/** Whether an account is among these. */
export function isAmong(accounts: readonly AccountKey[], account: AccountKey): boolean {
  return accounts.some((other) => isSameAccount(other, account))
}
