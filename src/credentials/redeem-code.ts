import { createHash } from 'node:crypto'
import { Failure, type Secret } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import { type KeySource, serverJwks } from '../oauth/jwks.ts'
import { missingScopes } from '../oauth/scopes.ts'
import { verifyServerIdToken } from '../oauth/server-id-token.ts'
import { type AuthorizationCode, authorizationCodeGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import { isSameAccount } from './accounts.ts'
import type { AccountKey } from './credential.ts'
import { type Grant, timeAfter, type Warning, warnings } from './grant.ts'
import { type GrantToKeep, keepGrant } from './keep-grant.ts'
import { probeStorage, type Storage } from './storage.ts'

/** A code to redeem, and what must be true of what comes back. */
export interface CodeToRedeem extends AuthorizationCode {
  readonly nonce?: string | undefined
  /** What was asked for; empty where the app asked and we do not know. */
  readonly requestedScopes: readonly string[]
  readonly expectEmail?: string | undefined
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
}

/**
 * Redeems an authorization code and keeps what comes back, in the order that loses nothing: probe the store, get the keys,
 * send the code once, verify, write, read back, compare, list. Up to the sending, every failure leaves the code good.
 * @throws Failure of any group; `not_stored_after_exchange` where the store failed after the code was used
 */
export async function redeemCode(context: RedeemingContext, code: CodeToRedeem): Promise<Grant> {
  const { http, server, client, storage, now } = context
  if (storage !== undefined) await probeStorage(storage)
  // Fetched first: without them the ID token could not be verified, and the code would be burnt for nothing.
  const jwks = await serverJwks(context)
  const tokens = await authorizationCodeGrant(http, server, client, code)
  const idToken =
    tokens.idToken === undefined
      ? undefined
      : await verifyServerIdToken(
          context,
          tokens.idToken,
          { audience: client.clientId, nonce: code.nonce, accessToken: tokens.accessToken },
          jwks,
        )
  checkExpectedEmail(idToken, code.expectEmail)

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
  const kept = storage === undefined ? undefined : await confirmAndKeep(storage, grant, code)
  return report(grant, kept, code)
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

/** @returns the store that holds the account now, and whether it holds a refresh token; undefined where nothing was kept */
async function confirmAndKeep(
  storage: Storage,
  grant: GrantToKeep,
  code: CodeToRedeem,
): Promise<{ store: string; stored: boolean } | undefined> {
  const account =
    (grant.idToken === undefined ? undefined : stringMember(grant.idToken.claims, 'email')) ?? grant.key.sub
  const isNew = !storage.index.read().accounts.some((known) => isSameAccount(known, grant.key))
  if ((await code.confirm?.({ name: account, isNew })) === false) return undefined
  for (let place = storage; ;) {
    try {
      return { store: place.secrets.name, ...(await keepGrant(place, grant)) }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const { refreshToken } = grant.tokens
      const choice = (await code.rescue?.({ account, failure: error, refreshToken })) ?? 'give-up'
      if (choice === 'shown') return undefined
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

function report(grant: GrantToKeep, kept: { store: string; stored: boolean } | undefined, code: CodeToRedeem): Grant {
  const { key, tokens, idToken, requestedScopes, accessTokenExpiresAt, refreshTokenExpiresAt } = grant
  const granted = tokens.scopes ?? requestedScopes
  const missing = missingScopes(requestedScopes, granted)
  const stored = kept?.stored === true
  const found: Warning[] = [
    ...(tokens.refreshToken === undefined ? [warnings.noRefreshToken(stored)] : []),
    ...(missing.length > 0 ? [warnings.scopesMissing(missing)] : []),
    ...(refreshTokenExpiresAt === null ? [] : [warnings.refreshTokenExpires(refreshTokenExpiresAt)]),
    ...(tokens.idToken === undefined ? [warnings.noIdToken()] : []),
    ...(code.codeVerifier === undefined ? [warnings.notBoundByPkce()] : []),
    ...(kept === undefined ? [warnings.notStored()] : []),
  ]
  return {
    key,
    scopes: { requested: requestedScopes, granted, missing },
    accessToken: { value: tokens.accessToken, expiresAt: accessTokenExpiresAt },
    refreshToken: {
      value: tokens.refreshToken,
      stored,
      store: stored ? (kept?.store ?? null) : null,
      rotated: false,
      expiresAt: refreshTokenExpiresAt,
    },
    idToken:
      idToken === undefined || tokens.idToken === undefined ? null : { value: tokens.idToken, claims: idToken.claims },
    claims: idToken?.claims ?? null,
    warnings: found,
  }
}
