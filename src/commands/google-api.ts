import { googleApi, type GoogleApi } from '../api/call.ts'
import { accessTokenSource } from '../credentials/access.ts'
import type { Account } from '../credentials/account-index.ts'
import { type Failure, humanDuration, problemOf } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import type { Output } from '../terminal/output.ts'
import { type CommonOptions, openSession, type Session } from './session.ts'

/** Google's APIs as the chosen account sees them. */
export interface OpenedApi {
  readonly api: GoogleApi
  readonly account: Account
  readonly session: Session
}

/** How a command opens them. @throws Failure of the groups usage, network and login required */
export type Open = (options: CommonOptions) => Promise<OpenedApi>

// What begins with a token that is about to end would begin with a refusal.
const minTtlMs = 120_000

/** Opens Google's APIs for the chosen account. Its token is fetched with the first request. */
export async function openGoogleApi(context: Context, options: CommonOptions): Promise<OpenedApi> {
  const { output, signal } = context
  const session = openSession(context, options)
  const { account, refreshing } = await session.account()
  const api = googleApi({
    http: session.http,
    root: session.driveUrl(account),
    tokens: accessTokenSource(refreshing, account, minTtlMs),
    signal,
    onWait: waitNote(output),
  })
  return { api, account, session }
}

/** Says that something is tried again, and when. */
export function waitNote({ note, noteStyle }: Output): (failure: Failure, seconds: number) => void {
  return (failure, seconds) =>
    note(noteStyle.dim(`${problemOf(failure)}; trying again in ${humanDuration(seconds * 1000)}.`))
}
