import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '../failures/index.ts'
import { type JsonObject, parseJsonObject } from '../http/json.ts'
import { type ClientType, fileProblem } from '../oauth/client.ts'
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
  /** @throws Failure `config_unusable` */
  read(): Accounts
  /** Replaces the list in one step. @throws Failure `config_unusable` */
  write(accounts: Accounts): void
  /** Makes sure that {@link write} will work. @throws Failure `config_unusable` */
  probe(): void
}

const none: Accounts = { accounts: [], default: null }

/** The list of accounts in `accounts.json` of a folder: replaced atomically, readable only by its owner. */
export function fileAccountIndex(folder: string): AccountIndex {
  const file = join(folder, 'accounts.json')
  const unusable = (error: unknown): Failure =>
    new Failure('config_unusable', { path: file, problem: fileProblem(error) }, { cause: error })
  const replace = (name: string, text: string): void => {
    const temporary = `${name}.${process.pid}.tmp`
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      writeFileSync(temporary, text, { mode: 0o600, flush: true })
      renameSync(temporary, name)
    } catch (error) {
      discard(temporary)
      throw unusable(error)
    }
  }
  return {
    read() {
      let bytes: Buffer
      try {
        bytes = readFileSync(file)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return none
        throw unusable(error)
      }
      const accounts = parseAccounts(bytes)
      if (accounts === undefined)
        throw new Failure('config_unusable', {
          path: file,
          problem: 'it is not a list of accounts that this version wrote',
        })
      return accounts
    },
    write: (accounts) => replace(file, `${JSON.stringify({ version: 1, ...accounts }, null, 2)}\n`),
    probe() {
      const probe = `${file}.${process.pid}.probe`
      replace(probe, '')
      discard(probe)
    },
  }
}

function discard(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // Where it could not be written, there is nothing to remove; what went wrong there is what is reported.
  }
}

/** The list of accounts for a run that must leave nothing behind. */
export function memoryAccountIndex(items: Map<string, string>): AccountIndex {
  return {
    read: () => parseAccounts(Buffer.from(items.get('accounts') ?? '')) ?? none,
    write: (accounts) => {
      items.set('accounts', JSON.stringify({ version: 1, ...accounts }))
    },
    probe: () => undefined,
  }
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
    [account.redirectUris, account.requestedScopes, account.grantedScopes].every(isListOfStrings) &&
    [account.refreshTokenObtainedAt, account.refreshTokenExpiresAt, account.accessTokenExpiresAt].every(isTime) &&
    (account.claims === null || typeof account.claims === 'object')
  )
}

function isListOfStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
