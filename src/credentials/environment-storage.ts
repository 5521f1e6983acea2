import type { Secret } from '../failures/index.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { Account } from './account-index.ts'
import { indexAccount } from './accounts.ts'
import { credentialItem, serializeCredential } from './credential.ts'
import { environmentSub } from './environment-sub.ts'
import { memoryStorage, type Storage } from './storage.ts'

/** An account made of a refresh token in the environment. It is kept in memory only; no store and no folder is touched. */
export async function environmentStorage(
  refreshToken: Secret,
  client: OAuthClient,
  issuer: string,
): Promise<{ storage: Storage; account: Account }> {
  const storage = memoryStorage(new Map(), 'environment')
  const account: Account = {
    issuer,
    clientId: client.clientId,
    sub: environmentSub,
    clientType: client.type,
    redirectUris: client.redirectUris,
    store: 'environment',
    claims: null,
    requestedScopes: [],
    grantedScopes: [],
    hasRefreshToken: true,
    rotatesRefreshTokens: false,
    refreshTokenObtainedAt: null,
    refreshTokenExpiresAt: null,
    accessTokenExpiresAt: null,
  }
  await storage.secrets.set(
    credentialItem(account),
    serializeCredential({ key: account, client, email: null, refreshToken }),
  )
  await indexAccount(storage, account)
  return { storage, account }
}
