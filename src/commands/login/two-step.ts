import { humanDuration } from '../../core/human-duration.ts'
import { finishLogin, lastingStorage, startLogin } from '../../credentials/two-step-login.ts'
import { Failure } from '../../failures/index.ts'
import { scopesToRequest } from '../../oauth/scopes.ts'
import type { Context } from '../../terminal/context.ts'
import { pastedText } from '../../terminal/read-pasted-text.ts'
import { askAfterStoreFailure } from '../shared/ask-after-store-failure.ts'
import { reportLogin } from '../shared/grant-report.ts'
import { type CommonOptions, openSession } from '../shared/session.ts'

interface StartOptions extends CommonOptions {
  readonly scope?: readonly string[]
  readonly port: number
  readonly loginHint?: string
  readonly forceConsent?: boolean
  readonly expectEmail?: string
}

interface FinishOptions extends CommonOptions {
  /** The address; true if none was given. */
  readonly finish?: string | true
  readonly expectEmail?: string
  readonly showTokens?: boolean
}

/** `gsa login --start` */
export async function loginStart(context: Context, options: StartOptions): Promise<void> {
  const { output, now } = context
  const session = openSession(context, options)
  const storage = lastingStorage(session.writableStorage('gsa login --start'))
  const client = await session.client()
  const server = await session.server({ client })
  const started = await startLogin(
    { storage, settings: session.settings, now, client, server, http: session.http },
    {
      scopes: scopesToRequest(options.scope),
      port: options.port,
      loginHint: options.loginHint,
      forceConsent: options.forceConsent === true,
      expectEmail: options.expectEmail,
    },
  )
  const { authorizationUrl, redirectUri, expiresAt, replacesAnother } = started
  const finish = 'gsa login --finish'
  if (replacesAnother) output.note('This login replaces an earlier one that was not completed with gsa login --finish.')
  output.note('Open this address in a browser on any machine, and log in:\n')
  await output.result(
    { authorizationUrl: authorizationUrl.href, redirectUri, expiresAt, finish },
    () => authorizationUrl.href,
  )
  output.note(
    `\nAt the end, the browser cannot open a page on ${new URL(redirectUri).host}.\n` +
      'This is expected: nothing listens there. Copy the whole address from the address\n' +
      `bar, and paste it here within ${humanDuration(Date.parse(expiresAt) - now())} with:\n\n` +
      `  ${finish}${options.store === undefined ? '' : '   (with the same --store)'}\n`,
  )
}

/** `gsa login --finish [URL]` */
export async function loginFinish(context: Context, options: FinishOptions): Promise<void> {
  refuseFlagsOfStart(options)
  const session = openSession(context, options)
  const grant = await finishLogin(
    {
      http: session.http,
      keyCache: session.keyCache,
      defer: context.defer,
      server: async (use) => session.server(use),
      storage: lastingStorage(session.writableStorage('gsa login --finish')),
      settings: session.settings,
      now: context.now,
      usedCodes: session.storage.usedCodes,
      // A client file that the environment names may be for another login.
      client: options.clientSecrets === undefined ? undefined : await session.client(),
    },
    {
      paste: async () =>
        pastedText(
          context,
          typeof options.finish === 'string' ? options.finish : undefined,
          'Address that the browser ended on:',
          'gsa login --finish URL, or - with the address on standard input',
        ),
      expectEmail: options.expectEmail,
      onStoreFailure: askAfterStoreFailure(context, session),
    },
  )
  await reportLogin(context, grant, session, options.showTokens === true)
}

// A global option, so the parser cannot refuse it.
function refuseFlagsOfStart({ issuer }: FinishOptions): void {
  if (issuer === undefined) return
  throw new Failure('usage', {
    problem: 'Use --issuer with gsa login --start only. The second step uses the server of the first.',
    command: 'gsa login',
  })
}
