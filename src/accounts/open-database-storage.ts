import { setMaxListeners } from 'node:events'
import { databaseLocks } from '../database/database-locks.ts'
import { reachDatabase } from '../database/reach-database.ts'
import { sealedDatabase } from '../database/sealed-database.ts'
import { readStoreKeys } from '../database/store-keys.ts'
import { Failure } from '../failures/index.ts'
import { sealedStore } from '../stores/sealed-store.ts'
import { accountWork } from './account-key.ts'
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
  const { pool, keyFile, keyCommand } = access
  const { signal } = waiting
  // A server waits for many locks at the same time, which is no leak.
  setMaxListeners(0, signal)
  // The locks would take it, and the work under a lock would wait forever.
  if (pool?.options?.max === 1) throw new Failure('database_pool_too_small', {})
  const database = sealedDatabase(reachDatabase(name, access, env, waiting), () =>
    readStoreKeys({ file: keyFile, command: keyCommand, env, signal }),
  )
  const exclusively = databaseLocks(database, { ...waiting, purpose: accountWork })
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
