import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { Account } from '../accounts/account-index.ts'
import { accountName } from '../accounts/account-names.ts'
import type { Credential } from '../accounts/credential.ts'
import { labelIn, loadCredential } from '../accounts/locate-credential.ts'
import type { Secret } from '../core/secret.ts'
import { noRefreshToken } from '../credentials/refused-refresh-token.ts'
import { Failure, fileProblem } from '../failures/index.ts'
import type { Context } from '../terminal/context.ts'
import { examples } from '../terminal/options.ts'
import { type CommonOptions, openSession } from './shared/session.ts'

type ExportFormat = 'adc' | 'env' | 'json'

interface ExportOptions extends CommonOptions {
  readonly format: ExportFormat
  readonly output?: string
}

/** `gsa export`: with `token`, the only command whose purpose is to print secrets. */
export function exportCommand(context: Context): Command {
  return new Command('export')
    .description('print the stored credential, including its secrets, for another program')
    .addOption(
      new Option('--format <format>', 'adc: Application Default Credentials; env: shell exports; json')
        .choices(['adc', 'env', 'json'])
        .makeOptionMandatory(),
    )
    .option('-o, --output <file>', 'write a new file that only you can read, instead of printing')
    .addHelpText(
      'before',
      examples(
        'gsa export --format adc --output adc.json   # GOOGLE_APPLICATION_CREDENTIALS=adc.json',
        'eval "$(gsa export --format env)"           # sets GSA_REFRESH_TOKEN, for gsa itself',
        'gsa export --format json | jq -r .clientId',
      ),
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>()
      const { output } = context
      const { account, refreshing } = await openSession(context, options).account()
      const credential = await loadCredential(refreshing.storage, account)
      if (credential.refreshToken === undefined) throw await noRefreshToken(refreshing.storage, account)
      if (credential.dpopKey !== undefined)
        throw new Failure('bound_token_not_portable', {
          account: await labelIn(refreshing.storage, account),
          way: 'export',
        })
      const text = exported(options.format, account, credential, credential.refreshToken)
      if (options.output === undefined || options.output === '-') {
        await output.write(text)
        return
      }
      writeNew(options.output, text)
      await output.result(
        { path: options.output, format: options.format },
        () => `Wrote ${options.output}, readable only by you${use[options.format]}`,
      )
    })
}

// The next step for the user.
const use: Readonly<Record<ExportFormat, string>> = {
  adc: '; set GOOGLE_APPLICATION_CREDENTIALS to its path',
  env: '; load it into a shell with: source FILE',
  json: '',
}

function exported(format: ExportFormat, account: Account, { client }: Credential, refreshToken: Secret): string {
  const [id, secret, token] = [client.clientId, client.clientSecret.reveal(), refreshToken.reveal()]
  switch (format) {
    case 'adc':
      return document({ type: 'authorized_user', client_id: id, client_secret: secret, refresh_token: token })
    case 'env':
      return Object.entries({ GSA_REFRESH_TOKEN: token, GOOGLE_CLIENT_ID: id, GOOGLE_CLIENT_SECRET: secret })
        .map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`)
        .join('')
    case 'json':
      return document({
        account: accountName(account),
        sub: account.sub,
        issuer: account.issuer,
        clientType: client.type,
        clientId: id,
        clientSecret: secret,
        refreshToken: token,
        scopes: account.grantedScopes,
      })
  }
}

function document(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function shellQuoted(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`
}

function writeNew(file: string, text: string): void {
  try {
    // An existing file may be readable by others, or be a link: create a new one.
    writeFileSync(file, text, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    throw new Failure('file_unwritable', { file, problem: fileProblem(error) }, { cause: error })
  }
}
