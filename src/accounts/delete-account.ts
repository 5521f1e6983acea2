import type { Account } from './account-index.ts'
import type { AccountKey } from './account-key.ts'
import type { AccountStorage } from './account-storage.ts'
import { accessTokenItem } from './cached-access-token.ts'
import { credentialItem } from './credential.ts'
import { skipUnusable } from './locate-credential.ts'

/**
 * Deletes an account locally: its secrets first, then its list entry. The server's grant remains.
 * @returns the names of other stores that could not be opened and may still hold a copy
 */
export async function deleteAccount(storage: AccountStorage, account: Account): Promise<readonly string[]> {
  return storage.exclusively(account, () => deleteLocked(storage, account))
}

/**
 * Works like {@link deleteAccount}, for callers that hold the account's lock.
 * @param revokedAt when its grant was revoked, RFC 3339: Google revokes it for all clients of the project, so the
 *   credentials stored for the others are dead from then on
 */
export async function deleteLocked(
  storage: AccountStorage,
  account: Account,
  revokedAt?: string,
): Promise<readonly string[]> {
  await deleteSecrets(storage, account)
  const left: string[] = []
  for (const name of account.otherStores) {
    try {
      await deleteSecrets(storage.at(name), account)
    } catch (error) {
      // A lost passphrase of an old copy must not prevent the deletion.
      skipUnusable(error)
      left.push(name)
    }
  }
  await storage.index.remove(account, revokedAt)
  return left
}

/** Deletes an account's items from one store. */
export async function deleteSecrets({ secrets }: AccountStorage, account: AccountKey): Promise<void> {
  await secrets.delete(accessTokenItem(account))
  await secrets.delete(credentialItem(account))
}
