import { Failure } from '../failures/index.ts'
import { stringMember } from '../http/json.ts'
import type { Account, Accounts } from './account-index.ts'
import { type AccountKey, accessTokenItem, type Credential, credentialItem, parseCredential } from './credential.ts'
import type { Storage } from './storage.ts'

/** Which account a command is about. Each member narrows the choice. */
export interface AccountChoice {
  /** E-mail address or subject. */
  readonly account: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  /** Decides only between accounts that are left otherwise, and counts for nothing where no account is of that client. */
  readonly preferredClientId?: string | undefined
}

/** How an account is called in messages: its e-mail address, else its subject. */
export function accountName(account: Pick<Account, 'claims' | 'sub'>): string {
  return (account.claims === null ? undefined : stringMember(account.claims, 'email')) ?? account.sub
}

/** Whether both name the same account. */
export function isSameAccount(a: AccountKey, b: AccountKey): boolean {
  return a.issuer === b.issuer && a.clientId === b.clientId && a.sub === b.sub
}

/**
 * The account that is meant: the named one, else the default one, else the only one.
 * @throws Failure `nothing_stored`, `account_not_stored`, `account_ambiguous`
 */
export function chooseAccount({ accounts, default: preferred }: Accounts, choice: AccountChoice): Account {
  const wanted = choice.account?.toLowerCase()
  const eligible = accounts.filter(
    (account) =>
      (choice.issuer === undefined || account.issuer === choice.issuer) &&
      (choice.clientId === undefined || account.clientId === choice.clientId),
  )
  const named = eligible.filter(
    (account) =>
      wanted === undefined || account.sub === choice.account || accountName(account).toLowerCase() === wanted,
  )
  const ofPreferredClient = named.filter((account) => account.clientId === choice.preferredClientId)
  const candidates = ofPreferredClient.length > 0 ? ofPreferredClient : named
  const [only] = candidates
  if (only === undefined) {
    if (choice.account !== undefined && eligible.length > 0)
      throw new Failure('account_not_stored', { account: choice.account, stored: eligible.map(accountName) })
    throw new Failure('nothing_stored', { others: accounts.map(accountName) })
  }
  if (candidates.length === 1) return only
  const byDefault = preferred === null ? undefined : candidates.find((account) => isSameAccount(account, preferred))
  if (byDefault !== undefined) return byDefault
  throw new Failure('account_ambiguous', {
    account: choice.account ?? null,
    candidates: candidates.map(
      (account) => `${accountName(account)} (${account.sub}, client ${account.clientId}, ${account.issuer})`,
    ),
  })
}

/** The secrets of an account. @throws Failure `credential_lost`, `stored_value_invalid`, and those of the store */
export function loadCredential({ secrets }: Storage, account: Account): Credential {
  const value = secrets.get(credentialItem(account))
  if (value === undefined) throw new Failure('credential_lost', { account: accountName(account), store: secrets.name })
  return parseCredential(account, value, account.redirectUris, secrets.name)
}

/** Adds an account to the list, or replaces it. The default one is chosen by `accounts use` only. */
export function indexAccount({ index }: Storage, account: Account): void {
  const { accounts, default: preferred } = index.read()
  index.write({
    accounts: [...accounts.filter((other) => !isSameAccount(other, account)), account],
    default: preferred,
  })
}

/** Deletes an account here: its secrets first, then its place in the list. The grant at the server stands. */
export function deleteAccount({ secrets, index }: Storage, account: AccountKey): void {
  secrets.delete(accessTokenItem(account))
  secrets.delete(credentialItem(account))
  const { accounts, default: preferred } = index.read()
  const rest = accounts.filter((other) => !isSameAccount(other, account))
  index.write({ accounts: rest, default: preferred !== null && isSameAccount(preferred, account) ? null : preferred })
}
