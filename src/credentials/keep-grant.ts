import { type Account, withOtherStores } from '../accounts/account-index.ts'
import type { AccountKey } from '../accounts/account-key.ts'
import type { AccountStorage } from '../accounts/account-storage.ts'
import { cacheAccessToken } from '../accounts/cached-access-token.ts'
import { type Credential, credentialItem, serializeCredential } from '../accounts/credential.ts'
import { labelIn, listedAccount, locateCredential, readCredential } from '../accounts/locate-credential.ts'
import { stringMember } from '../core/json.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { DpopKey } from '../oauth/dpop-key.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import type { TokenResponse } from '../oauth/token-endpoint.ts'
import { setAndCompare } from '../stores/secret-store.ts'
import { isSameStore } from '../stores/store-name.ts'
import { type Warning, warnings } from './grant.ts'
import { issuanceWarnings, withIssuance } from './issuances.ts'

/** A grant to store, with its account. */
export interface GrantToKeep {
  readonly key: AccountKey
  readonly client: OAuthClient
  readonly tokens: TokenResponse
  /** The key that its refresh token is bound to. */
  readonly dpopKey: DpopKey | undefined
  readonly idToken: VerifiedIdToken | undefined
  readonly requestedScopes: readonly string[]
  /** RFC 3339, UTC. */
  readonly obtainedAt: string
  readonly accessTokenExpiresAt: string | null
  readonly refreshTokenExpiresAt: string | null
}

/** The outcome of storing a grant. */
export interface KeptGrant {
  /** Whether a refresh token of the account is stored now. */
  readonly stored: boolean
  /** The account's store. */
  readonly store: string
  /** The account's name in messages. */
  readonly label: string
  /** Whether that refresh token is bound to a key. */
  readonly isBound: boolean
  readonly warnings: readonly Warning[]
}

/**
 * Stores a grant: write, read back, compare, then list. If the response has no refresh token, the account stays in the
 * store that has one, so that no refresh token is ever lost.
 * @throws Failure of the store group
 */
export async function keepGrant(chosen: AccountStorage, grant: GrantToKeep): Promise<KeptGrant> {
  return chosen.exclusively(grant.key, async () => {
    const older = await listedAccount(chosen, grant.key).catch(ignoreDamage)
    const place = await placeOf(chosen, grant, older)
    const { storage, isReadable } = place
    const isElsewhere = !isSameStore(storage.secrets.name, chosen.secrets.name)
    // Listed before the secret is written: if killed in between, gsa still knows where to look for it.
    if (older !== undefined && isReadable) await chosen.index.put(withOtherStores(older, [storage.secrets.name]))
    if (isReadable) {
      const written = writeSecrets(grant, place)
      // The other store has what the account needs, and its refresh token can get a new access token, so a failure does
      // not matter.
      await (isElsewhere ? written.catch(ignoreFailure) : written)
    }
    const account = accountOf(grant, place, older)
    await chosen.index.put(
      older === undefined ? account : withOtherStores(account, [...older.otherStores, older.store]),
    )
    const isFresh = grant.tokens.refreshToken !== undefined
    const wasAsked = grant.dpopKey !== undefined
    const isUnexpectedlyFree =
      !account.isBound && (wasAsked ? account.hasRefreshToken : isFresh && older?.isBound === true)
    return {
      stored: account.hasRefreshToken,
      store: account.store,
      label: await labelIn(chosen, account),
      isBound: account.isBound,
      warnings: [
        ...(isElsewhere ? [warnings.keptInOtherStore(account.store, chosen.secrets.name)] : []),
        ...(isUnexpectedlyFree ? [warnings.notBoundToKey(wasAsked)] : []),
        ...(isFresh ? issuanceWarnings(account, older?.hasRefreshToken !== true, Date.parse(grant.obtainedAt)) : []),
      ],
    }
  })
}

/** An account's storage and refresh token. */
interface Place extends Pick<Credential, 'refreshToken' | 'dpopKey' | 'obtainedAt'> {
  readonly storage: AccountStorage
  /** false if, according to the list, the store has a refresh token, but the store cannot be opened now. */
  readonly isReadable: boolean
}

async function placeOf(
  chosen: AccountStorage,
  { key, tokens, dpopKey, obtainedAt }: GrantToKeep,
  older: Account | undefined,
): Promise<Place> {
  if (tokens.refreshToken !== undefined)
    return { storage: chosen, refreshToken: tokens.refreshToken, dpopKey, obtainedAt, isReadable: true }
  const isListedElsewhere = older !== undefined && !isSameStore(older.store, chosen.secrets.name)
  const listed = older === undefined ? undefined : isListedElsewhere ? chosen.at(older.store) : chosen
  if (older !== undefined && listed !== undefined) {
    try {
      const { storage, credential } = await locateCredential(listed, older)
      if (credential.refreshToken !== undefined) return { ...credential, storage, isReadable: true }
    } catch (error) {
      if (!(error instanceof Failure) || (!isListedElsewhere && !isFailure(error, 'credential_lost'))) throw error
      if (older.hasRefreshToken && !isFailure(error, 'credential_lost'))
        return { storage: listed, ...nothing, isReadable: false }
    }
  }
  const own = await readCredential(chosen, key)
  return { ...(own ?? nothing), storage: chosen, isReadable: true }
}

const nothing = { refreshToken: undefined, dpopKey: undefined, obtainedAt: null }

// A login replaces an entry that cannot be read. Failing now would lose the tokens.
function ignoreDamage(error: unknown): undefined {
  if (!isFailure(error, 'store_row_damaged')) throw error
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof Failure)) throw error
}

async function writeSecrets(
  grant: GrantToKeep,
  { storage: { secrets }, refreshToken, dpopKey, obtainedAt }: Place,
): Promise<void> {
  const { key, client, tokens, idToken } = grant
  const email = idToken === undefined ? null : (stringMember(idToken.claims, 'email') ?? null)
  const credential: Credential = { key, client, email, refreshToken, dpopKey, obtainedAt }
  await setAndCompare(secrets, credentialItem(key), serializeCredential(credential))
  await cacheAccessToken(secrets, credential, {
    value: tokens.accessToken,
    issuedAt: grant.obtainedAt,
    expiresAt: grant.accessTokenExpiresAt,
  })
}

function accountOf(
  grant: GrantToKeep,
  { storage: { secrets }, refreshToken, dpopKey, isReadable }: Place,
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
    otherStores: [],
    hasRefreshToken: refreshToken !== undefined || !isReadable,
    isBound: isReadable ? refreshToken !== undefined && dpopKey !== undefined : older?.isBound === true,
    refreshNonce: older?.refreshNonce ?? null,
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
