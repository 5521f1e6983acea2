import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Command } from 'commander'
import { runChecklist, type StepResult } from '../doctor/checklist.ts'
import { type JunitSuite, junitReport } from '../doctor/junit.ts'
import { endSmoke, smokeState, smokeSteps } from '../doctor/smoke.ts'
import { Failure, fileProblem, safeText } from '../failures/index.ts'
import { createHttp } from '../http/request.ts'
import type { Context } from '../terminal/context.ts'
import type { Output } from '../terminal/output.ts'
import { examples } from '../terminal/options.ts'
import { version } from '../terminal/version.ts'
import type { CommonOptions } from './session.ts'

interface SmokeOptions extends CommonOptions {
  readonly junit?: string
}

/** A checklist that is ready to run. */
interface Checklist {
  /** What it walks through, for the first line. */
  readonly subject: string
  readonly suite: JunitSuite
  readonly results: AsyncIterable<StepResult>
  /** The issuer that it was run against. */
  readonly target: () => string
  /** Leaves nothing behind; called whatever happened. */
  readonly end: () => Promise<void>
}

const exitCodes = `
Exit codes:
  0 when no step failed, else that of the first one that did, whose cause and fix
  come last: 2 usage, 3 network, 4 login required, 5 refused, 6 verification
  failed, 7 store. 130 when it was interrupted.
`

/** `gsa smoke` */
export function smokeCommand(context: Context): Command {
  return new Command('smoke')
    .description('walk the whole flow on a local Google and print a checklist')
    .option('--junit <file>', 'write the checklist as a JUnit report, too')
    .addHelpText('after', exitCodes + examples('gsa smoke', 'gsa smoke --json | jq .passed'))
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<SmokeOptions>()
      if (options.account !== undefined)
        throw new Failure('usage', {
          problem: 'This version of gsa runs the smoke test on its own emulator only.',
          command: 'gsa smoke',
        })
      await run(context, emulatorChecklist(context), options.junit)
    })
}

function emulatorChecklist({ output, signal, now }: Context): Checklist {
  const state = smokeState(createHttp({ userAgent: `gsa/${version}`, signal, trace: output.trace }), signal, now)
  return {
    subject: 'the whole flow on a local Google',
    suite: { name: 'gsa smoke', classname: 'gsa.smoke.emulator' },
    results: runChecklist(smokeSteps, state),
    target: () => state.emulator?.issuer ?? 'emulator',
    end: () => endSmoke(state),
  }
}

async function run({ output }: Context, checklist: Checklist, junit: string | undefined): Promise<void> {
  const { subject, suite, target, end } = checklist
  // Before anything is sent; and whoever reads it after a run that was killed must not find the report of an earlier one.
  if (junit !== undefined) writeReport(junit, junitReport(suite, [unfinished]))
  const results: StepResult[] = []
  try {
    if (!output.isJson) await output.write(`gsa smoke: ${subject}\n\n`)
    for await (const result of checklist.results) {
      results.push(result)
      if (!output.isJson) await output.write(`${stepLine(result, output)}\n`)
    }
  } finally {
    await end()
  }
  // The checklist is the result, also when it says that something failed.
  await reportResults(output, target(), results)
  if (junit !== undefined) writeReport(junit, junitReport(suite, results))
  const firstFailed = results.find(({ status }) => status === 'failed')
  if (firstFailed !== undefined) throw firstFailed.error
}

async function reportResults(output: Output, target: string, results: readonly StepResult[]): Promise<void> {
  const count = (status: StepResult['status']): number => results.filter((result) => result.status === status).length
  const [passed, failed, skipped] = [count('passed'), count('failed'), count('skipped')]
  const steps = results.map(({ name, status, ms, detail }) => ({ name, status, ms, detail }))
  await output.result(
    { target, passed, failed, skipped, steps },
    () => `\n${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`,
  )
}

const unfinished: StepResult = {
  name: 'end',
  title: 'The smoke test comes to its end',
  status: 'failed',
  ms: 0,
  detail: 'It was interrupted, or killed.',
}

function writeReport(file: string, report: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, report)
  } catch (error) {
    throw new Failure('file_unwritable', { file, problem: fileProblem(error), flag: '--junit' }, { cause: error })
  }
}

function stepLine({ status, title, ms, detail }: StepResult, { style }: Output): string {
  const mark = status === 'passed' ? style.green('✓') : status === 'failed' ? style.red('✗') : style.yellow('–')
  return `${mark} ${title.padEnd(52)} ${`${ms} ms`.padStart(8)}  ${style.dim(safeText(detail))}`
}
