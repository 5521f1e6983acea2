import { Command, Option } from 'commander'
import { humanDuration } from '../../core/human-duration.ts'
import { login } from '../../credentials/login.ts'
import { Failure } from '../../failures/index.ts'
import type { ResultPage } from '../../oauth/result-page.ts'
import { scopesToRequest } from '../../oauth/scopes.ts'
import { openBrowser } from '../../terminal/browser.ts'
import type { Context } from '../../terminal/context.ts'
import { collectedWords, examples, publicWord, waitMs, wholeNumber } from '../../terminal/options.ts'
import { askAfterStoreFailure } from '../shared/ask-after-store-failure.ts'
import { grantPage, reportLogin } from '../shared/grant-report.ts'
import { type CommonOptions, openSession, redeemingContext } from '../shared/session.ts'
import { traced, type TracedCommand, traceOption, type TraceOption } from '../shared/traced.ts'
import { remoteLoginAdvice } from './remote-login.ts'

interface LoginOptions extends CommonOptions, TraceOption {
  readonly scope?: readonly string[]
  readonly port: number
  readonly timeout: number
  readonly loginHint?: string
  readonly forceConsent?: boolean
  readonly expectEmail?: string
  /** False for `--no-browser`. */
  readonly browser?: string | false
  readonly showTokens?: boolean
  readonly device?: boolean
  readonly start?: boolean
  /** The address; true for `--finish` alone. */
  readonly finish?: string | true
}

const defaultTimeoutMs = 180_000

// They apply to the browser on this machine; Google's device flow has no such parameters.
const browserLoginOptions = ['port', 'loginHint', 'forceConsent']

/** `gsa login` */
export function loginCommand(context: Context): Command {
  return new Command('login')
    .description('log in through the browser and store the refresh token')
    .option(
      '--scope <scope>',
      'a scope to request; may be repeated; short names such as drive.appfolder work',
      collectedWords,
    )
    .option('--port <port>', 'port of the listener on 127.0.0.1; 0 picks a free one', wholeNumber(0, 65_535), 0)
    .addOption(
      new Option('--timeout <duration>', 'how long to wait for the browser, such as 90s or 10m')
        .argParser(waitMs)
        .default(defaultTimeoutMs, '3m'),
    )
    .option('--login-hint <email>', 'the account to suggest', publicWord)
    .option('--force-consent', 'ask for consent again, to get a new refresh token')
    .option('--expect-email <email>', 'store nothing if another account logs in')
    .option(
      '--browser <command>',
      'open the URL with this command (default: GSA_BROWSER, BROWSER, or the system browser)',
    )
    .option('--no-browser', 'print the URL only')
    .addOption(
      new Option(
        '--device',
        'show a code to enter in a browser on any device; waits until the code expires, or for --timeout (needs a "TVs and Limited Input devices" client)',
      ).conflicts(browserLoginOptions),
    )
    .option('--dpop', 'bind the refresh token to a key that stays in the store (or set GSA_DPOP=1)')
    .option('--show-tokens', 'also print the tokens')
    .option(...traceOption)
    .addOption(
      new Option('--start', 'for a browser on another machine: print the address to open, and exit').conflicts([
        'finish',
        'device',
        'timeout',
        'showTokens',
      ]),
    )
    .addOption(
      new Option(
        '--finish [url]',
        'complete --start with the address that the browser ended on; - reads it from standard input',
      ).conflicts(['device', 'scope', 'port', 'timeout', 'loginHint', 'forceConsent', 'browser']),
    )
    .addHelpText(
      'before',
      examples(
        'gsa login --client-secrets client_secret.json',
        'gsa login --scope openid --scope email --scope drive.appfolder',
        'gsa login --no-browser --port 8085   # with ssh -L 8085:127.0.0.1:8085',
        'gsa login --start                    # over SSH or in a container: print the address to open',
        'gsa login --finish                   # then paste the address that the browser ended on',
        'gsa login --dpop                     # without its key, the refresh token is worthless',
        'gsa login --force-consent --json | jq .refreshToken',
        'gsa login --device --client-secrets client_secret_tv.json',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<LoginOptions>()
      refuseBrowserCommand(options)
      const isTimeoutGiven = command.getOptionValueSource('timeout') !== 'default'
      await traced(context, options, titleOf(options), async (tracing) => chosenLogin(tracing, options, isTimeoutGiven))
    })
}

