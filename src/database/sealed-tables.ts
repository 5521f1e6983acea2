import type { SealedRow } from './sealed-database.ts'

/** A table with sealed rows. */
export interface SealedTable {
  readonly table: SealedRow['table']
  /** The columns of its primary key, in order. */
  readonly key: readonly string[]
}

/** All tables with sealed rows. */
export const sealedTables: readonly SealedTable[] = [
  { table: 'items', key: ['name'] },
  { table: 'accounts', key: ['issuer', 'client_id', 'sub'] },
  { table: 'used_codes', key: ['hash'] },
]
