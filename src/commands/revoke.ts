import { Command } from 'commander'
import { accountName } from '../credentials/accounts.ts'
import { revoke } from '../credentials/revoke.ts'
import { safeText } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { accountDocument } from './grant-report.ts'
import { type CommonOptions, openSession } from './session.ts'

interface RevokeOptions extends CommonOptions {
  readonly yes?: boolean
}

/** `gsa revoke` */
export function revokeCommand(context: Context): Command {
  return new Command('revoke')
    .description('end the grant at the server, delete the account here, and prove it')
    .option('--yes', 'do not ask')
    .addHelpText('before', examples('gsa revoke', 'gsa revoke --account ada@example.com --yes --json'))
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<RevokeOptions>()
      const { output, prompt, signal } = context
      const session = openSession(context, options)
      const { account, refreshing } = await session.account()
      const name = accountName(account)
      output.note(
        `Google ends the grant of the whole project: every client of it loses access to ${safeText(name)}, and its app folder is emptied.`,
      )
      if (options.yes !== true && !(await prompt.confirm(`Revoke the access to ${name}?`, '--yes'))) {
        await output.result({ revoked: null }, () => 'Nothing was revoked.')
        return
      }
      const { wasKnown } = await revoke(refreshing, account, signal)
      await output.result({ revoked: accountDocument(account.sub, account.claims), wasKnown, proven: true }, () =>
        wasKnown
          ? `Revoked the access to ${safeText(name)}: the refresh token is refused now`
          : `The access to ${safeText(name)} was gone already; the account is deleted here`,
      )
    })
}
