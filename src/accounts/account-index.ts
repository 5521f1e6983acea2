import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject, type JsonObject, parseJsonObject } from '../core/json.ts'
import { Failure, fileProblem, isFailure, likelihoods, type RankedCause, refusalCauses } from '../failures/index.ts'
import { type HeldLock, type LockOptions, withLock } from '../files/lock.ts'
import { makePrivateFolder, readOwnFile } from '../files/own-file.ts'
import { demandPrivateFolder } from '../files/ownership.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { ClientType } from '../oauth/client.ts'
import type { MemoryItems } from '../stores/memory-store.ts'
import { isSameStore } from '../stores/store-name.ts'
import { accountHash, type AccountKey, accountText, isAmong, isSameAccount } from './account-key.ts'
import type * as AccountPages from './account-page.ts'
import type { AccountPage, PageRequest } from './account-page.ts'

/** The non-secret data of an account. */
export interface Account extends AccountKey {
  readonly clientType: ClientType
  readonly redirectUris: readonly string[]
  /** The name of the store that holds its secrets. */
  readonly store: string
  /** Other stores that may hold its secrets, from earlier logins. They are used if `store` has no refresh token. */
  readonly otherStores: readonly string[]
  /** The claims of the last verified ID token; null if there never was one. */
  readonly claims: JsonObject | null
  readonly requestedScopes: readonly string[]
  readonly grantedScopes: readonly string[]
  readonly hasRefreshToken: boolean
  /** Whether the refresh token is bound to a key, which lies with it in the store (RFC 9449). */
  readonly isBound: boolean
  /** The nonce for the next proof of a refresh, as the server gave it; not secret. null if it gave none. */
  readonly refreshNonce: string | null
  /** Whether the server has replaced refresh tokens when they were used. Google's does not. */
  readonly rotatesRefreshTokens: boolean
  /** Times are RFC 3339, UTC. */
  readonly refreshTokenObtainedAt: string | null
  /** When the server last accepted it; null in lists written before this was recorded. */
  readonly refreshTokenUsedAt: string | null
  readonly refreshTokenExpiresAt: string | null
  readonly accessTokenExpiresAt: string | null
  /** When this account's refresh tokens were obtained here, oldest first. Capped: Google keeps 100. */
  readonly refreshTokenIssuances: readonly string[]
  /** When the grant of another client of this project was revoked here; a new refresh token clears it. */
  readonly projectRevokedAt: string | null
  /** The reason that there is no refresh token any more; null if none was refused. */
  readonly refreshTokenRefusal: KeptRefusal | null
}

/** A stored refusal, so that the next command reports the same. */
interface KeptRefusal {
  readonly at: string
  readonly error: string
  readonly description: string | null
  readonly causes: readonly Pick<RankedCause, 'cause' | 'likelihood'>[]
}

/** The initial history of an account that is only known by its key. */
export const unknownHistory = {
  isBound: false,
  refreshNonce: null,
  otherStores: [],
  requestedScopes: [],
  grantedScopes: [],
  rotatesRefreshTokens: false,
  refreshTokenObtainedAt: null,
  refreshTokenExpiresAt: null,
  accessTokenExpiresAt: null,
  refreshTokenUsedAt: null,
  refreshTokenIssuances: [],
  projectRevokedAt: null,
  refreshTokenRefusal: null,
} as const satisfies Partial<Account>

/** All accounts, and the default one. */
export interface Accounts {
  readonly accounts: readonly Account[]
  readonly default: AccountKey | null
  /**
   * Marks of accounts that were removed from the list, made by {@link accountHash}, because users do not expect the
   * subject to remain. At most two, enough to detect the removal of another account.
   */
  readonly removed: readonly string[]
}

/** Returns the new list of accounts. Removed accounts are recorded automatically. */
export type Change = (accounts: Accounts) => Pick<Accounts, 'accounts' | 'default'>

/** The accounts that a caller needs from a list. Each member adds some. */
export interface Sought {
  /** Those that this value of `--account` may mean, and those with this display name. */
  readonly name?: string | undefined
  /** This account, and the others of its person. */
  readonly key?: AccountKey | undefined
  /** Some accounts of this server. */
  readonly issuer?: string | undefined
  /** Some accounts of this client. */
  readonly clientId?: string | undefined
}

