import { Exit, Failure, type Secret } from '../failures/index.ts'
import { pause } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import { revokeToken } from '../oauth/revocation.ts'
import { refreshTokenGrant } from '../oauth/token-endpoint.ts'
import type { Account } from './account-index.ts'
import type { RefreshContext } from './access.ts'
import { accountName, deleteLocked, loadCredential } from './accounts.ts'

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
 * @throws Failure `no_refresh_token`, `revocation_refused`, `revocation_not_sent`, `revocation_unproven`
 */
export async function revoke(context: RefreshContext, account: Account, signal: AbortSignal): Promise<Revocation> {
  const { http, storage } = context
  return storage.exclusively(account, async () => {
    const { client, refreshToken } = await loadCredential(storage, account)
    if (refreshToken === undefined) throw new Failure('no_refresh_token', { account: accountName(account) })
    const server = await context.server()
    const wasKnown = await revokeAndDelete(context, server, account, refreshToken)
    for (let attempt = 1; ; attempt++) {
      const answer = await refreshTokenGrant(http, server, client, refreshToken)
      if ('refused' in answer) return { wasKnown }
      if (attempt === proofAttempts) throw new Failure('revocation_unproven', { account: accountName(account) })
      // Google says that a revocation may take a moment to arrive everywhere.
      await pause(proofPauseMs, signal)
    }
  })
}

async function revokeAndDelete(
  { http, storage }: RefreshContext,
  server: AuthorizationServer,
  account: Account,
  refreshToken: Secret,
): Promise<boolean> {
  try {
    const wasKnown = await revokeToken(http, server, refreshToken)
    await deleteLocked(storage, account)
    return wasKnown
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode === Exit.Interrupted || error.exitCode === Exit.Store) throw error
    await deleteLocked(storage, account)
    throw error.exitCode === Exit.Network
      ? new Failure('revocation_not_sent', { problem: withoutStop(error.causeText) }, { cause: error })
      : error
  }
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '')
}
