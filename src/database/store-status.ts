import type { Database, Query } from './database.ts'
import { lockNumber } from './database-locks.ts'
import { schemaVersion } from './migrations.ts'
import type { DatabaseRow } from './pool.ts'
import { sealedTables } from './sealed-tables.ts'
import { readStoreRow } from './store-row.ts'

const mostLocksShown = 20

/** The contents of a database, without its secrets. */
export interface StoreStatus {
  readonly database: string
  /** The version of the tables: 0 if there are none. */
  readonly schemaVersion: number
  /** The version that this gsa needs. */
  readonly neededSchemaVersion: number
  /** The ID of the store's key; null before its first use. */
  readonly keyId: string | null
  /** How many rows each key seals. */
  readonly rowsByKey: Readonly<Record<string, number>>
  readonly accounts: { readonly connected: number; readonly needsLogin: number; readonly unknown: number }
  readonly locks: readonly { readonly name: string; readonly holder: string; readonly since: string | null }[]
}

/** Returns what a database holds. Needs no key. @throws Failure of the store group */
export async function storeStatus(database: Database): Promise<StoreStatus> {
  const { name, query } = database
  const store = await readStoreRow(query)
  const nothing = { keyId: null, rowsByKey: {}, accounts: { connected: 0, needsLogin: 0, unknown: 0 }, locks: [] }
  const known = { database: name, schemaVersion: store?.schemaVersion ?? 0, neededSchemaVersion: schemaVersion }
  if (store === undefined || store.schemaVersion === 0) return { ...known, ...nothing }
  const keys = await query(
    `SELECT key_id, count(*) FROM (${sealedTables.map(({ table }) => `SELECT key_id FROM gsa.${table}`).join(' UNION ALL ')}) AS rows
     WHERE key_id IS NOT NULL GROUP BY key_id ORDER BY key_id`,
  )
  const states = await query(
    `SELECT CASE WHEN refresh_token_expires_at <= now() THEN 'needs_login' ELSE state END AS state, count(*)
     FROM gsa.accounts GROUP BY 1`,
  )
  const count = (state: string): number => Number(states.find((row) => row['state'] === state)?.['count'] ?? 0)
  const locks = await heldLocks(query)
  return {
    ...known,
    keyId: store.keyId ?? null,
    rowsByKey: Object.fromEntries(keys.map((row) => [String(row['key_id']), Number(row['count'])])),
    accounts: { connected: count('connected'), needsLogin: count('needs_login'), unknown: count('unknown') },
    locks: locks.map((row) => ({
      name: String(row['name']),
      holder: String(row['holder']),
      since: Number.isFinite(Number(row['taken_ms'])) ? new Date(Number(row['taken_ms'])).toISOString() : null,
    })),
  }
}

/** Returns the oldest locks. A killed process leaves its row, but not its advisory lock. */
async function heldLocks(query: Query): Promise<readonly DatabaseRow[]> {
  const held = await query(
    `SELECT (classid::bigint << 32 | objid::bigint)::text AS number FROM pg_locks
     WHERE locktype = 'advisory' AND granted AND objsubid = 1
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  )
  const numbers = new Set(held.map(({ number }) => String(number)))
  const rows = await query(
    'SELECT name, holder, extract(epoch FROM taken_at) * 1000 AS taken_ms FROM gsa.locks ORDER BY taken_at',
  )
  return rows.filter(({ name }) => numbers.has(lockNumber(String(name)))).slice(0, mostLocksShown)
}
