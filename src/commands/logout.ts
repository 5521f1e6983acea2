import { Command } from 'commander'
import type { Destruction } from '../accounts/choose-account.ts'
import { deleteAccount } from '../accounts/delete-account.ts'
import { labelIn } from '../accounts/locate-credential.ts'
import type { OpenAccount } from '../credentials/open-credentials.ts'
import { isFailure } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { accountDocument, copyLeftText, deletedText, deletionPlace } from './shared/grant-report.ts'
import { type CommonOptions, openSession, type Session } from './shared/session.ts'

/** `gsa logout` */
export function logoutCommand(context: Context): Command {
  return new Command('logout')
    .description('delete the account here, without revoking access (see gsa revoke)')
    .addHelpText('before', examples('gsa logout', 'gsa logout --account ada@example.com'))
    .action(async (_: unknown, command: Command) => {
      const { output, prompt } = context
      const session = openSession(context, command.optsWithGlobals<CommonOptions>())
      const request: Destruction = {
        command: (selector) => ['logout', '--account', ...selector],
        isConfirmed: false,
      }
      const { account, refreshing, isAsked } = await chosen(session, request, prompt.isPossible())
      const name = await labelIn(refreshing.storage, account)
      // A web client gets the next refresh token only with new consent.
      const isWorthAQuestion = account.hasRefreshToken && prompt.isConversation()
      const mustAsk = isAsked || isWorthAQuestion
      if (mustAsk && !(await prompt.confirm(`Delete ${name} from ${deletionPlace(account)}?`, '--account'))) {
        await output.result({ loggedOut: null, grantStands: true }, () => 'Nothing was deleted.')
        return
      }
      const copiesLeft = await deleteAccount(refreshing.storage, account)
      for (const store of copiesLeft) output.note(copyLeftText(store))
      await output.result({ loggedOut: accountDocument(account.sub, account.claims), grantStands: true }, () =>
        deletedText(account, name),
      )
    })
}

/** Returns the account to delete. A user at a terminal may confirm the only account; a script must name it. */
async function chosen(
  session: Session,
  request: Destruction,
  canAsk: boolean,
): Promise<OpenAccount & { readonly isAsked: boolean }> {
  try {
    return { ...(await session.storedAccountToDestroy(request)), isAsked: false }
  } catch (error) {
    if (!canAsk || !isFailure(error, 'account_needed')) throw error
    return { ...(await session.storedAccountToDestroy({ ...request, isConfirmed: true })), isAsked: true }
  }
}
