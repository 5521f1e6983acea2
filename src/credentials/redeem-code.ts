import { isFailure } from '../failures/index.ts'
import { freshServerJwks } from '../oauth/jwks.ts'
import { type AuthorizationCode, authorizationCodeGrant, type TokenResponse } from '../oauth/token-endpoint.ts'
import { type AcceptanceTerms, acceptTokens, type RedeemingContext } from './accept-tokens.ts'
import { type Grant, warnings } from './grant.ts'
import { probeStorage } from './storage.ts'

/** A code to redeem, and what must be true of what comes back. */
export interface CodeToRedeem extends AuthorizationCode, AcceptanceTerms {
  /** Done last before the code is sent; what it throws leaves the code good. */
  readonly beforeSending?: (() => Promise<void>) | undefined
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
    const redeemed = {
      tokens: await sentOnce(context, code),
      jwks,
      warnings: code.codeVerifier === undefined ? [warnings.notBoundByPkce()] : [],
      consentAgain: 'gsa login --force-consent',
    }
    return acceptTokens(context, redeemed, code)
  })
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
