import { sha256 } from '../core/sha256.ts'

/** The identity of an account: the same person with another client or server is another account. */
export interface AccountKey {
  readonly issuer: string
  readonly clientId: string
  /** The ID token's subject; for a grant without one, a name derived from the refresh token. */
  readonly sub: string
}

/** The work under an account's lock, for messages. */
export const accountWork = 'a refresh or change of this account'

/** Returns whether both name the same account. */
export function isSameAccount(a: AccountKey, b: AccountKey): boolean {
  return a.issuer === b.issuer && a.clientId === b.clientId && a.sub === b.sub
}

/** Returns whether an account is among these. */
export function isAmong(accounts: readonly AccountKey[], account: AccountKey): boolean {
  return accounts.some((other) => isSameAccount(other, account))
}

/** Returns a text that only this account has, for sets and maps. */
export function accountText({ issuer, clientId, sub }: AccountKey): string {
  return JSON.stringify([issuer, clientId, sub])
}

/** Returns a short name for an account that does not reveal its subject. */
export function accountHash(account: AccountKey): string {
  return sha256(accountText(account), 16)
}
