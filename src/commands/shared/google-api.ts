import type { Account } from '../../accounts/account-index.ts'
import type { Destruction } from '../../accounts/choose-account.ts'
import { labelIn } from '../../accounts/locate-credential.ts'
import { googleApi, type GoogleApi } from '../../api/call.ts'
import { humanDuration } from '../../core/human-duration.ts'
import { accessTokenSource } from '../../credentials/access.ts'
import { type Failure, problemOf } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import type { Output } from '../../terminal/output.ts'
import { type CommonOptions, openSession, type Session } from './session.ts'

/** Google's APIs, opened for the chosen account. */
export interface OpenedApi {
  readonly api: GoogleApi
  readonly account: Account
  /** Returns the account's name in messages. */
  readonly label: () => Promise<string>
  readonly session: Session
}

/** Opens Google's APIs for a command. @throws Failure of the groups usage, network and login required */
export type Open = (options: CommonOptions, destruction?: Destruction) => Promise<OpenedApi>

// A token about to expire would be rejected on arrival.
const minTtlMs = 120_000

/**
 * Opens Google's APIs for the chosen account. Gets its token with the first request.
 * @param destruction passed by commands that delete or overwrite: they must not act on an account nobody chose
 */
export async function openGoogleApi(
  context: Context,
  options: CommonOptions,
  destruction?: Destruction,
): Promise<OpenedApi> {
  const { output, signal } = context
  const session = openSession(context, options)
  const { account, refreshing } = await (destruction === undefined
    ? session.account()
    : session.accountToDestroy(destruction))
  const api = googleApi({
    http: session.http,
    root: session.driveUrl(account),
    tokens: accessTokenSource(refreshing, account, minTtlMs),
    signal,
    onWait: waitNote(output),
  })
  return { api, account, label: async () => labelIn(refreshing.storage, account), session }
}

/** Returns a function that says what failed and when gsa retries. */
export function waitNote({ note, noteStyle }: Output): (failure: Failure, seconds: number) => void {
  return (failure, seconds) =>
    note(noteStyle.dim(`${problemOf(failure)}; retrying in ${humanDuration(seconds * 1000)}.`))
}
