import { Command } from 'commander'
import { decodedText } from '../core/outside-text.ts'
import { safeText } from '../core/safe-to-print.ts'
import { Secret } from '../core/secret.ts'
import { Failure, isFailure } from '../failures/index.ts'
import { readNamedFile } from '../files/read-file.ts'
import { googleIssuer, idTokenIssuers } from '../oauth/authorization-server.ts'
import { idTokenHeader, type VerifiedIdToken, verifyIdToken } from '../oauth/id-token.ts'
import { parseJwks } from '../oauth/jwks.ts'
import { claimedOrigin, refuseOtherToken } from '../oauth/other-tokens.ts'
import { findIdToken } from '../oauth/pasted-id-token.ts'
import { verifyServerIdToken } from '../oauth/server-id-token.ts'
import type { Context } from '../terminal/context.ts'
import { twoColumns } from '../terminal/lines.ts'
import { durationMs, examples, wholeNumber } from '../terminal/options.ts'
import { pastedText } from '../terminal/read-pasted-text.ts'
import { type CommonOptions, openSession, type Session } from './shared/session.ts'

interface VerifyOptions extends CommonOptions {
  readonly audience?: string
  readonly nonce?: string
  readonly jwks?: string
  readonly now?: number
  readonly accessTokenFile?: string
  readonly maxAge?: number
  readonly hostedDomain?: string
}

/** `gsa id-token` */
export function idTokenCommand(context: Context): Command {
  const idToken = new Command('id-token')
    .description('verify ID tokens')
    .addHelpText(
      'before',
      examples(
        'gsa id-token verify - < id_token.txt',
        'gsa id-token verify --audience 123-abc.apps.googleusercontent.com --jwks certs.json - < id_token.txt',
      ),
    )
  idToken
    .command('verify')
    .description('verify an ID token strictly: format, algorithm, key, signature and every claim')
    .argument('[token]', 'the token, or a text that contains it; - or no argument reads standard input')
    .option(
      '--audience <client-id>',
      'the expected client id (default: from the client secrets file or the stored account)',
    )
    .option('--nonce <nonce>', 'the expected nonce')
    .option('--jwks <file>', 'a file with the keys as a JSON Web Key Set; nothing is fetched')
    .option('--now <epoch-seconds>', 'the time to check expiry against', wholeNumber(0, 9_999_999_999))
    .option('--access-token-file <file>', 'a file with the access token issued with it, to check at_hash')
    .option('--max-age <duration>', 'refuse tokens issued longer ago than this', durationMs)
    .option('--hosted-domain <domain>', 'the expected Workspace domain')
    .addHelpText(
      'before',
      examples('pbpaste | gsa id-token verify -', 'gsa id-token verify --json - < id_token.txt | jq .claims.sub'),
    )
    .action(async (token: string | undefined, _: unknown, command: Command) =>
      verifyAction(context, token, command.optsWithGlobals<VerifyOptions>()),
    )
  return idToken
}

async function verifyAction(context: Context, argument: string | undefined, options: VerifyOptions): Promise<void> {
  const { output } = context
  const session = openSession(context, options)
  const text = await tokenText(context, argument)
  const issuers = idTokenIssuers(session.settings.issuer ?? googleIssuer)
  let token: Secret | undefined
  try {
    token = findIdToken(text, issuers)
    refuseOtherToken(token, issuers)
    const { header, claims } = await verified(context, session, token, options)
    if (options.nonce === undefined && claims['nonce'] !== undefined)
      output.note('The nonce of the token was not checked: pass --nonce.')
    await output.result({ verified: true, header, claims }, () => {
      const lines = Object.entries(claims).map(([name, value]) => [name, shownClaim(name, value)] as const)
      return `The ID token is valid.\n${twoColumns(lines).replace(/^/gm, '  ')}`
    })
  } catch (error) {
    if (!isFailure(error, 'id_token_invalid')) throw error
    // The verdict is the result, so it goes to stdout in either case.
    const claimed = token === undefined ? undefined : claimedOrigin(token)
    const header = token === undefined ? undefined : idTokenHeader(token)
    if (output.isJson)
      await output.result(
        {
          verified: false,
          reason: error.causeText,
          header: header ?? null,
          ...(claimed === undefined ? {} : { claimed }),
        },
        () => '',
      )
    throw error
  }
}

async function verified(
  { now, signal }: Context,
  session: Session,
  token: Secret,
  options: VerifyOptions,
): Promise<VerifiedIdToken> {
  const expected = {
    audience: options.audience ?? (await defaultAudience(session)),
    nonce: options.nonce,
    accessToken:
      options.accessTokenFile === undefined ? undefined : new Secret(await readText(options.accessTokenFile, signal)),
    maxAgeSeconds: options.maxAge === undefined ? undefined : options.maxAge / 1000,
    hostedDomain: options.hostedDomain,
    now: options.now ?? now() / 1000,
  }
  if (options.jwks !== undefined) {
    const jwks = parseJwks(Buffer.from(await readText(options.jwks, signal)), options.jwks)
    return verifyIdToken(token, jwks, { ...expected, issuers: idTokenIssuers(session.settings.issuer ?? googleIssuer) })
  }
  const server = await session.server()
  return verifyServerIdToken(
    { http: session.http, keyCache: session.keyCache, server, now },
    { token, isDelivered: false },
    expected,
  )
}

async function tokenText(context: Context, argument: string | undefined): Promise<string> {
  const flag = 'gsa id-token verify TOKEN, or - with the token on standard input'
  return pastedText(context, argument, 'ID token:', flag)
}

async function defaultAudience(session: Session): Promise<string> {
  try {
    return (await session.client()).clientId
  } catch (error) {
    if (!isFailure(error, 'client_secrets_missing')) throw error
    throw new Failure('usage', {
      problem: 'Name the client that the token must be for: --audience CLIENT_ID or --client-secrets FILE.',
      command: 'gsa id-token verify',
    })
  }
}

function shownClaim(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const isTime =
    ['iat', 'exp', 'nbf', 'auth_time'].includes(name) && typeof value === 'number' && Math.abs(value) < 8e12
  return safeText(isTime ? `${text} (${new Date(value * 1000).toISOString()})` : text)
}

async function readText(file: string, signal: AbortSignal): Promise<string> {
  return decodedText(await readNamedFile(file, signal)).trim()
}
