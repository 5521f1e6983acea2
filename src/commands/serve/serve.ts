import { isIP } from 'node:net'
import { Command, Option } from 'commander'
import { reachOf } from '../../backend/addresses.ts'
import { type Backend, startBackend } from '../../backend/backend.ts'
import { checkRepeatedCode, redeemAppCode } from '../../backend/redeem-app-code.ts'
import { redeemingOnce } from '../../backend/redeem-once.ts'
import { retryStoring } from '../../backend/retry-storing.ts'
import { withoutBrackets } from '../../core/without-brackets.ts'
import { withResolvers } from '../../core/with-resolvers.ts'
import type { Grant } from '../../credentials/grant.ts'
import { prepareToRedeem } from '../../credentials/redeem-code.ts'
import { Failure } from '../../failures/index.ts'
import { aborted } from '../../http/interruption.ts'
import { requireWebClient } from '../../oauth/client.ts'
import { isDatabaseStore } from '../../stores/store-name.ts'
import type { Context } from '../../terminal/context.ts'
import { collected, examples, waitMs, wholeNumber } from '../../terminal/options.ts'
import { grantAccountName, grantDocument, reportGrant } from '../shared/grant-report.ts'
import { type CommonOptions, openSession, redeemingContext } from '../shared/session.ts'
import { traced, traceOption, type TraceOption } from '../shared/traced.ts'
import { certificateFor, type CertificateOptions } from './certificate.ts'
import { tracePostedCode, traceVerdict } from './traced-request.ts'
import { jsonLog, logFormats, type ServeLog, textLog, withNotesInJson } from './log.ts'
import { pairingTokenFor } from './pairing-token.ts'
import { type Place, placeDocument, placeText, urlOf } from './report.ts'

interface ServeOptions extends CommonOptions, CertificateOptions, TraceOption {
  readonly host: string
  readonly port: number
  readonly allowOrigin?: readonly string[]
  readonly allowHost?: readonly string[]
  readonly once?: boolean
  readonly token?: boolean
  readonly tokenFile?: string
  readonly drain?: number
  readonly log: (typeof logFormats)[number]
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
    .option(
      '--token-file <file>',
      'require the pairing token in this file instead of a random one (or set GSA_SERVE_TOKEN_FILE)',
    )
    .option('--expect-email <email>', 'accept codes of this account only')
    .option('--allow-origin <origin>', 'accept codes from pages of this origin; may be repeated', collected)
    .option(
      '--allow-host <host>',
      'accept requests for this host, such as a load balancer; may be repeated; requires a pairing token',
      collected,
    )
    .option('--drain <duration>', 'continue to accept codes this long after SIGTERM or Ctrl-C', waitMs)
    .addOption(
      new Option('--log <format>', 'the format of the log on standard error; json implies --json')
        .choices(logFormats)
        .default('text'),
    )
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
      if (options.once === true && (options.drain !== undefined || options.log === 'json')) {
        const problem = '--drain and --log=json are for a backend that runs on. Omit them, or --once.'
        throw new Failure('usage', { problem, command: 'gsa serve' })
      }
      await traced(context, options, 'gsa serve --once', async (tracing) => serveAction(tracing, options))
    })
}

