import { Argument, Command, Option } from 'commander'
import { decodedText } from '../core/outside-text.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Secret } from '../core/secret.ts'
import type { AcceptanceTerms } from '../credentials/accept-tokens.ts'
import type { Grant } from '../credentials/grant.ts'
import { redeemCode } from '../credentials/redeem-code.ts'
import { appCodeAdvice, Failure, tellingCodeState, withoutKnownSecrets } from '../failures/index.ts'
import { readNamedFile } from '../files/read-file.ts'
import type { FlowField } from '../flows/flow.ts'
import { secretField } from '../http/shown-values.ts'
import { type OAuthClient, requireWebClient } from '../oauth/client.ts'
import { type CodeOrigin, codeOrigins, parsePastedCode, type PastedCode } from '../oauth/pasted-code.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { pastedText } from '../terminal/read-pasted-text.ts'
import { askAfterStoreFailure } from './shared/ask-after-store-failure.ts'
import { grantAccountName, reportGrant } from './shared/grant-report.ts'
import { type CommonOptions, openSession, redeemingContext, type Session } from './shared/session.ts'
import { traced, traceOption, type TraceOption } from './shared/traced.ts'

interface ExchangeOptions extends Omit<CommonOptions, 'store'>, TraceOption {
  readonly from?: CodeOrigin
  readonly redirectUri?: string
  readonly codeVerifierFile?: string
  readonly nonce?: string
  readonly expectEmail?: string
  readonly yes?: boolean
  /** The value of `--store`, false for `--no-store`, true for neither. */
  readonly store: string | boolean
  readonly showTokens?: boolean
}

/** `gsa exchange` */
export function exchangeCommand(context: Context): Command {
  return new Command('exchange')
    .description("exchange an app's authorization code for tokens and store the refresh token")
    .addArgument(
      new Argument('[code]', 'the code, a redirect URL, or what the app printed; - reads it from standard input'),
    )
    .addOption(
      new Option('--from <origin>', 'where the code comes from; sets the redirect URI (default: android)').choices([
        ...codeOrigins,
      ]),
    )
    .option('--redirect-uri <uri>', 'the redirect URI of the authorization request, for web and desktop')
    .option('--code-verifier-file <file>', 'a file with the PKCE code verifier of the authorization request')
    .option('--nonce <nonce>', 'the nonce that the ID token must contain')
    .option('--expect-email <email>', 'store nothing if the code is for another account')
    .option('--yes', 'store a new account without asking')
    .option('--no-store', 'store nothing')
    .option('--dpop', 'bind the refresh token to a key that stays in the store (or set GSA_DPOP=1)')
    .option('--show-tokens', 'also print the tokens')
    .option(...traceOption)
    .addHelpText(
      'before',
      examples(
        'gsa exchange --client-secrets client_secret_web.json        # prompts for the code, hidden',
        'adb logcat -d | grep -o "4/0A[^ ]*" | tail -1 | gsa exchange -',
        'gsa exchange --from web-popup - < code.txt',
        'xclip -o | gsa exchange -            # a whole redirect URL works too',
      ),
    )
    .action(async (code: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExchangeOptions>()
      await traced(context, options, 'gsa exchange', async (tracing) => exchangeAction(tracing, code, options))
    })
}

async function exchangeAction(context: Context, argument: string | undefined, options: ExchangeOptions): Promise<void> {
  const { store, ...others } = options
  if (store === false && options.dpop === true)
    throw new Failure('usage', {
      problem: '--dpop needs a store: without its key, the refresh token is useless. Remove --no-store or --dpop.',
      command: 'gsa exchange',
    })
  const { session, client } = await tellingCodeState('unused', appCodeAdvice, async () => {
    const opened = openSession(context, typeof store === 'string' ? { ...others, store } : others)
    return { session: opened, client: await opened.client() }
  })
  const pasted = parsePastedCode(
    await pastedText(
      context,
      argument,
      'Authorization code:',
      'gsa exchange CODE, or - with the code on standard input',
    ),
  )
  const grant = await tellingCodeState('unused', appCodeAdvice, async () =>
    redeemPasted(context, options, { session, client, pasted }),
  )
  await reportGrant(context, `Code of ${grantAccountName(grant)} exchanged`, grant, options.showTokens === true)
}

async function redeemPasted(
  context: Context,
  options: ExchangeOptions,
  { session, client, pasted }: { readonly session: Session; readonly client: OAuthClient; readonly pasted: PastedCode },
): Promise<Grant> {
  const { output } = context
  const { from, redirectUri } = await originOf(context, pasted, options)
  if (from !== 'web' && from !== 'desktop') requireWebClient(client, `a code from ${from}`)
  const codeVerifier =
    options.codeVerifierFile === undefined ? undefined : await readVerifier(options.codeVerifierFile, context.signal)
  traceCode(session.http, pasted, { client, from, redirectUri, isTold: options.from !== undefined })
  const server = await session.server({ client })

  output.note(reading(pasted, from, redirectUri))
  return redeemCode(
    redeemingContext(context, session, {
      server,
      client,
      storage: options.store === false ? undefined : session.writableStorage('gsa exchange'),
    }),
    {
      code: pasted.code,
      redirectUri,
      from,
      advice: appCodeAdvice,
      codeVerifier,
      nonce: options.nonce,
      requestedScopes: [],
      expectEmail: options.expectEmail,
      onStoreFailure: askAfterStoreFailure(context, session),
      confirm: options.yes === true || !context.prompt.isConversation() ? undefined : asker(context),
    },
  )
}

