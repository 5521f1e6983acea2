import { Command } from 'commander'
import { newPairingToken, reachOf } from '../../backend/addresses.ts'
import { type Backend, startBackend } from '../../backend/backend.ts'
import { redeemAppCode } from '../../backend/redeem-app-code.ts'
import { redeemingOnce } from '../../backend/redeem-once.ts'
import { retryStoring } from '../../backend/retry-storing.ts'
import { withResolvers } from '../../core/with-resolvers.ts'
import type { Grant } from '../../credentials/grant.ts'
import { prepareToRedeem } from '../../credentials/redeem-code.ts'
import { Failure, isFailure } from '../../failures/index.ts'
import { aborted } from '../../http/interruption.ts'
import { requireWebClient } from '../../oauth/client.ts'
import type { Context } from '../../terminal/context.ts'
import { collected, examples, wholeNumber } from '../../terminal/options.ts'
import { grantAccountName, grantDocument, reportGrant } from '../shared/grant-report.ts'
import { type CommonOptions, openSession, redeemingContext } from '../shared/session.ts'
import { traced, traceOption, type TraceOption } from '../shared/traced.ts'
import { certificateFor, type CertificateOptions } from './certificate.ts'
import { tracePostedCode, traceVerdict } from './traced-request.ts'
import { type Place, placeDocument, placeText, sparseLog, timeOfDay, verdictText } from './report.ts'

interface ServeOptions extends CommonOptions, CertificateOptions, TraceOption {
  readonly host: string
  readonly port: number
  readonly allowOrigin?: readonly string[]
  readonly once?: boolean
  readonly token?: boolean
  readonly expectEmail?: string
}

const defaultPort = 8790

/** `gsa serve` */
export function serveCommand(context: Context): Command {
  return new Command('serve')
    .description('receive codes from an app under development, as its backend would; runs until Ctrl-C')
    .option(
      '--host <address>',
      'address to listen on; all but loopback require a pairing token from the app',
      '127.0.0.1',
    )
    .option('--port <port>', 'port to listen on; 0 picks a free one', wholeNumber(0, 65_535), defaultPort)
    .option('--https', 'serve https with a generated certificate')
    .option('--cert <file>', 'the certificate to serve https with (PEM), for example from mkcert')
    .option('--key <file>', 'the private key of --cert (PEM)')
    .option('--token', 'require a pairing token on loopback too; lets in other users of this machine who have it')
    .option('--expect-email <email>', 'accept codes of this account only')
    .option('--allow-origin <origin>', 'accept codes from pages of this origin; may be repeated', collected)
    .option('--dpop', 'bind each refresh token to a key that stays in the store (or set GSA_DPOP=1)')
    .option('--once', 'exit after the first code, with its result')
    .option(traceOption[0], `with --once: ${traceOption[1]}`)
    .addHelpText(
      'before',
      examples(
        'gsa serve --client-secrets client_secret_web.json',
        "curl -d authCode=CODE -H 'X-Requested-With: curl' http://127.0.0.1:8790/authcode   # what the app sends",
        'gsa serve --host 0.0.0.0 --https        # for a phone on the same network',
        'gsa serve --allow-origin http://localhost:3000   # for the page of a development server',
        'gsa serve --once --json > account.json',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ServeOptions>()
      if (options.trace !== undefined && options.once !== true) {
        const problem = '--trace shows the flow of one code. Add --once.'
        throw new Failure('usage', { problem, command: 'gsa serve' })
      }
      await traced(context, options, 'gsa serve --once', async (tracing) => serveAction(tracing, options))
    })
}

