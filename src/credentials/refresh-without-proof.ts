import type { Account } from '../accounts/account-index.ts'
import { listedAccount, locateCredential } from '../accounts/locate-credential.ts'
import { isFailure } from '../failures/index.ts'
import { refreshTokenGrant } from '../oauth/token-endpoint.ts'
import { keepRotated, type RefreshContext, storageOf } from './refresh.ts'

/** How a server answers a refresh without a proof; `not-sent` if it replaces tokens, or there is none. */
type WithoutProof = 'accepted' | 'refused' | 'not-sent'

/**
 * Sends a refresh of a bound token without a proof of its key, which the server must refuse. A server that accepts it
 * may also replace the token, so that a new one is stored.
 * @throws Failure `rotated_token_not_stored`, and of the groups network, refused and store
 */
export async function refreshWithoutProof(context: RefreshContext, chosen: Account): Promise<WithoutProof> {
  return context.storage.exclusively(chosen, async () => context.defer(async () => sendWithoutProof(context, chosen)))
}

async function sendWithoutProof(context: RefreshContext, chosen: Account): Promise<WithoutProof> {
  // An earlier refresh of this run may have shown that the server replaces tokens.
  const listed = (await listedAccount(context.storage, chosen)) ?? chosen
  const { storage, account, credential } = await locateCredential(storageOf(context, listed), listed)
  const { refreshToken, client } = credential
  if (refreshToken === undefined || account.rotatesRefreshTokens) return 'not-sent'
  try {
    const answer = await refreshTokenGrant(context.http, await context.server(), client, refreshToken, false)
    if ('refused' in answer) return 'refused'
    const { refreshToken: next } = answer.tokens
    if (next !== undefined && !next.equals(refreshToken)) {
      const obtainedAt = new Date(context.now()).toISOString()
      await keepRotated(storage, account, { ...credential, refreshToken: next, obtainedAt })
      await storage.index.put({ ...account, rotatesRefreshTokens: true, refreshTokenObtainedAt: obtainedAt })
    }
    return 'accepted'
  } catch (error) {
    // Some servers call a missing proof an invalid request.
    const isRefused =
      isFailure(error, 'dpop_proof_missing') ||
      (isFailure(error, 'token_request_refused') && error.details.error === 'invalid_request')
    if (!isRefused) throw error
    return 'refused'
  }
}