/** Stores the list of accounts, which contains no secrets. */
export interface AccountIndex {
  /**
   * Returns the list. Without `sought`, it is complete. Otherwise a list of thousands may leave out accounts, but never
   * the sought ones, the default, and enough others to see that there are more.
   * @throws Failure `config_not_private`, `config_unusable`, `index_damaged`
   */
  read(sought?: Sought): Promise<Accounts>
  /**
   * Returns a part of the list. The order does not change when accounts are added, changed or removed.
   * @throws Failure `config_not_private`, `config_unusable`, `index_damaged`; `usage` for an unusable `after`
   */
  page(request: PageRequest): Promise<AccountPage>
  /** Adds an account, or replaces it. @throws Failure `config_unusable`, `index_damaged`, `lock_busy` */
  put(account: Account): Promise<void>
  /**
   * Removes an account.
   * @param revokedAt when its grant was revoked, RFC 3339: Google revokes it for all clients of the project, so it is
   *   recorded at the accounts of the same grant
   * @throws Failure `config_unusable`, `index_damaged`, `lock_busy`
   */
  remove(account: AccountKey, revokedAt?: string): Promise<void>
  /** Makes a listed account the default. @throws Failure `config_unusable`, `index_damaged`, `lock_busy` */
  setDefault(account: AccountKey): Promise<void>
  /**
   * Changes the list, and treats a damaged one as empty.
   * @throws Failure `config_unusable`, `lock_busy`
   */
  replaceDamaged(change: Change): Promise<void>
  /** Makes sure that the list can be changed. @throws Failure `config_unusable`, `index_damaged`, `lock_busy` */
  probe(): Promise<void>
}

/** Returns the change that adds an account to a list, or replaces it in its place, so that pages stay in order. */
function putting(account: Account): Change {
  return ({ accounts, default: preferred }) => ({
    accounts: isAmong(accounts, account)
      ? accounts.map((other) => (isSameAccount(other, account) ? account : other))
      : [...accounts, account],
    default: preferred,
  })
}

function removing(account: AccountKey, revokedAt: string | undefined): Change {
  return ({ accounts, default: preferred }) => ({
    accounts: accounts
      .filter((other) => !isSameAccount(other, account))
      .map((other) =>
        revokedAt !== undefined && isSameGrant(other, account) ? { ...other, projectRevokedAt: revokedAt } : other,
      ),
    default: preferred,
  })
}

function preferring({ issuer, clientId, sub }: AccountKey): Change {
  return ({ accounts }) => ({ accounts, default: { issuer, clientId, sub } })
}

/** Returns the operations that change an account of a list which is read and replaced as a whole. */
function changesWith(update: (change: Change) => Promise<void>): Pick<AccountIndex, 'put' | 'remove' | 'setDefault'> {
  return {
    put: (account) => update(putting(account)),
    remove: (account, revokedAt) => update(removing(account, revokedAt)),
    setDefault: (account) => update(preferring(account)),
  }
}

/**
 * Returns whether both belong to one grant: the same person, and clients of one Cloud project, whose number begins
 * their IDs.
 */
export function isSameGrant(a: AccountKey, b: AccountKey): boolean {
  return a.issuer === b.issuer && a.sub === b.sub && projectOf(a) !== undefined && projectOf(a) === projectOf(b)
}

function projectOf({ clientId }: AccountKey): string | undefined {
  return /^(\d+)-/.exec(clientId)?.[1]
}

const none: Accounts = { accounts: [], default: null, removed: [] }
// A damaged list may have lost its marks, so an account may have been removed.
const damaged: Accounts = { ...none, removed: ['unknown'] }

/** Returns whether an account other than this one was ever removed from the list. */
export function wasAnotherRemoved({ removed }: Accounts, account: AccountKey): boolean {
  return removed.some((mark) => mark !== accountHash(account))
}

/**
 * Applies a change and enforces the list's rules: no duplicates, no missing default, and marks for removed accounts.
 */
export function changed(before: Accounts, change: Change): Accounts {
  const { accounts, default: preferred } = change(before)
  // A set, because each of thousands of accounts would be compared with every other.
  const listed = new Set(accounts.map(accountText))
  const left = before.accounts.filter((account) => !listed.has(accountText(account)))
  return {
    accounts: eachOnce(accounts),
    default: preferred !== null && isAmong(accounts, preferred) ? preferred : null,
    removed: [...new Set([...before.removed, ...left.map(accountHash)])].slice(0, 2),
  }
}

function eachOnce(accounts: readonly Account[]): readonly Account[] {
  const kept = new Map<string, Account>()
  for (const account of accounts) {
    const key = accountText(account)
    const other = kept.get(key)
    kept.set(key, other === undefined ? account : merged(other, account))
  }
  return [...kept.values()]
}

