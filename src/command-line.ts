import { type Command, CommanderError } from 'commander'
import { Failure } from './failures/index.ts'
import { createProgram, withSubcommands } from './program.ts'
import type { Context } from './terminal/context.ts'

/**
 * Runs the command that `context.argv` names, with commander. Prints requested help as a result.
 * @throws Failure `usage` and what the command throws
 */
export async function parseCommandLine(context: Context): Promise<void> {
  const { argv, output } = context
  const program = await createProgram(context)
  const written: string[] = []
  let asked = program
  for (const command of withSubcommands(program)) {
    // Requested help is a result. Suppress the help and errors that commander prints on its own.
    command.configureOutput({
      writeOut: (text) => written.push(text),
      writeErr: () => undefined,
      outputError: () => undefined,
    })
    command.hook('preSubcommand', (_, subcommand) => {
      asked = subcommand
    })
  }
  try {
    if (argv.length === 0) program.outputHelp()
    else await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode !== 0) throw usageFailure(error, asked, argv)
  }
  if (written.length > 0) await output.writeLines(written.join('').trimEnd())
}

function usageFailure(error: CommanderError, asked: Command, argv: readonly string[]): Failure {
  const command = pathOf(asked)
  // A command group without a subcommand: commander wants to print its help.
  if (error.code === 'commander.help')
    return new Failure('usage', { problem: `${command} needs a subcommand.`, command }, { cause: error })
  const problem = usageProblem(error, asked, argv)
  return new Failure(
    'usage',
    { problem: `${problem.charAt(0).toUpperCase()}${problem.slice(1)}${/[.?)]$/.test(problem) ? '' : '.'}`, command },
    { cause: error },
  )
}

/** Returns a command's words: `gsa drive put`. */
function pathOf(asked: Command): string {
  const names: string[] = []
  for (let command: Command | null = asked; command !== null; command = command.parent) names.unshift(command.name())
  return names.join(' ')
}

/** Returns what is wrong with the command line, with what could be meant where commander does not know it. */
function usageProblem(error: CommanderError, asked: Command, argv: readonly string[]): string {
  const said = withoutValue(error)
    .replace(/^error: /, '')
    .replace(/\n+/g, ' ')
  if (said.includes('Did you mean')) return said
  if (/'-[vV]'/.test(said)) return `${said} (Did you mean --version?)`
  const names = (group: Command): string => group.commands.map((child) => child.name()).join(', ')
  const group = asked.parent
  // The word behind a group that has a default subcommand: commander passes it to that one as an argument.
  if (error.code === 'commander.excessArguments' && group !== null && !argv.includes(asked.name()))
    return `unknown command; ${pathOf(group)} has ${names(group)}`
  return error.code === 'commander.unknownCommand' && group !== null
    ? `${said.replace(/\.$/, '')}; ${pathOf(asked)} has ${names(asked)}`
    : said
}

// The value of an unknown option may be a secret, such as --password=…
function withoutValue({ code, message }: CommanderError): string {
  return code === 'commander.unknownOption'
    ? message.replace(/'(--[\w-]*)[^]*'/, "'$1'").replace(/'(-[^-'])[^]*'/, "'$1'")
    : message
}
