import type { AcceptanceTerms, RedeemingContext } from '../credentials/accept-tokens.ts'
import { type Grant, warnings } from '../credentials/grant.ts'
import { redeemCode } from '../credentials/redeem-code.ts'
import { appCodeAdvice, Failure, isFailure, withCodeState } from '../failures/index.ts'
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
  const { client, server } = redeeming
  const { code, origin, encodings, idToken } = request
  if (idToken !== undefined) {
    refuseOtherSecret(idToken.reveal())
    refuseOtherToken(idToken, server.idTokenIssuers)
  }
  const sent =
    idToken === undefined
      ? undefined
      : await verifyServerIdToken(redeeming, { token: idToken, isDelivered: false }, { audience: client.clientId })
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
