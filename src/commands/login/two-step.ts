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
  /** The address; true where none was given. */
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
    { storage, settings: session.settings, now, client, server },
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
  if (replacesAnother)
    output.note('The login that was waiting for its second step is given up; this one takes its place.')
  output.note('Open this address in the browser of any machine, and log in:\n')
  await output.result(
    { authorizationUrl: authorizationUrl.href, redirectUri, expiresAt, finish },
    () => authorizationUrl.href,
  )
  output.note(
    `\nIn the end, the browser will fail to open a page of ${new URL(redirectUri).host}.\n` +
      'That is right: nothing listens there. Copy the whole address from the address\n' +
      `bar, come back here within ${humanDuration(Date.parse(expiresAt) - now())}, and give it to:\n\n` +
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
      // One of the environment may be for another login.
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
  await reportLogin(context, grant, options.showTokens === true)
}

// An option of every command, so that the parser cannot tell.
function refuseFlagsOfStart({ issuer }: FinishOptions): void {
  if (issuer === undefined) return
  throw new Failure('usage', {
    problem: '--issuer belongs to gsa login --start; the login that waits keeps its server.',
    command: 'gsa login',
  })
}