async function serveAction(plain: Context, options: ServeOptions): Promise<void> {
  const context = options.log === 'json' ? withNotesInJson(plain) : plain
  const log = options.log === 'json' ? jsonLog(context) : textLog(context)
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
  const allowedHosts = (options.allowHost ?? []).map(checkedHost)
  // With a balancer in front, anyone may be the sender, also on loopback.
  const needsToken = reach.isOpenToNetwork || options.token === true || allowedHosts.length > 0
  const pairingToken = await pairingTokenFor(context, options.tokenFile, needsToken)
  const first = withResolvers<Grant | Failure>()
  const closing = new AbortController()
  const backend = await startBackend({
    host: reach.host,
    port: options.port,
    tls: certificate,
    rules: {
      scheme,
      hostNames: [...reach.names, ...allowedHosts],
      isOpenToNetwork: reach.isOpenToNetwork,
      refusesOtherUsers: pairingToken === undefined,
      pairingToken: pairingToken?.token,
      allowedOrigins: (options.allowOrigin ?? []).map(checkedOrigin),
    },
    isBehindBalancer: allowedHosts.length > 0,
    isStopping: () => context.stopping.aborted,
    // Probes of the other stores would disturb their user: a keychain may ask for a password.
    isStoreUsable: async () => {
      if (isDatabaseStore(storage.secrets.name)) await storage.secrets.probe()
    },
    onStoreTrouble: ({ causeText }) => log.trouble(`The store cannot be used: ${causeText}`),
    redeem: redeemingOnce(
      async (request) => {
        if (session.http.trace !== undefined) tracePostedCode(session.http.trace, request)
        const terms = {
          expectEmail: options.expectEmail,
          onStoreFailure: retryStoring(({ failure }) =>
            log.trouble(`Tokens could not be stored; gsa retries for a minute. ${failure.causeText}`),
          ),
        }
        const grant = await context.defer(async () => redeemAppCode(redeeming, request, terms))
        const { account, ...rest } = grantDocument(grant, false)
        const document = { sub: grant.key.sub, email: account.email, account, ...rest }
        return { document, name: grantAccountName(grant), grant }
      },
      storage.usedCodes.outcomes,
      {
        closing: closing.signal,
        checkRepeat: async (request, document) => checkRepeatedCode(redeeming, request, document, options.expectEmail),
        onNotKept: (error) => log.trouble(`Other instances cannot repeat the result of a code. ${reasonOf(error)}`),
      },
    ),
    onVerdict: (verdict) => {
      const { outcome, wasLetIn } = verdict
      log.request(verdict)
      if (!wasLetIn || outcome === 'preflight') return
      if (session.http.trace !== undefined) traceVerdict(session.http.trace, verdict)
      if (outcome instanceof Failure) first.resolve(outcome)
      // A repeated result is not the first.
      else if (outcome.grant !== undefined) first.resolve(outcome.grant)
    },
    onTrouble: (sentence) => log.trouble(sentence),
  })
  const place: Place = { reach, scheme, port: backend.port, pairingToken, certificate }
  await (options.once === true
    ? serveOne(context, backend, place, first.promise)
    : serveAll(
        context,
        backend,
        { ...place, log, drainMs: options.drain ?? 0, closing },
        {
          clientId: client.clientId,
          issuer: server.issuer,
        },
      ))
}

/** How a backend that serves until it is stopped reports and stops. */
interface Lasting extends Place {
  readonly log: ServeLog
  /** How long it accepts codes after it was told to stop, in milliseconds. */
  readonly drainMs: number
  /** Aborted when it closes. */
  readonly closing: AbortController
}

async function serveAll(
  { output, stopping, defer }: Context,
  backend: Backend,
  { log, drainMs, closing, ...place }: Lasting,
  { clientId, issuer }: { readonly clientId: string; readonly issuer: string },
): Promise<void> {
  const untilStopped = async (): Promise<void> => {
    await aborted(stopping)
    log.stopping(drainMs)
    // Load balancers learn from /healthz that this instance stops, and until then send codes to it.
    if (drainMs > 0) await new Promise((resolve) => setTimeout(resolve, drainMs))
  }
  try {
    await output.result(placeDocument(place, clientId, issuer), () => placeText(place, clientId))
    log.started(urlOf(place))
    // Deferred, because codes can only be exchanged while the run is not interrupted.
    await (drainMs > 0 ? defer(untilStopped) : untilStopped())
  } finally {
    closing.abort()
    await backend.close()
  }
  log.stopped()
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

function checkedHost(host: string): string {
  const bare = withoutBrackets(host).toLowerCase()
  if (isIP(bare) !== 0 || /^[a-z\d](?:[\w.-]{0,251}[a-z\d])?$/.test(bare)) return bare
  const problem = `"${host}" is not a host. A host has no scheme, port or path, for example: gsa.example.com.`
  throw new Failure('usage', { problem, command: 'gsa serve' })
}

function reasonOf(error: unknown): string {
  return error instanceof Failure ? error.causeText : String(error)
}
