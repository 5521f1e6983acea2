import { Command } from 'commander'
import { runChecklist, type StepResult } from '../doctor/checklist.ts'
import { examination } from '../doctor/doctor-checks.ts'
import { type Shareable, shareableFailure, shareableTexts } from '../doctor/shareable-text.ts'
import { Exit, type ExitCode, Failure } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { version } from '../terminal/version.ts'
import { reportChecklist, stepText, withNotesHeld } from './shared/checklist-report.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

interface DoctorOptions extends CommonOptions {
  readonly offline?: boolean
  readonly showEmails?: boolean
  readonly infoPlist?: string
  readonly googleServices?: string
  readonly podfileLock?: string
}

/** `gsa doctor` */
export function doctorCommand(context: Context): Command {
  return new Command('doctor')
    .description('check client file, clock, network, keychain, accounts, scopes and Drive, and say how to fix problems')
    .option('--offline', 'send nothing; skip the checks that need the network')
    .option('--info-plist <file>', 'also check the Info.plist of an iOS app')
    .option('--google-services <file>', 'also check the google-services.json of an Android app')
    .option('--podfile-lock <file>', 'also check the Podfile.lock or Package.resolved of an iOS app')
    .option('--show-emails', 'print full email addresses; without this option, the report is safe to share')
    .addHelpText(
      'before',
      examples(
        'gsa doctor --client-secrets client_secret.json',
        'gsa doctor --offline',
        'gsa doctor --info-plist ios/Runner/Info.plist --google-services android/app/google-services.json',
        'gsa doctor --json | jq -r \'.steps[] | select(.status == "failed") | .name\'',
      ),
    )
    .action(async (_: unknown, command: Command) => doctor(context, command.optsWithGlobals<DoctorOptions>()))
}

async function doctor(context: Context, options: DoctorOptions): Promise<void> {
  const { output, env, platform, signal, now } = context
  const { held, release } = withNotesHeld(context)
  const session = openSession(held, options)
  const { checks, state, accounts } = await examination({
    credentials: session,
    settings: session.settings,
    http: session.http,
    env,
    platform,
    signal,
    now,
    version,
    isOffline: options.offline === true,
    appFiles: {
      infoPlist: options.infoPlist,
      googleServices: options.googleServices,
      podfileLock: options.podfileLock,
    },
  })
  const shareable = shareableTexts(
    session.settings.home,
    accounts.map(({ account }) => account),
    { showEmails: options.showEmails === true },
  )
  const results: StepResult[] = []
  if (!output.isJson) await output.writeLines(`gsa doctor: ${shareable(state.issuer)}\n`)
  for await (const found of runChecklist(checks, state)) {
    const result = shareableResult(found, shareable)
    results.push(result)
    if (!output.isJson) await output.writeLines(stepText(result, output))
  }
  await reportChecklist(output, state.issuer, results)
  if (results.some(({ fix }) => fix?.includes('…@') === true))
    output.note('Email addresses are shortened. To print commands that you can type: gsa doctor --show-emails')
  release()
  const worst = worstFailure(results.flatMap(({ error }) => (error instanceof Failure ? error : [])))
  if (worst !== undefined) throw worst
}

/**
 * Exit codes in the order in which problems must be fixed: a wrong setting or an unusable store makes later checks
 * fail, and most checks need the network. 4 comes last, so that a script may rely on it: a new login fixes everything.
 */
const worstFirst: readonly ExitCode[] = [
  Exit.Bug,
  Exit.Usage,
  Exit.Store,
  Exit.Network,
  Exit.VerificationFailed,
  Exit.Refused,
  Exit.LoginRequired,
]

function worstFailure(failures: readonly Failure[]): Failure | undefined {
  return failures.toSorted((a, b) => worstFirst.indexOf(a.exitCode) - worstFirst.indexOf(b.exitCode))[0]
}

function shareableResult(found: StepResult, shareable: Shareable): StepResult {
  const { status, detail, fix } = found
  // Any other error is a bug in the check, but the other results are still useful.
  const failure =
    status !== 'failed'
      ? undefined
      : found.error instanceof Failure
        ? found.error
        : new Failure('bug', { problem: detail })
  const texts =
    failure === undefined ? { detail, fix } : { detail: `${failure.causeText} (${failure.code})`, fix: failure.fix }
  return {
    ...found,
    title: shareable(found.title),
    detail: shareable(texts.detail),
    ...(texts.fix === undefined ? {} : { fix: shareable(texts.fix) }),
    ...(failure === undefined ? {} : { error: shareableFailure(failure, shareable) }),
  }
}
