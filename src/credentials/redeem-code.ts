import { createHash } from 'node:crypto'
import { Failure, isFailure, type Secret } from '../failures/index.ts'
import type { Defer } from '../http/interruption.ts'
import { stringMember } from '../http/json.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import { freshServerJwks, type Jwks, type KeySource } from '../oauth/jwks.ts'
import { missingScopes } from '../oauth/scopes.ts'
import { verifyServerIdToken } from '../oauth/server-id-token.ts'
import { type AuthorizationCode, authorizationCodeGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import { isSameAccount } from './accounts.ts'
import type { AccountKey } from './credential.ts'
import { type Grant, type NotStored, timeAfter, type Warning, warnings } from './grant.ts'
import { type GrantToKeep, keepGrant } from './keep-grant.ts'
import { probeStorage, type Storage } from './storage.ts'

/** A code to redeem, and what must be true of what comes back. */
export interface CodeToRedeem extends AuthorizationCode {
  readonly nonce?: string | undefined
  /** What was asked for; empty where the app asked and we do not know. */
  readonly requestedScopes: readonly string[]
  readonly expectEmail?: string | undefined
  /** The subject of an ID token that came with the code. */
  readonly expectSub?: string | undefined
  /** Done last before the code is sent; what it throws leaves the code good. */
  readonly beforeSending?: (() => Promise<void>) | undefined
  /** Asked once the account is known and nothing is stored yet; false means: do not store. */
  readonly confirm?: ((account: { name: string; isNew: boolean }) => Promise<boolean>) | undefined
  /** Asked when the store fails after the code was used; undefined or 'give-up' ends in `not_stored_after_exchange`. */
  readonly rescue?: ((rescue: Rescue) => Promise<RescueChoice>) | undefined
}

/** What is in danger when a store fails after the code was used. */
export interface Rescue {
  readonly account: string
  readonly failure: Failure
  readonly refreshToken: Secret | undefined
}

/** What to do about it: write again, write elsewhere, go on without (the token was shown), or fail. */
export type RescueChoice = 'retry' | { readonly storage: Storage } | 'shown' | 'give-up'

/** Where codes are redeemed, and kept: undefined keeps nothing. */
export interface RedeemingContext extends KeySource {
  readonly client: OAuthClient
  readonly storage: Storage | undefined
  readonly defer: Defer
}

/**
 * Redeems an authorization code and keeps what comes back, in the order that loses nothing: probe the store, get the keys,
 * send the code once, verify, write, read back, compare, list. Up to the sending, every failure leaves the code good; from
 * there on an interruption waits.
 * @throws Failure of any group; `not_stored_after_exchange` where the store failed after the code was used
 */
export async function redeemCode(context: RedeemingContext, code: CodeToRedeem): Promise<Grant> {
  const { storage } = context
  if (storage !== undefined) await probeStorage(storage)
  // Fetched first, and not remembered ones: without the right keys the token could not be verified, and the code would be burnt.
  const jwks = await freshServerJwks(context)
  return context.defer(async () => {
    await code.beforeSending?.()
    return redeemNow(context, code, jwks)
  })
}

async function redeemNow(context: RedeemingContext, code: CodeToRedeem, jwks: Jwks): Promise<Grant> {
  const { client, storage, now } = context
  const tokens = await sentOnce(context, code)
  const idToken = await verified(context, tokens, code, jwks)
  checkExpectedEmail(idToken, code.expectEmail)
  checkExpectedSub(idToken, code.expectSub)

  const { requestedScopes } = code
  const grant: GrantToKeep = {
    key: keyOf(context, tokens, idToken),
    client,
    tokens,
    idToken,
    requestedScopes,
    obtainedAt: new Date(now()).toISOString(),
    accessTokenExpiresAt: timeAfter(now(), tokens.expiresInSeconds),
    refreshTokenExpiresAt: timeAfter(now(), tokens.refreshTokenExpiresInSeconds),
  }
  try {
    return report(
      grant,
      storage === undefined ? { stored: false, why: 'not wanted' } : await confirmAndKeep(storage, grant, code),
      code,
    )
  } catch (error) {
    // At a question that came after the code was used; nothing else is interrupted here.
    throw isFailure(error, 'interrupted') ? new Failure('interrupted_after_exchange', {}, { cause: error }) : error
  }
}

async function sentOnce(
  { http, server, client, storage }: RedeemingContext,
  code: CodeToRedeem,
): Promise<TokenResponse> {
  storage?.usedCodes.mark(code.code)
  try {
    return await authorizationCodeGrant(http, server, client, code)
  } catch (error) {
    // The two ways in which the code never leaves: no connection, and none that can be trusted.
    if (isFailure(error, 'unreachable') || isFailure(error, 'tls_failed')) storage?.usedCodes.unmark(code.code)
    throw error
  }
}

async function verified(
  context: RedeemingContext,
  tokens: TokenResponse,
  code: CodeToRedeem,
  jwks: Jwks,
): Promise<VerifiedIdToken | undefined> {
  const { idToken: token, accessToken } = tokens
  if (token === undefined) return undefined
  const expected = { audience: context.client.clientId, nonce: code.nonce, accessToken }
  try {
    return await verifyServerIdToken(context, { token, isDelivered: true, jwks }, expected)
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid')) throw error
    throw new Failure('id_token_invalid', { ...error.details, isCodeUsed: true }, { cause: error })
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

function checkExpectedSub(idToken: VerifiedIdToken | undefined, expected: string | undefined): void {
  if (expected === undefined || idToken?.claims.sub === expected) return
  throw new Failure('id_token_of_another_account', {
    expected,
    found: idToken?.claims.sub ?? 'an account that does not say its subject',
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

/** What became of a grant: kept in a store, or not, and why. */
type Kept = { readonly stored: boolean; readonly store: string } | { readonly stored: false; readonly why: NotStored }

async function confirmAndKeep(storage: Storage, grant: GrantToKeep, code: CodeToRedeem): Promise<Kept> {
  const account =
    (grant.idToken === undefined ? undefined : stringMember(grant.idToken.claims, 'email')) ?? grant.key.sub
  const isNew = !storage.index.read().accounts.some((known) => isSameAccount(known, grant.key))
  if ((await code.confirm?.({ name: account, isNew })) === false) return { stored: false, why: 'declined' }
  for (let place = storage; ;) {
    try {
      return { store: place.secrets.name, ...(await keepGrant(place, grant)) }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { refreshToken } = grant.tokens
      const choice = (await code.rescue?.({ account, failure: error, refreshToken })) ?? 'give-up'
      if (choice === 'shown') return { stored: false, why: 'shown' }
      if (choice === 'give-up')
        throw new Failure(
          'not_stored_after_exchange',
          { store: place.secrets.name, problem: error.causeText },
          { cause: error },
        )
      if (choice !== 'retry') place = choice.storage
    }
  }
}

function report(grant: GrantToKeep, kept: Kept, code: CodeToRedeem): Grant {
  const { key, tokens, idToken, requestedScopes, accessTokenExpiresAt, refreshTokenExpiresAt } = grant
  const granted = tokens.scopes ?? requestedScopes
  const missing = missingScopes(requestedScopes, granted)
  const found: Warning[] = [
    ...(tokens.refreshToken === undefined ? [warnings.noRefreshToken(kept.stored)] : []),
    ...(missing.length > 0 ? [warnings.scopesMissing(missing)] : []),
    ...(refreshTokenExpiresAt === null ? [] : [warnings.refreshTokenExpires(refreshTokenExpiresAt)]),
    ...(tokens.idToken === undefined ? [warnings.noIdToken()] : []),
    ...(code.codeVerifier === undefined ? [warnings.notBoundByPkce()] : []),
    ...('why' in kept ? [warnings.notStored(kept.why)] : []),
  ]
  return {
    key,
    scopes: { requested: requestedScopes, granted, missing },
    accessToken: { value: tokens.accessToken, expiresAt: accessTokenExpiresAt },
    refreshToken: {
      value: tokens.refreshToken,
      stored: kept.stored,
      store: kept.stored && 'store' in kept ? kept.store : null,
      rotated: false,
      expiresAt: refreshTokenExpiresAt,
    },
    idToken:
      idToken === undefined || tokens.idToken === undefined ? null : { value: tokens.idToken, claims: idToken.claims },
    claims: idToken?.claims ?? null,
    warnings: found,
  }
}
