import { Command } from 'commander'
import { nonEmpty } from '../../core/environment.ts'
import { safeText } from '../../core/safe-to-print.ts'
import { Failure } from '../../failures/index.ts'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import { type Emulation, type EmulationOptions, startImpersonation } from './impersonation.ts'
import type { Namespace } from './namespace.ts'

/** `gsa emulator run` */
export function emulatorRunCommand(context: Context): Command {
  return new Command('run')
    .description("run a program for which Google's hosts are the emulator")
    .usage('[options] [--] <program> [args...]')
    .option('--emulator <host:port>', 'use this running emulator instead of one of its own')
    .option('--offline', "refuse connections to hosts that are not Google's")
    .option('--namespace', "give the program Google's hosts and certificates without variables (Linux)")
    .option('--config <file>', 'the initial accounts, clients, projects, files and faults (JSON)')
    .option('--persist <file>', 'save all state in this file, and load it in the next run')
    .option('--seed <text>', 'generate the same keys, codes, tokens and ids in each run')
    .option('--auto-consent', 'allow every consent request, and sign in without a browser')
    .addHelpText(
      'before',
      examples(
        'gsa emulator run -- curl https://oauth2.googleapis.com/tokeninfo',
        'gsa emulator run --auto-consent -- rclone config create drive drive scope drive.appfolder',
        'gsa emulator run --namespace -- ./program-that-reads-no-proxy-variable',
        'gsa emulator run --client-secrets client_secret.json --offline -- npm test',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const { program = [] } = context
      if (nonEmpty(program[0]) === undefined)
        throw new Failure('usage', { problem: 'Name the program to run.', command: 'gsa emulator run' })
      const options = command.optsWithGlobals<EmulationOptions>()
      const emulation = await startImpersonation(context, options)
      try {
        if (context.signal.aborted) throw new Failure('interrupted', {})
        await runProgram(context, program, emulation, options.namespace === true)
      } finally {
        await emulation.close()
      }
    })
}

async function runProgram(
  context: Context,
  words: readonly string[],
  emulation: Emulation,
  isNamespaced: boolean,
): Promise<void> {
  const { output, env, runProgram: run } = context
  const { address, proxy } = emulation
  output.note(`Google's hosts are the emulator at ${address}. See requests and inject faults there.`)
  // The program must not find the emulator by another address, where the issuer is not Google.
  const { GSA_EMULATOR_HOST: _host, GSA_ISSUER: _issuer, GSA_DRIVE_URL: _driveUrl, ...others } = env
  const environment = { ...others, ...proxy.environment }
  const namespace = isNamespaced ? await enterNamespace(context, emulation) : undefined
  try {
    if (context.signal.aborted) throw new Failure('interrupted', {})
    await run([...(namespace?.enter ?? []), ...words], environment)
  } catch (error) {
    if (context.signal.aborted) throw new Failure('interrupted', {})
    const { code = '' } = error as NodeJS.ErrnoException
    const [name = ''] = words
    throw new Failure('program_not_started', { program: safeText(name), problem: code }, { cause: error })
  } finally {
    await namespace?.close()
  }
}

async function enterNamespace(context: Context, emulation: Emulation): Promise<Namespace> {
  const { createNamespace } = await import('./namespace.ts')
  const namespace = await createNamespace(context, emulation).catch((error: unknown) => {
    // Ctrl-C ends the processes that make it, too.
    throw context.signal.aborted ? new Failure('interrupted', {}) : error
  })
  if (namespace.hasOwnNetwork)
    context.output.note(
      'The program has a network of its own: it reaches other hosts only through the proxy, and no other server of this machine.',
    )
  return namespace
}
