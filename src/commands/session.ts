import { homedir } from 'node:os'
import { join } from 'node:path'
import { type AccountChoice, chooseAccount, loadCredential } from '../credentials/accounts.ts'
import type { Account } from '../credentials/account-index.ts'
import type { RefreshContext } from '../credentials/access.ts'
import { openStorage, type Storage } from '../credentials/storage.ts'
import { Failure } from '../failures/index.ts'
import { createHttp, type Http } from '../http/request.ts'
import { allowedUrl } from '../http/url-rule.ts'
import { type AuthorizationServer, authorizationServer, googleIssuer } from '../oauth/authorization-server.ts'
import { type OAuthClient, readClientSecrets } from '../oauth/client.ts'
import type { Context, Environment } from '../terminal/context.ts'
import { version } from '../terminal/version.ts'

/** The options that every command takes. */
export interface CommonOptions {
  readonly clientSecrets?: string
  readonly account?: string
  readonly store?: string
  readonly issuer?: string
}

/** What a command works with: made of flags and environment, each part when it is asked for. */
export interface Session {
  readonly http: Http
  readonly storage: Storage
  /** The issuer that was chosen by flag or environment. */
  readonly chosenIssuer: string | undefined
  /** The client of the client secrets file, else that of the stored account. @throws Failure `client_secrets_missing` and others */
  client(): OAuthClient
  /** The server that a new grant comes from. */
  server(): Promise<AuthorizationServer>
  /** The stored account that is meant; a name overrules flag and environment. @throws Failure `nothing_stored`, `account_not_stored`, `account_ambiguous` */
  account(name?: string): Account
  /** What refreshing that account needs. */
  refreshing(account: Account): RefreshContext
  /** The Drive that the account's token may be sent to. @throws Failure `drive_url_needed`, `url_not_allowed` */
  driveUrl(account: Account): URL
}

const googleDriveUrl = 'https://www.googleapis.com'

/** Opens a session. Nothing is read or sent yet. @throws Failure `url_not_allowed`, `store_unknown` */
export function openSession(context: Context, options: CommonOptions): Session {
  const { env, output, signal, now, memory } = context
  const http = createHttp({ userAgent: `gsa/${version}`, signal, trace: output.trace })
  const storage = openStorage({
    store: nonEmpty(options.store) ?? nonEmpty(env['GSA_STORE']) ?? 'keychain',
    configDir: configDir(context),
    memory,
  })
  const emulator = emulatorUrl(env)
  const chosenIssuer = nonEmpty(options.issuer) ?? nonEmpty(env['GSA_ISSUER']) ?? emulator
  if (chosenIssuer !== undefined) allowedUrl(options.issuer === undefined ? 'GSA_ISSUER' : '--issuer', chosenIssuer)
  const flagFile = nonEmpty(options.clientSecrets)
  const clientFile = flagFile ?? nonEmpty(env['GSA_CLIENT_SECRETS'])
  const announce = announcer(output)

  const fileClient = (): OAuthClient | undefined =>
    clientFile === undefined
      ? undefined
      : readClientSecrets(clientFile, chosenIssuer !== undefined && chosenIssuer !== googleIssuer)
  const choice = (name?: string): AccountChoice => ({
    account: name ?? nonEmpty(options.account) ?? nonEmpty(env['GSA_ACCOUNT']),
    issuer: chosenIssuer,
    // The flag is about this run; the variable may be set for a login of long ago.
    clientId: flagFile === undefined ? undefined : fileClient()?.clientId,
    preferredClientId: flagFile === undefined ? fileClient()?.clientId : undefined,
  })
  const serverOf = async (issuer: string): Promise<AuthorizationServer> => {
    if (issuer !== googleIssuer) announce(`Authorization server: ${issuer}`)
    return authorizationServer(http, issuer)
  }
  return {
    http,
    storage,
    chosenIssuer,
    client() {
      const client = fileClient()
      if (client !== undefined) return client
      if (storage.index.read().accounts.length === 0) throw new Failure('client_secrets_missing', {})
      const account = chooseAccount(storage.index.read(), { ...choice(), account: undefined })
      return loadCredential(storage, account).client
    },
    server: () => serverOf(chosenIssuer ?? googleIssuer),
    account: (name) => chooseAccount(storage.index.read(), choice(name)),
    refreshing: (account) => ({ http, storage, now, server: () => serverOf(account.issuer) }),
    driveUrl(account) {
      const chosen =
        nonEmpty(env['GSA_DRIVE_URL']) ?? emulator ?? (account.issuer === googleIssuer ? googleDriveUrl : undefined)
      if (chosen === undefined) throw new Failure('drive_url_needed', { issuer: account.issuer })
      const url = allowedUrl('GSA_DRIVE_URL', chosen)
      if (url.origin !== googleDriveUrl) announce(`Drive: ${url.origin}`)
      return url
    },
  }
}

function announcer(output: Context['output']): (line: string) => void {
  const said = new Set<string>()
  return (line) => {
    if (said.has(line)) return
    said.add(line)
    output.note(output.noteStyle.dim(`${line} (not Google)`))
  }
}

function emulatorUrl(env: Environment): string | undefined {
  const host = nonEmpty(env['GSA_EMULATOR_HOST'])
  if (host === undefined) return undefined
  // The rule for URLs knows loopback literals only, and the emulator calls itself 127.0.0.1.
  return allowedUrl('GSA_EMULATOR_HOST', `http://${host.replace(/^localhost(?=:|$)/, '127.0.0.1')}`).origin
}

function configDir({ env, platform }: Context): string {
  const chosen = nonEmpty(env['GSA_CONFIG_DIR'])
  if (chosen !== undefined) return chosen
  const home = nonEmpty(env['HOME']) ?? homedir()
  if (platform === 'win32') return join(nonEmpty(env['APPDATA']) ?? join(home, 'AppData', 'Roaming'), 'gsa')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'gsa')
  return join(nonEmpty(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'gsa')
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
