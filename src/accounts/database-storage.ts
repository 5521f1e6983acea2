import type { Environment } from '../core/environment.ts'
import { type DatabaseAccess, databaseIdentity } from '../database/database-access.ts'
import type { AccountStorage } from './account-storage.ts'

/** The storages of a program's databases, by how they are reached. One has one pool, one set of keys and of locks. */
export type OpenedDatabases = Map<string, Promise<AccountStorage>>

/** The options of {@link databaseStorage}. */
export interface DatabaseStorageOptions {
  /** The store's name, without user and password. */
  readonly name: string
  readonly access: DatabaseAccess
  readonly opened: OpenedDatabases
  readonly env: Environment
  readonly waiting: {
    readonly signal: AbortSignal
    readonly onWait?: ((sentence: string) => void) | undefined
  }
  /** Opens another store by its name. */
  readonly at: (store: string) => AccountStorage
}

/** Returns a storage in a PostgreSQL database: secrets, list, used codes and locks. Its first use loads the code. */
export function databaseStorage(options: DatabaseStorageOptions): AccountStorage {
  const { name, access, opened, env } = options
  // One pool leads to one database, whatever name a call gives it; its locks must share one connection.
  const identity = JSON.stringify(
    access.pool === undefined ? [name, ...databaseIdentity(access, env)] : [access.keyFile, access.keyCommand],
  )
  const storage = (): Promise<AccountStorage> => {
    const known = opened.get(identity)
    if (known !== undefined) return known
    const opening = import('./open-database-storage.ts').then(({ openDatabaseStorage }) => openDatabaseStorage(options))
    opened.set(identity, opening)
    return opening
  }
  return {
    secrets: {
      name,
      holdsLongItems: true,
      probe: async (length) => (await storage()).secrets.probe(length),
      get: async (item) => (await storage()).secrets.get(item),
      set: async (item, value) => (await storage()).secrets.set(item, value),
      delete: async (item) => (await storage()).secrets.delete(item),
      items: async () => (await storage()).secrets.items(),
    },
    index: {
      read: async (sought) => (await storage()).index.read(sought),
      put: async (account) => (await storage()).index.put(account),
      remove: async (account, revokedAt) => (await storage()).index.remove(account, revokedAt),
      setDefault: async (account) => (await storage()).index.setDefault(account),
      replaceDamaged: async (change) => (await storage()).index.replaceDamaged(change),
      probe: async () => (await storage()).index.probe(),
      page: async (request) => (await storage()).index.page(request),
    },
    usedCodes: {
      mark: async (code) => (await storage()).usedCodes.mark(code),
      unmark: async (code) => (await storage()).usedCodes.unmark(code),
      outcomes: {
        find: async (code) => (await storage()).usedCodes.outcomes?.find(code),
        keep: async (code, outcome) => (await storage()).usedCodes.outcomes?.keep(code, outcome),
      },
    },
    listIdentity: name,
    at: options.at,
    exclusively: async (key, work) => (await storage()).exclusively(key, work),
  }
}
