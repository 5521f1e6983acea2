import { Command } from 'commander'
import { accountName } from '../../accounts/account-names.ts'
import { deleteAccount } from '../../accounts/delete-account.ts'
import { labelIn } from '../../accounts/locate-credential.ts'
import { rebuildIndex } from '../../accounts/rebuild-index.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { storePlace } from '../../core/store-place.ts'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import { accountDocument, copyLeftText, deletedText, deletionPlace } from '../shared/grant-report.ts'
import { type CommonOptions, openSession } from '../shared/session.ts'
import { accountsListCommand } from './list.ts'
import { accountsMoveCommand } from './move.ts'

/** `gsa accounts` */
export function accountsCommand(context: Context): Command {
  const accounts = new Command('accounts')
    .description('list the stored accounts, choose the default, remove or move them')
    .addHelpText(
      'before',
      examples('gsa accounts', 'gsa accounts use ada@example.com', 'gsa accounts remove ada@example.com --yes'),
    )
  accounts.addCommand(accountsListCommand(context), { isDefault: true })
  accounts
    .command('use')
    .description('make an account the default')
    .argument('<account>', 'email address or subject; append /CLIENT_ID if two clients share the account')
    .addHelpText(
      'before',
      examples('gsa accounts use ada@example.com', 'gsa accounts use ada@example.com/1234-web   # with this client'),
    )
    .action(async (name: string, _: unknown, command: Command) => {
      const session = openSession(context, command.optsWithGlobals<CommonOptions>())
      const { account } = await session.storedAccount(name)
      await session.storage.index.setDefault(account)
      const label = await labelIn(session.storage, account)
      await context.output.result(
        { default: accountDocument(account.sub, account.claims) },
        () => `The default account is now ${safeText(label)}`,
      )
    })
  accounts
    .command('remove')
    .description('delete an account here, without revoking access')
    .argument('[account]', 'email address or subject; append /CLIENT_ID if two clients share the account')
    .option('--yes', 'skip the confirmation')
    .addHelpText('before', examples('gsa accounts remove ada@example.com --yes'))
    .action(async (name: string | undefined, options: { readonly yes?: boolean }, command: Command) => {
      const { output, prompt } = context
      const isAsked = options.yes !== true
      const canAsk = isAsked && prompt.isPossible()
      const session = openSession(context, command.optsWithGlobals<CommonOptions>())
      const { account, refreshing } = await session.storedAccountToDestroy(
        {
          command: (selector) => ['accounts', 'remove', ...selector, ...(canAsk ? [] : ['--yes'])],
          isConfirmed: canAsk,
        },
        name,
      )
      const label = await labelIn(refreshing.storage, account)
      if (isAsked && !(await prompt.confirm(`Delete ${label} from ${deletionPlace(account)}?`, '--yes'))) {
        await output.result({ removed: null }, () => 'Nothing was deleted.')
        return
      }
      const copiesLeft = await deleteAccount(refreshing.storage, account)
      for (const store of copiesLeft) output.note(copyLeftText(store))
      await output.result({ removed: accountDocument(account.sub, account.claims) }, () => deletedText(account, label))
    })
  accounts.addCommand(accountsMoveCommand(context))
  addRebuild(accounts, context)
  return accounts
}

function addRebuild(accounts: Command, context: Context): void {
  accounts
    .command('rebuild')
    .description('rebuild a lost or damaged account list from the store')
    .addHelpText('before', examples('gsa accounts rebuild', 'gsa accounts rebuild --store file:secrets.age'))
    .action(async (_: unknown, command: Command) => {
      const storage = openSession(context, command.optsWithGlobals<CommonOptions>()).writableStorage(
        'gsa accounts rebuild',
      )
      const { found, unreadable } = await rebuildIndex(storage)
      for (const { sub, clientId } of unreadable)
        context.output.warn({
          message: `The entry for ${sub} of client ${clientId} was not written by this version of gsa, and was left unchanged.`,
          fix: 'Log in as that account to replace it.',
        })
      await context.output.result({ found: found.map(({ sub, claims }) => accountDocument(sub, claims)) }, () =>
        found.length === 0
          ? `Found no accounts ${storePlace(storage.secrets.name)}`
          : `Found ${storePlace(storage.secrets.name)}: ${found.map((account) => safeText(accountName(account))).join(', ')}`,
      )
    })
}
