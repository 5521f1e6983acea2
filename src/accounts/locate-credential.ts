import type { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type Account, withOtherStores } from './account-index.ts'
import { type AccountKey, isSameAccount } from './account-key.ts'
import { accountLabel } from './account-names.ts'
import type { AccountStorage } from './account-storage.ts'
import { type Credential, credentialItem, parseCredential } from './credential.ts'

/** The credential of an account, where it was found, and the account as it is listed from then on. */
export interface LocatedCredential {
  readonly storage: AccountStorage
  readonly account: Account
  readonly credential: Credential
}

/**
 * Finds the credential of an account in its store; where that has no refresh token, in another store of it that has
 * one. Other stores that cannot be opened are skipped.
 * @throws Failure `credential_lost`, `stored_value_invalid`, and those of the store
 */
export async function locateCredential(storage: AccountStorage, account: Account): Promise<LocatedCredential> {
  const own = await readCredential(storage, account)
  if (own?.refreshToken === undefined) {
    for (const name of account.otherStores) {
      const place = storage.at(name)
      const credential = await readCredential(place, account).catch(skipUnusable)
      if (credential?.refreshToken === undefined) continue
      const { obtainedAt } = credential
      const moved = { ...account, store: name, hasRefreshToken: true, refreshTokenObtainedAt: obtainedAt }
      return {
        storage: place,
        account: withOtherStores({ ...moved, refreshTokenExpiresAt: null }, [account.store]),
        credential,
      }
    }
  }
  if (own === undefined)
    throw new Failure('credential_lost', {
      account: labelIn(storage, account),
      store: storage.secrets.name,
    })
  return { storage, account, credential: own }
}

/**
 * Returns what this store holds of an account, and undefined where that is nothing.
 * @throws Failure `stored_value_invalid`, and those of the store
 */
export async function readCredential(
  { secrets }: AccountStorage,
  account: AccountKey & Partial<Pick<Account, 'redirectUris'>>,
): Promise<Credential | undefined> {
  const value = await secrets.get(credentialItem(account))
  return value === undefined ? undefined : parseCredential(account, value, account.redirectUris ?? [], secrets.name)
}

/** A refresh token and the client that it belongs to. */
export interface HeldRefreshToken {
  readonly token: Secret
  readonly client: OAuthClient
}

/** Returns every refresh token of an account: one for each of its stores at the most. @throws those of the store */
export async function refreshTokensOf(storage: AccountStorage, account: Account): Promise<readonly HeldRefreshToken[]> {
  const credentials = [await readCredential(storage, account)]
  for (const name of account.otherStores)
    credentials.push(await readCredential(storage.at(name), account).catch(skipUnusable))
  return credentials.flatMap((credential) =>
    credential?.refreshToken === undefined ? [] : [{ token: credential.refreshToken, client: credential.client }],
  )
}

/** Lets a store that cannot be opened count as one that holds nothing; an interruption, and a bug, end everything. */
export function skipUnusable(error: unknown): undefined {
  if (!(error instanceof Failure) || isFailure(error, 'interrupted')) throw error
}

/** The secrets of an account. @throws what {@link locateCredential} throws */
export async function loadCredential(storage: AccountStorage, account: Account): Promise<Credential> {
  return (await locateCredential(storage, account)).credential
}

/** Returns what messages call an account of this list: {@link accountLabel}. */
export function labelIn({ index }: AccountStorage, account: Account): string {
  return accountLabel(account, index.read().accounts)
}

/** Adds an account to the list, or replaces it. The default one is chosen by `accounts use` only. */
export async function indexAccount({ index }: AccountStorage, account: Account): Promise<void> {
  await index.update(({ accounts, default: preferred }) => ({
    accounts: [...accounts.filter((other) => !isSameAccount(other, account)), account],
    default: preferred,
  }))
}
