import { Command, Option } from 'commander'
import { accessToken } from '../credentials/access.ts'
import type { Context } from '../terminal/context.ts'
import { durationMs, examples } from '../terminal/options.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

interface TokenOptions extends CommonOptions {
  readonly minTtl?: number
  readonly header?: boolean
}

const defaultMinTtlMs = 300_000

/** `gsa token`: with `export`, the only command whose purpose is to print a secret. */
export function tokenCommand(context: Context): Command {
  return new Command('token')
    .description('print a valid access token')
    .addOption(
      new Option('--min-ttl <duration>', 'refresh if the token expires sooner than this')
        .argParser(durationMs)
        .default(defaultMinTtlMs, '5m'),
    )
    .option('--header', 'print it as an HTTP header: Authorization: Bearer …')
    .addHelpText(
      'before',
      examples('gsa token', 'curl -H @<(gsa token --header) "https://www.googleapis.com/drive/v3/about?fields=user"'),
    )
    .action(async (_: unknown, command: Command) => printToken(context, command.optsWithGlobals<TokenOptions>()))
}

/** Prints a valid access token, as `gsa token` does. @throws what {@link accessToken} throws */
export async function printToken(context: Context, options: TokenOptions): Promise<void> {
  const session = openSession(context, options)
  const { account, refreshing } = await session.account()
  const { value, expiresAt } = await accessToken(refreshing, account, options.minTtl ?? defaultMinTtlMs)
  const { output } = context
  if (output.isJson) await output.result({ accessToken: { value: value.reveal(), expiresAt } }, () => '')
  // A header that wrapped to the terminal could not be copied.
  else await output.write(`${options.header === true ? 'Authorization: Bearer ' : ''}${value.reveal()}\n`)
}
