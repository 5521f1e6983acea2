import type { Account } from '../accounts/account-index.ts'
import type { AccountStorage } from '../accounts/account-storage.ts'
import { cacheAccessToken } from '../accounts/cached-access-token.ts'
import { environmentSub } from '../accounts/environment-sub.ts'
import { type Credential, credentialItem, serializeCredential } from '../accounts/credential.ts'
import { labelIn, listedAccount, locateCredential, refreshTokensOf } from '../accounts/locate-credential.ts'
import { stringMember } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import type { Defer } from '../http/interruption.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import { possessionOf } from '../oauth/dpop.ts'
import { newProofState } from '../oauth/dpop-key.ts'
import type { KeyCache } from '../oauth/jwks.ts'
import { missingScopes } from '../oauth/scopes.ts'
import { verifyServerIdToken } from '../oauth/server-id-token.ts'
import { refreshTokenGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import { setAndCompare } from '../stores/secret-store.ts'
import { isSameStore } from '../stores/store-name.ts'
import { expiryWarnings } from './account-warnings.ts'
import { consentWords, type Grant, timeAfter, type Warning, warnings } from './grant.ts'
import { noRefreshToken, refusalOf, removeRefusedToken } from './refused-refresh-token.ts'
import { traceAccount, traceRotated, traceStoredToken } from './traced-steps.ts'

/** The context of a refresh. The server is fetched late: a cached token does not need it. */
export interface RefreshContext {
  readonly http: Http
  readonly server: () => Promise<AuthorizationServer>
  readonly storage: AccountStorage
  readonly keyCache: KeyCache
  readonly defer: Defer
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/**
 * Sends the refresh token grant for a stored account. Stores a rotated refresh token before anything else, and removes
 * a refused one unless the store now holds another one.
 * @throws Failure `no_refresh_token`, `refresh_token_refused`, `account_changed`, `id_token_invalid`, and of the
 *   groups network, refused and store
 */
export async function refresh(context: RefreshContext, account: Account): Promise<Grant> {
  return context.storage.exclusively(account, () => refreshLocked(context, account))
}

/** Works like {@link refresh}, for callers that hold the account's lock. @throws what {@link refresh} throws */
export async function refreshLocked(context: RefreshContext, chosen: Account): Promise<Grant> {
  // If interrupted midway, a refresh that rotates the token would leave only the old, dead one.
  return chosen.rotatesRefreshTokens ? context.defer(() => refreshNow(context, chosen)) : refreshNow(context, chosen)
}

async function refreshNow(context: RefreshContext, chosen: Account): Promise<Grant> {
  const { http, now } = context
  // The account was chosen before the lock was acquired, and may have changed meanwhile.
  const listed = (await listedAccount(context.storage, chosen)) ?? chosen
  const { storage, account, credential } = await locateCredential(storageOf(context, listed), listed)
  if (credential.refreshToken === undefined) throw await noRefreshToken(storage, account)
  if (http.trace !== undefined)
    traceStoredToken(http, await labelIn(storage, account), storage.secrets.name, credential)
  const server = await context.server()
  // The old token is dead once the new one is sent: afterwards it is too late to find that the store cannot hold it.
  if (account.rotatesRefreshTokens) await proveReplaceable(storage, account)
  // Any server may start to rotate tokens.
  else await storage.secrets.demandChangeable?.()
  const proofState = newProofState(account.refreshNonce ?? undefined)
  const possession = possessionOf(credential.dpopKey, proofState, now)
  const answer = await refreshTokenGrant(
    http,
    server,
    credential.client,
    credential.refreshToken,
    account.rotatesRefreshTokens,
    possession,
  ).catch(async (error: unknown) => {
    if (account.sub !== environmentSub || !isFailure(error, 'dpop_proof_missing')) throw error
    const details = { account: await labelIn(storage, account), way: 'GSA_REFRESH_TOKEN' } as const
    throw new Failure('bound_token_not_portable', details, { cause: error })
  })
  if ('refused' in answer) {
    const nowMs = now()
    const refusal = await refusalOf(storage, account, credential.refreshToken, { ...answer, nowMs })
    if (!refusal.details.removed) throw refusal
    await removeRefusedToken(storage, account, credential, refusal, nowMs)
    // An older refresh token in another store may still work. This store's was removed, so the recursion ends.
    if (await hasAnotherRefreshToken(storage, account)) return refreshNow(context, chosen)
    throw refusal
  }
  const { tokens } = answer
  const rotated = tokens.refreshToken !== undefined && !tokens.refreshToken.equals(credential.refreshToken)
  const kept: Credential = rotated
    ? { ...credential, refreshToken: tokens.refreshToken, obtainedAt: new Date(now()).toISOString() }
    : credential
  if (rotated) {
    await keepRotated(storage, account, kept)
    if (http.trace !== undefined) traceRotated(http, storage.secrets.name)
  }
  const claims =
    tokens.idToken === undefined
      ? undefined
      : await verifiedClaims(context, server, credential, tokens, tokens.idToken, account.claims)
  const known: Account = {
    ...account,
    isBound: credential.dpopKey !== undefined,
    refreshNonce: proofState.nonce ?? null,
    claims: claims ?? account.claims,
  }
  return keepRefreshed(storage, known, kept, tokens, rotated, claims, now())
}

/** Returns the storage of an account's store. */
export function storageOf({ storage }: RefreshContext, { store }: Account): AccountStorage {
  return isSameStore(store, storage.secrets.name) ? storage : storage.at(store)
}

async function hasAnotherRefreshToken(storage: AccountStorage, account: Account): Promise<boolean> {
  return account.otherStores.length > 0 && (await refreshTokensOf(storage, account)).length > 0
}

/** Makes sure that the store can replace an account's refresh token. @throws Failure of the store group */
async function proveReplaceable({ secrets }: AccountStorage, account: Account): Promise<void> {
  const item = credentialItem(account)
  const value = secrets.holdsLongItems === true ? await secrets.get(item) : undefined
  // Written again rather than probed with another item, which would remain if this process is killed meanwhile.
  await (value === undefined ? secrets.probe() : setAndCompare(secrets, item, value))
}

/** Stores the successor of a refresh token. @throws Failure `rotated_token_not_stored` */
export async function keepRotated(storage: AccountStorage, account: Account, credential: Credential): Promise<void> {
  try {
    await setAndCompare(storage.secrets, credentialItem(account), serializeCredential(credential))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(
      'rotated_token_not_stored',
      { account: await labelIn(storage, account), problem: error.causeText },
      { cause: error },
    )
  }
}

async function verifiedClaims(
  { http, keyCache, now }: RefreshContext,
  server: AuthorizationServer,
  { key, client }: Credential,
  { accessToken: token }: TokenResponse,
  idToken: Secret,
  before: Account['claims'],
): Promise<VerifiedIdToken['claims']> {
  const { claims } = await verifyServerIdToken(
    { http, server, keyCache, now },
    { token: idToken, isDelivered: true },
    { audience: client.clientId, accessToken: token },
  )
  // A refresh never changes whose token it is (OpenID Connect Core section 12.2). An account without a known subject
  // gets one here.
  const known = before === null ? undefined : stringMember(before, 'sub')
  const expected = key.sub.startsWith('unknown-') ? (known ?? claims.sub) : key.sub
  if (claims.sub !== expected) {
    const failure = new Failure('account_changed', { expected, found: claims.sub })
    if (http.trace !== undefined) traceAccount(http, { expectSub: expected }, failure)
    throw failure
  }
  return claims
}

async function keepRefreshed(
  storage: AccountStorage,
  account: Account,
  credential: Credential,
  tokens: TokenResponse,
  rotated: boolean,
  claims: VerifiedIdToken['claims'] | undefined,
  nowMs: number,
): Promise<Grant> {
  const issuedAt = new Date(nowMs).toISOString()
  const expiresAt = timeAfter(nowMs, tokens.expiresInSeconds)
  const refreshTokenExpiresAt =
    tokens.refreshTokenExpiresInSeconds === undefined
      ? account.refreshTokenExpiresAt
      : timeAfter(nowMs, tokens.refreshTokenExpiresInSeconds)
  await cacheAccessToken(storage.secrets, credential, { value: tokens.accessToken, issuedAt, expiresAt })
  const granted = tokens.scopes ?? account.grantedScopes
  await storage.index.put({
    ...account,
    grantedScopes: granted,
    rotatesRefreshTokens: rotated || account.rotatesRefreshTokens,
    refreshTokenObtainedAt: rotated ? issuedAt : account.refreshTokenObtainedAt,
    refreshTokenExpiresAt,
    accessTokenExpiresAt: expiresAt,
    refreshTokenUsedAt: issuedAt,
    projectRevokedAt: null,
  })
  const missing = missingScopes(account.requestedScopes, granted)
  const found: Warning[] = [
    ...(missing.length > 0 ? [warnings.scopesMissing(missing, consentWords(account.isBound))] : []),
    ...expiryWarnings(rotated ? issuedAt : account.refreshTokenObtainedAt, refreshTokenExpiresAt, nowMs),
  ]
  return {
    key: account,
    label: await labelIn(storage, account),
    scopes: { requested: account.requestedScopes, granted, missing },
    accessToken: { value: tokens.accessToken, expiresAt },
    refreshToken: {
      value: tokens.refreshToken,
      stored: true,
      store: storage.secrets.name,
      rotated,
      bound: account.isBound,
      expiresAt: refreshTokenExpiresAt,
    },
    idToken: tokens.idToken === undefined || claims === undefined ? null : { value: tokens.idToken, claims },
    claims: account.claims,
    warnings: found,
  }
}
