import { Exit, Failure, problemOf, type Secret } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { revokeToken } from '../oauth/revocation.ts'
import { refreshTokenGrant } from '../oauth/token-endpoint.ts'
import type { Account } from './account-index.ts'
import type { RefreshContext } from './refresh.ts'
import { accountName, deleteLocked, loadCredential } from './accounts.ts'
import { noRefreshToken } from './refusal.ts'

/** What a revocation found. */
export interface Revocation {
  /** Whether the server still knew the token. */
  readonly wasKnown: boolean
}

const proofAttempts = 3
const proofPauseMs = 1000

/**
 * Revokes the refresh token of an account at the server (RFC 7009), deletes the account here, and proves it by a refresh
 * that must be refused. The local copy goes even if the server cannot be reached.
 * @throws Failure `no_refresh_token`, `revocation_refused`, `revocation_not_sent`, `revocation_unproven`, `revocation_proof_failed`
 */
export async function revoke(context: RefreshContext, account: Account, signal: AbortSignal): Promise<Revocation> {
  const { http, storage } = context
  return storage.exclusively(account, async () => {
    const { client, refreshToken } = await loadCredential(storage, account)
    if (refreshToken === undefined) throw noRefreshToken(account)
    const { server, wasKnown } = await revokeAndDelete(context, account, refreshToken)
    try {
      await prove(http, server, client, refreshToken, account, signal)
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== Exit.Network) throw error
      throw new Failure(
        'revocation_proof_failed',
        { account: accountName(account), problem: problemOf(error) },
        { cause: error },
      )
    }
    return { wasKnown }
  })
}

async function revokeAndDelete(
  { http, storage, server, now }: RefreshContext,
  account: Account,
  refreshToken: Secret,
): Promise<{ server: AuthorizationServer; wasKnown: boolean }> {
  try {
    const found = await server()
    const wasKnown = await revokeToken(http, found, refreshToken)
    await deleteLocked(storage, account, wasKnown ? new Date(now()).toISOString() : undefined)
    return { server: found, wasKnown }
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === Exit.Interrupted || error.exitCode === Exit.Store) throw error
    await deleteLocked(storage, account)
    throw error.exitCode === Exit.Network
      ? new Failure('revocation_not_sent', { problem: problemOf(error) }, { cause: error })
      : error
  }
}

async function prove(
  http: Http,
  server: AuthorizationServer,
  client: OAuthClient,
  refreshToken: Secret,
  account: Account,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await refreshTokenGrant(http, server, client, refreshToken, false)
    if ('refused' in answer) return
    if (attempt === proofAttempts) throw new Failure('revocation_unproven', { account: accountName(account) })
    // Google says that a revocation may take a moment to arrive everywhere.
    await pause(proofPauseMs, signal)
  }
}
