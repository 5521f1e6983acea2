import type { Account } from '../accounts/account-index.ts'
import { type CachedAccessToken, readAccessToken } from '../accounts/cached-access-token.ts'
import type { Secret } from '../core/secret.ts'
import type { Grant } from './grant.ts'
import type { RefreshContext } from './refresh.ts'

const clockSkewMs = 60_000

/**
 * Returns a valid access token: the cached one if it is valid for at least `minTtlMs`, otherwise a new one. If several
 * processes need one at the same time, one refreshes and the others find its token in the cache.
 * @throws what {@link refresh} throws
 */
export async function accessToken(
  context: RefreshContext,
  account: Account,
  minTtlMs: number,
): Promise<CachedAccessToken> {
  const cached = await cachedAccessToken(context, account, minTtlMs)
  if (cached !== undefined) return cached
  return context.storage.exclusively(account, async () => {
    const meanwhile = await cachedAccessToken(context, account, minTtlMs)
    if (meanwhile !== undefined) return meanwhile
    const { accessToken: fresh } = await newGrant(context, account)
    return { ...fresh, issuedAt: new Date(context.now()).toISOString() }
  })
}

/**
 * Returns the next token after a rejected one: the one that another process obtained meanwhile, otherwise a new one.
 * @throws what {@link refresh} throws
 */
async function renewedAccessToken(context: RefreshContext, account: Account, refused: Secret): Promise<Secret> {
  return context.storage.exclusively(account, async () => {
    const meanwhile = await cachedAccessToken(context, account, 0)
    if (meanwhile !== undefined && !meanwhile.value.equals(refused)) return meanwhile.value
    return (await newGrant(context, account)).accessToken.value
  })
}

/** Provides access tokens for work that may last longer than one token. */
export interface AccessTokenSource {
  /**
   * Returns the token in use; the first one is valid for at least the requested time.
   * @throws what {@link refresh} throws
   */
  current(): Promise<Secret>
  /** Returns the next token after a rejected one. @throws what {@link refresh} throws */
  renewed(refused: Secret): Promise<Secret>
}

/** Returns a source of an account's successive access tokens. */
export function accessTokenSource(context: RefreshContext, account: Account, minTtlMs: number): AccessTokenSource {
  let token: Promise<Secret> | undefined
  const first = async (): Promise<Secret> => (await accessToken(context, account, minTtlMs)).value
  return {
    current: () => (token ??= first()),
    async renewed(refused) {
      // If several concurrent requests are rejected, only one renews the token.
      if ((await token)?.equals(refused) !== false) token = renewedAccessToken(context, account, refused)
      return token!
    },
  }
}

/**
 * Returns an account's cached access token if it is valid for at least `minTtlMs`.
 * @throws Failure of the store group
 */
export async function cachedAccessToken(
  { storage, now }: RefreshContext,
  account: Account,
  minTtlMs: number,
): Promise<CachedAccessToken | undefined> {
  const cached = await readAccessToken(storage.secrets, account)
  if (cached?.expiresAt == null || Date.parse(cached.issuedAt) > now() + clockSkewMs) return undefined
  return Date.parse(cached.expiresAt) - now() >= minTtlMs ? cached : undefined
}

// Loaded on demand: most runs use a cached token, and must not wait for the refresh code to load.
async function newGrant(context: RefreshContext, account: Account): Promise<Grant> {
  const { refreshLocked } = await import('./refresh.ts')
  return refreshLocked(context, account)
}