const redirectUriMeanings: Readonly<Record<CodeOrigin, string>> = {
  android: 'Codes of an app on a phone are bound to an empty redirect URI.',
  ios: 'Codes of an app on a phone are bound to an empty redirect URI.',
  'web-popup': 'Codes of a popup on a web page are bound to the word postmessage.',
  web: 'The address that the code was sent to.',
  desktop: 'The address that the code was sent to.',
}

/** Traces how the app got the code, which gsa does not see, and what gsa received. */
function traceCode(
  { trace }: Session['http'],
  pasted: PastedCode,
  {
    client,
    from,
    redirectUri,
    isTold,
  }: {
    readonly client: OAuthClient
    readonly from: CodeOrigin
    readonly redirectUri: string
    readonly isTold: boolean
  },
): void {
  if (trace === undefined) return
  trace({ type: 'step', name: 'app-request' })
  trace({ type: 'step', name: 'app-code' })
  const code = pasted.code.reveal()
  const fields: readonly FlowField[] = [
    secretField('code', code, 'detail'),
    ...(pasted.shape === 'a code'
      ? []
      : [{ name: 'found in', value: safeText(placeOf(pasted)), place: 'detail' } as const]),
    {
      name: 'from',
      value: from,
      place: 'detail',
      meaning: isTold
        ? 'The origin of the code, as --from says.'
        : 'The assumed origin of the code; --from changes it.',
    },
    {
      name: 'redirect_uri',
      value: safeText(withoutKnownSecrets(redirectUri)),
      place: 'detail',
      meaning: redirectUriMeanings[from],
    },
  ]
  trace({ type: 'step', name: 'code-received', fields }, [code, client.clientSecret.reveal()])
}

/** Returns the origin of the code and its redirect URI, by the options and by what the pasted text says. */
async function originOf(
  context: Context,
  pasted: PastedCode,
  options: ExchangeOptions,
): Promise<{ readonly from: CodeOrigin; readonly redirectUri: string }> {
  const from = options.from ?? likelyOrigin(pasted, options)
  refuseContradiction(pasted, options, from)
  switch (from) {
    case 'android':
    case 'ios':
      refuseRedirectUri(options, from)
      return { from, redirectUri: '' }
    case 'web-popup':
      refuseRedirectUri(options, from)
      return { from, redirectUri: 'postmessage' }
    case 'web':
    case 'desktop': {
      const named = options.redirectUri === undefined ? namedUri(pasted) : undefined
      const redirectUri = options.redirectUri ?? named ?? (await askRedirectUri(context, pasted, from))
      demandRedirectUri(redirectUri, named !== undefined)
      return { from, redirectUri }
    }
  }
}

function likelyOrigin({ origin, allows }: PastedCode, { redirectUri }: ExchangeOptions): CodeOrigin {
  // The response of the web pop-up may also be the query of a redirect.
  if (redirectUri !== undefined && origin === 'web-popup' && allows.includes('web')) return 'web'
  return origin ?? allows.find((one) => one === (redirectUri === undefined ? 'android' : 'web')) ?? 'android'
}

function namedUri({ redirectUri }: PastedCode): string | undefined {
  if (redirectUri === '' || redirectUri === 'postmessage') return undefined
  if (redirectUri?.startsWith('urn:ietf:wg:oauth:2.0:oob') === true)
    throw new Failure('code_malformed', {
      problem: `its redirect URI is ${redirectUri}, for codes that users copied by hand, and Google accepts it no more`,
    })
  return redirectUri
}

/**
 * Refuses options that contradict the text: the wrong redirect URI would waste the code.
 * @throws Failure `usage`
 */
function refuseContradiction(
  pasted: PastedCode,
  { redirectUri, from: chosen }: ExchangeOptions,
  from: CodeOrigin,
): void {
  const contradiction = (problem: string): Failure =>
    new Failure('usage', {
      problem: `The code is in ${placeOf(pasted)}, ${problem}. If you are sure, pass only the code.`,
      command: 'gsa exchange',
    })
  if (!pasted.allows.includes(from))
    throw contradiction(
      `so it does not come from ${from}. Remove ${chosen === undefined ? '--redirect-uri' : `--from ${from}`}`,
    )
  if (redirectUri === undefined) return
  const named = pasted.redirectUri ?? ''
  if (named !== '' && pasted.origin !== 'web-popup' && !isSameUri(redirectUri, named))
    throw contradiction(`with the redirect URI ${safeText(named)}, not that of --redirect-uri. Remove --redirect-uri`)
  const { candidates, path } = pasted
  if (pasted.isOneOfThem === true && !candidates.some((uri) => isSameUri(redirectUri, uri)))
    throw contradiction(`and --redirect-uri is none of them. Use ${candidates.map(safeText).join(' or ')}`)
  // A proxy may remove the beginning of a path.
  if (path !== undefined && URL.canParse(redirectUri) && !new URL(redirectUri).pathname.endsWith(path))
    throw contradiction(`a request for ${safeText(path)}, which is not the path of --redirect-uri. Correct it`)
}

