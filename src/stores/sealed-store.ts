import { Secret } from '../core/secret.ts'
import type { SealedDatabase, SealedRow } from '../database/sealed-database.ts'
import { probeValue, type SecretStore } from './secret-store.ts'

/** Stores secrets as sealed rows of a database. */
export function sealedStore(database: SealedDatabase): SecretStore {
  const rowOf = (item: string): SealedRow => ({ table: 'items', key: [item] })
  const write = (item: string, value: Secret): Promise<unknown> =>
    database.writeSealed(rowOf(item), value.reveal(), ({ keyId, wrappedKey, box }) => [
      `INSERT INTO gsa.items (name, key_id, wrapped_key, box) SELECT $1, $2, $3, $4 FROM gsa.store WHERE key_id = $2
       ON CONFLICT (name) DO UPDATE
         SET key_id = excluded.key_id, wrapped_key = excluded.wrapped_key, box = excluded.box, changed_at = now()
       RETURNING 1`,
      [item, keyId, wrappedKey, box],
    ])
  return {
    name: database.name,
    holdsLongItems: true,
    // Not committed, so that it costs no wait for the disk, and nothing remains if this process is killed.
    async probe(length = 0) {
      await database.demandWritable()
      await database.transaction(async (query) => {
        await query('SAVEPOINT probe')
        const values = [`probe ${process.pid}`, '', Buffer.alloc(0), Buffer.from(probeValue(length).reveal())]
        await query(
          `INSERT INTO gsa.items (name, key_id, wrapped_key, box) VALUES ($1, $2, $3, $4)
           ON CONFLICT (name) DO UPDATE SET box = excluded.box`,
          values,
        )
        await query('DELETE FROM gsa.items WHERE name = $1', values.slice(0, 1))
        await query('ROLLBACK TO SAVEPOINT probe')
      })
    },
    async get(item) {
      const [row] = await database.query('SELECT key_id, wrapped_key, box FROM gsa.items WHERE name = $1', [item])
      return row === undefined ? undefined : new Secret(await database.unsealed(rowOf(item), row))
    },
    async set(item, value) {
      await write(item, value)
    },
    async delete(item) {
      const rows = await database.query('DELETE FROM gsa.items WHERE name = $1 RETURNING 1', [item])
      return rows.length > 0
    },
    async items() {
      const rows = await database.query('SELECT name FROM gsa.items')
      return rows.map(({ name }) => String(name))
    },
  }
}
