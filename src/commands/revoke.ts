import { Command } from 'commander'
import { labelIn } from '../accounts/locate-credential.ts'
import { safeText } from '../core/safe-to-print.ts'
import { revoke } from '../credentials/revoke.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { accountDocument, copyLeftText } from './shared/grant-report.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

interface RevokeOptions extends CommonOptions {
  readonly yes?: boolean
}

/** `gsa revoke` */
export function revokeCommand(context: Context): Command {
  return new Command('revoke')
    .description('revoke access at the server, delete the account here, and verify that it worked')
    .option('--yes', 'skip the confirmation')
    .addHelpText('before', examples('gsa revoke', 'gsa revoke --account ada@example.com --yes --json'))
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<RevokeOptions>()
      const { output, prompt, signal } = context
      const session = openSession(context, options)
      const isAsked = options.yes !== true
      const canAsk = isAsked && prompt.isPossible()
      const { account, refreshing } = await session.accountToDestroy({
        command: (selector) => ['revoke', '--account', ...selector, ...(canAsk ? [] : ['--yes'])],
        isConfirmed: canAsk,
      })
      const name = await labelIn(refreshing.storage, account)
      output.note(
        account.issuer === googleIssuer
          ? `This revokes access to ${safeText(name)} for every client in the project, and empties the project's app folder.`
          : `This revokes access to ${safeText(name)}. At Google, it affects every client in the project and empties the project's app folder.`,
      )
      if (isAsked && !(await prompt.confirm(`Revoke access to ${name}?`, '--yes'))) {
        await output.result({ revoked: null }, () => 'Nothing was revoked.')
        return
      }
      const { wasKnown, isProven, copiesLeft } = await revoke(refreshing, account, signal)
      for (const store of copiesLeft) output.note(copyLeftText(store))
      await output.result({ revoked: accountDocument(account.sub, account.claims), wasKnown, proven: isProven }, () =>
        revokedText(safeText(name), wasKnown, isProven),
      )
    })
}

function revokedText(name: string, wasKnown: boolean, isProven: boolean): string {
  if (!wasKnown) return `Access to ${name} was already revoked; deleted the account here`
  return isProven
    ? `Revoked access to ${name}: the server now rejects the refresh token`
    : `Revoked access to ${name} with its access token; not verified, because no refresh token was stored`
}
