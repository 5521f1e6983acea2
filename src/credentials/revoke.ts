import type { Account } from '../accounts/account-index.ts'
import { commandFor } from '../accounts/account-names.ts'
import { deleteLocked } from '../accounts/delete-account.ts'
import {
  type HeldRefreshToken,
  labelIn,
  listAround,
  readCredential,
  refreshTokensOf,
} from '../accounts/locate-credential.ts'
import { Exit, type ExitCode, Failure, isFailure, problemOf } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'
import { type AuthorizationServer, connectionsPage } from '../oauth/authorization-server.ts'
import { type Possession, possessionOf } from '../oauth/dpop.ts'
import { newProofState } from '../oauth/dpop-key.ts'
import { revokeToken } from '../oauth/revocation.ts'
import { refreshTokenGrant } from '../oauth/token-endpoint.ts'
import { cachedAccessToken } from './access.ts'
import type { RefreshContext } from './refresh.ts'

/** The result of a revocation. */
export interface Revocation {
  /** Whether the server still knew the token. */
  readonly wasKnown: boolean
  /** Whether a later refresh was refused; an account without a refresh token cannot prove it. */
  readonly isProven: boolean
  /** Other stores that could not be opened and may still hold a copy, which is dead. */
  readonly copiesLeft: readonly string[]
}

// After these, nothing was sent, or nothing can be deleted.
const leavesAccount = new Set<ExitCode>([Exit.Usage, Exit.Interrupted, Exit.Store])

const proofAttempts = 3
const proofPauseMs = 1000

/**
 * Revokes an account's refresh token at the server (RFC 7009), deletes the account locally, and proves the revocation
 * with a refresh that must be refused. The local copy is deleted even if the server is unreachable. An account without
 * a refresh token is revoked with its access token, which revokes the same grant at Google.
 * @throws Failure `no_token_to_revoke`, `revocation_refused`, `revocation_not_sent`,
 *   `revocation_unproven`, `revocation_proof_failed`
 */
export async function revoke(context: RefreshContext, account: Account, signal: AbortSignal): Promise<Revocation> {
  const { storage } = context
  return storage.exclusively(account, async () => {
    const label = await labelIn(storage, account)
    const tokens = await refreshTokensOf(storage, account)
    if (tokens.length === 0) return revokeAccessToken(context, account, label)
    const { server, wasKnown, copiesLeft } = await revokeAndDelete(context, account, tokens)
    try {
      for (const token of tokens) await prove(context, server, token, label, signal)
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== Exit.Network) throw error
      throw new Failure(
        'revocation_proof_failed',
        { account: label, problem: problemOf(error), page: connectionsPage(account.issuer) },
        { cause: error },
      )
    }
    return { wasKnown, isProven: true, copiesLeft }
  })
}

async function revokeAccessToken(context: RefreshContext, account: Account, label: string): Promise<Revocation> {
  const { http, storage, server, now } = context
  const { accounts } = await listAround(storage, account)
  const impossible = (): Failure =>
    new Failure('no_token_to_revoke', {
      account: label,
      page: connectionsPage(account.issuer),
      remove: commandFor((selector) => ['accounts', 'remove', ...selector], account, accounts),
    })
  const cached = await cachedAccessToken(context, account, 0)
  if (cached === undefined) throw impossible()
  const client = (await readCredential(storage, account))?.client
  const wasKnown = await revokeToken(http, await server(), cached.value, client).catch((error: unknown) => {
    if (isFailure(error, 'revocation_refused')) return false
    throw error
  })
  // An access token that the server does not know says nothing about the grant.
  if (!wasKnown) throw impossible()
  const copiesLeft = await deleteLocked(storage, account, new Date(now()).toISOString())
  return { wasKnown: true, isProven: false, copiesLeft }
}

async function revokeAndDelete(
  context: RefreshContext,
  account: Account,
  tokens: readonly HeldRefreshToken[],
): Promise<{
  readonly server: AuthorizationServer
  readonly wasKnown: boolean
  readonly copiesLeft: readonly string[]
}> {
  const { http, storage, now } = context
  try {
    const found = await context.server()
    let wasKnown = false
    for (const held of tokens)
      if (await revokeToken(http, found, held.token, held.client, possession(context, held))) wasKnown = true
    const copiesLeft = await deleteLocked(storage, account, wasKnown ? new Date(now()).toISOString() : undefined)
    return { server: found, wasKnown, copiesLeft }
  } catch (error) {
    if (!(error instanceof Failure) || leavesAccount.has(error.exitCode)) throw error
    await deleteLocked(storage, account)
    throw error.exitCode === Exit.Network
      ? new Failure(
          'revocation_not_sent',
          { problem: problemOf(error), page: connectionsPage(account.issuer) },
          { cause: error },
        )
      : error
  }
}

function possession({ now }: RefreshContext, { dpopKey }: HeldRefreshToken): Possession | undefined {
  return possessionOf(dpopKey, newProofState(), now)
}

async function prove(
  context: RefreshContext,
  server: AuthorizationServer,
  held: HeldRefreshToken,
  label: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const answer = await refreshTokenGrant(
      context.http,
      server,
      held.client,
      held.token,
      false,
      possession(context, held),
    )
    if ('refused' in answer) return
    if (attempt === proofAttempts)
      throw new Failure('revocation_unproven', { account: label, page: connectionsPage(server.issuer) })
    // Google says that a revocation may take a moment to take effect.
    await pause(proofPauseMs, signal)
  }
}
