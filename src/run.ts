import { Exit, type ExitCode, Failure } from './failures/index.ts'
import { plainForm } from './plain-forms.ts'
import type { Context } from './terminal/context.ts'
import type { Surroundings } from './terminal/surroundings.ts'
import { createOutput, type Output } from './terminal/output.ts'
import { splitArguments, wantsJson } from './terminal/program-words.ts'
import { createPrompt } from './terminal/prompt.ts'

/**
 * Runs `gsa` once and returns the exit code. Only here does a failure become text, JSON and an exit code. It never
 * throws, and never uses the process.
 */
export async function run(surroundings: Surroundings): Promise<ExitCode> {
  const { own: argv, program } = splitArguments(surroundings.argv)
  const output = await createOutput(surroundings, {
    json: wantsJson(argv),
    quiet: argv.includes('--quiet'),
    debug: argv.includes('--debug'),
    color: !argv.includes('--no-color'),
  })
  const prompt = createPrompt(surroundings, !argv.includes('--no-input'))
  const context: Context = { ...surroundings, argv, program, output, prompt }
  try {
    await (plainForm(argv)?.(context) ?? parse(context))
    output.flushNotes()
    return Exit.Ok
  } catch (error) {
    return report(error, output, surroundings.signal)
  }
}

// Loaded only for a command line that has more than a plain form.
async function parse(context: Context): Promise<void> {
  const { parseCommandLine } = await import('./command-line.ts')
  return parseCommandLine(context)
}

function report(error: unknown, output: Output, signal: AbortSignal): ExitCode {
  // An interruption can cause arbitrary errors; a Failure says more.
  const failure = signal.aborted && !(error instanceof Failure) ? new Failure('interrupted', {}) : error
  if (failure instanceof Failure) {
    output.failure(failure)
    return failure.exitCode
  }
  output.failure(new Failure('bug', { problem: bugText(error) }, { cause: error }))
  return Exit.Bug
}

// Name, message and location: enough for a report, without data of the run.
function bugText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  const where = /\bat .*?([\w.-]+:\d+:\d+)\)?/.exec(error.stack ?? '')?.[1]
  return `${error.name}: ${error.message}${where === undefined ? '' : ` at ${where}`}`
}
