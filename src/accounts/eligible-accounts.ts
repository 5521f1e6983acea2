import { isSameIssuer } from '../oauth/authorization-server.ts'
import { isSameStore } from '../stores/store-name.ts'
import type { Account } from './account-index.ts'

/** The settings that narrow a list of accounts. */
export interface AccountLimits {
  readonly issuer?: string | undefined
  /** The name of a store that may hold the account's secrets. */
  readonly store?: string | undefined
  readonly clientId?: string | undefined
}

/** Returns the accounts that match the chosen server, store and client. */
export function eligibleAccounts(
  { accounts }: { readonly accounts: readonly Account[] },
  { issuer, store, clientId }: AccountLimits,
): readonly Account[] {
  return accounts.filter(
    (account) =>
      (issuer === undefined || isSameIssuer(account.issuer, issuer)) &&
      (store === undefined || storesOf(account).some((name) => isSameStore(name, store))) &&
      (clientId === undefined || account.clientId === clientId),
  )
}

/** Returns the names of all stores that may hold an account's secrets, starting with the one in use. */
export function storesOf({ store, otherStores }: Account): readonly string[] {
  return [store, ...otherStores]
}
