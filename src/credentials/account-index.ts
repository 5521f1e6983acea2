import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, isFailure, fileProblem } from '../failures/index.ts'
import { type LockOptions, withLock } from '../files/lock.ts'
import { replaceFile } from '../files/replace-file.ts'
import { type JsonObject, parseJsonObject } from '../http/json.ts'
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
  readonly refreshTokenExpiresAt: string | null
  readonly accessTokenExpiresAt: string | null
}

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
  return { accounts, default: isAccountKey(preferred) ? preferred : null }
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
    (account.claims === null || typeof account.claims === 'object')
  )
}

function isListOfStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
