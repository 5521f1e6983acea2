import { Command, Option } from 'commander'
import { safeJson } from '../../core/safe-to-print.ts'
import { clientSecretsFile } from '../../emulator/index.ts'
import { Failure } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { examples, wholeNumber } from '../../terminal/options.ts'
import { emulatorCodeCommand } from './code.ts'
import { emulatorCompareCommand } from './compare.ts'
import { emulatorEnvCommand } from './env.ts'
import { emulatorRunCommand } from './run.ts'
import { runningEmulator } from './running-emulator.ts'
import { emulatorStartCommand } from './start.ts'
import { defaultPort } from './start-options.ts'

interface ClientSecretsOptions {
  readonly type?: 'web' | 'desktop' | 'tv'
  readonly port?: number
}

/** `gsa emulator` */
export function emulatorCommand(context: Context): Command {
  const emulator = new Command('emulator')
    .description('run a local Google emulator to test against')
    .addHelpText(
      'before',
      examples(
        'gsa emulator start',
        'gsa emulator client-secrets --type web > client_secret_web.json',
        'gsa emulator code | gsa exchange - --client-secrets client_secret_web.json',
      ),
    )
  emulator.addCommand(emulatorStartCommand(context))
  emulator
    .command('client-secrets')
    .description('print the client secrets file of a built-in client')
    .addOption(new Option('--type <type>', 'the built-in client to print').choices(['web', 'desktop', 'tv']))
    .option(
      '--port <port>',
      `the port of the emulator (default: from GSA_EMULATOR_HOST, else ${defaultPort})`,
      wholeNumber(1, 65_535),
    )
    .addHelpText('before', examples('gsa emulator client-secrets --type desktop > client_secret.json'))
    .action(async (_: unknown, command: Command) => {
      const { type, port } = command.optsWithGlobals<ClientSecretsOptions>()
      if (type === undefined)
        throw new Failure('usage', {
          problem:
            'Choose a client: --type web (gsa exchange, gsa serve), --type desktop (gsa login) or --type tv (gsa login --device).',
          command: 'gsa emulator client-secrets',
        })
      // The output is a file, so it is JSON with and without --json.
      await context.output.write(
        `${safeJson(clientSecretsFile(type, runningEmulator(context, port)), context.output.isJson ? undefined : 2)}\n`,
      )
    })
  emulator.addCommand(emulatorRunCommand(context))
  emulator.addCommand(emulatorEnvCommand(context))
  emulator.addCommand(emulatorCodeCommand(context))
  emulator.addCommand(emulatorCompareCommand(context))
  return emulator
}
