import { Failure } from '../failures/index.ts'
import type { Database, Query } from './database.ts'
import { lockNumber } from './locks.ts'
import { schemaOf, schemaVersion } from './migrations.ts'
import type { DatabaseRow } from './pool.ts'
import { rewrap, type SealedValue, type StoreKey } from './seal.ts'
import { identityOf, type SealedRow, sealedValueOf, type StoreKeys } from './sealed-database.ts'

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
  readonly locks: readonly { readonly name: string; readonly holder: string; readonly since: string }[]
}

/** Returns what a database holds. Needs no key. @throws Failure of the store group */
export async function storeStatus(database: Database): Promise<StoreStatus> {
  const { name, query } = database
  const version = await schemaOf(query)
  const nothing = { keyId: null, rowsByKey: {}, accounts: { connected: 0, needsLogin: 0, unknown: 0 }, locks: [] }
  const known = { database: name, schemaVersion: version, neededSchemaVersion: schemaVersion }
  if (version === 0) return { ...known, ...nothing }
  const [store] = await query('SELECT key_id FROM gsa.store')
  const keys = await query(
    `SELECT key_id, count(*) FROM (${tables.map(({ table }) => `SELECT key_id FROM gsa.${table}`).join(' UNION ALL ')}) AS rows
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
    keyId: typeof store?.['key_id'] === 'string' ? store['key_id'] : null,
    rowsByKey: Object.fromEntries(keys.map((row) => [String(row['key_id']), Number(row['count'])])),
    accounts: { connected: count('connected'), needsLogin: count('needs_login'), unknown: count('unknown') },
    locks: locks.map((row) => ({
      name: String(row['name']),
      holder: String(row['holder']),
      since: new Date(String(row['taken_at'])).toISOString(),
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
  const rows = await query('SELECT name, holder, taken_at FROM gsa.locks ORDER BY taken_at')
  return rows.filter(({ name }) => numbers.has(lockNumber(String(name)))).slice(0, mostLocksShown)
}

interface SealedTable {
  readonly table: SealedRow['table']
  readonly key: readonly string[]
}

const tables: readonly SealedTable[] = [
  { table: 'items', key: ['name'] },
  { table: 'accounts', key: ['issuer', 'client_id', 'sub'] },
  { table: 'used_codes', key: ['hash'] },
]

/** The result of a rotation. */
export interface RotatedKey {
  readonly from: string
  readonly to: string
  /** How many rows this run has given the new key. */
  readonly rows: number
  /** The rows that were left with their old key, because another program has changed them. */
  readonly damaged: readonly string[]
}

const batch = 200

/**
 * Replaces a store's key: first for everything that is written from now on, then for each row, a batch at a time. Other
 * processes go on working if they have both keys. Interrupted, it goes on where it was.
 * @throws Failure `store_key_wrong` and others of the store group
 */
export async function rotateKey(database: Database, oldKeys: StoreKeys, newKey: StoreKey): Promise<RotatedKey> {
  const [store] = await database.query('SELECT id, key_id FROM gsa.store')
  const current = store?.['key_id']
  const from = typeof current === 'string' ? current : newKey.id
  const keys = [newKey, ...oldKeys]
  const keyNamed = (id: string): StoreKey => {
    const key = keys.find((one) => one.id === id)
    if (key === undefined) throw new Failure('store_key_wrong', { database: database.name, needed: id })
    return key
  }
  keyNamed(from)
  await database.transaction(async (query) => {
    // Waits for writers that use the old key, and keeps out others until they see the new one.
    await query(`LOCK TABLE ${tables.map(({ table }) => `gsa.${table}`).join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
    await query('UPDATE gsa.store SET key_id = $1', [newKey.id])
  })
  let rows = 0
  const damaged: string[] = []
  for (const table of tables) {
    const done = await rotateTable(database, String(store?.['id']), table, newKey, keyNamed)
    rows += done.rows
    damaged.push(...done.damaged)
  }
  return { from, to: newKey.id, rows, damaged }
}

async function rotateTable(
  database: Database,
  storeId: string,
  { table, key }: SealedTable,
  newKey: StoreKey,
  keyNamed: (id: string) => StoreKey,
): Promise<{ readonly rows: number; readonly damaged: readonly string[] }> {
  const damaged = new Set<string>()
  let rows = 0
  for (let after: readonly string[] | undefined = key.map(() => ''); after !== undefined;) {
    const last: readonly string[] = after
    const done = await database.transaction(async (query) => {
      const found = await query(
        `SELECT ${key.join(', ')}, key_id, wrapped_key, box FROM gsa.${table}
         WHERE key_id <> $1 AND (${key.join(', ')}) > (${key.map((_, at) => `$${at + 2}`).join(', ')})
         ORDER BY ${key.join(', ')} LIMIT ${batch} FOR UPDATE`,
        [newKey.id, ...last],
      )
      const broken: string[] = []
      for (const row of found) {
        const values = key.map((column) => String(row[column]))
        const sealed = sealedValueOf(row)
        const wrapped = rewrap(keyNamed(sealed.keyId), newKey, identityOf(storeId, { table, key: values }), sealed)
        if (wrapped === undefined) broken.push(`${values.join(' ')} in gsa.${table}`)
        else await giveKey(query, { table, key }, values, { ...sealed, keyId: newKey.id, wrappedKey: wrapped })
      }
      const end = found.length < batch ? undefined : key.map((column) => String(found.at(-1)?.[column]))
      return { rows: found.length - broken.length, broken, end }
    })
    rows += done.rows
    for (const one of done.broken) damaged.add(one)
    after = done.end
  }
  return { rows, damaged: [...damaged] }
}

async function giveKey(
  query: Query,
  { table, key }: SealedTable,
  values: readonly string[],
  { keyId, wrappedKey }: SealedValue,
): Promise<void> {
  const condition = key.map((column, at) => `${column} = $${at + 3}`).join(' AND ')
  await query(`UPDATE gsa.${table} SET key_id = $1, wrapped_key = $2 WHERE ${condition}`, [
    keyId,
    wrappedKey,
    ...values,
  ])
}
