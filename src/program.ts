import { Command } from 'commander'
import { Failure } from './failures/index.ts'
import type { Context } from './terminal/context.ts'
import { refuseMisplacedSecrets } from './terminal/refuse-secret-arguments.ts'
import { examples } from './terminal/options.ts'
import { version } from './terminal/version.ts'

interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: (context: Context, program: Command) => Promise<Command>
}

/**
 * Every command: its name, its one-line help and how to load it. Only the command that runs is loaded.
 */
const commandTable: readonly CommandEntry[] = [
  {
    name: 'login',
    summary: 'log in through the browser and store the refresh token',
    load: async (context) => (await import('./commands/login/login.ts')).loginCommand(context),
  },
  {
    name: 'exchange',
    summary: "exchange an app's authorization code for tokens",
    load: async (context) => (await import('./commands/exchange.ts')).exchangeCommand(context),
  },
  {
    name: 'refresh',
    summary: 'get a new access token with the stored refresh token',
    load: async (context) => (await import('./commands/refresh.ts')).refreshCommand(context),
  },
  {
    name: 'token',
    summary: 'print a valid access token',
    load: async (context) => (await import('./commands/token.ts')).tokenCommand(context),
  },
  {
    name: 'whoami',
    summary: 'show the stored account',
    load: async (context) => (await import('./commands/whoami.ts')).whoamiCommand(context),
  },
  {
    name: 'id-token',
    summary: 'verify ID tokens',
    load: async (context) => (await import('./commands/id-token.ts')).idTokenCommand(context),
  },
  {
    name: 'accounts',
    summary: 'list, choose and remove stored accounts',
    load: async (context) => (await import('./commands/accounts/accounts.ts')).accountsCommand(context),
  },
  {
    name: 'revoke',
    summary: 'revoke access at the server, and verify that it worked',
    load: async (context) => (await import('./commands/revoke.ts')).revokeCommand(context),
  },
  {
    name: 'logout',
    summary: 'delete the account here, without revoking access',
    load: async (context) => (await import('./commands/logout.ts')).logoutCommand(context),
  },
  {
    name: 'export',
    summary: 'print the stored credential for another program',
    load: async (context) => (await import('./commands/export.ts')).exportCommand(context),
  },
  {
    name: 'drive',
    summary: 'work with files in the Drive app folder',
    load: async (context) => (await import('./commands/drive/drive.ts')).driveCommand(context),
  },
  {
    name: 'api',
    summary: 'call any Google API',
    load: async (context) => (await import('./commands/api/api.ts')).apiCommand(context),
  },
  {
    name: 'serve',
    summary: 'receive codes from an app, as its backend would',
    load: async (context) => (await import('./commands/serve/serve.ts')).serveCommand(context),
  },
  {
    name: 'store',
    summary: 'manage a PostgreSQL store for several machines',
    load: async (context) => (await import('./commands/store.ts')).storeCommand(context),
  },
  {
    name: 'emulator',
    summary: 'run a local Google emulator to test against',
    load: async (context) => (await import('./commands/emulator/emulator.ts')).emulatorCommand(context),
  },
  {
    name: 'snippet',
    summary: 'print code for an app or a backend',
    load: async (context) => (await import('./commands/snippet.ts')).snippetCommand(context),
  },
  {
    name: 'explain',
    summary: 'explain what an error means and how to fix it',
    load: async (context) => (await import('./commands/explain.ts')).explainCommand(context),
  },
  {
    name: 'smoke',
    summary: 'test the whole flow against a local Google emulator',
    load: async (context) => (await import('./commands/smoke.ts')).smokeCommand(context),
  },
  {
    name: 'doctor',
    summary: 'check your setup, and say how to fix it',
    load: async (context) => (await import('./commands/doctor.ts')).doctorCommand(context),
  },
  {
    name: 'completion',
    summary: 'print a script for Tab completion',
    load: async (context) => (await import('./commands/completion.ts')).completionCommand(context),
  },
  {
    name: 'help',
    summary: 'print help for a command or a topic',
    load: async (context, program) => (await import('./commands/help/help.ts')).helpCommand(context, program),
  },
]