/** Returns whether two redirect URIs are the same; a browser adds the slash after a host. */
function isSameUri(one: string, other: string): boolean {
  const withSlash = (uri: string): string => uri.replace(/^([a-z][a-z\d+.-]{0,80}:\/\/[^/?#]+)$/i, '$1/')
  return withSlash(one) === withSlash(other)
}

/** Returns where the code was found, and next to what, for people. */
function placeOf({ shape, evidence = '' }: PastedCode): string {
  return evidence === '' ? shape : `${shape}, ${evidence}`
}

/** Asks for the redirect URI on a terminal. @throws Failure `redirect_uri_needed`, `interrupted` */
async function askRedirectUri({ prompt, output }: Context, pasted: PastedCode, from: CodeOrigin): Promise<string> {
  const { candidates } = pasted
  if (!prompt.isConversation() || output.isJson)
    throw new Failure('redirect_uri_needed', {
      from,
      ...(pasted.evidence === undefined ? {} : { found: `it is in ${placeOf(pasted)}` }),
      candidates,
    })
  if (candidates.length > 0) output.note(`The text names ${candidates.map(safeText).join(' and ')}.`)
  return (await prompt.text('Which redirect URI was the code sent to?', '--redirect-uri')).trim()
}

/** Returns a function that asks the user whether to store a new account. */
function asker({ prompt }: Context): NonNullable<AcceptanceTerms['confirm']> {
  return async ({ name, isNew }) => {
    if (!isNew) return 'store'
    const question = `This code belongs to ${name}. Is that the account you expect? Store it?`
    if (await prompt.decide(question, '--yes')) return 'store'
    const revocation = `Revoke the token just received? This revokes access to ${name} for every client in the project.`
    return (await prompt.confirm(revocation, '--yes')) ? 'revoke' : 'discard'
  }
}

/** Says how the pasted text was interpreted, and by what evidence, so that the user can notice a mistake. */
function reading(pasted: PastedCode, from: CodeOrigin, redirectUri: string): string {
  const times = ['', 'percent-encoded', 'percent-encoded twice', 'percent-encoded three times'][pasted.encodings] ?? ''
  const place = pasted.shape === 'a code' ? '' : `found in ${placeOf(pasted)}`
  const found = [place, times].filter((part) => part !== '').join(', ')
  const sent = redirectUri === '' ? 'an empty redirect URI' : `the redirect URI ${safeText(redirectUri)}`
  return `Treating this as a code from ${from}${found === '' ? '' : ` (${found})`}; sending it with ${sent}.`
}

function refuseRedirectUri({ redirectUri }: ExchangeOptions, from: CodeOrigin): void {
  // Ignoring it could waste a code that needs it.
  if (redirectUri === undefined) return
  const problem = `A code from ${from} has no redirect URI of its own. Remove --redirect-uri, or use --from web.`
  throw new Failure('usage', { problem, command: 'gsa exchange' })
}

// Parameters that a server adds to a redirect URI (RFC 6749 sections 4.1.2 and 4.2). A URL with one of them is a
// response, not a redirect URI.
const responseParameters = ['code', 'state', 'error', 'access_token', 'id_token', 'iss', 'authuser']

/** @throws Failure `redirect_uri_invalid`, or `code_malformed` if the pasted text names the URI */
function demandRedirectUri(uri: string, isFromText: boolean): void {
  // Google's special values for the pop-up and for codes that users copy by hand.
  if (uri === 'postmessage' || uri.startsWith('urn:')) return
  const invalid = (problem: string): Failure =>
    isFromText
      ? new Failure('code_malformed', { problem: `the address in the text is no redirect URI, because ${problem}` })
      : new Failure('redirect_uri_invalid', { problem })
  if (!URL.canParse(uri)) throw invalid('it is not a URL')
  const url = new URL(uri)
  if (url.username !== '' || url.password !== '') throw invalid('it contains a user name')
  if (url.hash !== '') throw invalid('it has a fragment')
  const name = responseParameters.find((one) => url.searchParams.has(one))
  if (name !== undefined) throw invalid(`its query has ${name}, so it is the address that the browser ended on`)
}

async function readVerifier(file: string, signal: AbortSignal): Promise<Secret> {
  const text = decodedText(await readNamedFile(file, signal)).trim()
  // RFC 7636 section 4.1
  if (!/^[\w.~-]{43,128}$/.test(text))
    throw new Failure('file_invalid', {
      file,
      problem: 'it is not a code verifier (43 to 128 of A-Z a-z 0-9 - . _ ~)',
    })
  return new Secret(text)
}
