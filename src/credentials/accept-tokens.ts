import type { AccountKey } from '../accounts/account-key.ts'
import { accountName } from '../accounts/account-names.ts'
import type { AccountStorage } from '../accounts/account-storage.ts'
import { listedAccount } from '../accounts/locate-credential.ts'
import type { UsedCodes } from '../accounts/used-codes.ts'
import { type JsonObject, stringMember } from '../core/json.ts'
import type { Secret } from '../core/secret.ts'
import { sha256 } from '../core/sha256.ts'
import { Failure, isFailure, problemOf } from '../failures/index.ts'
import type { Defer } from '../http/interruption.ts'
import { connectionsPage } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { isSameEmail, verifiedEmail } from '../oauth/email.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import { possessionOf } from '../oauth/dpop.ts'
import type { DpopKey, ProofState } from '../oauth/dpop-key.ts'
import type { Jwks, KeySource } from '../oauth/jwks.ts'
import { revokeToken } from '../oauth/revocation.ts'
import { missingScopes } from '../oauth/scopes.ts'
import { verifyServerIdToken } from '../oauth/server-id-token.ts'
import type { TokenResponse } from '../oauth/token-endpoint.ts'
import { expiryWarnings } from './account-warnings.ts'
import { type Grant, type NotStored, timeAfter, type Warning, warnings } from './grant.ts'
import { type GrantToKeep, keepGrant, type KeptGrant } from './keep-grant.ts'
import { traceAccount, traceStored } from './traced-steps.ts'

/** The conditions for storing tokens, and the callbacks for unclear cases. */
export interface AcceptanceTerms {
  readonly nonce?: string | undefined
  /** The requested scopes; empty if the app requested them and we do not know. */
  readonly requestedScopes: readonly string[]
  readonly expectEmail?: string | undefined
  /** The subject of an ID token that came with the code. */
  readonly expectSub?: string | undefined
  /**
   * Called once the account is known and nothing is stored yet. Unless it returns 'store', the result is
   * `account_declined`.
   */
  readonly confirm?: ((account: { readonly name: string; readonly isNew: boolean }) => Promise<Decision>) | undefined
  /**
   * Called if the store fails after the code was used; undefined or 'give-up' results in `not_stored_after_exchange`.
   */
  readonly onStoreFailure?: ((lost: StoreFailure) => Promise<StoreFailureChoice>) | undefined
}

/** The decision about an account's tokens: store, discard, or revoke at the server and discard. */
type Decision = 'store' | 'discard' | 'revoke'

/** The data at risk when a store fails after the code was used. */
export interface StoreFailure {
  readonly account: string
  readonly failure: Failure
  /** undefined if there is none, or it is bound to a key, without which it is worth nothing to anyone. */
  readonly refreshToken: Secret | undefined
}

/** The choices: write again, write elsewhere, continue without storing (the token was shown), or fail. */
export type StoreFailureChoice = 'retry' | { readonly storage: AccountStorage } | 'shown' | 'give-up'

/** The context for redeeming codes; an undefined storage stores nothing. */
export interface RedeemingContext extends KeySource {
  readonly client: OAuthClient
  readonly storage: AccountStorage | undefined
  readonly usedCodes: UsedCodes
  readonly defer: Defer
  /** Binds each refresh token to a key of its own (RFC 9449); what the server said about proofs before. */
  readonly dpop?: ProofState | undefined
}

/** The tokens that a code was redeemed for, and the circumstances. */
export interface RedeemedTokens {
  readonly tokens: TokenResponse
  /** The key that the refresh token is bound to. */
  readonly dpopKey: DpopKey | undefined
  /** Fetched before the code was sent. */
  readonly jwks: Jwks
  /** Warnings in addition to those about the tokens themselves. */
  readonly warnings: readonly Warning[]
  /** The command that asks for consent again, for messages. */
  readonly consentAgain: string
}

/**
 * Accepts the tokens of a redeemed code: verify, check the account, confirm, write, read back, compare, list. Call it
 * where an interruption waits, because the code is already used.
 * @throws Failure `id_token_invalid`, `account_unexpected`, `id_token_of_another_account`, `account_declined`,
 *   `interrupted_after_exchange`, `not_stored_after_exchange` and those of the network group
 */
