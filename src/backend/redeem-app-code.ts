import { isJsonObject, type JsonObject } from '../core/json.ts'
import { type AcceptanceTerms, checkExpectedAccount, type RedeemingContext } from '../credentials/accept-tokens.ts'
import { type Grant, warnings } from '../credentials/grant.ts'
import { redeemCode } from '../credentials/redeem-code.ts'
import { appCodeAdvice, Failure, isFailure, withCodeState } from '../failures/index.ts'
import type { VerifiedIdToken } from '../oauth/id-token.ts'
import { refuseOtherToken } from '../oauth/other-tokens.ts'
import { refuseOtherSecret } from '../oauth/pasted-id-token.ts'
import { verifyServerIdToken } from '../oauth/server-id-token.ts'
import type { CodeRequest } from './code-request.ts'

/** Redeems the code of a request. First verifies the ID token sent with it, while the code is still unused. */
export async function redeemAppCode(
  redeeming: RedeemingContext,
  request: CodeRequest,
  { expectEmail, onStoreFailure }: Pick<AcceptanceTerms, 'expectEmail' | 'onStoreFailure'>,
): Promise<Grant> {
  const { code, origin, encodings } = request
  const sent = await sentIdToken(redeeming, request)
  try {
    const grant = await redeemCode(redeeming, {
      code,
      redirectUri: origin === 'web-popup' ? 'postmessage' : '',
      from: origin,
      advice: appCodeAdvice,
      requestedScopes: [],
      expectEmail,
      expectSub: sent?.claims.sub,
      onStoreFailure,
    })
    // App codes never use PKCE; a warning each time would hide important ones.
    const others = grant.warnings.filter(({ code: warning }) => warning !== 'not_bound_by_pkce')
    return { ...grant, warnings: encodings > 0 ? [...others, warnings.codeEncoded()] : others }
  } catch (error) {
    if (!isFailure(error, 'redirect_uri_mismatch')) throw error
    const field = origin === 'web-popup' ? 'code' : 'authCode'
    const wrongField = new Failure('code_in_wrong_field', { field, sent: error.details.sent }, { cause: error })
    throw withCodeState(wrongField, error.codeState ?? 'unknown', appCodeAdvice)
  }
}

/**
 * Makes sure that a request may have the result of an earlier one with the same code: it is checked as a first one is.
 * @throws Failure `account_unexpected`, `id_token_of_another_account`, and those of a wrong ID token
 */
export async function checkRepeatedCode(
  redeeming: RedeemingContext,
  request: CodeRequest,
  document: JsonObject,
  expectEmail: string | undefined,
): Promise<void> {
  const sent = await sentIdToken(redeeming, request)
  const { sub, account } = document
  const { email, emailVerified } = isJsonObject(account) ? account : {}
  checkExpectedAccount({ sub, email, email_verified: emailVerified }, { expectEmail, expectSub: sent?.claims.sub })
}

async function sentIdToken(
  redeeming: RedeemingContext,
  { idToken }: CodeRequest,
): Promise<VerifiedIdToken | undefined> {
  const { client, server } = redeeming
  if (idToken === undefined) return undefined
  refuseOtherSecret(idToken.reveal())
  refuseOtherToken(idToken, server.idTokenIssuers)
  return verifyServerIdToken(redeeming, { token: idToken, isDelivered: false }, { audience: client.clientId })
}
