import { isFailure } from '../failures/index.ts'
import { isSameStore } from '../stores/store-name.ts'
import { type Account, unknownHistory, withOtherStores, withoutStore } from './account-index.ts'
import { type AccountKey, isAmong, isSameAccount } from './account-key.ts'
import type { AccountStorage } from './account-storage.ts'
import { accountKeyOf, type Credential, parseCredential } from './credential.ts'
import { readCredential, skipUnusable } from './locate-credential.ts'

/** The result of a rebuild. */
export interface Rebuilt {
  readonly found: readonly Account[]
  /** The accounts whose credential this version of gsa cannot read. */
  readonly unreadable: readonly AccountKey[]
}

/**
 * Rebuilds a lost or damaged list from a store. Data that only the list had (claims, scopes, times) returns with the
 * next refresh. An account with a refresh token in another store stays there, unless the one found here is newer.
 * Repeating this changes nothing. Credentials that this version cannot read stay in the store, and in the list if they
 * are there.
 * @throws Failure of the store group
 */
export async function rebuildIndex(storage: AccountStorage): Promise<Rebuilt> {
  const { secrets, index } = storage
  // Read first, so that accounts listed later, by a concurrent login, stay.
  const listed = await readListed(storage)
  const found: Account[] = []
  const unreadable: AccountKey[] = []
  for (const item of await secrets.items()) {
    const key = accountKeyOf(item)
    if (key === undefined) continue
    try {
      const value = await secrets.get(item)
      if (value !== undefined) found.push(accountFrom(parseCredential(key, value, [], secrets.name), secrets.name))
    } catch (error) {
      if (!isFailure(error, 'stored_value_invalid') && !isFailure(error, 'store_row_damaged')) throw error
      unreadable.push(key)
    }
  }
  const usable = await usableElsewhere(storage, listed)
  await index.replaceDamaged((known) => ({
    accounts: [
      ...known.accounts.flatMap((account) => {
        const here = found.find((other) => isSameAccount(other, account))
        if (here !== undefined) return [combined(account, here, usable)]
        return isAmong(listed, account) && !isAmong(unreadable, account)
          ? withoutStore(account, secrets.name)
          : [account]
      }),
      ...found.filter((account) => !isAmong(known.accounts, account)),
    ],
    default: known.default,
  }))
  return { found, unreadable }
}

/** Returns the listed accounts of other stores whose refresh token really exists there. */
async function usableElsewhere(storage: AccountStorage, listed: readonly Account[]): Promise<readonly Account[]> {
  const usable: Account[] = []
  for (const account of listed.filter(({ store }) => !isSameStore(store, storage.secrets.name))) {
    const credential = await readCredential(storage.at(account.store), account).catch(skipUnusable)
    if (credential?.refreshToken !== undefined) usable.push(account)
  }
  return usable
}

async function readListed({ index }: AccountStorage): Promise<readonly Account[]> {
  try {
    return (await index.read()).accounts
  } catch (error) {
    if (isFailure(error, 'index_damaged')) return []
    throw error
  }
}

/** Combines a listed account with its entry found in a store. */
function combined(listed: Account, here: Account, usable: readonly Account[]): Account {
  const isElsewhere = !isSameStore(listed.store, here.store)
  const isUsableElsewhere = isElsewhere && isAmong(usable, listed)
  const isNewer =
    here.refreshTokenObtainedAt !== null &&
    listed.refreshTokenObtainedAt !== null &&
    here.refreshTokenObtainedAt > listed.refreshTokenObtainedAt
  const staysThere = isElsewhere && (!here.hasRefreshToken || (isUsableElsewhere && !isNewer))
  if (staysThere) return withOtherStores(listed, [here.store])
  const { store, hasRefreshToken, isBound, refreshTokenObtainedAt: obtainedAt } = here
  const isKnownToken = !isElsewhere && listed.hasRefreshToken === hasRefreshToken
  const times = isKnownToken
    ? {}
    : { refreshTokenObtainedAt: obtainedAt, refreshTokenExpiresAt: null, refreshTokenRefusal: null }
  return withOtherStores({ ...listed, store, hasRefreshToken, isBound, ...times }, [listed.store])
}

function accountFrom({ key, client, email, refreshToken, dpopKey, obtainedAt }: Credential, store: string): Account {
  return {
    ...key,
    clientType: client.type,
    redirectUris: [],
    store,
    claims: email === null ? null : { sub: key.sub, email },
    hasRefreshToken: refreshToken !== undefined,
    ...unknownHistory,
    isBound: dpopKey !== undefined,
    refreshTokenObtainedAt: obtainedAt,
  }
}
