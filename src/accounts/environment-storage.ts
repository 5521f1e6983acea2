import type { Secret } from '../core/secret.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { MemoryItems } from '../stores/memory-store.ts'
import { type Account, unknownHistory } from './account-index.ts'
import { type AccountStorage, memoryStorage } from './account-storage.ts'
import { accessTokenItem } from './cached-access-token.ts'
import { credentialItem, parseCredential, serializeCredential } from './credential.ts'
import { environmentSub } from './environment-sub.ts'

/**
 * Returns an account for a refresh token in the environment. It is only kept in memory, so that a program that asks
 * often refreshes once an hour. Touches no store and no folder.
 */
export async function environmentStorage(
  refreshToken: Secret,
  client: OAuthClient,
  issuer: string,
  items: MemoryItems,
): Promise<{ readonly storage: AccountStorage; readonly account: Account }> {
  const storage = memoryStorage(items, 'environment')
  const account: Account = {
    issuer,
    clientId: client.clientId,
    sub: environmentSub,
    clientType: client.type,
    redirectUris: client.redirectUris,
    store: 'environment',
    claims: null,
    hasRefreshToken: true,
    ...unknownHistory,
  }
  const known = await storage.secrets.get(credentialItem(account))
  const credential = known === undefined ? undefined : parseCredential(account, known, [], 'environment')
  if (credential?.refreshToken?.equals(refreshToken) === true) return { storage, account }
  // The token has changed, so the old one's cached access token is useless.
  await storage.secrets.delete(accessTokenItem(account))
  await storage.secrets.set(
    credentialItem(account),
    serializeCredential({ key: account, client, email: null, refreshToken, dpopKey: undefined, obtainedAt: null }),
  )
  await storage.index.put(account)
  return { storage, account }
}
