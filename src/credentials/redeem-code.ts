import { randomBytes } from 'node:crypto'
import { probeStorage } from '../accounts/account-storage.ts'
import { Secret } from '../core/secret.ts'
import { Failure, isFailure, tellingCodeState, withCodeState } from '../failures/index.ts'
import { possessionOf } from '../oauth/dpop.ts'
import { createDpopKey, type DpopKey } from '../oauth/dpop-key.ts'
import { freshServerJwks } from '../oauth/jwks.ts'
import { type AuthorizationCode, authorizationCodeGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import { type AcceptanceTerms, acceptTokens, type RedeemingContext } from './accept-tokens.ts'
import { consentWords, type Grant, warnings } from './grant.ts'

/** A code to redeem, and the conditions for its tokens. */
export interface CodeToRedeem extends AuthorizationCode, AcceptanceTerms {
  /** Runs last before the code is sent; if it throws, the code stays valid. */
  readonly beforeSending?: (() => Promise<void>) | undefined
}

/**
 * Redeems an authorization code and stores the result, in an order that loses nothing: probe the store, get the keys,
 * send the code once, verify, write, read back, compare, list. After the code is sent, an interruption waits. Every
 * failure says whether the code was used.
 * @throws Failure of any group; `not_stored_after_exchange` if the store failed after the code was used
 */
export async function redeemCode(context: RedeemingContext, code: CodeToRedeem): Promise<Grant> {
  const { advice } = code
  return tellingCodeState('unused', advice, async () => {
    const dpopKey = context.dpop === undefined ? undefined : createDpopKey()
    await prepareToRedeem(context, dpopKey)
    // Fetched first, and not from the cache: without the right keys the token could not be verified, and the code would
    // be lost.
    const jwks = await freshServerJwks(context)
    return context.defer(async () => {
      await code.beforeSending?.()
      const redeemed = {
        tokens: await sentOnce(context, code, dpopKey),
        dpopKey,
        jwks,
        warnings: code.codeVerifier === undefined ? [warnings.notBoundByPkce()] : [],
        consentAgain: consentWords(dpopKey !== undefined),
      }
      return tellingCodeState('used', advice, async () => acceptTokens(context, redeemed, code))
    })
  })
}

/**
 * Makes sure that a code can be marked as sent, and that its tokens can be stored. Call it before asking for consent.
 * @param dpopKey the key that the refresh token will be bound to, if there is one already
 * @throws Failure of the store group (exit 7)
 */
export async function prepareToRedeem(
  { storage, usedCodes, client, dpop }: RedeemingContext,
  dpopKey = dpop === undefined ? undefined : createDpopKey(),
): Promise<void> {
  if (storage !== undefined) await probeStorage(storage, client, dpopKey)
  const probe = new Secret(randomBytes(16).toString('hex'))
  await usedCodes.mark(probe)
  await usedCodes.unmark(probe)
}

async function sentOnce(
  { http, server, client, usedCodes, dpop, now }: RedeemingContext,
  code: CodeToRedeem,
  dpopKey: DpopKey | undefined,
): Promise<TokenResponse> {
  try {
    await usedCodes.mark(code.code)
  } catch (error) {
    if (!isFailure(error, 'code_used_before')) throw error
    const renew = 'you need a new one only if that attempt failed'
    throw withCodeState(error, 'unknown', { ...code.advice, renew })
  }
  try {
    return await authorizationCodeGrant(http, server, client, code, possessionOf(dpopKey, dpop, now))
  } catch (error) {
    if (error instanceof Failure && error.codeState === 'unused') await usedCodes.unmark(code.code)
    throw error
  }
}
