import { Failure, type Secret } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import { verifyIdToken } from '../oauth/id-token.ts'
import { fetchJwks } from '../oauth/jwks.ts'
import { missingScopes } from '../oauth/scopes.ts'
import { refreshTokenGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import type { Account } from './account-index.ts'
import { accountName, indexAccount, loadCredential } from './accounts.ts'
import {
  type CachedAccessToken,
  type Credential,
  accessTokenItem,
  credentialItem,
  parseAccessToken,
  serializeAccessToken,
  serializeCredential,
} from './credential.ts'
import { type Grant, type Warning, warnings } from './grant.ts'
import { timeAfter } from './redeem-code.ts'
import { setAndCompare } from './secret-store.ts'
import type { Storage } from './storage.ts'

/** What a refresh needs. The server is asked for late: a token from the cache needs none. */
export interface RefreshContext {
  readonly http: Http
  readonly server: () => Promise<AuthorizationServer>
  readonly storage: Storage
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/** The cached access token, if it lives at least so long. Touches nothing but the store. */
function cachedAccessToken(
  { storage, now }: Pick<RefreshContext, 'storage' | 'now'>,
  account: Account,
  minTtlMs: number,
): CachedAccessToken | undefined {
  const value = storage.secrets.get(accessTokenItem(account))
  const cached = value === undefined ? undefined : parseAccessToken(value)
  if (cached?.expiresAt == null) return undefined
  return Date.parse(cached.expiresAt) - now() >= minTtlMs ? cached : undefined
}

/** A valid access token: the cached one if it lives at least so long, else a new one. @throws what {@link refresh} throws */
export async function accessToken(
  context: RefreshContext,
  account: Account,
  minTtlMs: number,
): Promise<CachedAccessToken> {
  return cachedAccessToken(context, account, minTtlMs) ?? (await refresh(context, account)).accessToken
}

/**
 * The refresh token grant for a stored account. A rotated refresh token is kept before anything else happens; a refused
 * one is removed, unless the store holds another one by then.
 * @throws Failure `no_refresh_token`, `refresh_token_refused`, `account_changed`, `id_token_invalid`, and of the groups network, refused and store
 */
export async function refresh(context: RefreshContext, account: Account): Promise<Grant> {
  const { http, storage, now } = context
  const credential = loadCredential(storage, account)
  if (credential.refreshToken === undefined) throw new Failure('no_refresh_token', { account: accountName(account) })
  const server = await context.server()
  const answer = await refreshTokenGrant(http, server, credential.client, credential.refreshToken)
  if ('refused' in answer) {
    const { error, description, subtype } = answer.refused
    // After a session limit the same token may work again; every other refusal is for good.
    if (subtype === null) dropRefusedToken(storage, account, credential.refreshToken)
    throw new Failure('refresh_token_refused', { account: accountName(account), error, description, subtype })
  }
  const { tokens } = answer
  const rotated = tokens.refreshToken !== undefined && !tokens.refreshToken.equals(credential.refreshToken)
  if (rotated)
    setAndCompare(
      storage.secrets,
      credentialItem(account),
      serializeCredential({ ...credential, refreshToken: tokens.refreshToken }),
    )
  const claims =
    tokens.idToken === undefined ? undefined : await verifiedClaims(context, server, credential, tokens, tokens.idToken)
  return keepRefreshed(storage, account, tokens, rotated, claims, now())
}

async function verifiedClaims(
  { http, now }: RefreshContext,
  server: AuthorizationServer,
  { key, client }: Credential,
  { accessToken: token }: TokenResponse,
  idToken: Secret,
): Promise<NonNullable<Account['claims']>> {
  const { claims } = await verifyIdToken(idToken, await fetchJwks(http, server), {
    issuers: server.idTokenIssuers,
    audience: client.clientId,
    accessToken: token,
    now: now() / 1000,
  })
  // OpenID Connect Core section 12.2: a refresh never changes whose token it is.
  if (claims.sub !== key.sub && !key.sub.startsWith('unknown-'))
    throw new Failure('account_changed', { expected: key.sub, found: claims.sub })
  return claims
}

function keepRefreshed(
  storage: Storage,
  account: Account,
  tokens: TokenResponse,
  rotated: boolean,
  claims: Account['claims'] | undefined,
  nowMs: number,
): Grant {
  const expiresAt = timeAfter(nowMs, tokens.expiresInSeconds)
  const refreshTokenExpiresAt =
    tokens.refreshTokenExpiresInSeconds === undefined
      ? account.refreshTokenExpiresAt
      : timeAfter(nowMs, tokens.refreshTokenExpiresInSeconds)
  const cached = serializeAccessToken({ value: tokens.accessToken, expiresAt })
  if (cached === undefined) storage.secrets.delete(accessTokenItem(account))
  else storage.secrets.set(accessTokenItem(account), cached)
  const granted = tokens.scopes ?? account.grantedScopes
  indexAccount(storage, {
    ...account,
    claims: claims ?? account.claims,
    grantedScopes: granted,
    refreshTokenObtainedAt: rotated ? new Date(nowMs).toISOString() : account.refreshTokenObtainedAt,
    refreshTokenExpiresAt,
    accessTokenExpiresAt: expiresAt,
  })
  const missing = missingScopes(account.requestedScopes, granted)
  const found: Warning[] = [
    ...(missing.length > 0 ? [warnings.scopesMissing(missing)] : []),
    ...(refreshTokenExpiresAt === null ? [] : [warnings.refreshTokenExpires(refreshTokenExpiresAt)]),
  ]
  return {
    key: account,
    scopes: { requested: account.requestedScopes, granted, missing },
    accessToken: { value: tokens.accessToken, expiresAt },
    refreshToken: {
      value: tokens.refreshToken,
      stored: true,
      store: storage.secrets.name,
      rotated,
      expiresAt: refreshTokenExpiresAt,
    },
    idToken: tokens.idToken === undefined || claims == null ? null : { value: tokens.idToken, claims },
    claims: claims ?? account.claims,
    warnings: found,
  }
}

function dropRefusedToken(storage: Storage, account: Account, refused: Secret): void {
  const current = loadCredential(storage, account)
  // Another process may have logged in again meanwhile; its token was not the one that was refused.
  if (current.refreshToken?.equals(refused) !== true) return
  setAndCompare(storage.secrets, credentialItem(account), serializeCredential({ ...current, refreshToken: undefined }))
  storage.secrets.delete(accessTokenItem(account))
  indexAccount(storage, { ...account, hasRefreshToken: false, accessTokenExpiresAt: null })
}
