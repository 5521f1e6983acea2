import { Command } from 'commander'
import { safeText } from '../core/safe-to-print.ts'
import { type AccountSmokeState, accountSmokeSteps, endAccountSmoke } from '../doctor/account-smoke.ts'
import { runChecklist, type StepResult } from '../doctor/checklist.ts'
import { emulatorSmokeSteps } from '../doctor/emulator-smoke.ts'
import { emulatorSmokeState, endEmulatorSmoke } from '../doctor/emulator-smoke-state.ts'
import { junitReport, type JunitSuite } from '../doctor/junit.ts'
import { Failure, masked, writeProblem } from '../failures/index.ts'
import { isSamePath } from '../files/same-path.ts'
import { writeNamedFile } from '../files/write-named-file.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { createPrompt } from '../terminal/prompt.ts'
import { reportChecklist, stepText, withNotesHeld } from './shared/checklist-report.ts'
import { waitNote } from './shared/google-api.ts'
import { type CommonOptions, httpOf, keychainWaiting, openSession } from './shared/session.ts'
import { traced, traceOption, type TraceOption } from './shared/traced.ts'

interface SmokeOptions extends CommonOptions, TraceOption {
  readonly junit?: string
}

/** A checklist that is ready to run. */
interface Checklist {
  /** The subject of the test, for the first line. */
  readonly subject: string
  readonly suite: JunitSuite
  readonly results: AsyncIterable<StepResult>
  /** The issuer under test. */
  readonly target: () => string
  /** Cleans up; always called, also after a failure. */
  readonly end: () => Promise<void>
}

const details = `
With --account or GSA_REFRESH_TOKEN, the test uses that account at the
configured server. It asks nothing and revokes nothing. It uploads one small
file to the app folder and removes it again, even if a step fails.

Exit codes:
  0 if no step fails. Otherwise, the code of the first failed step, whose cause
  and fix are printed last: 2 usage, 3 network, 4 login required, 5 rejected,
  6 verification failed, 7 store. 130 if interrupted.
`

/** `gsa smoke` */
export function smokeCommand(context: Context): Command {
  return new Command('smoke')
    .description('test the whole flow with a local Google emulator or a real account, and print a checklist')
    .option('--junit <file>', 'also write the checklist as a JUnit report')
    .option(...traceOption)
    .addHelpText('after', details)
    .addHelpText(
      'before',
      examples(
        'gsa smoke                                   # needs no configuration and no network',
        'gsa smoke --account ada@example.com',
        'gsa smoke --junit smoke.xml                 # in CI; tests the account of GSA_REFRESH_TOKEN',
        'gsa smoke --json | jq .passed',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<SmokeOptions>()
      if (options.junit !== undefined && options.trace !== undefined && isSamePath(options.junit, options.trace))
        throw new Failure('usage', { problem: '--junit and --trace name the same file.', command: 'gsa smoke' })
      await traced(context, options, 'gsa smoke', async (tracing) => {
        const checklist = namesAccount(context, options)
          ? accountChecklist(tracing, options)
          : emulatorChecklist(tracing)
        await run(tracing, checklist, options.junit)
      })
    })
}

function namesAccount({ env }: Context, { account }: SmokeOptions): boolean {
  return [account, env['GSA_ACCOUNT'], env['GSA_REFRESH_TOKEN']].some((value) => value !== undefined && value !== '')
}

function emulatorChecklist(context: Context): Checklist {
  const state = emulatorSmokeState(httpOf(context), keychainWaiting(context), context.now)
  return {
    subject: 'the whole flow with a local Google emulator',
    suite: { name: 'gsa smoke', classname: 'gsa.smoke.emulator' },
    results: runChecklist(emulatorSmokeSteps, state),
    target: () => state.emulator?.issuer ?? 'emulator',
    end: () => endEmulatorSmoke(state),
  }
}

function accountChecklist(context: Context, options: CommonOptions): Checklist {
  const { output, signal } = context
  const { held, release } = withNotesHeld(context)
  // A prompt would block a script forever, so gsa never prompts here, not even on a terminal.
  const session = openSession({ ...held, prompt: createPrompt(context, false) }, options)
  const { account, refreshToken, issuer } = session.settings
  const state: AccountSmokeState = {
    account: async () => session.account(),
    driveUrl: (opened) => session.driveUrl(opened),
    http: session.http,
    lastingHttp: httpOf({ ...context, signal: new AbortController().signal }),
    signal,
    onWait: waitNote(output),
  }
  return {
    subject: refreshToken === undefined ? safeText(masked(account ?? '')) : 'the account of GSA_REFRESH_TOKEN',
    suite: { name: 'gsa smoke', classname: 'gsa.smoke.account' },
    results: runChecklist(accountSmokeSteps(refreshToken === undefined), state),
    target: () => state.opened?.account.issuer ?? issuer ?? googleIssuer,
    end: () => endAccountSmoke(state).finally(release),
  }
}

async function run({ output }: Context, checklist: Checklist, junit: string | undefined): Promise<void> {
  const { subject, suite, target, end } = checklist
  // Written before anything is sent: if the run is killed, the report of an earlier run must not remain.
  if (junit !== undefined) writeReport(junit, junitReport(suite, [unfinished]))
  const results: StepResult[] = []
  try {
    if (!output.isJson) await output.writeLines(`gsa smoke: ${subject}\n`)
    for await (const result of checklist.results) {
      results.push(result)
      if (!output.isJson) await output.writeLines(stepText(result, output))
    }
  } finally {
    await end()
  }
  await reportChecklist(output, target(), results)
  if (junit !== undefined) writeReport(junit, junitReport(suite, results))
  const firstFailed = results.find(({ status }) => status === 'failed')
  if (firstFailed !== undefined) throw firstFailed.error
}

const unfinished: StepResult = {
  name: 'end',
  title: 'Finish the smoke test',
  status: 'failed',
  ms: 0,
  detail: 'The run was interrupted or killed.',
}

function writeReport(file: string, report: string): void {
  try {
    writeNamedFile(file, report)
  } catch (error) {
    throw new Failure('file_unwritable', { file, problem: writeProblem(error), flag: '--junit' }, { cause: error })
  }
}
