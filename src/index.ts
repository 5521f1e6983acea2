/** @ts-ignore -- The peer is optional: programs that do not use authClient() do not need its types. */
import type { OAuth2Client } from 'google-auth-library'
import { type AccountStateName, accountStates } from './accounts/account-state-name.ts'
import type { CachedAccessToken } from './accounts/cached-access-token.ts'
import type { OpenedDatabases } from './accounts/database-storage.ts'
import type { StoredAccount } from './accounts/stored-account.ts'
import type { Environment } from './core/environment.ts'
import { pace } from './core/pace.ts'
import { withResolvers } from './core/with-resolvers.ts'
import { accessToken as validAccessToken } from './credentials/access.ts'
import type { GsaEvent } from './credentials/gsa-event.ts'
import { type Credentials, openCredentials } from './credentials/open-credentials.ts'
import { readSettings, type SettingOptions, type Settings } from './credentials/settings.ts'
import { type TokenMemory, tokenMemory } from './credentials/token-memory.ts'
import { databaseIdentity } from './database/database-access.ts'
import type { DatabasePool } from './database/pool.ts'
import { Failure } from './failures/index.ts'
import { createHttp } from './http/request.ts'
import { readPassphrase } from './stores/passphrase-file.ts'

export { Failure } from './failures/index.ts'
export type { AccountStateName } from './accounts/account-state-name.ts'
export type { StoredAccount } from './accounts/stored-account.ts'
export type { GsaEvent } from './credentials/gsa-event.ts'
export type { DatabaseClient, DatabasePool } from './database/pool.ts'

/** Selects a store. Omitted settings come from the environment, as on the command line. */
export interface StoreOptions extends SettingOptions {
  /**
   * A `Pool` of `pg` that the program has already, for a PostgreSQL store; `store` may then be omitted. gsa needs at
   * least two of its connections. Without a pool, gsa opens one with the URL of the store.
   */
  readonly pool?: DatabasePool
  /** Replaces the environment variables of the process. */
  readonly env?: Environment
  /** Cancels a wait or a request. */
  readonly signal?: AbortSignal
  /** Called with what happens, for a log. It receives no secret. */
  readonly onEvent?: (event: GsaEvent) => void
}

/** Selects a stored account. */
export interface AccountOptions extends StoreOptions {
  /** The minimum remaining lifetime of the token, in milliseconds. Default 300,000. */
  readonly minTtlMs?: number
  /**
   * The maximum number of refreshes a second in this process, for a PostgreSQL store: a server that starts after a
   * night may need a token for each of its users at the same time. Default: no limit.
   */
  readonly refreshesPerSecond?: number
}

/** Selects a part of the account list. */
export interface AccountsOptions extends StoreOptions {
  readonly state?: AccountStateName
  /** The maximum number of accounts, at most 1,000. Default 100. */
  readonly limit?: number
  /** `next` of the previous page. */
  readonly after?: string
}

const defaultMinTtlMs = 300_000
const defaultLimit = 100
const longestPage = 1000
// The items of the memory store and of GSA_REFRESH_TOKEN, which exist only while this process lives.
const memory = new Map<string, string>()
const environmentItems = new Map<string, string>()
// The databases of this process, and the access tokens from them. A program's own pool has others.
const ownDatabases = newDatabases()
const databasesOfPools = new WeakMap<DatabasePool, Databases>()

/** Mutable: what calls with one pool, or without any, share. */
interface Databases {
  readonly opened: OpenedDatabases
  readonly tokens: TokenMemory
  readonly paces: Map<number, () => Promise<void>>
  /** The listener of the last call. */
  onEvent: StoreOptions['onEvent']
}

function newDatabases(): Databases {
  return { opened: new Map(), tokens: tokenMemory(Date.now), paces: new Map(), onEvent: undefined }
}

/**
 * Returns a valid access token for a stored account: the cached one, or a new one, which it caches. Safe to call
 * concurrently from many places, processes and machines. From a PostgreSQL store, a token is kept in memory while it is
 * valid.
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

/**
 * Returns a page of the stored accounts with their states, in the order in which they were stored.
 * @throws Failure of the groups usage and store
 * @example
 * import { accounts } from 'gsa-cli'
 *
 * const page = await accounts({ state: 'needs_login', limit: 50 })
 * console.log(page.accounts.length, page.next) // 0 null
 */
export async function accounts(
  options: AccountsOptions = {},
): Promise<{ readonly accounts: readonly StoredAccount[]; readonly next: string | null }> {
  const { state, limit = defaultLimit, after, ...store } = options
  const { credentials } = open(store)
  const { accountState } = await import('./accounts/account-state.ts')
  const nowMs = Date.now()
  demandNumber('limit', limit, 1)
  if (state !== undefined && !accountStates.includes(state))
    throw new Failure('usage', { problem: `state must be ${accountStates.join(', ')}.`, command: 'gsa' })
  const size = Math.min(Math.floor(limit), longestPage)
  const page = await credentials.storage.index.page({ state, limit: size, after, nowMs })
  return {
    accounts: page.accounts.map((account) => {
      const { sub, clientId, issuer, claims, refreshTokenExpiresAt } = account
      const email = claims?.['email']
      const current = accountState(account, nowMs)
      return {
        sub,
        email: typeof email === 'string' ? email : null,
        clientId,
        issuer,
        state: current.state,
        stateCause: current.cause,
        refreshTokenExpiresAt,
      }
    }),
    next: page.next,
  }
}

