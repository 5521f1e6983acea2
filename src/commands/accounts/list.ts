import { Command, Option } from 'commander'
import type { Account } from '../../accounts/account-index.ts'
import { type AccountKey, isSameAccount } from '../../accounts/account-key.ts'
import { accountName } from '../../accounts/account-names.ts'
import type { AccountPage, PageRequest } from '../../accounts/account-page.ts'
import { accountState } from '../../accounts/account-state.ts'
import { type AccountStateName, accountStates } from '../../accounts/account-state-name.ts'
import type { AccountStorage } from '../../accounts/account-storage.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { typedCommand } from '../../failures/index.ts'
import { googleIssuer } from '../../oauth/authorization-server.ts'
import { isDatabaseStore } from '../../stores/store-name.ts'
import type { Context } from '../../terminal/context.ts'
import { growingColumns } from '../../terminal/lines.ts'
import { examples, wholeNumber } from '../../terminal/options.ts'
import { accountDocument } from '../shared/grant-report.ts'
import { type CommonOptions, openSession } from '../shared/session.ts'

interface ListOptions extends CommonOptions {
  readonly state?: AccountStateName
  readonly limit?: number
  readonly after?: string
}

/** `gsa accounts list` */
export function accountsListCommand(context: Context): Command {
  return new Command('list')
    .description('list the stored accounts; * marks the default')
    .addOption(new Option('--state <state>', 'only the accounts in this state').choices(accountStates))
    .option('--limit <number>', 'the maximum number of accounts to list', wholeNumber(1, 1_000_000))
    .option('--after <cursor>', 'continue after an earlier list: its "next" in JSON')
    .addHelpText(
      'before',
      examples(
        'gsa accounts list',
        'gsa accounts list --state needs_login --limit 100',
        'gsa accounts list --json | jq -r ".accounts[].account.email"',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ListOptions>()
      const { output, now } = context
      const { settings, storage } = openSession(context, options)
      const { state, limit, after } = options
      // Flags only: with a variable that may be left over, the list is where users look for the accounts it hides.
      const issuer = settings.isIssuerOfThisRun ? settings.issuer : undefined
      const store = settings.chosenBy.store === '--store' ? settings.store : undefined
      const nowMs = now()
      const page = await wholePage(storage, { state, issuer, store, limit, after, nowMs })
      const { accounts, next, damaged = [] } = page
      for (const { sub, clientId } of damaged)
        output.warn({
          message: `The entry of ${sub} of client ${clientId} cannot be read: another program changed it, or it has another key.`,
          fix: 'Restore it from a backup, or log in again as that account.',
        })
      await output.result({ accounts: accounts.map((account) => listEntry(account, page, nowMs)), next }, () =>
        accounts.length > 0 ? listText(page, nowMs) : emptyText(state ?? issuer ?? store ?? after),
      )
      if (next !== null && !output.isJson) output.note(`Next page: ${commandForNext({ ...options, store }, next)}`)
    })
}

/** Returns as many accounts as requested, although one request may return fewer. */
async function wholePage({ index }: AccountStorage, request: PageRequest): Promise<AccountPage> {
  const accounts: Account[] = []
  const damaged: AccountKey[] = []
  for (let { after } = request; ;) {
    const limit = request.limit === undefined ? undefined : request.limit - accounts.length
    const page = await index.page({ ...request, limit, after })
    for (const account of page.accounts) accounts.push(account)
    for (const key of page.damaged ?? []) damaged.push(key)
    if (page.next === null || accounts.length === request.limit) return { ...page, accounts, damaged }
    after = page.next
  }
}

function commandForNext({ state, issuer, store, limit }: ListOptions, next: string): string {
  // The address of a database may contain a password.
  const shown = store === undefined || !isDatabaseStore(store) ? store : 'postgres:URL'
  const flags = Object.entries({ store: shown, issuer, state, limit, after: next })
  return typedCommand([
    'gsa',
    'accounts',
    'list',
    ...flags.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, `${value}`])),
  ])
}

function listEntry(
  account: Account,
  { default: preferred }: AccountPage,
  nowMs: number,
): Readonly<Record<string, unknown>> {
  const { state, cause } = accountState(account, nowMs)
  return {
    account: accountDocument(account.sub, account.claims),
    clientId: account.clientId,
    issuer: account.issuer,
    store: account.store,
    default: preferred !== null && isSameAccount(account, preferred),
    state,
    stateCause: cause,
    refreshToken: {
      stored: account.hasRefreshToken,
      bound: account.hasRefreshToken && account.isBound,
      obtainedAt: account.refreshTokenObtainedAt,
      expiresAt: account.refreshTokenExpiresAt,
    },
  }
}

// The issuer is omitted for Google, and the state if all is well: most accounts are such, and terminals are narrow.
function listText({ accounts, default: preferred }: AccountPage, nowMs: number): string {
  const rows = accounts.map((account) => [
    `${preferred !== null && isSameAccount(account, preferred) ? '*' : ' '} ${safeText(accountName(account))}`,
    safeText(account.clientId),
    stateWords[accountState(account, nowMs).state],
    account.issuer === googleIssuer ? '' : safeText(account.issuer),
  ])
  // A column that is empty in every row would leave a gap.
  const shown = rows.map((row) => row.filter((_, at) => rows.some((other) => other[at] !== '')))
  const column = { align: 'left', atLeast: 0 } as const
  return growingColumns([column, column, column])(shown).replace(/ +$/gm, '').trimEnd()
}

const stateWords = { connected: '', needs_login: 'needs login', unknown: 'unknown' } as const

function emptyText(isLimited: unknown): string {
  return isLimited === undefined
    ? 'No account is stored. Log in: gsa login --client-secrets FILE'
    : 'No stored account matches.'
}
