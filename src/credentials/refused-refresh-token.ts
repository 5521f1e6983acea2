import type { Account } from '../accounts/account-index.ts'
import { isSameAccount } from '../accounts/account-key.ts'
import { accountLabel, commandFor } from '../accounts/account-names.ts'
import type { AccountStorage } from '../accounts/account-storage.ts'
import { accessTokenItem } from '../accounts/cached-access-token.ts'
import { type Credential, credentialItem, serializeCredential } from '../accounts/credential.ts'
import { environmentSub } from '../accounts/environment-sub.ts'
import { listAround, readCredential } from '../accounts/locate-credential.ts'
import type { Secret } from '../core/secret.ts'
import { Failure, typedCommand } from '../failures/index.ts'
import type { OAuthErrorResponse } from '../oauth/token-endpoint.ts'
import { setAndCompare } from '../stores/secret-store.ts'
import { issuedAlive } from './issuances.ts'
import { rankRefusalCauses, type RefusedRefresh, wantsNewSignIn } from './rank-refusal-causes.ts'

type Words = Pick<Failure<'refresh_token_refused'>['details'], 'account' | 'source' | 'loginAgain'>

/** A response that refused a refresh token, with its time. */
interface RefusingAnswer {
  readonly refused: OAuthErrorResponse
  /** By the server's clock; undefined if its response does not say. */
  readonly refusedAtMs: number | undefined
  readonly nowMs: number
}

/**
 * Returns why a refresh token was refused, as far as can be determined. `details.removed` tells whether {@link
 * removeRefusedToken} has to remove the token: not if it may work again, or the store now holds another one. Call it
 * with the account's lock.
 * @throws Failure of the store group
 */
export async function refusalOf(
  storage: AccountStorage,
  account: Account,
  refreshToken: Secret,
  { refused, refusedAtMs, nowMs }: RefusingAnswer,
): Promise<Failure<'refresh_token_refused'>> {
  const { error, description, subtype } = refused
  const credential = await readCredential(storage, account)
  // A program without locks may have logged in again meanwhile; its token is not the refused one.
  const isStored = credential?.refreshToken?.equals(refreshToken) === true
  const clockAheadSeconds = refusedAtMs === undefined ? null : Math.round((nowMs - refusedAtMs) / 1000)
  const words = wordsOf(account, (await listAround(storage, account)).accounts)
  const causes = rankRefusalCauses({
    description,
    subtype,
    nowMs: refusedAtMs ?? nowMs,
    clockAheadSeconds,
    obtainedAt: account.refreshTokenObtainedAt,
    // Old lists do not record uses: an access token was obtained shortly before it expires.
    usedAt: account.refreshTokenUsedAt ?? account.accessTokenExpiresAt,
    expiresAt: account.refreshTokenExpiresAt,
    grantedScopes: account.grantedScopes,
    issued: issuedAlive(account, nowMs),
    rotates: account.rotatesRefreshTokens,
    isReplaced: !isStored && credential?.refreshToken !== undefined,
    projectRevokedAt: account.projectRevokedAt,
    looksLike: kindOf(refreshToken),
    source: words.source,
    isServerLocal: account.issuer.startsWith('http:'),
  })
  // After a session limit the same token works again; every other refusal is permanent.
  const removed = isStored && words.source === 'store' && subtype === null && !wantsNewSignIn(refused)
  return new Failure('refresh_token_refused', {
    ...words,
    error,
    description,
    subtype,
    removed,
    causes,
    clockAheadSeconds,
  })
}

/**
 * Removes a refused refresh token, and stores the refusal for later messages about the account. Call it with the
 * account's lock.
 * @throws Failure of the store group
 */
export async function removeRefusedToken(
  storage: AccountStorage,
  account: Account,
  credential: Credential,
  { details: { error, description, causes } }: Failure<'refresh_token_refused'>,
  nowMs: number,
): Promise<void> {
  await setAndCompare(
    storage.secrets,
    credentialItem(account),
    serializeCredential({ ...credential, refreshToken: undefined }),
  )
  await storage.secrets.delete(accessTokenItem(account))
  await storage.index.put({
    ...account,
    hasRefreshToken: false,
    accessTokenExpiresAt: null,
    refreshTokenRefusal: {
      at: new Date(nowMs).toISOString(),
      error,
      description,
      causes: causes.map(({ cause, likelihood }) => ({ cause, likelihood })),
    },
  })
}

/** Returns the failure for an account without a refresh token, with the reason why the last one was refused, if any. */
export async function noRefreshToken(storage: AccountStorage, account: Account): Promise<Failure<'no_refresh_token'>> {
  const { refreshTokenRefusal: kept } = account
  const listed = (await listAround(storage, account)).accounts
  return new Failure('no_refresh_token', {
    account: accountLabel(account, listed),
    refusal: kept === null ? null : { ...kept, ...wordsOf(account, listed) },
  })
}

function wordsOf(account: Account, listed: readonly Account[]): Words {
  // A web client gets a refresh token only at the first consent; a desktop client gets one with every login.
  const consent = account.clientType === 'web' ? ['--force-consent'] : []
  const login = ['login', ...consent, ...(account.isBound ? ['--dpop'] : [])]
  const isOnly = listed.every((other) => isSameAccount(other, account))
  return {
    account: accountLabel(account, listed),
    source: account.sub === environmentSub ? 'environment' : 'store',
    // With the account, gsa login knows which of several clients to use.
    loginAgain: isOnly
      ? typedCommand(['gsa', ...login])
      : commandFor((selector) => [...login, '--account', ...selector], account, listed),
  }
}

// Google's prefixes; other servers have other formats.
function kindOf(token: Secret): RefusedRefresh['looksLike'] {
  const text = token.reveal()
  if (text.startsWith('ya29.')) return 'an access token'
  return text.startsWith('4/') ? 'an authorization code' : null
}
