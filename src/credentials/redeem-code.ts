import { createHash } from 'node:crypto'
import { Failure, isFailure, type Secret } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { type VerifiedIdToken, verifyIdToken } from '../oauth/id-token.ts'
import { fetchJwks, type Jwks } from '../oauth/jwks.ts'
import { missingScopes } from '../oauth/scopes.ts'
import { type AuthorizationCode, authorizationCodeGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import type { Account } from './account-index.ts'
import { indexAccount, isSameAccount } from './accounts.ts'
import {
  type AccountKey,
  accessTokenItem,
  credentialItem,
  parseCredential,
  serializeAccessToken,
  serializeCredential,
} from './credential.ts'
import { type Grant, type Warning, warnings } from './grant.ts'
import { setAndCompare } from './secret-store.ts'
import { probeStorage, type Storage } from './storage.ts'

/** A code to redeem, and what must be true of what comes back. */
export interface CodeToRedeem extends AuthorizationCode {
  readonly nonce?: string | undefined
  /** What was asked for; empty where the app asked and we do not know. */
  readonly requestedScopes: readonly string[]
  readonly expectEmail?: string | undefined
  /** Asked once the account is known and nothing is stored yet; false means: do not store. */
  readonly confirm?: ((account: { name: string; isNew: boolean }) => Promise<boolean>) | undefined
}

/** Where codes are redeemed, and kept: undefined keeps nothing. */
export interface RedeemingContext {
  readonly http: Http
  readonly server: AuthorizationServer
  readonly client: OAuthClient
  readonly storage: Storage | undefined
  /** Unix time in milliseconds. */
  readonly now: () => number
}

/**
 * Redeems an authorization code and keeps what comes back, in the order that loses nothing: probe the store, get the keys,
 * send the code once, verify, write, read back, compare, list. Up to the sending, every failure leaves the code good.
 * @throws Failure of any group; `not_stored_after_exchange` where the store failed after the code was used
 */
export async function redeemCode(context: RedeemingContext, code: CodeToRedeem): Promise<Grant> {
  const { http, server, client, storage, now } = context
  if (storage !== undefined) probeStorage(storage)
  // Fetched first: without them the ID token could not be verified, and the code would be burnt for nothing.
  const jwks = await fetchJwks(http, server)
  const tokens = await authorizationCodeGrant(http, server, client, code)
  const idToken =
    tokens.idToken === undefined ? undefined : await verified(context, tokens.idToken, tokens, jwks, code.nonce)
  checkExpectedEmail(idToken, code.expectEmail)

  const key = keyOf(context, tokens, idToken)
  const keep =
    storage !== undefined &&
    ((await code.confirm?.({ name: nameOf(idToken, key), isNew: isNew(storage, key) })) ?? true)
  const times = {
    accessTokenExpiresAt: timeAfter(now(), tokens.expiresInSeconds),
    refreshTokenExpiresAt: timeAfter(now(), tokens.refreshTokenExpiresInSeconds),
  }
  const kept = keep ? keepGrant(storage, context, key, tokens, idToken, code.requestedScopes, times) : { stored: false }
  const granted = tokens.scopes ?? code.requestedScopes
  const missing = missingScopes(code.requestedScopes, granted)
  return {
    key,
    scopes: { requested: code.requestedScopes, granted, missing },
    accessToken: { value: tokens.accessToken, expiresAt: times.accessTokenExpiresAt },
    refreshToken: {
      value: tokens.refreshToken,
      stored: kept.stored,
      store: kept.stored ? (storage?.secrets.name ?? null) : null,
      rotated: false,
      expiresAt: times.refreshTokenExpiresAt,
    },
    idToken:
      idToken === undefined || tokens.idToken === undefined ? null : { value: tokens.idToken, claims: idToken.claims },
    claims: idToken?.claims ?? null,
    warnings: warningsFor({
      code,
      tokens,
      missing,
      keep,
      stored: kept.stored,
      refreshTokenExpiresAt: times.refreshTokenExpiresAt,
    }),
  }
}

/** RFC 3339 time so many seconds after `nowMs`; null for an unknown number. */
export function timeAfter(nowMs: number, seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(nowMs + seconds * 1000).toISOString()
}

async function verified(
  { http, server, client, now }: RedeemingContext,
  idToken: Secret,
  { accessToken }: TokenResponse,
  jwks: Jwks,
  nonce: string | undefined,
): Promise<VerifiedIdToken> {
  const expected = { issuers: server.idTokenIssuers, audience: client.clientId, nonce, accessToken, now: now() / 1000 }
  try {
    return await verifyIdToken(idToken, jwks, expected)
  } catch (error) {
    // The keys may have been rotated between the two requests.
    if (!isFailure(error, 'id_token_invalid') || error.details.check !== 'kid') throw error
    return verifyIdToken(idToken, await fetchJwks(http, server), expected)
  }
}

function checkExpectedEmail(idToken: VerifiedIdToken | undefined, expected: string | undefined): void {
  if (expected === undefined) return
  const email = idToken === undefined ? undefined : stringMember(idToken.claims, 'email')
  if (email?.toLowerCase() !== expected.toLowerCase() || idToken?.claims['email_verified'] === false)
    throw new Failure('account_unexpected', {
      expected,
      found: email ?? 'an account that does not say its e-mail address',
    })
}

function keyOf(
  { server, client }: RedeemingContext,
  tokens: TokenResponse,
  idToken: VerifiedIdToken | undefined,
): AccountKey {
  const anonymous = (): string => {
    const token = tokens.refreshToken ?? tokens.accessToken
    return `unknown-${createHash('sha256').update(token.reveal()).digest('hex').slice(0, 12)}`
  }
  return { issuer: server.issuer, clientId: client.clientId, sub: idToken?.claims.sub ?? anonymous() }
}

function nameOf(idToken: VerifiedIdToken | undefined, key: AccountKey): string {
  return (idToken === undefined ? undefined : stringMember(idToken.claims, 'email')) ?? key.sub
}

function isNew(storage: Storage, key: AccountKey): boolean {
  return !storage.index.read().accounts.some((account) => isSameAccount(account, key))
}

interface GrantTimes {
  readonly accessTokenExpiresAt: string | null
  readonly refreshTokenExpiresAt: string | null
}

function keepGrant(
  storage: Storage,
  { client, now }: RedeemingContext,
  key: AccountKey,
  tokens: TokenResponse,
  idToken: VerifiedIdToken | undefined,
  requestedScopes: readonly string[],
  times: GrantTimes,
): { stored: boolean } {
  const { secrets, index } = storage
  try {
    const older = index.read().accounts.find((account) => isSameAccount(account, key))
    const olderValue = secrets.get(credentialItem(key))
    const olderToken =
      olderValue === undefined ? undefined : parseCredential(key, olderValue, [], secrets.name).refreshToken
    const refreshToken = tokens.refreshToken ?? olderToken
    setAndCompare(secrets, credentialItem(key), serializeCredential({ key, client, refreshToken }))
    const cached = serializeAccessToken({ value: tokens.accessToken, expiresAt: times.accessTokenExpiresAt })
    if (cached !== undefined) secrets.set(accessTokenItem(key), cached)
    const isFresh = tokens.refreshToken !== undefined
    const account: Account = {
      ...key,
      clientType: client.type,
      redirectUris: client.redirectUris,
      store: secrets.name,
      claims: idToken?.claims ?? null,
      requestedScopes,
      grantedScopes: tokens.scopes ?? requestedScopes,
      hasRefreshToken: refreshToken !== undefined,
      refreshTokenObtainedAt: isFresh ? new Date(now()).toISOString() : (older?.refreshTokenObtainedAt ?? null),
      refreshTokenExpiresAt: isFresh ? times.refreshTokenExpiresAt : (older?.refreshTokenExpiresAt ?? null),
      accessTokenExpiresAt: times.accessTokenExpiresAt,
    }
    indexAccount(storage, account)
    return { stored: refreshToken !== undefined }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure('not_stored_after_exchange', { store: secrets.name, problem: error.causeText }, { cause: error })
  }
}

function warningsFor(facts: {
  code: CodeToRedeem
  tokens: TokenResponse
  missing: readonly string[]
  keep: boolean
  stored: boolean
  refreshTokenExpiresAt: string | null
}): Warning[] {
  const { code, tokens, missing, keep, stored, refreshTokenExpiresAt } = facts
  return [
    ...(tokens.refreshToken === undefined ? [warnings.noRefreshToken(stored)] : []),
    ...(missing.length > 0 ? [warnings.scopesMissing(missing)] : []),
    ...(refreshTokenExpiresAt === null ? [] : [warnings.refreshTokenExpires(refreshTokenExpiresAt)]),
    ...(tokens.idToken === undefined ? [warnings.noIdToken()] : []),
    ...(code.codeVerifier === undefined ? [warnings.notBoundByPkce()] : []),
    ...(keep ? [] : [warnings.notStored()]),
  ]
}
