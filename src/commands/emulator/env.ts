import { Command, Option } from 'commander'
import { isJsonObject } from '../../core/json.ts'
import { shellWord } from '../../core/shell-word.ts'
import { extendedEnvironment } from '../../emulator/impersonation/extended-environment.ts'
import { Failure } from '../../failures/index.ts'
import { jsonObjectOf } from '../../http/json-answer.ts'
import type { Context } from '../../terminal/context.ts'
import { examples } from '../../terminal/options.ts'
import { httpOf } from '../shared/session.ts'
import { emulatorAt, runningEmulator } from './running-emulator.ts'

type Shell = 'sh' | 'fish' | 'powershell'

interface EnvOptions {
  readonly shell: Shell
  readonly emulator?: string
}

/** `gsa emulator env` */
export function emulatorEnvCommand(context: Context): Command {
  return new Command('env')
    .description("print the variables with which programs find a running emulator at Google's hosts")
    .option('--emulator <host:port>', 'the emulator, started with --impersonate (default: from GSA_EMULATOR_HOST)')
    .addOption(
      new Option('--shell <shell>', 'the shell to print for').choices(['sh', 'fish', 'powershell']).default('sh'),
    )
    .addHelpText(
      'before',
      examples(
        'eval "$(gsa emulator env)"                            # bash, zsh',
        'gsa emulator env --shell fish | source',
        'gsa emulator env --shell powershell | Out-String | Invoke-Expression',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const { shell, emulator } = command.optsWithGlobals<EnvOptions>()
      const address = emulator === undefined ? runningEmulator(context) : emulatorAt(context, emulator)
      const environment = extendedEnvironment(context.env, await variablesOf(context, address))
      await context.output.result({ environment }, () =>
        [
          ...Object.entries(environment).map(([name, value]) => assignment[shell](name, value)),
          // Its issuer is Google's now, which gsa would not expect at this address.
          removal[shell]('GSA_EMULATOR_HOST'),
        ].join('\n'),
      )
    })
}

/** Returns the variables that the emulator at an address announces. */
async function variablesOf(context: Context, address: string): Promise<Readonly<Record<string, string>>> {
  const url = new URL('/emulator/v1/proxy', address)
  const { proxy } = jsonObjectOf(await httpOf(context).send({ method: 'GET', url }), url.host)
  const environment = isJsonObject(proxy) ? proxy['environment'] : undefined
  if (!isJsonObject(environment)) throw new Failure('emulator_not_impersonating', { host: url.host })
  // A shell evaluates this, and any program may listen at the address: only names are names.
  const variables = Object.entries(environment).filter(
    (entry): entry is [string, string] => /^[A-Za-z_]\w*$/.test(entry[0]) && typeof entry[1] === 'string',
  )
  return Object.fromEntries(variables)
}

const assignment: Readonly<Record<Shell, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}=${shellWord(value)}`,
  fish: (name, value) =>
    `set -gx ${name} ${name === 'PATH' ? value.split(':').map(fishWord).join(' ') : fishWord(value)}`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
}

const removal: Readonly<Record<Shell, (name: string) => string>> = {
  sh: (name) => `unset ${name}`,
  fish: (name) => `set -e ${name}`,
  powershell: (name) => `Remove-Item -ErrorAction Ignore Env:${name}`,
}

function fishWord(text: string): string {
  return `'${text.replace(/['\\]/g, String.raw`\$&`)}'`
}
