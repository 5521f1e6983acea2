import { Failure } from '../failures/index.ts'
import { isSameIssuer } from '../oauth/authorization-server.ts'
import { isSameStore } from '../stores/store-name.ts'
import { type Account, type Accounts, wasAnotherRemoved, withOtherStores } from './account-index.ts'
import { isSameAccount } from './account-key.ts'
import { accountName, type CommandFor, isNamed } from './account-names.ts'
import { type AccountChoice, choicesOf, noSuchAccount } from './no-account-chosen.ts'

/** The command that makes an account the default one. */
export const useAccount: CommandFor = (selector) => ['accounts', 'use', ...selector]

/**
 * Returns the account that is meant: the named one, else the default one, else the only one.
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

/** What a destructive command says of itself, so that it acts on no account that nobody chose. */
export interface Destruction {
  readonly command: CommandFor
  /** Whether a person is about to be asked about the account by its name. */
  readonly isConfirmed: boolean
}

/**
 * Returns the account that a destructive command acts on: the named one, else the default one, else the only one,
 * unless another one was ever removed here: a command that is repeated must not go on with the account that is left.
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
  // One that the settings hide counts as well: a variable that was left set chooses nothing.
  const isOnlyOne = list.accounts.length === 1 && !wasAnotherRemoved(list, only)
  if (others.length === 0 && (isConfirmed || isOnlyOne)) return only
  throw new Failure('account_needed', choicesOf(eligible, list, command))
}

/** Returns the accounts that the chosen server, store and client leave. */
export function eligibleAccounts(
  { accounts }: Accounts,
  { issuer, store, clientId }: Partial<Pick<AccountChoice, 'issuer' | 'store' | 'clientId'>>,
): readonly Account[] {
  return accounts.filter(
    (account) =>
      (issuer === undefined || isSameIssuer(account.issuer, issuer)) &&
      (store === undefined || storesOf(account).some((name) => isSameStore(name, store))) &&
      (clientId === undefined || account.clientId === clientId),
  )
}

/** Returns the names of all stores that hold secrets of an account, the one that is used first. */
function storesOf({ store, otherStores }: Account): readonly string[] {
  return [store, ...otherStores]
}

/** Returns the account with this store, if it is one of its own, as the one that is used. */
export function inStore(account: Account, store: string | undefined): Account {
  const chosen = store === undefined ? undefined : account.otherStores.find((name) => isSameStore(name, store))
  if (chosen === undefined) return account
  return withOtherStores({ ...account, store: chosen, hasRefreshToken: true }, [account.store])
}

/**
 * Returns one of the accounts that the chosen server and store leave, if all are of one client
 * of one server; else undefined.
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
