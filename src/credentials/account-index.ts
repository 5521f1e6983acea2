import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, isFailure, fileProblem, likelihoods, type RankedCause, refusalCauses } from '../failures/index.ts'
import { type LockOptions, withLock } from '../files/lock.ts'
import { replaceFile } from '../files/replace-file.ts'
import { isJsonObject, type JsonObject, parseJsonObject } from '../http/json.ts'
import { type ClientType } from '../oauth/client.ts'
import type { AccountKey } from './credential.ts'

/** What is known of an account apart from its secrets. */
export interface Account extends AccountKey {
  readonly clientType: ClientType
  readonly redirectUris: readonly string[]
  /** The name of the store that keeps its secrets. */
  readonly store: string
  /** The claims of the last verified ID token; null where there never was one. */
  readonly claims: JsonObject | null
  readonly requestedScopes: readonly string[]
  readonly grantedScopes: readonly string[]
  readonly hasRefreshToken: boolean
  /** Whether the server was seen to replace refresh tokens as they are used. Google's does not. */
  readonly rotatesRefreshTokens: boolean
  /** Times are RFC 3339, UTC. */
  readonly refreshTokenObtainedAt: string | null
  /** When the server last took it; null in a list of before this was noted. */
  readonly refreshTokenUsedAt: string | null
  readonly refreshTokenExpiresAt: string | null
  readonly accessTokenExpiresAt: string | null
  /** When refresh tokens of this account came here, oldest first. Not more than matter: Google keeps 100 alive. */
  readonly refreshTokenIssuances: readonly string[]
  /** When the grant of another client of this project was revoked here; a new refresh token clears it. */
  readonly projectRevokedAt: string | null
  /** Why there is no refresh token any more; null where none was refused. */
  readonly refreshTokenRefusal: KeptRefusal | null
}

/** A refusal as the list keeps it, so that the next command says the same. */
interface KeptRefusal {
  readonly at: string
  readonly error: string
  readonly description: string | null
  readonly causes: readonly Pick<RankedCause, 'cause' | 'likelihood'>[]
}

/** What an account has when nothing is known of it but whose it is. */
export const unknownHistory = {
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

/** All accounts and which of them is the default. */
export interface Accounts {
  readonly accounts: readonly Account[]
  readonly default: AccountKey | null
}

/** Where the list of accounts is kept. It holds no secret. */
export interface AccountIndex {
  /** @throws Failure `config_unusable`, `index_damaged` */
  read(): Accounts
  /** Reads, changes and replaces the list while no other process does. @throws Failure `config_unusable`, `index_damaged`, `lock_busy` */
  update(change: (accounts: Accounts) => Accounts): Promise<void>
  /** {@link update} for a list that may be damaged: that counts as empty. @throws Failure `config_unusable`, `lock_busy` */
  replaceDamaged(change: (accounts: Accounts) => Accounts): Promise<void>
  /** Makes sure that {@link update} will work. @throws Failure `config_unusable`, `lock_busy` */
  probe(): Promise<void>
}

const none: Accounts = { accounts: [], default: null }

/** The list of accounts in `accounts.json` of a folder: replaced atomically, readable only by its owner. */
export function fileAccountIndex(folder: string, waiting: Omit<LockOptions, 'purpose'>): AccountIndex {
  const file = join(folder, 'accounts.json')
  const locked = <T>(work: () => Promise<T>): Promise<T> =>
    withLock(`${file}.lock`, { ...waiting, purpose: 'a change to the list of accounts' }, work)
  const index: AccountIndex = {
    read() {
      let bytes: Buffer
      try {
        bytes = readFileSync(file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none
        throw unusable(file, error)
      }
      const accounts = parseAccounts(bytes)
      if (accounts === undefined) throw new Failure('index_damaged', { path: file })
      return accounts
    },
    update: (change) =>
      locked(() => {
        replace(file, serialized(change(index.read())))
        return Promise.resolve()
      }),
    replaceDamaged: (change) =>
      locked(() => {
        replace(file, serialized(change(readUndamaged(index))))
        return Promise.resolve()
      }),
    // Taking the lock writes into the folder, which is what could fail.
    probe: () => locked(() => Promise.resolve()),
  }
  return index
}

function serialized(accounts: Accounts): string {
  return `${JSON.stringify({ version: 1, ...accounts }, null, 2)}\n`
}

function readUndamaged(index: AccountIndex): Accounts {
  try {
    return index.read()
  } catch (error) {
    if (isFailure(error, 'index_damaged')) return none
    throw error
  }
}

function replace(file: string, text: string): void {
  try {
    replaceFile(file, text)
  } catch (error) {
    throw unusable(file, error)
  }
}

function unusable(path: string, error: unknown): Failure {
  return new Failure('config_unusable', { path, problem: fileProblem(error) }, { cause: error })
}

/** The list of accounts for a run that must leave nothing behind. */
export function memoryAccountIndex(items: Map<string, string>): AccountIndex {
  const index: AccountIndex = {
    read: () => parseAccounts(Buffer.from(items.get('accounts') ?? '')) ?? none,
    update: (change) => {
      items.set('accounts', serialized(change(index.read())))
      return Promise.resolve()
    },
    replaceDamaged: (change) => index.update(change),
    probe: () => Promise.resolve(),
  }
  return index
}

function parseAccounts(bytes: Buffer): Accounts | undefined {
  const object = parseJsonObject(bytes)
  if (object?.['version'] !== 1 || !Array.isArray(object['accounts'])) return undefined
  const accounts = object['accounts'].filter(isAccount)
  if (accounts.length !== object['accounts'].length) return undefined
  const preferred = object['default']
  return { accounts: accounts.map(withHistory), default: isAccountKey(preferred) ? preferred : null }
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

// A list of an older version lacks these, and none of them is worth losing an account for.
function withHistory(account: Account): Account {
  const { refreshTokenUsedAt, refreshTokenIssuances, projectRevokedAt, refreshTokenRefusal } =
    account as Partial<Account>
  const timeOrNull = (time: unknown): string | null =>
    typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? time : null
  return {
    ...account,
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
