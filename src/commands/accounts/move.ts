import { Command } from 'commander'
import type { Account } from '../../accounts/account-index.ts'
import { accountName } from '../../accounts/account-names.ts'
import { probeStorage } from '../../accounts/account-storage.ts'
import { accountMover, type Move, storesToLeave } from '../../accounts/move-account.ts'
import { storePlace } from '../../core/store-place.ts'
import { Failure, type FailureCode, isFailure, problemOf } from '../../failures/index.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { isSameStore } from '../../stores/store-name.ts'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import { copyLeftText } from '../shared/grant-report.ts'
import { type CommonOptions, openSession, type Session, warnOfPassword } from '../shared/session.ts'

interface MoveOptions extends CommonOptions {
  readonly to: string
  readonly keep?: boolean
  readonly yes?: boolean
}

/** `gsa accounts move` */
export function accountsMoveCommand(context: Context): Command {
  return new Command('move')
    .description('move accounts to another store; all of them, or those of --store and --account')
    .requiredOption('--to <store>', 'where to move them: keychain, file:PATH, helper:NAME or postgres:URL')
    .option('--keep', 'leave a copy in the old store')
    .option('--yes', 'skip the confirmation')
    .addHelpText(
      'before',
      examples(
        'gsa accounts move --to file:secrets.age',
        'gsa accounts move --store keychain --account ada@example.com --to file:secrets.age',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<MoveOptions>()
      const { output, prompt } = context
      const session = openSession(context, options)
      warnOfPassword(context, '--to', options.to)
      const source = session.writableStorage('gsa accounts move')
      const { settings, storage: destination } = session.withStore(options.to)
      const { store: from } = session.settings
      refuseDestination(options.to === '' ? undefined : settings.store, from)
      const move: Move = { source, destination, from, isCopy: options.keep === true }
      const first = await accountsToMove(context, session, move)
      const to = safeText(storePlace(destination.secrets.name))
      const count = `${first.next === null ? '' : 'more than '}${accountsText(first.accounts.length)}`
      const question = move.isCopy
        ? `Store a copy of ${count} ${to}?`
        : `Store ${count} ${to}, and delete them from where they are now?`
      const mustAsk = options.yes !== true && first.accounts.length > 1
      if (mustAsk && !(await prompt.confirm(question, '--yes'))) {
        await output.result({ moved: 0, kept: 0, failed: [] }, () => 'Nothing was moved.')
        return
      }
      if (first.accounts.length > 0) await probeStorage(destination)
      const { moved, kept, failed } = await moveAll(context, session, move, first)
      const problems = failed.map(({ account, problem }) => `${account}: ${problem.replace(/\.$/, '')}`)
      if (failed.length > 0) throw new Failure('accounts_not_moved', { moved, kept, failed, problems })
      await output.result({ moved, kept, failed }, () => summary(move, moved, kept, to))
    })
}

/** Refuses a destination that would lose the accounts, or that they are in. */
function refuseDestination(to: string | undefined, from: string | undefined): void {
  const problem =
    to === undefined
      ? '--to names no store.'
      : to === 'memory'
        ? 'The memory store lasts only until gsa exits, so the accounts would be lost.'
        : from !== undefined && isSameStore(from, to)
          ? `${from} is the store to move from, too. Name the old store with --store.`
          : undefined
  if (problem !== undefined) throw new Failure('usage', { problem, command: 'gsa accounts move' })
}

/** Some accounts to move, and where the next ones are. */
interface Portion {
  readonly accounts: readonly Account[]
  readonly next: string | null
}

async function accountsToMove({ now }: Context, session: Session, move: Move, after?: string): Promise<Portion> {
  const { issuer, store, account: name } = session.settings
  const { accounts, next } =
    name === undefined
      ? await session.storage.index.page({ issuer, store, after, nowMs: now() })
      : { accounts: [(await session.storedAccount()).account], next: null }
  return { accounts: accounts.filter((account) => storesToLeave(move, account).length > 0), next }
}

interface Summary {
  readonly moved: number
  readonly kept: number
  readonly failed: readonly { readonly account: string; readonly code: string; readonly problem: string }[]
}

// A problem of one account. Any other is one of a store, which the next account would meet, too.
const accountFailures: readonly FailureCode[] = [
  'credential_lost',
  'stored_value_invalid',
  'store_row_damaged',
  'value_too_long',
  'lock_busy',
]

async function moveAll(context: Context, session: Session, move: Move, first: Portion): Promise<Summary> {
  const { output, signal } = context
  const mover = accountMover(move)
  const counts = { moved: 0, kept: 0, nothing: 0 }
  const failed: Summary['failed'][number][] = []
  for (let portion = first; ; portion = await accountsToMove(context, session, move, portion.next)) {
    for (const account of portion.accounts) {
      if (signal.aborted) throw new Failure('interrupted', {})
      output.status?.(`Moving account ${counts.moved + counts.kept + counts.nothing + failed.length + 1}`)
      try {
        const { outcome, copiesLeft } = await mover(account)
        counts[outcome]++
        for (const store of copiesLeft) output.note(copyLeftText(store))
      } catch (error) {
        const isOfAccount = error instanceof Failure && accountFailures.some((code) => isFailure(error, code))
        if (session.settings.account !== undefined || !isOfAccount) {
          if (counts.moved > 0) output.note(`${accountsText(counts.moved)} moved. To continue, run the command again.`)
          throw error
        }
        failed.push({ account: accountName(account), code: error.code, problem: problemOf(error) })
      }
    }
    if (portion.next === null) return { moved: counts.moved, kept: counts.kept, failed }
  }
}

function summary({ isCopy }: Move, moved: number, kept: number, to: string): string {
  if (moved + kept === 0) return 'There is nothing to move.'
  return [
    ...(moved === 0 ? [] : [`${isCopy ? 'Copied' : 'Moved'} ${accountsText(moved)}, now ${to}`]),
    ...(kept === 0 ? [] : [`Kept the newer refresh token of ${accountsText(kept)}, already ${to}`]),
  ].join('\n')
}

function accountsText(count: number): string {
  return count === 1 ? '1 account' : `${count} accounts`
}
