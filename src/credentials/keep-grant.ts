import { stringMember } from '../http/json.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import type { TokenResponse } from '../oauth/token-endpoint.ts'
import type { Account } from './account-index.ts'
import { indexAccount, isSameAccount } from './accounts.ts'
import {
  type AccountKey,
  cacheAccessToken,
  credentialItem,
  parseCredential,
  serializeCredential,
} from './credential.ts'
import type { Warning } from './grant.ts'
import { issuanceWarnings, withIssuance } from './issuances.ts'
import { setAndCompare } from './secret-store.ts'
import type { Storage } from './storage.ts'

/** What a code brought, and whose it is. */
export interface GrantToKeep {
  readonly key: AccountKey
  readonly client: OAuthClient
  readonly tokens: TokenResponse
  readonly idToken: VerifiedIdToken | undefined
  readonly requestedScopes: readonly string[]
  /** RFC 3339, UTC. */
  readonly obtainedAt: string
  readonly accessTokenExpiresAt: string | null
  readonly refreshTokenExpiresAt: string | null
}

/**
 * Keeps what a code brought: write, read back, compare, then list. Without a refresh token in the answer, the one that is
 * stored is kept.
 * @returns whether a refresh token of the account is stored now, and what its history warns of
 * @throws Failure of the store group
 */
export async function keepGrant(
  storage: Storage,
  grant: GrantToKeep,
): Promise<{ readonly stored: boolean; readonly warnings: readonly Warning[] }> {
  return storage.exclusively(grant.key, async () => {
    const refreshToken = grant.tokens.refreshToken ?? (await storedRefreshToken(storage, grant.key))
    await writeSecrets(storage, grant, refreshToken)
    const older = storage.index.read().accounts.find((account) => isSameAccount(account, grant.key))
    const account = accountOf(storage, grant, refreshToken !== undefined, older)
    await indexAccount(storage, account)
    const isFresh = grant.tokens.refreshToken !== undefined
    return {
      stored: refreshToken !== undefined,
      warnings: isFresh ? issuanceWarnings(account, older?.hasRefreshToken !== true, Date.parse(grant.obtainedAt)) : [],
    }
  })
}

async function storedRefreshToken({ secrets }: Storage, key: AccountKey): Promise<TokenResponse['refreshToken']> {
  const value = await secrets.get(credentialItem(key))
  return value === undefined ? undefined : parseCredential(key, value, [], secrets.name).refreshToken
}

async function writeSecrets(
  { secrets }: Storage,
  grant: GrantToKeep,
  refreshToken: TokenResponse['refreshToken'],
): Promise<void> {
  const { key, client, tokens, idToken } = grant
  const email = idToken === undefined ? null : (stringMember(idToken.claims, 'email') ?? null)
  await setAndCompare(secrets, credentialItem(key), serializeCredential({ key, client, email, refreshToken }))
  await cacheAccessToken(secrets, key, {
    value: tokens.accessToken,
    issuedAt: grant.obtainedAt,
    expiresAt: grant.accessTokenExpiresAt,
  })
}

function accountOf(
  { secrets }: Storage,
  grant: GrantToKeep,
  hasRefreshToken: boolean,
  older: Account | undefined,
): Account {
  const { key, client, tokens, idToken, requestedScopes } = grant
  const isFresh = tokens.refreshToken !== undefined
  const known = older?.refreshTokenIssuances ?? []
  return {
    ...key,
    clientType: client.type,
    redirectUris: client.redirectUris,
    store: secrets.name,
    claims: idToken?.claims ?? null,
    requestedScopes,
    grantedScopes: tokens.scopes ?? requestedScopes,
    hasRefreshToken,
    rotatesRefreshTokens: older?.rotatesRefreshTokens ?? false,
    refreshTokenObtainedAt: isFresh ? grant.obtainedAt : (older?.refreshTokenObtainedAt ?? null),
    refreshTokenExpiresAt: isFresh ? grant.refreshTokenExpiresAt : (older?.refreshTokenExpiresAt ?? null),
    accessTokenExpiresAt: grant.accessTokenExpiresAt,
    refreshTokenUsedAt: isFresh ? grant.obtainedAt : (older?.refreshTokenUsedAt ?? null),
    refreshTokenIssuances: isFresh ? withIssuance(known, grant.obtainedAt) : known,
    projectRevokedAt: isFresh ? null : (older?.projectRevokedAt ?? null),
    refreshTokenRefusal: null,
  }
}
