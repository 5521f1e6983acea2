import { Secret } from '../../src/core/secret.ts'
import { openDatabase } from '../../src/database/database.ts'
import { openPool } from '../../src/database/pool.ts'
import { storeKey } from '../../src/database/sealing.ts'
import { type SealedDatabase, sealedDatabase } from '../../src/database/sealed-database.ts'
import { sealedStore } from '../../src/stores/sealed-store.ts'
import type { SecretStore } from '../../src/stores/secret-store.ts'

export function openSealedDatabase({ url, key }: { readonly url: string; readonly key: string }): SealedDatabase {
  const database = openDatabase({
    name: 'postgres://test',
    pool: async () => openPool({ url: new Secret(url), env: {}, allowsPlainText: false }),
    signal: new AbortController().signal,
  })
  return sealedDatabase(database, async () => Promise.resolve([storeKey(Buffer.from(key, 'base64'))]))
}

/** Opens the secrets of a PostgreSQL store. */
export function openPostgresStore(shared: { readonly url: string; readonly key: string }): SecretStore {
  return sealedStore(openSealedDatabase(shared))
}
