import { setMaxListeners } from 'node:events'
import { openDatabase } from '../database/database.ts'
import { databaseLocks } from '../database/database-locks.ts'
import { openPool } from '../database/pool.ts'
import { sealedDatabase } from '../database/sealed-database.ts'
import { readStoreKeys } from '../database/store-keys.ts'
import { Failure } from '../failures/index.ts'
import { sealedStore } from '../stores/sealed-store.ts'
import type { AccountStorage } from './account-storage.ts'
import { credentialItem } from './credential.ts'
import type { DatabaseStorageOptions } from './database-storage.ts'
import { sealedAccountIndex } from './sealed-account-index.ts'
import { sealedUsedCodes } from './sealed-used-codes.ts'

/**
 * Opens a storage in a PostgreSQL database. Connects with the first use. The signal and the notices of the first caller
 * serve all later ones.
 * @throws Failure `database_pool_too_small`
 */
export function openDatabaseStorage(options: DatabaseStorageOptions): AccountStorage {
  const { name, access, env, waiting, at } = options
  const { url, pool, allowsPlainText, keyFile, keyCommand } = access
  const { signal } = waiting
  // A server waits for many locks at the same time, which is no leak.
  setMaxListeners(0, signal)
  // The locks would take it, and the work under a lock would wait for ever.
  if (pool?.options?.max === 1) throw new Failure('database_pool_too_small', {})
  const plain = openDatabase({
    name,
    pool: async () => pool ?? openPool({ url, env, allowsPlainText }),
    ...waiting,
  })
  const database = sealedDatabase(plain, () => readStoreKeys({ file: keyFile, command: keyCommand, env, signal }))
  const exclusively = databaseLocks(database, waiting)
  return {
    secrets: sealedStore(database),
    index: sealedAccountIndex(database),
    usedCodes: sealedUsedCodes(database),
    listIdentity: name,
    at,
    async exclusively(key, work) {
      await database.ready()
      return exclusively(credentialItem(key), work)
    },
  }
}