async function serveAction(context: Context, options: ServeOptions): Promise<void> {
  const { output } = context
  const session = openSession(context, options)
  const client = await session.client()
  requireWebClient(client, 'a backend for apps')
  const storage = session.writableStorage('gsa serve')
  const server = await session.server({ client })
  const redeeming = redeemingContext(context, session, { server, client, storage })
  await prepareToRedeem(redeeming)

  const reach = reachOf(options.host)
  const certificate = await certificateFor(context, options, reach, session.settings.configDir)
  const scheme = certificate === undefined ? 'http' : 'https'
  const pairingToken = reach.isOpenToNetwork || options.token === true ? newPairingToken() : undefined
  const first = withResolvers<Grant | Failure>()
  const logSparsely = sparseLog(context)
  const onTrouble = (sentence: string): void => logSparsely(sentence, `${timeOfDay(context)}  ${sentence}`)
  const backend = await startBackend({
    host: reach.host,
    port: options.port,
    tls: certificate,
    rules: {
      scheme,
      hostNames: reach.names,
      isOpenToNetwork: reach.isOpenToNetwork,
      refusesOtherUsers: pairingToken === undefined,
      pairingToken,
      allowedOrigins: (options.allowOrigin ?? []).map(checkedOrigin),
    },
    redeem: redeemingOnce(async (request) => {
      if (session.http.trace !== undefined) tracePostedCode(session.http.trace, request)
      const terms = {
        expectEmail: options.expectEmail,
        onStoreFailure: retryStoring(({ failure }) =>
          onTrouble(`Tokens could not be stored; gsa retries for a minute. ${failure.causeText}`),
        ),
      }
      const grant = await context.defer(async () => redeemAppCode(redeeming, request, terms))
      const { account, ...rest } = grantDocument(grant, false)
      const document = { sub: grant.key.sub, email: account.email, account, ...rest }
      return { document, name: grantAccountName(grant), grant }
    }),
    onVerdict: (verdict) => {
      const { outcome, wasLetIn } = verdict
      const text = verdictText(verdict, context)
      // Both are sent before the sender is known to be this user.
      if (isFailure(outcome, 'request_user_foreign') || isFailure(outcome, 'server_stopping'))
        logSparsely(outcome.code, text)
      else output.log(text)
      if (!wasLetIn || outcome === 'preflight') return
      if (session.http.trace !== undefined) traceVerdict(session.http.trace, verdict)
      if (outcome instanceof Failure) first.resolve(outcome)
      // A repeated result is not the first.
      else if (outcome.grant !== undefined) first.resolve(outcome.grant)
    },
    onTrouble,
  })
  const place: Place = { reach, scheme, port: backend.port, pairingToken, certificate }
  await (options.once === true
    ? serveOne(context, backend, place, first.promise)
    : serveAll(context, backend, place, client.clientId, server.issuer))
}

async function serveAll(
  { output, stopping }: Context,
  backend: Backend,
  place: Place,
  clientId: string,
  issuer: string,
): Promise<void> {
  try {
    await output.result(placeDocument(place, clientId, issuer), () => placeText(place, clientId))
    await aborted(stopping)
  } finally {
    await backend.close()
  }
  throw new Failure('interrupted', {})
}

async function serveOne(
  context: Context,
  backend: Backend,
  place: Place,
  outcome: Promise<Grant | Failure>,
): Promise<void> {
  const { output, stopping } = context
  let result: Grant | Failure
  try {
    // stdout must contain only the result, so the address goes to stderr.
    output.disclose(placeText(place, undefined))
    result = await Promise.race([outcome, aborted(stopping).then(() => new Failure('interrupted', {}))])
  } finally {
    await backend.close()
  }
  if (result instanceof Failure) throw result
  await reportGrant(context, `Code of ${grantAccountName(result)} exchanged`, result, false)
}

function checkedOrigin(origin: string): string {
  // Origins of apps in a web view, such as capacitor://localhost, are opaque to URL.
  if (/^[a-z][\w+.-]*:\/\/[^/?#\s]+$/i.test(origin)) return origin
  const problem = `"${origin}" is not an origin. An origin has no path, for example: http://localhost:3000.`
  throw new Failure('usage', { problem, command: 'gsa serve' })
}