/** Merges two entries for the same account: keeps the one with the newer refresh token, and adds the other's stores. */
function merged(a: Account, b: Account): Account {
  const age = ({ hasRefreshToken, refreshTokenObtainedAt }: Account): number =>
    hasRefreshToken ? Date.parse(refreshTokenObtainedAt ?? '') || 0 : -1
  const [better, other] = age(a) > age(b) ? [a, b] : [b, a]
  return withOtherStores(better, [...other.otherStores, other.store])
}

/** Returns the account with more stores that may hold its secrets. */
export function withOtherStores(account: Account, more: readonly string[]): Account {
  const others: string[] = []
  for (const store of [...account.otherStores, ...more])
    if (![account.store, ...others].some((known) => isSameStore(known, store))) others.push(store)
  return { ...account, otherStores: others }
}

/** Returns the account in one of its remaining stores, or nothing if there is none. */
export function withoutStore(account: Account, store: string): readonly Account[] {
  const otherStores = account.otherStores.filter((other) => !isSameStore(other, store))
  if (!isSameStore(account.store, store)) return [{ ...account, otherStores }]
  const [next, ...others] = otherStores
  return next === undefined ? [] : [{ ...account, store: next, otherStores: others }]
}

// Enough for some ten thousand accounts.
const largestFileBytes = 64 * 1024 * 1024

/** Stores the list of accounts in a folder's `accounts.json`: replaced atomically, readable only by its owner. */
export function fileAccountIndex(folder: string, waiting: Omit<LockOptions, 'purpose'>): AccountIndex {
  const file = join(folder, 'accounts.json')
  const locked = async <T>(work: (lock: HeldLock) => T): Promise<T> => {
    makePrivateFolder(folder)
    const purpose = 'a change to the list of accounts'
    return withLock(`${file}.lock`, { ...waiting, purpose }, (lock) => Promise.resolve(work(lock)))
  }
  let areSubfoldersChecked = false
  let last: { readonly bytes: Buffer; readonly accounts: Accounts } | undefined
  const read = (): Accounts => {
    const bytes = readIndex(folder, file, areSubfoldersChecked)
    areSubfoldersChecked = true
    if (bytes === undefined) return none
    // Comparing takes a tenth of the time that parsing a long list does.
    if (last?.bytes.equals(bytes) !== true) last = { bytes, accounts: parsedIndex(bytes, file) }
    return last.accounts
  }
  const update = (change: Change, current = read): Promise<void> =>
    locked((lock) => {
      const accounts = changed(current(), change)
      const bytes = Buffer.from(serialized(accounts))
      lock.confirm()
      replace(file, bytes)
      last = { bytes, accounts }
    })
  return {
    read: async () => read(),
    page: async (request) => (await pages()).pageOf(read(), request),
    ...changesWith(update),
    replaceDamaged: (change) => update(change, () => readUndamaged(read)),
    // Replaces the file with its own content: this needs everything that a change needs, and changes nothing.
    probe: () =>
      locked(() => {
        const bytes = readIndex(folder, file, areSubfoldersChecked)
        if (bytes !== undefined && parseAccounts(bytes) === undefined)
          throw new Failure('index_damaged', { path: file })
        replace(file, bytes ?? serialized(none))
        if (bytes === undefined) rmSync(file, { force: true })
      }),
  }
}

/**
 * Returns the list of a folder's `accounts.json`.
 * @throws Failure `config_not_private`, `config_unusable`, `index_damaged`
 */
export function readAccountsFile(folder: string): Accounts {
  const file = join(folder, 'accounts.json')
  const bytes = readIndex(folder, file, false)
  return bytes === undefined ? none : parsedIndex(bytes, file)
}

function parsedIndex(bytes: Buffer, path: string): Accounts {
  const accounts = parseAccounts(bytes)
  if (accounts === undefined) throw new Failure('index_damaged', { path })
  return accounts
}

function readIndex(folder: string, file: string, areSubfoldersChecked: boolean): Buffer | undefined {
  try {
    const isThere = demandPrivateFolder(folder)
    // Checked first in every command: the other folders are opened when a code or token may already be used.
    if (!areSubfoldersChecked)
      for (const name of ['keys', 'locks', 'used-codes', 'uploads']) demandPrivateFolder(join(folder, name))
    return isThere ? readOwnFile(file, largestFileBytes) : undefined
  } catch (error) {
    throw error instanceof Failure ? error : unusable(folder, error)
  }
}

function serialized(accounts: Accounts): string {
  return `${JSON.stringify({ version: 1, ...accounts }, null, 2)}\n`
}