export async function acceptTokens(
  context: RedeemingContext,
  redeemed: RedeemedTokens,
  terms: AcceptanceTerms,
): Promise<Grant> {
  const { client, storage, now } = context
  const { tokens, dpopKey, consentAgain } = redeemed
  const idToken = await verified(context, redeemed, terms.nonce)
  try {
    checkExpectedAccount(idToken?.claims, terms)
  } catch (error) {
    if (context.http.trace !== undefined) traceAccount(context.http, terms, error)
    throw error
  }
  if (context.http.trace !== undefined) traceAccount(context.http, terms)

  const grant: GrantToKeep = {
    key: keyOf(context, tokens, idToken),
    client,
    tokens,
    dpopKey,
    idToken,
    requestedScopes: terms.requestedScopes,
    obtainedAt: new Date(now()).toISOString(),
    accessTokenExpiresAt: timeAfter(now(), tokens.expiresInSeconds),
    refreshTokenExpiresAt: timeAfter(now(), tokens.refreshTokenExpiresInSeconds),
  }
  try {
    const kept: Kept =
      storage === undefined
        ? { stored: false, why: 'not wanted' }
        : await confirmAndKeep({ ...context, storage }, grant, terms, consentAgain)
    const reported = report(grant, kept, redeemed)
    if (context.http.trace !== undefined && tokens.refreshToken !== undefined) traceStored(context.http, reported)
    return reported
  } catch (error) {
    // Only a question after the code was used can be interrupted here.
    throw isFailure(error, 'interrupted')
      ? new Failure('interrupted_after_exchange', { consentAgain }, { cause: error })
      : error
  }
}

async function verified(
  context: RedeemingContext,
  { tokens, jwks }: RedeemedTokens,
  nonce: string | undefined,
): Promise<VerifiedIdToken | undefined> {
  const { idToken: token, accessToken } = tokens
  if (token === undefined) return undefined
  const expected = { audience: context.client.clientId, nonce, accessToken }
  try {
    return await verifyServerIdToken(context, { token, isDelivered: true, jwks }, expected)
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid')) throw error
    throw new Failure('id_token_invalid', { ...error.details, isCodeUsed: true }, { cause: error })
  }
}

/**
 * Makes sure that claims are those of the expected account.
 * @param claims undefined if nothing is known about the account
 * @throws Failure `account_unexpected`, `id_token_of_another_account`
 */
export function checkExpectedAccount(
  claims: JsonObject | undefined,
  { expectEmail, expectSub }: Pick<AcceptanceTerms, 'expectEmail' | 'expectSub'>,
): void {
  checkExpectedEmail(claims, expectEmail)
  const sub = claims === undefined ? undefined : stringMember(claims, 'sub')
  if (expectSub !== undefined && sub !== expectSub)
    throw new Failure('id_token_of_another_account', {
      expected: expectSub,
      found: sub ?? 'an account whose subject is unknown',
    })
}

function checkExpectedEmail(claims: JsonObject | undefined, expected: string | undefined): void {
  if (expected === undefined) return
  const address = claims === undefined ? undefined : verifiedEmail(claims)
  if (address !== undefined && isSameEmail(address, expected)) return
  const email = claims === undefined ? undefined : stringMember(claims, 'email')
  const found =
    email === undefined
      ? 'an account whose email address is unknown'
      : address === undefined
        ? `${email}, which the server has not verified`
        : email
  throw new Failure('account_unexpected', { expected, found })
}

function keyOf(
  { server, client }: RedeemingContext,
  tokens: TokenResponse,
  idToken: VerifiedIdToken | undefined,
): AccountKey {
  const anonymous = (): string => {
    const token = tokens.refreshToken ?? tokens.accessToken
    return `unknown-${sha256(token.reveal(), 12)}`
  }
  return { issuer: server.issuer, clientId: client.clientId, sub: idToken?.claims.sub ?? anonymous() }
}

/** The outcome for a grant: stored, or not stored and why. */
type Kept = KeptGrant | { readonly stored: false; readonly why: NotStored }