function titleOf({ start, finish, device }: LoginOptions): TracedCommand {
  if (start === true) return 'gsa login --start'
  if (finish !== undefined) return 'gsa login --finish'
  return device === true ? 'gsa login --device' : 'gsa login'
}

// Loads only the kind of login that was chosen.
async function chosenLogin(context: Context, options: LoginOptions, isTimeoutGiven: boolean): Promise<void> {
  if (options.start === true) await (await import('./two-step.ts')).loginStart(context, options)
  else if (options.finish !== undefined) await (await import('./two-step.ts')).loginFinish(context, options)
  else if (options.device === true) {
    const { loginDevice } = await import('./device.ts')
    await loginDevice(context, { ...options, timeoutMs: isTimeoutGiven ? options.timeout : undefined })
  } else await loginAction(context, options)
}

// The parser sees --browser and --no-browser as one option; --no-browser is harmless here, a command is not.
function refuseBrowserCommand({ start, device, browser }: LoginOptions): void {
  if (typeof browser !== 'string' || (start !== true && device !== true)) return
  throw new Failure('usage', {
    problem: `--browser cannot be used with ${start === true ? '--start' : '--device'}, which opens no browser.`,
    command: 'gsa login',
  })
}

async function loginAction(context: Context, options: LoginOptions): Promise<void> {
  const { output, env, platform, signal } = context
  const session = openSession(context, options)
  const client = await session.client()
  const server = await session.server({ client })
  let waiting = true
  const visit = (url: URL, redirectUri: string): void => {
    output.disclose(`Open this address in your browser to log in:\n\n${url.href}\n`)
    output.note(`Waiting for the browser for up to ${humanDuration(options.timeout)}. Press Ctrl-C to cancel.`)
    const advice = remoteLoginAdvice(context, options, redirectUri)
    if (advice !== undefined) output.note(advice)
    if (options.browser === false) return
    const command = [options.browser, env['GSA_BROWSER'], env['BROWSER']].find((one) => one !== undefined && one !== '')
    openBrowser(url, {
      command,
      env,
      platform,
      onFailure: (problem) => {
        // A launcher may exit long after the address was opened and the login is over.
        if (waiting) output.important(`Cannot open a browser (${problem}). Open the address yourself.`)
      },
    })
  }
  const grant = await login(
    redeemingContext(context, session, { server, client, storage: session.writableStorage('gsa login') }),
    {
      scopes: scopesToRequest(options.scope),
      port: options.port,
      timeoutMs: options.timeout,
      loginHint: options.loginHint,
      forceConsent: options.forceConsent === true,
      expectEmail: options.expectEmail,
      onStoreFailure: askAfterStoreFailure(context, session),
      signal,
      visit,
      onIgnored: (reason) =>
        output.important(`Ignored a response that belongs to another login (${reason}). Still waiting.`),
      pageFor: (outcome) => ('grant' in outcome ? grantPage(outcome.grant, session) : failurePage(outcome.failure)),
    },
  ).finally(() => {
    waiting = false
  })
  await reportLogin(context, grant, session, options.showTokens === true)
}

function failurePage(failure: Failure): ResultPage {
  return failure.code === 'consent_denied'
    ? {
        status: 400,
        title: 'Consent denied',
        message: 'Nothing was stored. You can close this tab.',
        next: 'gsa login',
      }
    : { status: 400, title: 'Login failed', message: failure.causeText, fix: failure.fix }
}
