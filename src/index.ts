/** @ts-ignore -- The peer is optional: programs that do not use authClient() do not need its types. */
import type { OAuth2Client } from 'google-auth-library'
import type { OpenedDatabases } from './accounts/database-storage.ts'
import type { CachedAccessToken } from './accounts/cached-access-token.ts'
import type { Environment } from './core/environment.ts'
import { accessToken as validAccessToken } from './credentials/access.ts'
import { openCredentials } from './credentials/open-credentials.ts'
import { readSettings, type SettingOptions } from './credentials/settings.ts'
import { Failure } from './failures/index.ts'
import { createHttp } from './http/request.ts'
import { readPassphrase } from './stores/passphrase-file.ts'

export { Failure } from './failures/index.ts'

/** Selects a stored account. Omitted settings come from the environment, as on the command line. */
export interface AccountOptions extends SettingOptions {
  /** The minimum remaining lifetime of the token, in milliseconds. Default 300,000. */
  readonly minTtlMs?: number
  /** Replaces the environment variables of the process. */
  readonly env?: Environment
  /** Cancels a wait or a request. */
  readonly signal?: AbortSignal
}

const defaultMinTtlMs = 300_000
// The items of the memory store and of GSA_REFRESH_TOKEN, which exist only while this process lives.
const memory = new Map<string, string>()
const environmentItems = new Map<string, string>()
const openedDatabases: OpenedDatabases = new Map()

/**
 * Returns a valid access token for a stored account: the cached one, or a new one, which it caches. Safe to call
 * concurrently from many places and processes.
 * @throws Failure with `code`, `exitCode`, `causeText` and `fix`, as the command line reports them
 * @example
 * import { accessToken } from 'gsa-cli'
 *
 * const token = await accessToken({ account: 'ada@example.com' })
 * console.log(token.slice(0, 5)) // ya29.
 */
export async function accessToken(options: AccountOptions = {}): Promise<string> {
  return (await tokenOf(options)).value.reveal()
}

/**
 * Returns an `OAuth2Client` of google-auth-library (a peer dependency; install it with gsa-cli) that gets its access
 * tokens from the store. It never sees the refresh token: when it needs a token, gsa refreshes, stores a rotated
 * refresh token, and caches the result.
 * @throws Failure `peer_missing`, and on first use what {@link accessToken} throws
 * @example
 * import { authClient } from 'gsa-cli'
 *
 * const auth = await authClient()
 * const headers = await auth.getRequestHeaders()
 * console.log(headers.get('authorization').slice(0, 12)) // Bearer ya29.
 */
export async function authClient(options: AccountOptions = {}): Promise<OAuth2Client> {
  const { OAuth2Client: Client } = await import('google-auth-library').catch((error: unknown) => {
    throw new Failure('peer_missing', { name: 'google-auth-library' }, { cause: error })
  })
  const client = new Client()
  client.refreshHandler = async () => {
    const { value, expiresAt } = await tokenOf(options)
    return { access_token: value.reveal(), expiry_date: expiresAt === null ? 0 : Date.parse(expiresAt) }
  }
  return client
}

async function tokenOf({
  minTtlMs = defaultMinTtlMs,
  env = process.env,
  signal,
  ...options
}: AccountOptions): Promise<CachedAccessToken> {
  const settings = readSettings(env, process.platform, options)
  const waiting = { signal: signal ?? new AbortController().signal }
  const credentials = openCredentials({
    settings,
    http: createHttp({ userAgent: 'gsa', signal: waiting.signal, env }),
    defer: (work) => work(),
    now: Date.now,
    memory,
    environmentItems,
    openedDatabases,
    database: settings.database,
    env,
    configDir: settings.configDir,
    passphrase: async (_, store) => {
      const { passphraseFile } = settings
      if (passphraseFile === undefined)
        throw new Failure('answer_needed', {
          question: 'Passphrase of the store',
          flag: 'GSA_STORE_PASSPHRASE_FILE=FILE',
        })
      return readPassphrase(passphraseFile, store, { ...waiting, onConcern: () => undefined })
    },
    waiting,
    announce: () => undefined,
  })
  const { account, refreshing } = await credentials.account()
  return validAccessToken(refreshing, account, minTtlMs)
}