/** Returns the program with every command loaded. */
export function wholeProgram(context: Context): Promise<Command> {
  return createProgram({ ...context, argv: commandTable.map(({ name }) => name) })
}

/** Creates the program. Loads only the command that `argv` names; the others are stubs. */
export async function createProgram(context: Context): Promise<Command> {
  const program = new Command('gsa')
    .description('Google server-side access: obtain, store and use Google refresh tokens.')
    .version(version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .option('--client-secrets <file>', 'the client_secret_*.json of the OAuth client (GSA_CLIENT_SECRETS)')
    .option(
      '--account <email|sub>',
      'the stored account to use; append /CLIENT_ID if two clients share it (GSA_ACCOUNT)',
    )
    .option(
      '--store <store>',
      'where secrets are stored: keychain, file:PATH, helper:NAME, postgres:URL or memory (GSA_STORE)',
    )
    .option(
      '--allow-plain-text-database',
      'reach a PostgreSQL store on another machine without TLS (GSA_ALLOW_PLAIN_TEXT_DATABASE=1)',
    )
    .option('--issuer <url>', "authorization server to use instead of Google's (GSA_ISSUER)")
    .option('--json', 'print the result as JSON, and failures as JSON on standard error')
    .option('--quiet', 'print only the result and failures')
    .option('--debug', 'show each HTTP request and response on standard error, without secrets')
    .option('--no-input', 'never prompt; fail if input is needed')
    .option('--no-color', 'print without colours (NO_COLOR)')
    .addHelpText(
      'before',
      examples(
        'gsa smoke                                              # test the whole flow, offline',
        'gsa login --client-secrets client_secret.json          # log in through the browser',
        "gsa exchange - --client-secrets client_secret_web.json # exchange an app's code from standard input",
        'gsa drive ls-appfolder                                 # list the Drive app folder',
        'gsa doctor                                             # find problems and how to fix them',
      ),
    )
    .addHelpText('after', '\nMore: gsa help COMMAND, gsa help exit-codes, gsa help environment')
  for (const { name, summary, load } of rowsFor(context.argv)) {
    program.addCommand(
      context.argv.includes(name) ? await load(context, program) : new Command(name).description(summary),
    )
  }
  for (const command of withSubcommands(program)) {
    configure(command)
    if (command !== program) command.addHelpText('after', '\nGlobal options, such as --account and --json: gsa --help')
  }
  program.hook('preAction', (_, command) => {
    refuseFlagAsValue(command)
    refuseMisplacedSecrets(command)
  })
  return program
}

// If argv starts with a command, nothing shows the others, and creating their stubs takes a millisecond.
function rowsFor(argv: readonly string[]): readonly CommandEntry[] {
  return argv[0] !== 'help' && commandTable.some(({ name }) => name === argv[0])
    ? commandTable.filter(({ name }) => argv.includes(name))
    : commandTable
}

// Commander takes the next argument as the value: `--account --json` would look for an account called "--json".
function refuseFlagAsValue(command: Command): void {
  const options = command.optsWithGlobals<Record<string, unknown>>()
  const mistaken = Object.entries(options).find(([, value]) => typeof value === 'string' && value.startsWith('--'))
  if (mistaken === undefined) return
  const flag = mistaken[0].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  throw new Failure('usage', {
    problem: `--${flag} needs a value, and "${mistaken[1] as string}" looks like a flag.`,
    command: 'gsa',
  })
}

function configure(command: Command): void {
  // Commander must not print or exit: run.ts does both, once.
  command
    .exitOverride()
    .showHelpAfterError(false)
    // The description is printed above the examples (terminal/options.ts).
    .configureHelp({ commandDescription: () => '' })
    .allowExcessArguments(false)
}

/** Returns a command and all its subcommands, at any depth. */
export function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((child) => withSubcommands(child))]
}
