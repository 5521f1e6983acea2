import { Failure } from '../failures/index.ts'
import type { Account, Accounts } from './account-index.ts'
import { accountHash, type AccountKey } from './account-key.ts'
import { accountState } from './account-state.ts'
import type { AccountStateName } from './account-state-name.ts'
import { eligibleAccounts } from './eligible-accounts.ts'

/** Selects a page of the list. Each member narrows it. */
export interface PageRequest {
  readonly state?: AccountStateName | undefined
  readonly issuer?: string | undefined
  /** Only the accounts that may have secrets in this store. The list of a single store ignores it. */
  readonly store?: string | undefined
  /** The maximum number of accounts. One request may return fewer, also without a limit. */
  readonly limit?: number | undefined
  /** `next` of the previous page. */
  readonly after?: string | undefined
  /** Unix time in milliseconds, which decides about an announced expiry. */
  readonly nowMs: number
}

/** Some accounts of the list, in its order. */
export interface AccountPage extends Pick<Accounts, 'accounts' | 'default'> {
  /** Where the next page begins; null if there are no more accounts. */
  readonly next: string | null
  /** The accounts of the page whose entries cannot be read; absent if the list has no such entries. */
  readonly damaged?: readonly AccountKey[]
}

/** Returns a page of a list. @throws Failure `usage`: the account where it begins is not listed */
export function pageOf({ accounts, default: preferred }: Accounts, request: PageRequest): AccountPage {
  const { state, limit, after, nowMs } = request
  // Searched in the whole list: the account where the page begins may have another state by now.
  const left = after === undefined ? accounts : accounts.slice(positionOf(accounts, after) + 1)
  const matching = eligibleAccounts({ accounts: left }, { issuer: request.issuer, store: request.store }).filter(
    (account) => state === undefined || accountState(account, nowMs).state === state,
  )
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  return {
    accounts: page,
    default: preferred,
    next: last === undefined || page.length === matching.length ? null : accountHash(last),
  }
}

function positionOf(accounts: readonly Account[], cursor: string): number {
  const position = accounts.findIndex((account) => accountHash(account) === cursor)
  if (position !== -1) return position
  throw new Failure('usage', {
    problem: `The list has no account for --after ${cursor}: it was removed, or the cursor belongs to another list. Start again without --after.`,
    command: 'gsa accounts list',
  })
}
