import type { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { DpopKey } from '../oauth/dpop-key.ts'
import { type Account, type Accounts, withOtherStores } from './account-index.ts'
import { type AccountKey, isSameAccount } from './account-key.ts'
import { accountLabel, accountName } from './account-names.ts'
import type { AccountStorage } from './account-storage.ts'
import { type Credential, credentialItem, parseCredential } from './credential.ts'

/** An account's credential, its storage, and the account's list entry from then on. */
export interface LocatedCredential {
  readonly storage: AccountStorage
  readonly account: Account
  readonly credential: Credential
}

/**
 * Finds an account's credential in its store or, if that has no refresh token, in another of its stores that has one.
 * Skips other stores that cannot be opened.
 * @throws Failure `credential_lost`, `stored_value_invalid`, and those of the store
 */
export async function locateCredential(storage: AccountStorage, account: Account): Promise<LocatedCredential> {
  const own = await readCredential(storage, account)
  if (own?.refreshToken === undefined) {
    for (const name of account.otherStores) {
      const place = storage.at(name)
      const credential = await readCredential(place, account).catch(skipUnusable)
      if (credential?.refreshToken === undefined) continue
      const { obtainedAt, dpopKey } = credential
      const isBound = dpopKey !== undefined
      const moved = { ...account, store: name, hasRefreshToken: true, isBound, refreshTokenObtainedAt: obtainedAt }
      return {
        storage: place,
        account: withOtherStores({ ...moved, refreshTokenExpiresAt: null }, [account.store]),
        credential,
      }
    }
  }
  if (own === undefined)
    throw new Failure('credential_lost', {
      account: await labelIn(storage, account),
      store: storage.secrets.name,
    })
  return { storage, account, credential: own }
}

/**
 * Returns this store's credential of an account; undefined if there is none.
 * @throws Failure `stored_value_invalid`, and those of the store
 */
export async function readCredential(
  { secrets }: AccountStorage,
  account: AccountKey & Partial<Pick<Account, 'redirectUris'>>,
): Promise<Credential | undefined> {
  const value = await secrets.get(credentialItem(account))
  return value === undefined ? undefined : parseCredential(account, value, account.redirectUris ?? [], secrets.name)
}

/** A refresh token and its client. */
export interface HeldRefreshToken {
  readonly token: Secret
  /** The key that it is bound to. */
  readonly dpopKey: DpopKey | undefined
  readonly client: OAuthClient
}

/** Returns every refresh token of an account: at most one from each of its stores. @throws those of the store */
export async function refreshTokensOf(storage: AccountStorage, account: Account): Promise<readonly HeldRefreshToken[]> {
  const credentials = [await readCredential(storage, account)]
  for (const name of account.otherStores)
    credentials.push(await readCredential(storage.at(name), account).catch(skipUnusable))
  return credentials.flatMap((credential) =>
    credential?.refreshToken === undefined
      ? []
      : [{ token: credential.refreshToken, dpopKey: credential.dpopKey, client: credential.client }],
  )
}

/** Treats a store that cannot be opened as empty. Rethrows interruptions and bugs. */
export function skipUnusable(error: unknown): undefined {
  if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
}

/** Returns an account's credential. @throws what {@link locateCredential} throws */
export async function loadCredential(storage: AccountStorage, account: Account): Promise<Credential> {
  return (await locateCredential(storage, account)).credential
}

/** Returns an account's name in messages, considering the list: {@link accountLabel}. */
export async function labelIn(storage: AccountStorage, account: Account): Promise<string> {
  return accountLabel(account, (await listAround(storage, account)).accounts)
}

/** Returns the list with at least an account, those that share its name or person, and some others. */
export async function listAround({ index }: AccountStorage, account: Account): Promise<Accounts> {
  return index.read({ key: account, name: accountName(account) })
}

/** Returns an account's current entry in the list; undefined if it is not listed. */
export async function listedAccount({ index }: AccountStorage, key: AccountKey): Promise<Account | undefined> {
  return (await index.read({ key })).accounts.find((account) => isSameAccount(account, key))
}
