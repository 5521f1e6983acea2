import type { Account } from '../accounts/account-index.ts'
import { accessTokenItem, type CachedAccessToken, parseAccessToken } from '../accounts/cached-access-token.ts'
import type { Secret } from '../core/secret.ts'
import type { Grant } from './grant.ts'
import type { RefreshContext } from './refresh.ts'

const clockSkewMs = 60_000

/**
 * A valid access token: the cached one if it lives at least so long, else a new one. Of several processes that need one
 * at once, one refreshes and the others find its token in the cache.
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
 * The token after one that was refused: the one that another process got meanwhile, else a new one.
 * @throws what {@link refresh} throws
 */
async function renewedAccessToken(context: RefreshContext, account: Account, refused: Secret): Promise<Secret> {
  return context.storage.exclusively(account, async () => {
    const meanwhile = await cachedAccessToken(context, account, 0)
    if (meanwhile !== undefined && !meanwhile.value.equals(refused)) return meanwhile.value
    return (await newGrant(context, account)).accessToken.value
  })
}

/** Access tokens for something that may last longer than one lives. */
export interface AccessTokenSource {
  /** The one in use; the first one lives at least as long as was asked for. @throws what {@link refresh} throws */
  current(): Promise<Secret>
  /** The one after one that was refused. @throws what {@link refresh} throws */
  renewed(refused: Secret): Promise<Secret>
}

/** The access tokens of an account, one after the other. */
export function accessTokenSource(context: RefreshContext, account: Account, minTtlMs: number): AccessTokenSource {
  let token: Promise<Secret> | undefined
  const first = async (): Promise<Secret> => (await accessToken(context, account, minTtlMs)).value
  return {
    current: () => (token ??= first()),
    async renewed(refused) {
      // Of several requests that are refused at once, one renews.
      if ((await token)?.equals(refused) !== false) token = renewedAccessToken(context, account, refused)
      return token!
    },
  }
}

/** Returns the cached access token of an account if it lives at least so long. @throws Failure of the store group */
export async function cachedAccessToken(
  { storage, now }: RefreshContext,
  account: Account,
  minTtlMs: number,
): Promise<CachedAccessToken | undefined> {
  const value = await storage.secrets.get(accessTokenItem(account))
  const cached = value === undefined ? undefined : parseAccessToken(value)
  if (cached?.expiresAt == null || Date.parse(cached.issuedAt) > now() + clockSkewMs) return undefined
  return Date.parse(cached.expiresAt) - now() >= minTtlMs ? cached : undefined
}

// A token from the cache, which is what most runs want, must not wait for the code that gets one.
async function newGrant(context: RefreshContext, account: Account): Promise<Grant> {
  const { refreshLocked } = await import('./refresh.ts')
  return refreshLocked(context, account)
}
