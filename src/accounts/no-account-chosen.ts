import { Failure } from '../failures/index.ts'
import { isSameIssuer } from '../oauth/authorization-server.ts'
import { isSameStore } from '../stores/store-name.ts'
import type { Account, Accounts } from './account-index.ts'
import { accountName, type CommandFor, commandFor, isNamed } from './account-names.ts'

/** Selects the account for a command. Each member narrows the choice. */
export interface AccountChoice {
  /** Email address or subject, optionally followed by a client: EMAIL/CLIENT_ID. */
  readonly account: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  /** Only decides between otherwise eligible accounts, and is ignored if none has that client. */
  readonly preferredClientId?: string | undefined
  /** The name of the store that must hold it. */
  readonly store?: string | undefined
  /** The flags or variables that chose the server and the store, for messages. */
  readonly chosenBy?: { readonly issuer: string; readonly store: string }
}

/** More would be a wall of text, and `gsa accounts` lists them all. */
const mostCommands = 10

/** Returns the accounts to choose from, for programs, and the command for each, for people. */
export function choicesOf(
  candidates: readonly Account[],
  { accounts: listed }: Accounts,
  command: CommandFor,
): Pick<Failure<'account_needed'>['details'], 'accounts' | 'commands'> {
  return {
    accounts: candidates.map((account) => ({
      email: emailOf(account),
      sub: account.sub,
      clientId: account.clientId,
      store: account.store,
    })),
    commands: candidates.slice(0, mostCommands).map((account) => commandFor(command, account, listed)),
  }
}

function emailOf(account: Account): string | null {
  const name = accountName(account)
  return name === account.sub ? null : name
}

/** Returns the failure when no account is left: none has that name, or settings hide it. */
export function noSuchAccount(list: Accounts, choice: AccountChoice, eligible: readonly Account[]): Failure {
  const { accounts } = list
  const { account: wanted } = choice
  const namesOf = (some: readonly Account[]): readonly string[] => [...new Set(some.map(accountName))]
  const named = wanted === undefined ? [] : accounts.filter((account) => isNamed(account, wanted))
  if (wanted !== undefined && eligible.length > 0 && named.length === 0)
    return new Failure('account_not_stored', { account: wanted, stored: namesOf(eligible) })
  // The accounts that the settings hide: the requested ones, otherwise all.
  const hidden = named.length > 0 ? named : accounts
  const limits = limitsOf(hidden, choice)
  return new Failure('nothing_stored', {
    account: wanted ?? null,
    others: namesOf(accounts),
    chosen: limits.map(({ what, value, by }) => `the ${what} ${value} (${by})`),
    chosenBy: limits.map(({ by }) => by),
    stored: hidden.map(
      (account) => `${accountName(account)} (${limits.map(({ what, of }) => `${what} ${of(account)}`).join(', ')})`,
    ),
  })
}

interface Limit {
  readonly what: 'server' | 'store' | 'client'
  readonly value: string
  /** The flag or variable that set it. */
  readonly by: string
  readonly of: (account: Account) => string
}

/** Returns the settings that hide some of these accounts. */
function limitsOf(hidden: readonly Account[], choice: AccountChoice): readonly Limit[] {
  const { issuer, store, clientId, chosenBy } = choice
  const limits: readonly (Omit<Limit, 'value'> & { readonly value: string | undefined })[] = [
    { what: 'server', value: issuer, by: chosenBy?.issuer ?? '--issuer', of: (account) => account.issuer },
    { what: 'store', value: store, by: chosenBy?.store ?? '--store', of: (account) => account.store },
    { what: 'client', value: clientId, by: '--client-secrets', of: (account) => account.clientId },
  ]
  const hides = ({ what, of }: Omit<Limit, 'value'>, value: string): boolean =>
    hidden.some((account) => {
      if (what === 'server') return !isSameIssuer(of(account), value)
      return what === 'store' ? !isSameStore(of(account), value) : of(account) !== value
    })
  return limits.flatMap((limit) =>
    limit.value !== undefined && hides(limit, limit.value) ? [{ ...limit, value: limit.value }] : [],
  )
}
