import { Failure } from '../failures/index.ts'
import { isSameStore } from '../stores/store-name.ts'
import { type Account, type Accounts, wasAnotherRemoved, withOtherStores } from './account-index.ts'
import { isSameAccount } from './account-key.ts'
import { accountName, type CommandFor, isNamed } from './account-names.ts'
import { eligibleAccounts } from './eligible-accounts.ts'
import { type AccountChoice, choicesOf, noSuchAccount } from './no-account-chosen.ts'

/** Returns the command that makes an account the default. */
export const useAccount: CommandFor = (selector) => ['accounts', 'use', ...selector]

/**
 * Returns the chosen account: the named one, otherwise the default, otherwise the only one.
 * @throws Failure `nothing_stored`, `account_not_stored`, `account_ambiguous`
 */
export function chooseAccount(list: Accounts, choice: AccountChoice, command: CommandFor = useAccount): Account {
  const { account: wanted } = choice
  const eligible = eligibleAccounts(list, choice)
  const named = eligible.filter((account) => wanted === undefined || isNamed(account, wanted))
  const ofPreferredClient = named.filter((account) => account.clientId === choice.preferredClientId)
  const candidates = ofPreferredClient.length > 0 ? ofPreferredClient : named
  const [only] = candidates
  if (only === undefined) throw noSuchAccount(list, choice, eligible)
  if (candidates.length === 1) return only
  const byDefault = defaultAmong(candidates, list)
  if (byDefault !== undefined) return byDefault
  throw new Failure('account_ambiguous', {
    account: wanted ?? null,
    candidates: candidates.map(
      (account) => `${accountName(account)} (${account.sub}, client ${account.clientId}, ${account.issuer})`,
    ),
    ...choicesOf(candidates, list, command),
  })
}

/** The safeguards of a destructive command, so that it never acts on an account that the user did not choose. */
export interface Destruction {
  readonly command: CommandFor
  /** Whether the user is about to confirm the account by its name. */
  readonly isConfirmed: boolean
}

/**
 * Returns the account that a destructive command acts on: the named one, otherwise the default, otherwise the only one,
 * unless another one was ever removed here: repeating a command must not destroy the next account.
 * @throws Failure `account_needed` and what {@link chooseAccount} throws
 */
export function chooseAccountToDestroy(list: Accounts, choice: AccountChoice, destruction: Destruction): Account {
  const { command, isConfirmed } = destruction
  if (choice.account !== undefined) return chooseAccount(list, choice, command)
  const eligible = eligibleAccounts(list, choice)
  const [only, ...others] = eligible
  if (only === undefined) throw noSuchAccount(list, choice, eligible)
  const byDefault = defaultAmong(eligible, list)
  if (byDefault !== undefined) return byDefault
  // Also count accounts that the settings hide: a leftover variable is not a choice.
  const isOnlyOne = list.accounts.length === 1 && !wasAnotherRemoved(list, only)
  if (others.length === 0 && (isConfirmed || isOnlyOne)) return only
  throw new Failure('account_needed', choicesOf(eligible, list, command))
}

/** Returns the account with this store in use, if it is one of the account's stores. */
export function inStore(account: Account, store: string | undefined): Account {
  const chosen = store === undefined ? undefined : account.otherStores.find((name) => isSameStore(name, store))
  if (chosen === undefined) return account
  return withOtherStores({ ...account, store: chosen, hasRefreshToken: true }, [account.store])
}

/**
 * Returns one of the accounts that match the chosen server and store, if all share one client and server; otherwise
 * undefined.
 */
export function accountOfOnlyClient(
  list: Accounts,
  limits: Pick<AccountChoice, 'issuer' | 'store'>,
): Account | undefined {
  const [first, ...others] = eligibleAccounts(list, limits)
  const isOnly = others.every(({ issuer, clientId }) => issuer === first?.issuer && clientId === first.clientId)
  return isOnly ? first : undefined
}

function defaultAmong(candidates: readonly Account[], { default: preferred }: Accounts): Account | undefined {
  return preferred === null ? undefined : candidates.find((account) => isSameAccount(account, preferred))
}
