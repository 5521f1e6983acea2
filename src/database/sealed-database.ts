import { monotonicMs } from '../core/monotonic-ms.ts'
import { Failure } from '../failures/index.ts'
import type { Database } from './database.ts'
import { isMissingSchema } from './failures.ts'
import { migrate, schemaVersion } from './migrations.ts'
import type { DatabaseRow } from './pool.ts'
import { seal, type SealedValue, type StoreKey, unseal } from './seal.ts'

/** A row with a sealed value: its table, and what identifies it there. */
export interface SealedRow {
  readonly table: 'items' | 'accounts' | 'used_codes'
  readonly key: readonly string[]
}

/** The keys of a process: at least one. */
export type StoreKeys = readonly [StoreKey, ...(readonly StoreKey[])]

/** A database with gsa's tables. It never receives a secret that is not sealed. */
export interface SealedDatabase extends Database {
  /**
   * Makes sure that the tables fit this version, and that this process has the store's key. Creates the tables in an
   * empty database.
   * @throws Failure `store_schema_missing`, `store_schema_old`, `store_schema_newer`, `store_key_wrong`,
   *   `store_key_missing`, `store_key_unusable`
   */
  ready(): Promise<void>
  /** Returns the value of a row. @throws Failure `store_row_damaged`, `store_key_wrong` */
  unsealed(row: SealedRow, columns: DatabaseRow): Promise<string>
  /**
   * Seals a value with the store's present key, and runs the statement that writes it. The statement must write nothing
   * unless `key_id` in gsa.store is the key's ID: another process may have replaced the key meanwhile.
   * @param statement returns its text and its values
   * @returns the rows that the statement returned: at least one
   */
  writeSealed(
    row: SealedRow,
    value: string,
    statement: (sealed: SealedValue) => readonly [text: string, values: readonly unknown[]],
  ): Promise<readonly DatabaseRow[]>
}

// Another process may upgrade the tables, or replace the key.
const knownForMs = 60_000
const readKeysAgainMs = 5_000
const attempts = 4

interface StoreState {
  readonly id: string
  readonly keyId: string
}

/** Returns a database whose rows are sealed with the given keys. @param readKeys reads them each time */
export function sealedDatabase(database: Database, readKeys: () => Promise<StoreKeys>): SealedDatabase {
  const keyRing = keysReadAgain(readKeys)
  let known: { readonly state: Promise<StoreState>; readonly atMs: number } | undefined
  const state = async (): Promise<StoreState> => {
    if (known !== undefined && monotonicMs() - known.atMs < knownForMs) return known.state
    const mine = { state: readState(database, keyRing), atMs: monotonicMs() }
    known = mine
    mine.state.catch(() => {
      if (known === mine) known = undefined
    })
    return mine.state
  }
  const keyNamed = async (id: string): Promise<StoreKey> => {
    const key = await keyRing(id)
    if (key === undefined) throw new Failure('store_key_wrong', { database: database.name, needed: id })
    return key
  }
  return {
    ...database,
    async query(text, values) {
      await state()
      return database.query(text, values)
    },
    async transaction(work) {
      await state()
      return database.transaction(work)
    },
    async ready() {
      await state()
    },
    async unsealed(row, columns) {
      const { id } = await state()
      const sealed = sealedValueOf(columns)
      const value = unseal(await keyNamed(sealed.keyId), identityOf(id, row), sealed)
      if (value === undefined) throw damaged(database, row)
      return value
    },
    async writeSealed(row, value, statement) {
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const { id, keyId } = await state()
        const sealed = seal(await keyNamed(keyId), identityOf(id, row), value)
        const rows = await database.query(...statement(sealed))
        if (rows.length > 0) return rows
        // The key was replaced meanwhile.
        known = undefined
      }
      throw new Failure('store_key_wrong', { database: database.name, needed: 'one that changes all the time' })
    },
  }
}

/** Returns the failure of a row that was changed, or holds what belongs to another row. */
export function damaged({ name }: Pick<Database, 'name'>, { table, key }: SealedRow): Failure {
  return new Failure('store_row_damaged', { database: name, row: `${key.join(' ')} in gsa.${table}` })
}

/** Returns what a row's content is bound to. */
export function identityOf(storeId: string, { table, key }: SealedRow): string {
  return JSON.stringify([storeId, table, ...key])
}

/** Returns the sealed value in a row's columns. */
export function sealedValueOf(columns: DatabaseRow): SealedValue {
  return {
    keyId: String(columns['key_id']),
    wrappedKey: columns['wrapped_key'] as Buffer,
    box: columns['box'] as Buffer,
  }
}

/** Returns a lookup by ID, which reads the keys again if one is unknown: a program need not restart for a new key. */
function keysReadAgain(readKeys: () => Promise<StoreKeys>): (id: string | undefined) => Promise<StoreKey | undefined> {
  let reading: { readonly keys: Promise<StoreKeys>; readonly atMs: number } | undefined
  const read = (): Promise<StoreKeys> => {
    const mine = { keys: readKeys(), atMs: monotonicMs() }
    reading = mine
    mine.keys.catch(() => {
      if (reading === mine) reading = undefined
    })
    return mine.keys
  }
  return async (id) => {
    const keys = await (reading?.keys ?? read())
    // A new store takes the first one.
    if (id === undefined) return keys[0]
    const found = keys.find((key) => key.id === id)
    if (found !== undefined || reading === undefined || monotonicMs() - reading.atMs < readKeysAgainMs) return found
    return (await read()).find((key) => key.id === id)
  }
}

async function readState(
  database: Database,
  keyRing: (id: string | undefined) => Promise<StoreKey | undefined>,
): Promise<StoreState> {
  const { name } = database
  let row = await storeRow(database)
  if (row === undefined) {
    await createTables(database)
    row = await storeRow(database)
  }
  const version = Number(row?.['schema_version'])
  if (version > schemaVersion)
    throw new Failure('store_schema_newer', { database: name, found: version, known: schemaVersion })
  if (version < schemaVersion)
    throw new Failure('store_schema_old', { database: name, found: version, known: schemaVersion })
  const id = String(row?.['id'])
  const keyId = row?.['key_id'] ?? (await claimKey(database, keyRing))
  // While the key is rotated, a process with the old one still reads the rows that have it.
  if ((await keyRing(String(keyId))) === undefined && !(await hasRowsOf(database, await keyRing(undefined))))
    throw new Failure('store_key_wrong', { database: name, needed: String(keyId) })
  return { id, keyId: String(keyId) }
}

async function hasRowsOf({ query }: Database, key: StoreKey | undefined): Promise<boolean> {
  return (await query('SELECT FROM gsa.items WHERE key_id = $1 LIMIT 1', [key?.id ?? ''])).length > 0
}

/** Makes this process's key that of a store without one. @returns the ID of the store's key */
async function claimKey(
  database: Database,
  keyRing: (id: string | undefined) => Promise<StoreKey | undefined>,
): Promise<unknown> {
  const key = await keyRing(undefined)
  await database.query('UPDATE gsa.store SET key_id = $1 WHERE key_id IS NULL', [key?.id])
  // Another process may have been faster.
  return (await storeRow(database))?.['key_id']
}

async function storeRow({ query }: Database): Promise<DatabaseRow | undefined> {
  try {
    const [row] = await query('SELECT id, schema_version, key_id FROM gsa.store')
    return row
  } catch (error) {
    if (isMissingSchema(error)) return undefined
    throw error
  }
}

async function createTables(database: Database): Promise<void> {
  try {
    await migrate(database)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'database_not_permitted') throw error
    throw new Failure('store_schema_missing', { database: database.name }, { cause: error })
  }
}
