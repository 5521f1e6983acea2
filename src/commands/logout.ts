import { Command } from 'commander'
import { deleteAccount } from '../credentials/accounts.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { accountDocument, deletedText } from './grant-report.ts'
import { type CommonOptions, openSession } from './session.ts'

/** `gsa logout` */
export function logoutCommand(context: Context): Command {
  return new Command('logout')
    .description('delete the account here; the grant at the server stands (see revoke)')
    .addHelpText('before', examples('gsa logout', 'gsa logout --account ada@example.com'))
    .action(async (_: unknown, command: Command) => {
      const session = openSession(context, command.optsWithGlobals<CommonOptions>())
      const { account, refreshing } = session.storedAccount()
      await deleteAccount(refreshing.storage, account)
      await context.output.result({ loggedOut: accountDocument(account.sub, account.claims), grantStands: true }, () =>
        deletedText(account),
      )
    })
}