function readUndamaged(read: () => Accounts): Accounts {
  try {
    return read()
  } catch (error) {
    if (isFailure(error, 'index_damaged')) return damaged
    throw error
  }
}

function replace(file: string, content: string | Uint8Array): void {
  try {
    replaceFile(file, content)
  } catch (error) {
    throw unusable(file, error)
  }
}

function unusable(path: string, error: unknown): Failure {
  return new Failure('config_unusable', { path, problem: fileProblem(error) }, { cause: error })
}

// Loaded on demand: few commands list pages.
const pages = (): Promise<typeof AccountPages> => import('./account-page.ts')

/** Stores the list of accounts in memory, for a run that must leave nothing on disk. */
export function memoryAccountIndex(items: MemoryItems): AccountIndex {
  const read = (): Accounts => parseAccounts(Buffer.from(items.get('accounts') ?? '')) ?? none
  const update = async (change: Change): Promise<void> => {
    items.set('accounts', serialized(changed(read(), change)))
  }
  return {
    read: async () => read(),
    page: async (request) => (await pages()).pageOf(read(), request),
    ...changesWith(update),
    replaceDamaged: update,
    probe: () => Promise.resolve(),
  }
}

function parseAccounts(bytes: Buffer): Accounts | undefined {
  const object = parseJsonObject(bytes)
  if (object?.['version'] !== 1 || !Array.isArray(object['accounts'])) return undefined
  const accounts = object['accounts'].flatMap((account: unknown) => parseAccount(account) ?? [])
  if (accounts.length !== object['accounts'].length) return undefined
  const preferred = object['default']
  const { removed } = object
  return {
    accounts: eachOnce(accounts),
    default: isAccountKey(preferred) ? preferred : null,
    removed: isListOfStrings(removed) ? removed.slice(0, 2) : [],
  }
}

/** Returns a stored account; undefined if it is not one. */
export function parseAccount(value: unknown): Account | undefined {
  return isAccount(value) ? withHistory(value) : undefined
}

function isAccountKey(value: unknown): value is AccountKey {
  const { issuer, clientId, sub } = (value ?? {}) as Partial<AccountKey>
  return typeof issuer === 'string' && typeof clientId === 'string' && typeof sub === 'string'
}

function isAccount(value: unknown): value is Account {
  if (!isAccountKey(value)) return false
  const account = value as Partial<Account>
  const isTime = (time: unknown): boolean => time === null || typeof time === 'string'
  return (
    (account.clientType === 'web' || account.clientType === 'installed') &&
    typeof account.store === 'string' &&
    typeof account.hasRefreshToken === 'boolean' &&
    typeof account.rotatesRefreshTokens === 'boolean' &&
    [account.redirectUris, account.requestedScopes, account.grantedScopes].every(isListOfStrings) &&
    [account.refreshTokenObtainedAt, account.refreshTokenExpiresAt, account.accessTokenExpiresAt].every(isTime) &&
    (account.claims === null || isJsonObject(account.claims))
  )
}

// Lists of older versions lack these; losing them must not lose the account.
function withHistory(account: Account): Account {
  const { otherStores, refreshTokenUsedAt, refreshTokenIssuances, projectRevokedAt, refreshTokenRefusal } =
    account as Partial<Account>
  const { isBound, refreshNonce } = account as Partial<Account>
  const timeOrNull = (time: unknown): string | null =>
    typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? time : null
  return {
    ...account,
    isBound: isBound === true,
    refreshNonce: typeof refreshNonce === 'string' ? refreshNonce : null,
    otherStores: isListOfStrings(otherStores) ? otherStores : [],
    refreshTokenUsedAt: timeOrNull(refreshTokenUsedAt),
    refreshTokenIssuances: isListOfStrings(refreshTokenIssuances) ? refreshTokenIssuances : [],
    projectRevokedAt: timeOrNull(projectRevokedAt),
    refreshTokenRefusal: isKeptRefusal(refreshTokenRefusal) ? refreshTokenRefusal : null,
  }
}

function isKeptRefusal(value: unknown): value is KeptRefusal {
  if (!isJsonObject(value) || typeof value['at'] !== 'string' || Number.isNaN(Date.parse(value['at']))) return false
  const { error, description, causes } = value
  return (
    typeof error === 'string' &&
    (description === null || typeof description === 'string') &&
    Array.isArray(causes) &&
    causes.every(
      (cause: unknown) =>
        isJsonObject(cause) &&
        (refusalCauses as readonly unknown[]).includes(cause['cause']) &&
        (likelihoods as readonly unknown[]).includes(cause['likelihood']),
    )
  )
}

function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
