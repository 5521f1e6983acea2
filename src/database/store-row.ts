import { Failure } from '../failures/index.ts'
import type { Query } from './database.ts'
import { isMissingSchema } from './database-failure.ts'

/** The row of gsa.store, which describes the store. */
export interface StoreRow {
  readonly id: string
  readonly schemaVersion: number
  /** The ID of the store's key; undefined until something is stored. */
  readonly keyId: string | undefined
}

/** Returns the row of gsa.store; undefined if there are no tables. */
export async function readStoreRow(query: Query): Promise<StoreRow | undefined> {
  try {
    const [row] = await query('SELECT id, schema_version, key_id FROM gsa.store')
    if (row === undefined) return undefined
    const { key_id: keyId } = row
    return {
      id: String(row['id']),
      schemaVersion: Number(row['schema_version']),
      keyId: typeof keyId === 'string' ? keyId : undefined,
    }
  } catch (error) {
    if (isMissingSchema(error)) return undefined
    throw error
  }
}

/**
 * Returns the row if the tables fit this version of gsa.
 * @throws Failure `store_schema_missing`, `store_schema_old`, `store_schema_newer`
 */
export function demandVersion(row: StoreRow | undefined, database: string, known: number): StoreRow {
  if (row === undefined) throw new Failure('store_schema_missing', { database })
  const { schemaVersion: found } = row
  if (found > known) throw new Failure('store_schema_newer', { database, found, known })
  if (found < known) throw new Failure('store_schema_old', { database, found, known })
  return row
}
