import { join } from 'node:path'
import type { Account, Accounts } from '../accounts/account-index.ts'
import { type AccountStorage, type AccountStorageOptions, openAccountStorage } from '../accounts/account-storage.ts'
import {
  accountOfOnlyClient,
  chooseAccount,
  chooseAccountToDestroy,
  type Destruction,
  inStore,
} from '../accounts/choose-account.ts'
import { eligibleAccounts } from '../accounts/eligible-accounts.ts'
import { environmentStorage } from '../accounts/environment-storage.ts'
import { loadCredential } from '../accounts/locate-credential.ts'
import type { AccountChoice } from '../accounts/no-account-chosen.ts'
import { Failure } from '../failures/index.ts'
import type { Defer } from '../http/interruption.ts'
import type { Http } from '../http/request.ts'
import { allowedUrl } from '../http/url-rule.ts'
import {
  type AuthorizationServer,
  authorizationServer,
  googleIssuer,
  isSameIssuer,
} from '../oauth/authorization-server.ts'
import { isGoogleClient, type OAuthClient } from '../oauth/client.ts'
import type { KeyCache } from '../oauth/jwks.ts'
import type { MemoryItems } from '../stores/memory-store.ts'
import { isSameStore } from '../stores/store-name.ts'
import { clientFile } from './client-file.ts'
import { fileKeyCache, memoryKeyCache } from './key-cache.ts'
import { foreignReason } from './own-server.ts'
import type { RefreshContext } from './refresh.ts'
import type { Settings } from './settings.ts'

/** An account and the context for using it. */
export interface OpenAccount {
  readonly account: Account
  readonly refreshing: RefreshContext
}

/** The server to use, and the client whose secret it receives. */
interface ServerUse {
  readonly issuer?: string | undefined
  /** The client whose secret is sent; undefined if none is. */
  readonly client?: Pick<OAuthClient, 'clientId' | 'endpoints' | 'issuer'> | undefined
  /** Whether the user named it together with this client: on the command line, or at a stored login. */
  readonly isNamed?: boolean
}

/** The credentials for a run's settings. Each part is created on demand. */
export interface Credentials {
  /** The cache for server keys. */
  readonly keyCache: KeyCache
  /** The storage for a new account: the chosen store, otherwise the keychain. */
  readonly storage: AccountStorage
  /** Returns {@link storage} for a command that changes it. @throws Failure `store_not_for_environment_token` */
  writableStorage(command: string): AccountStorage
  /**
   * Returns the client of the client secrets file, otherwise that of the stored account.
   * @throws Failure `client_secrets_missing` and others
   */
  client(): Promise<OAuthClient>
  /**
   * Returns the server for a new grant: the named one, otherwise the chosen one, otherwise that of a stored client,
   * otherwise Google's. Fetches its discovery document once per run.
   * @throws Failure `google_client_elsewhere`, and those of the network group
   */
  server(use?: ServerUse): Promise<AuthorizationServer>
  /**
   * Returns the chosen account: that of GSA_REFRESH_TOKEN, otherwise a stored one.
   * @throws what {@link storedAccount} throws
   */
  account(): Promise<OpenAccount>
  /**
   * Returns the chosen stored account; a name overrides the settings.
   * @throws Failure `store_not_for_environment_token`, `nothing_stored`, `account_not_stored`, `account_ambiguous`
   */
  storedAccount(name?: string): Promise<OpenAccount>
  /**
   * Returns the account for a destructive command: that of GSA_REFRESH_TOKEN, otherwise {@link storedAccountToDestroy}.
   * @throws what {@link storedAccountToDestroy} throws
   */
  accountToDestroy(destruction: Destruction): Promise<OpenAccount>
  /**
   * Returns the named stored account, otherwise the default, otherwise the only one that ever existed here.
   * @throws what {@link storedAccount} throws, and Failure `account_needed`
   */
  storedAccountToDestroy(destruction: Destruction, name?: string): Promise<OpenAccount>
  /**
   * Returns every listed account that matches the chosen server and store.
   * @throws Failure `store_not_for_environment_token`, `config_unusable`, `index_damaged`
   */
  storedAccounts(): Promise<readonly OpenAccount[]>
  /** Returns the Drive that may receive the account's token. @throws Failure `drive_url_needed` */
  driveUrl(account: Pick<Account, 'issuer'>): URL
}

