import { type Command, CommanderError } from 'commander'
import { Exit, type ExitCode, Failure } from './failures/index.ts'
import { createProgram, withSubcommands } from './program.ts'
import type { Context } from './terminal/context.ts'
import type { Surroundings } from './terminal/surroundings.ts'
import { createOutput, type Output } from './terminal/output.ts'
import { createPrompt } from './terminal/prompt.ts'

/**
 * Runs `gsa` once: arguments in, exit code out. The one place where a failure becomes text, JSON and a status; it never
 * throws, and never touches the process.
 */
export async function run(surroundings: Surroundings): Promise<ExitCode> {
  const { argv } = surroundings
  const output = await createOutput(surroundings, {
    json: argv.includes('--json'),
    quiet: argv.includes('--quiet'),
    debug: argv.includes('--debug'),
    color: !argv.includes('--no-color'),
  })
  const context: Context = { ...surroundings, output, prompt: createPrompt(surroundings, !argv.includes('--no-input')) }
  try {
    await parse(context)
    output.flushNotes()
    return Exit.Ok
  } catch (error) {
    return report(error, output, surroundings.signal)
  }
}

async function parse(context: Context): Promise<void> {
  const { argv, output } = context
  const program = await createProgram(context)
  const written: string[] = []
  let asked = program
  for (const command of withSubcommands(program)) {
    // Help that was asked for is a result; help and errors that commander would print by itself are not.
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
    if (error.exitCode !== 0) throw usageFailure(error, asked)
  }
  if (written.length > 0) await output.writeLines(written.join('').trimEnd())
}

function usageFailure(error: CommanderError, asked: Command): Failure {
  const names: string[] = []
  for (let command: Command | null = asked; command !== null; command = command.parent) names.unshift(command.name())
  const command = names.join(' ')
  // A group of commands that was named alone: commander wants to print its help.
  if (error.code === 'commander.help')
    return new Failure('usage', { problem: `${command} needs a subcommand.`, command }, { cause: error })
  const said = withoutValue(error)
    .replace(/^error: /, '')
    .replace(/\n+/g, ' ')
  const problem =
    error.code === 'commander.unknownCommand' && asked.parent !== null && !said.includes('Did you mean')
      ? `${said.replace(/\.$/, '')}; ${command} has ${asked.commands.map((child) => child.name()).join(', ')}`
      : said
  return new Failure(
    'usage',
    { problem: `${problem.charAt(0).toUpperCase()}${problem.slice(1)}${/[.?)]$/.test(problem) ? '' : '.'}`, command },
    { cause: error },
  )
}

// Nobody knows what the value of an unknown option is, such as --password=…
function withoutValue({ code, message }: CommanderError): string {
  return code === 'commander.unknownOption'
    ? message.replace(/'(--[\w-]*)[^]*'/, "'$1'").replace(/'(-[^-'])[^]*'/, "'$1'")
    : message
}

function report(error: unknown, output: Output, signal: AbortSignal): ExitCode {
  // What an interruption tears down may fail in ways of its own; a failure with a name says more.
  const failure = signal.aborted && !(error instanceof Failure) ? new Failure('interrupted', {}) : error
  if (failure instanceof Failure) {
    output.failure(failure)
    return failure.exitCode
  }
  output.failure(new Failure('bug', { problem: bugText(error) }, { cause: error }))
  return Exit.Bug
}

// Name, message and where: enough to report, and nothing of what was on its way at the time.
function bugText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const where = /\bat .*?([\w.-]+:\d+:\d+)\)?/.exec(error.stack ?? '')?.[1]
  return `${error.name}: ${error.message}${where === undefined ? '' : ` at ${where}`}`
}