async function confirmAndKeep(
  context: RedeemingContext & { readonly storage: AccountStorage },
  grant: GrantToKeep,
  { confirm, onStoreFailure }: AcceptanceTerms,
  consentAgain: string,
): Promise<Kept> {
  const { storage } = context
  const account = accountName({ sub: grant.key.sub, claims: grant.idToken?.claims ?? null })
  const decision = (await confirm?.({ name: account, isNew: !(await isListed(storage, grant.key)) })) ?? 'store'
  if (decision !== 'store') throw await declined(context, grant, account, decision)
  for (let place = storage; ;) {
    try {
      return await keepGrant(place, grant)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      const refreshToken = grant.dpopKey === undefined ? grant.tokens.refreshToken : undefined
      const choice = (await onStoreFailure?.({ account, failure: error, refreshToken })) ?? 'give-up'
      if (choice === 'shown') return { stored: false, why: 'shown' }
      if (choice === 'give-up')
        throw new Failure(
          'not_stored_after_exchange',
          {
            store: place.secrets.name,
            problem: error.causeText,
            consentAgain,
            page: connectionsPage(context.server.issuer),
          },
          { cause: error },
        )
      if (choice !== 'retry') place = choice.storage
    }
  }
}

/**
 * Returns whether an account is in the list. An unreadable list contains none: storing the grant fails later, and
 * offers a way out.
 */
async function isListed(storage: AccountStorage, key: AccountKey): Promise<boolean> {
  try {
    return (await listedAccount(storage, key)) !== undefined
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
}

async function declined(
  { http, server, client, dpop, now }: RedeemingContext,
  { tokens, dpopKey }: GrantToKeep,
  account: string,
  decision: Exclude<Decision, 'store'>,
): Promise<Failure> {
  const page = connectionsPage(server.issuer)
  if (decision === 'discard') return new Failure('account_declined', { account, grant: 'stands', problem: null, page })
  try {
    const token = tokens.refreshToken ?? tokens.accessToken
    await revokeToken(http, server, token, client, possessionOf(dpopKey, dpop, now))
    return new Failure('account_declined', { account, grant: 'revoked', problem: null, page })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return new Failure(
      'account_declined',
      { account, grant: 'stands', problem: problemOf(error), page },
      { cause: error },
    )
  }
}

function report(grant: GrantToKeep, kept: Kept, { warnings: more, consentAgain }: RedeemedTokens): Grant {
  const { key, tokens, idToken, requestedScopes, accessTokenExpiresAt, refreshTokenExpiresAt } = grant
  const granted = tokens.scopes ?? requestedScopes
  const missing = missingScopes(requestedScopes, granted)
  const found: Warning[] = [
    ...(tokens.refreshToken === undefined ? [warnings.noRefreshToken(kept.stored)] : []),
    ...(missing.length > 0 ? [warnings.scopesMissing(missing, consentAgain)] : []),
    ...expiryWarnings(grant.obtainedAt, refreshTokenExpiresAt, null),
    ...('warnings' in kept ? kept.warnings : []),
    ...(tokens.idToken === undefined ? [warnings.noIdToken()] : []),
    ...more,
    ...('why' in kept ? [warnings.notStored(kept.why, consentAgain)] : []),
  ]
  return {
    key,
    label: 'label' in kept ? kept.label : accountName({ sub: key.sub, claims: idToken?.claims ?? null }),
    scopes: { requested: requestedScopes, granted, missing },
    accessToken: { value: tokens.accessToken, expiresAt: accessTokenExpiresAt },
    refreshToken: {
      value: tokens.refreshToken,
      stored: kept.stored,
      store: kept.stored && 'store' in kept ? kept.store : null,
      rotated: false,
      bound: 'isBound' in kept ? kept.isBound : tokens.refreshToken !== undefined && grant.dpopKey !== undefined,
      expiresAt: refreshTokenExpiresAt,
    },
    idToken:
      idToken === undefined || tokens.idToken === undefined ? null : { value: tokens.idToken, claims: idToken.claims },
    claims: idToken?.claims ?? null,
    warnings: found,
  }
}