async function tokenOf({ minTtlMs = defaultMinTtlMs, ...options }: AccountOptions): Promise<CachedAccessToken> {
  const { refreshesPerSecond, ...store } = options
  demandNumber('minTtlMs', minTtlMs, 0)
  if (refreshesPerSecond !== undefined) demandNumber('refreshesPerSecond', refreshesPerSecond, 0.001)
  const startedAt = performance.now()
  const ms = (): number => Math.round(performance.now() - startedAt)
  try {
    const { credentials, settings, databases } = open(store)
    const get = (): Promise<CachedAccessToken> =>
      storedToken(credentials, minTtlMs, paceOf(databases, refreshesPerSecond), (found) =>
        tell(options.onEvent, { type: 'token', ...found, ms: ms() }),
      )
    // Without a name, the account is the default one, which may be another one by now.
    if (settings.database === undefined || settings.account === undefined)
      return await unlessAborted(get(), store.signal)
    const { store: name, account, issuer, clientSecretsFile, database } = settings
    const identity = [name, ...databaseIdentity(database, store.env ?? process.env), account, issuer, clientSecretsFile]
    return await unlessAborted(databases.tokens.token(JSON.stringify(identity), minTtlMs, get), store.signal)
  } catch (error) {
    if (error instanceof Failure)
      tell(options.onEvent, { type: 'failure', account: options.account ?? null, code: error.code, ms: ms() })
    throw error
  }
}

/** @throws Failure `usage`: NaN compares with nothing, so it would switch off what it should limit */
function demandNumber(name: string, value: number, least: number): void {
  if (!(value >= least) || !Number.isFinite(value))
    throw new Failure('usage', { problem: `${name} must be a number, at least ${least}.`, command: 'gsa' })
}

// A log that fails must not fail the call.
function tell(onEvent: StoreOptions['onEvent'], event: GsaEvent): void {
  try {
    onEvent?.(event)
  } catch {
    return
  }
}

/** Waits for work that other calls may share, until this call is cancelled. @throws Failure `interrupted` */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const { promise, reject } = withResolvers<never>()
  const onAbort = (): void => reject(new Failure('interrupted', {}))
  if (signal.aborted) onAbort()
  else signal.addEventListener('abort', onAbort, { once: true })
  work.catch(() => undefined)
  return Promise.race([work, promise]).finally(() => signal.removeEventListener('abort', onAbort))
}

async function storedToken(
  credentials: Credentials,
  minTtlMs: number,
  mayRefresh: (() => Promise<void>) | undefined,
  onToken: (found: { readonly sub: string; readonly clientId: string; readonly source: 'store' | 'refresh' }) => void,
): Promise<CachedAccessToken> {
  const { account, refreshing } = await credentials.account()
  let source: 'store' | 'refresh' = 'store'
  // Only a refresh needs the server.
  const server: typeof refreshing.server = async () => {
    source = 'refresh'
    await mayRefresh?.()
    return refreshing.server()
  }
  const token = await validAccessToken({ ...refreshing, server }, account, minTtlMs)
  onToken({ sub: account.sub, clientId: account.clientId, source })
  return token
}

// All calls with one limit share it.
function paceOf({ paces }: Databases, perSecond: number | undefined): (() => Promise<void>) | undefined {
  if (perSecond === undefined) return undefined
  const known = paces.get(perSecond) ?? pace(perSecond)
  paces.set(perSecond, known)
  return known
}

function open({ env = process.env, signal, pool, onEvent, ...options }: StoreOptions): {
  readonly settings: Settings
  readonly credentials: Credentials
  readonly databases: Databases
} {
  // A pool leads to its own database, whatever the variables say.
  const store = options.store ?? (pool === undefined ? undefined : 'postgres:')
  const settings = readSettings(env, process.platform, { ...options, store })
  const databases = databasesOf(pool)
  // A call without a listener must not end the log of the others.
  databases.onEvent = onEvent ?? databases.onEvent
  const ofCall = signal ?? new AbortController().signal
  const waiting = {
    // A database outlives this call, so its waits do not end with the signal.
    signal: settings.database === undefined ? ofCall : new AbortController().signal,
    onWait: (message: string) => tell(databases.onEvent, { type: 'waiting', message }),
  }
  const credentials = openCredentials({
    settings,
    http: createHttp({ userAgent: 'gsa', signal: ofCall, env }),
    defer: (work) => work(),
    now: Date.now,
    memory,
    environmentItems,
    openedDatabases: databases.opened,
    database: settings.database === undefined ? undefined : { ...settings.database, pool },
    env,
    configDir: settings.configDir,
    passphrase: async (_, name) => {
      const { passphraseFile } = settings
      if (passphraseFile === undefined)
        throw new Failure('answer_needed', {
          question: 'Passphrase of the store',
          flag: 'GSA_STORE_PASSPHRASE_FILE=FILE',
        })
      return readPassphrase(passphraseFile, name, { signal: ofCall, onConcern: () => undefined })
    },
    waiting,
    announce: () => undefined,
  })
  return { settings, credentials, databases }
}

function databasesOf(pool: DatabasePool | undefined): Databases {
  if (pool === undefined) return ownDatabases
  const known = databasesOfPools.get(pool) ?? newDatabases()
  databasesOfPools.set(pool, known)
  return known
}
