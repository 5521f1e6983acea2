import { Failure } from '../failures/index.ts'
import type { Database, Query } from './database.ts'
import { schemaVersion } from './migrations.ts'
import { identityOf, rowName, type SealedRow, sealedValueOf, type StoreKeys } from './sealed-database.ts'
import { type SealedTable, sealedTables } from './sealed-tables.ts'
import { rewrap, type SealedValue, type StoreKey } from './sealing.ts'
import { demandVersion, readStoreRow } from './store-row.ts'

/** The result of a rotation. */
export interface RotatedKey {
  readonly from: string
  readonly to: string
  /** How many rows this run has given the new key. */
  readonly rows: number
  /** The rows that were left as they are: another program has changed them, or their key is unknown. */
  readonly damaged: readonly string[]
}

const batch = 200

/**
 * Replaces a store's key: first for everything that is written from now on, then for each row, a batch at a time. Other
 * processes continue to work if they have both keys. Interrupted, it continues where it was.
 * @throws Failure `store_key_wrong`, `store_schema_missing`, `store_schema_old`, `store_schema_newer`, and those of the
 *   database
 */
export async function rotateKey(database: Database, oldKeys: StoreKeys, newKey: StoreKey): Promise<RotatedKey> {
  // Tables of a newer version may have rows that this one does not know.
  const row = await readStoreRow(database.query)
  const { id: storeId, keyId: from = newKey.id } = demandVersion(row, database.name, schemaVersion)
  const keys = [newKey, ...oldKeys]
  const keyNamed = (id: string): StoreKey | undefined => keys.find((one) => one.id === id)
  if (keyNamed(from) === undefined)
    throw new Failure('store_key_wrong', {
      database: database.name,
      needed: from,
      ids: oldKeys.map(({ id }) => id),
    })
  await database.transaction(async (query) => {
    // Waits for writers that use the old key, and keeps out others until they see the new one.
    await query(`LOCK TABLE ${sealedTables.map(({ table }) => `gsa.${table}`).join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
    await query('UPDATE gsa.store SET key_id = $1', [newKey.id])
  })
  let rows = 0
  const damaged: string[] = []
  for (const table of sealedTables) {
    const done = await rotateTable(database, storeId, table, newKey, keyNamed)
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
  keyNamed: (id: string) => StoreKey | undefined,
): Promise<{ readonly rows: number; readonly damaged: readonly string[] }> {
  const damaged: string[] = []
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
        const sealedRow: SealedRow = { table, key: values }
        const sealed = sealedValueOf(row)
        const present = keyNamed(sealed.keyId)
        const identity = identityOf(storeId, sealedRow)
        const wrapped = present === undefined ? undefined : rewrap(present, newKey, identity, sealed)
        if (wrapped === undefined) broken.push(rowName(sealedRow))
        else await updateWrappedKey(query, { table, key }, values, { ...sealed, keyId: newKey.id, wrappedKey: wrapped })
      }
      const end = found.length < batch ? undefined : key.map((column) => String(found.at(-1)?.[column]))
      return { rows: found.length - broken.length, broken, end }
    })
    rows += done.rows
    damaged.push(...done.broken)
    after = done.end
  }
  return { rows, damaged }
}

async function updateWrappedKey(
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
