import { Command } from 'commander'
import { safeText } from '../core/safe-to-print.ts'
import { type AccountSmokeState, accountSmokeSteps, endAccountSmoke } from '../doctor/account-smoke.ts'
import { runChecklist, type StepResult } from '../doctor/checklist.ts'
import { emulatorSmokeSteps } from '../doctor/emulator-smoke.ts'
import { emulatorSmokeState, endEmulatorSmoke } from '../doctor/emulator-smoke-state.ts'
import { junitReport, type JunitSuite } from '../doctor/junit.ts'
import { Failure, fileProblem, masked } from '../failures/index.ts'
import { writeNamedFile } from '../files/write-named-file.ts'
import { googleIssuer } from '../oauth/authorization-server.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { createPrompt } from '../terminal/prompt.ts'
import { reportChecklist, stepText, withNotesHeld } from './shared/checklist-report.ts'
import { waitNote } from './shared/google-api.ts'
import { type CommonOptions, httpOf, keychainWaiting, openSession } from './shared/session.ts'

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

const details = `
With --account, or with GSA_REFRESH_TOKEN set, the steps are those of that
account at the configured server. Nothing is asked and nothing is revoked; one
small file is put into the app folder and removed again, also when a step fails.

Exit codes:
  0 when no step failed, else that of the first one that did, whose cause and fix
  come last: 2 usage, 3 network, 4 login required, 5 refused, 6 verification
  failed, 7 store. 130 when it was interrupted.
`

/** `gsa smoke` */
export function smokeCommand(context: Context): Command {
  return new Command('smoke')
    .description('walk the whole flow on a local Google, or that of an account, and print a checklist')
    .option('--junit <file>', 'write the checklist as a JUnit report, too')
    .addHelpText('after', details)
    .addHelpText(
      'before',
      examples(
        'gsa smoke                                   # nothing configured, no network',
        'gsa smoke --account ada@example.com',
        'gsa smoke --junit smoke.xml                 # in CI, with GSA_REFRESH_TOKEN set: that account',
        'gsa smoke --json | jq .passed',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<SmokeOptions>()
      const checklist = namesAccount(context, options) ? accountChecklist(context, options) : emulatorChecklist(context)
      await run(context, checklist, options.junit)
    })
}

function namesAccount({ env }: Context, { account }: SmokeOptions): boolean {
  return [account, env['GSA_ACCOUNT'], env['GSA_REFRESH_TOKEN']].some((value) => value !== undefined && value !== '')
}

function emulatorChecklist(context: Context): Checklist {
  const state = emulatorSmokeState(httpOf(context), keychainWaiting(context), context.now)
  return {
    subject: 'the whole flow on a local Google',
    suite: { name: 'gsa smoke', classname: 'gsa.smoke.emulator' },
    results: runChecklist(emulatorSmokeSteps, state),
    target: () => state.emulator?.issuer ?? 'emulator',
    end: () => endEmulatorSmoke(state),
  }
}

function accountChecklist(context: Context, options: CommonOptions): Checklist {
  const { output, signal } = context
  const { held, release } = withNotesHeld(context)
  // A script that waits for an answer would wait for ever, so nobody is asked on a terminal either.
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
  // Before anything is sent; and whoever reads it after a run that was killed must not find
  // the report of an earlier one.
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
  title: 'The smoke test comes to its end',
  status: 'failed',
  ms: 0,
  detail: 'It was interrupted, or killed.',
}

function writeReport(file: string, report: string): void {
  try {
    writeNamedFile(file, report)
  } catch (error) {
    throw new Failure('file_unwritable', { file, problem: fileProblem(error), flag: '--junit' }, { cause: error })
  }
}
