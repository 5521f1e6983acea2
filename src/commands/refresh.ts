import { Command } from 'commander'
import { refresh } from '../credentials/refresh.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { grantAccountName, reportGrant } from './shared/grant-report.ts'
import { type CommonOptions, openSession } from './shared/session.ts'
import { traced, traceOption, type TraceOption } from './shared/traced.ts'

interface RefreshOptions extends CommonOptions, TraceOption {
  readonly showTokens?: boolean
}

/** `gsa refresh` */
export function refreshCommand(context: Context): Command {
  return new Command('refresh')
    .description('get a new access token with the stored refresh token')
    .option('--show-tokens', 'also print the tokens')
    .option(...traceOption)
    .addHelpText(
      'before',
      examples('gsa refresh', 'gsa refresh --account ada@example.com --json | jq -r .accessToken.expiresAt'),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<RefreshOptions>()
      await traced(context, options, 'gsa refresh', async (tracing) => refreshAccount(tracing, options))
    })
}

/** Gets a new access token and reports it, as `gsa refresh` does. @throws what {@link refresh} throws */
export async function refreshAccount(context: Context, options: RefreshOptions): Promise<void> {
  const session = openSession(context, options)
  const { account, refreshing } = await session.account()
  const grant = await refresh(refreshing, account)
  await reportGrant(context, `New access token for ${grantAccountName(grant)}`, grant, options.showTokens === true)
}