/** Tells the user about a server other than Google's, by its role and its URL. */
export type Announce = (role: 'Authorization server' | 'Drive', url: string) => void

/** The options of {@link openCredentials}, which describe the run. */
export interface OpeningOptions extends AccountStorageOptions {
  readonly settings: Settings
  readonly http: Http
  readonly defer: Defer
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** The items that hold the account of GSA_REFRESH_TOKEN. */
  readonly environmentItems: MemoryItems
  /** Called for each server other than Google's, so that a test is never mistaken for Google. */
  readonly announce: Announce
}

const googleDriveUrl = 'https://www.googleapis.com'

/** Opens a run's credentials. Reads and sends nothing yet. @throws Failure `store_unknown` */
export function openCredentials(options: OpeningOptions): Credentials {
  const { settings, http, defer, now, announce, environmentItems: items } = options
  const storage = openAccountStorage(settings.store ?? 'keychain', options)
  const keyCache = keyCacheOf(options)
  const { fileClient, readClientFileAhead } = clientFile(settings, options.waiting.signal)
  const clientMissing = (): Failure => new Failure('client_secrets_missing', { usesEmulator: settings.usesEmulator })
  const choice = (name: string | undefined): AccountChoice => ({
    account: name ?? settings.account,
    issuer: settings.issuer,
    store: settings.store,
    chosenBy: settings.chosenBy,
    clientId: settings.isClientOfThisRun ? fileClient()?.clientId : undefined,
    preferredClientId: settings.isClientOfThisRun ? undefined : fileClient()?.clientId,
  })
  const serverOf = servers(options)
  const opened = (account: Account, place: AccountStorage, use: ServerUse): OpenAccount => ({
    account,
    refreshing: { http, storage: place, keyCache, defer, now, server: () => serverOf(account.issuer, use) },
  })
  const writableStorage = (command: string): AccountStorage => {
    if (settings.refreshToken !== undefined) throw new Failure('store_not_for_environment_token', { command })
    return storage
  }
  const atItsStore = (listed: Account): OpenAccount => {
    const account = inStore(listed, settings.store)
    const isHere = isSameStore(account.store, storage.secrets.name)
    const place = isHere ? storage : openAccountStorage(account.store, options)
    // A login stored it with this server. Over http, another user may now own the port.
    return opened(account, place, { client: account, isNamed: isHttps(account.issuer) })
  }
  const listFor = async ({ account: name, issuer, clientId, preferredClientId }: AccountChoice): Promise<Accounts> =>
    storage.index.read({ name, issuer, clientId: clientId ?? preferredClientId })
  const storedAccount = async (name?: string): Promise<OpenAccount> => {
    await readClientFileAhead()
    writableStorage('this command')
    const chosen = choice(name)
    return atItsStore(chooseAccount(await listFor(chosen), chosen))
  }
  const storedAccountToDestroy = async (destruction: Destruction, name?: string): Promise<OpenAccount> => {
    await readClientFileAhead()
    writableStorage('this command')
    const chosen = choice(name)
    return atItsStore(chooseAccountToDestroy(await listFor(chosen), chosen, destruction))
  }
  const environmentOr = async (stored: () => Promise<OpenAccount>): Promise<OpenAccount> => {
    await readClientFileAhead()
    if (settings.refreshToken === undefined) return stored()
    const client = fileClient()
    if (client === undefined) throw clientMissing()
    const issuer = settings.issuer ?? googleIssuer
    const { account, storage: place } = await environmentStorage(settings.refreshToken, client, issuer, items)
    return opened(account, place, { client })
  }
  return {
    storage,
    keyCache,
    writableStorage,
    storedAccount,
    storedAccountToDestroy,
    async storedAccounts() {
      writableStorage('this command')
      const { issuer } = settings
      return eligibleAccounts(await storage.index.read({ issuer }), settings).map(atItsStore)
    },
    async client() {
      await readClientFileAhead()
      const client = fileClient()
      if (client !== undefined) return client
      const listed = await storage.index.read({ issuer: settings.issuer })
      if (listed.accounts.length === 0) throw clientMissing()
      writableStorage('this command')
      const shared = settings.account === undefined ? accountOfOnlyClient(listed, settings) : undefined
      const { account, refreshing } = shared === undefined ? await storedAccount() : atItsStore(shared)
      const { client: stored } = await loadCredential(refreshing.storage, account)
      return { ...stored, issuer: account.issuer }
    },
    server(use = {}) {
      const { issuer = settings.issuer ?? use.client?.issuer ?? googleIssuer } = use
      return serverOf(issuer, { isNamed: use.client?.issuer === issuer && isHttps(issuer), ...use })
    },
    account: async () => environmentOr(async () => storedAccount()),
    accountToDestroy: async (destruction) => environmentOr(() => storedAccountToDestroy(destruction)),
    driveUrl({ issuer }) {
      const url = driveUrlOf(issuer, settings)
      if (url.origin !== googleDriveUrl && !isTyped(url, settings)) announce('Drive', url.origin)
      return url
    },
  }
}

