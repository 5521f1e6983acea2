import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Environment } from '../core/environment.ts'
import { oneAtATime } from '../core/one-at-a-time.ts'
import type { Secret } from '../core/secret.ts'
import { sha256 } from '../core/sha256.ts'
import { Failure } from '../failures/index.ts'
import { type LockOptions, withLock } from '../files/lock.ts'
import { makePrivateFolder } from '../files/own-file.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { DpopKey } from '../oauth/dpop-key.ts'
import { ageFileStore } from '../stores/age-file-store.ts'
import { helperStore } from '../stores/helper-store.ts'
import { keychainStore, type KeychainWaiting } from '../stores/keychain-store.ts'
import { type MemoryItems, memoryStore } from '../stores/memory-store.ts'
import type { SecretStore } from '../stores/secret-store.ts'
import { isDatabaseStore, isSameStore } from '../stores/store-name.ts'
import { type AccountIndex, fileAccountIndex, memoryAccountIndex } from './account-index.ts'
import { type AccountKey, accountWork } from './account-key.ts'
import type { DatabaseAccess } from '../database/database-access.ts'
import { databaseStorage, type OpenedDatabases } from './database-storage.ts'
import { credentialItem, longestCredential } from './credential.ts'
import { fileUsedCodes, memoryUsedCodes, type UsedCodes } from './used-codes.ts'

/** Stores accounts: the secrets in a store, everything else in the index. */
export interface AccountStorage {
  readonly secrets: SecretStore
  readonly index: AccountIndex
  readonly usedCodes: UsedCodes
  /** Identifies the list and the locks: the same value in all storages that share them. */
  readonly listIdentity: unknown
  /** Returns the same list and locks with another store, by its name. @throws Failure `store_unknown` */
  at(store: string): AccountStorage
  /** Runs work on an account while no other process does. @throws Failure `lock_busy` and what `work` throws */
  exclusively<T>(key: AccountKey, work: () => Promise<T>): Promise<T>
}

/** The options of {@link openAccountStorage}. */
export interface AccountStorageOptions {
  /** The folder of the index and the locks. */
  readonly configDir: string
  /** The items of the memory store. */
  readonly memory: MemoryItems
  /** Called when the age file of this store name is opened or created. */
  readonly passphrase: (purpose: 'open' | 'create', store: string) => Promise<Secret>
  /** Passed on to child processes. */
  readonly env: Environment
  readonly waiting: Omit<LockOptions, 'purpose'> & KeychainWaiting
  /** How to reach the database of a `postgres:` store. */
  readonly database?: DatabaseAccess | undefined
  /** The databases that are open already. */
  readonly openedDatabases: OpenedDatabases
}

/**
 * Opens a store by its name: `keychain`, `memory`, `file:PATH`, `helper:NAME`, `postgres:URL`. Never falls back to
 * another store.
 * @throws Failure `store_unknown`
 */
export function openAccountStorage(store: string, options: AccountStorageOptions): AccountStorage {
  const { configDir, waiting } = options
  const usedCodes = fileUsedCodes(join(configDir, 'used-codes'))
  // A code is sent only once, whatever happens to its tokens: the next process must know it too.
  if (store === 'memory') return { ...memoryStorage(options.memory), usedCodes }
  if (isDatabaseStore(store)) return storageInDatabase(store, options)
  return {
    secrets: openStore(store, options),
    at: (other) => openAccountStorage(other, options),
    index: fileAccountIndex(configDir, waiting),
    listIdentity: configDir,
    usedCodes,
    async exclusively(key, work) {
      const locks = join(configDir, 'locks')
      makePrivateFolder(locks)
      return withLock(join(locks, lockName(key)), { ...waiting, purpose: accountWork }, work)
    },
  }
}

function storageInDatabase(name: string, options: AccountStorageOptions): AccountStorage {
  const { database: access, openedDatabases: opened, env, waiting } = options
  // A list of accounts on this machine never names a database.
  if (access === undefined) throw new Failure('store_unknown', { store: name })
  const storage: AccountStorage = databaseStorage({
    name,
    access,
    opened,
    env,
    waiting,
    at: (other) => (isSameStore(other, name) ? storage : openAccountStorage(other, options)),
  })
  return storage
}

function openStore(store: string, { passphrase, env, waiting }: AccountStorageOptions): SecretStore {
  if (store === 'keychain') return keychainStore(waiting)
  const [, kind, name = ''] = /^(file|helper):(.+)$/s.exec(store) ?? []
  if (kind === 'file') return ageFileStore({ file: name, passphrase: (purpose) => passphrase(purpose, store), waiting })
  if (kind === 'helper' && /^[\w-]+$/.test(name)) return helperStore({ helper: name, env, signal: waiting.signal })
  throw new Failure('store_unknown', { store })
}

/** Returns a storage that leaves nothing on the disk. */
export function memoryStorage(items: MemoryItems, name = 'memory'): AccountStorage {
  const queued = oneAtATime()
  const storage: AccountStorage = {
    secrets: memoryStore(items, name),
    // This store holds everything that its list names.
    at: () => storage,
    index: memoryAccountIndex(items),
    listIdentity: items,
    usedCodes: memoryUsedCodes(),
    exclusively: (key, work) => queued(credentialItem(key), work),
  }
  return storage
}

/**
 * Makes sure that an account can be stored, and that a credential of this client fits.
 * @param dpopKey the key that the refresh token will be bound to
 * @throws Failure of the store group (exit 7)
 */
export async function probeStorage(storage: AccountStorage, client?: OAuthClient, dpopKey?: DpopKey): Promise<void> {
  const { secrets, index } = storage
  await index.probe()
  // A random account that no other process can have locked.
  await storage.exclusively({ issuer: 'probe', clientId: 'probe', sub: randomUUID() }, () => Promise.resolve())
  await secrets.probe(client === undefined ? 0 : longestCredential(client, dpopKey))
}

function lockName(key: AccountKey): string {
  return `${sha256(credentialItem(key), 24)}.lock`
}