// A run that stores nothing reads what others have cached.
function keyCacheOf({ configDir, settings: { store, refreshToken } }: OpeningOptions): KeyCache {
  const stored = fileKeyCache(join(configDir, 'keys'))
  return store === 'memory' || refreshToken !== undefined ? memoryKeyCache(stored) : stored
}

/** Returns whether the user has just typed this server's address, so that it need not be named. */
function isTyped({ origin }: URL, { issuer, isIssuerOfThisRun }: Settings): boolean {
  return isIssuerOfThisRun && issuer !== undefined && new URL(issuer).origin === origin
}

function driveUrlOf(issuer: string, { driveUrl }: Settings): URL {
  const chosen = driveUrl ?? (issuer === googleIssuer ? googleDriveUrl : undefined)
  if (chosen === undefined) throw new Failure('drive_url_needed', { issuer })
  const url = allowedUrl('GSA_DRIVE_URL', chosen)
  if (issuer === googleIssuer && !isGoogleApi(url)) refuseForeignDrive(url)
  return url
}

/**
 * Returns a lookup for the server of an issuer, which fetches it once per run and refuses servers that must not receive
 * a client's secret.
 */
function servers({
  settings,
  http,
  announce,
}: OpeningOptions): (issuer: string, use: ServerUse) => Promise<AuthorizationServer> {
  const known = new Map<string, Promise<AuthorizationServer>>()
  return async (issuer, use) => {
    const isNamed = use.isNamed === true || (settings.isIssuerOfThisRun && isSameIssuer(settings.issuer ?? '', issuer))
    if (issuer !== googleIssuer && use.client !== undefined && isGoogleClient(use.client) && !isNamed)
      refuseForeignServer(issuer, use.client)
    if (issuer !== googleIssuer && !isTyped(new URL(issuer), settings)) announce('Authorization server', issuer)
    const asked = known.get(issuer) ?? authorizationServer(http, issuer)
    known.set(issuer, asked)
    // Do not cache failures.
    asked.catch(() => known.delete(issuer))
    return asked
  }
}

// A leftover variable, or a port that another user has taken, must not receive secrets meant for Google.
function refuseForeignServer(issuer: string, { clientId }: Pick<OAuthClient, 'clientId'>): void {
  const reason = foreignReason(allowedUrl('the issuer', issuer))
  if (reason !== undefined) throw new Failure('google_client_elsewhere', { clientId, server: issuer, reason })
}

function refuseForeignDrive(url: URL): void {
  const reason = foreignReason(url)
  if (reason !== undefined) throw new Failure('google_token_elsewhere', { url: url.origin, reason })
}

function isHttps(url: string): boolean {
  return url.startsWith('https:')
}

function isGoogleApi({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' && hostname.endsWith('.googleapis.com')
}
