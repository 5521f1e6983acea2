import { monotonicMs } from '../core/monotonic-ms.ts'
import { Failure } from '../failures/index.ts'
import type { Database } from './database.ts'
import { migrate, schemaVersion } from './migrations.ts'
import type { DatabaseRow } from './pool.ts'
import { sealedTables } from './sealed-tables.ts'
import { seal, type SealedValue, type StoreKey, unseal } from './sealing.ts'
import { demandVersion, readStoreRow, type StoreRow } from './store-row.ts'

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
   * Makes sure that the tables fit this version, and that this process has a key for reading. Creates the tables in an
   * empty database.
   * @throws Failure `store_schema_missing`, `store_schema_old`, `store_schema_newer`, `store_key_wrong`,
   *   `store_key_missing`, `store_key_unusable`
   */
  ready(): Promise<void>
  /**
   * Makes sure that this process has the store's present key, which another process may have replaced a moment ago.
   * @throws what {@link SealedDatabase.ready} throws
   */
  demandWritable(): Promise<void>
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
  /** undefined until something is stored. */
  readonly keyId: string | undefined
}

/** Returns a database whose rows are sealed with the given keys. @param readKeys reads them each time */
export function sealedDatabase(database: Database, readKeys: () => Promise<StoreKeys>): SealedDatabase {
  const keys = keysReadAgain(readKeys)
  let known: { readonly state: Promise<StoreState>; readonly atMs: number } | undefined
  const state = async (isWritten = false): Promise<StoreState> => {
    if (known !== undefined && monotonicMs() - known.atMs < knownForMs) return known.state
    const mine = { state: readState(database, keys, isWritten), atMs: monotonicMs() }
    known = mine
    mine.state.catch(() => {
      if (known === mine) known = undefined
    })
    return mine.state
  }
  const keyNamed = async (id: string): Promise<StoreKey> => {
    const key = await keys.named(id)
    if (key === undefined) throw await wrongKey(database, keys, id)
    return key
  }
  /** Returns the store's ID and its present key, which is this process's first one if nothing was stored yet. */
  const present = async (): Promise<{ readonly id: string; readonly key: StoreKey }> => {
    const { id, keyId } = await state(true)
    if (keyId !== undefined) return { id, key: await keyNamed(keyId) }
    known = undefined
    const claimed = await state(true)
    return { id, key: await keyNamed(claimed.keyId ?? '') }
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
    async demandWritable() {
      known = undefined
      await present()
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
        const { id, key } = await present()
        const sealed = seal(key, identityOf(id, row), value)
        const rows = await database.query(...statement(sealed))
        if (rows.length > 0) return rows
        // The key was replaced meanwhile.
        known = undefined
      }
      throw new Failure('store_key_changing', { database: database.name })
    },
  }
}

/** Returns the failure of a row that was changed, or holds what belongs to another row. */
export function damaged({ name }: Pick<Database, 'name'>, row: SealedRow): Failure {
  return new Failure('store_row_damaged', { database: name, row: rowName(row) })
}

/** Returns a row's name in messages. */
export function rowName({ table, key }: SealedRow): string {
  return `${key.join(' ')} in gsa.${table}`
}

/** Returns what a row's content is bound to. */
export function identityOf(storeId: string, { table, key }: SealedRow): string {
  return JSON.stringify([storeId, table, ...key])
}

/** Returns the sealed value in a row's columns. */
export function sealedValueOf(columns: DatabaseRow): SealedValue {
  return {
    keyId: String(columns['key_id']),
    wrappedKey: bytesOf(columns['wrapped_key']),
    box: bytesOf(columns['box']),
  }
}

// Something else cannot be decrypted, as a changed value cannot.
function bytesOf(column: unknown): Buffer {
  return Buffer.isBuffer(column) ? column : Buffer.alloc(0)
}

/** The keys of a process. */
interface KeyRing {
  /** Returns all of them. */
  all(): Promise<StoreKeys>
  /** Returns the key with this ID. Reads the keys again if it is unknown: a program need not restart for a new key. */
  named(id: string): Promise<StoreKey | undefined>
}

function keysReadAgain(readKeys: () => Promise<StoreKeys>): KeyRing {
  let reading: { readonly keys: Promise<StoreKeys>; readonly atMs: number } | undefined
  const read = (): Promise<StoreKeys> => {
    const mine = { keys: readKeys(), atMs: monotonicMs() }
    reading = mine
    mine.keys.catch(() => {
      if (reading === mine) reading = undefined
    })
    return mine.keys
  }
  const all = async (): Promise<StoreKeys> => reading?.keys ?? read()
  return {
    all,
    async named(id) {
      const found = (await all()).find((key) => key.id === id)
      if (found !== undefined || reading === undefined || monotonicMs() - reading.atMs < readKeysAgainMs) return found
      return (await read()).find((key) => key.id === id)
    },
  }
}

async function wrongKey({ name }: Database, keys: KeyRing, needed: string): Promise<Failure> {
  return new Failure('store_key_wrong', { database: name, needed, ids: (await keys.all()).map(({ id }) => id) })
}

async function readState(database: Database, keys: KeyRing, isWritten: boolean): Promise<StoreState> {
  const { name, query } = database
  // First, because without a key nothing is created either.
  const own = (await keys.all()).map(({ id }) => id)
  const row = (await readStoreRow(query)) ?? (await createTables(database))
  const { id, keyId } = demandVersion(row, name, schemaVersion)
  if (keyId !== undefined && (await keys.named(keyId)) !== undefined) return { id, keyId }
  if (await isEmpty(database))
    return { id, keyId: isWritten ? await claimKey(database, keyId, own[0] ?? '') : undefined }
  // While the key is rotated, a process with the old one still reads the rows that have it.
  if (keyId === undefined || !(await hasRowsOf(database, own))) throw await wrongKey(database, keys, keyId ?? '')
  return { id, keyId }
}

async function hasRowsOf({ query }: Database, own: readonly string[]): Promise<boolean> {
  return (await query('SELECT FROM gsa.items WHERE key_id = ANY ($1) LIMIT 1', [own])).length > 0
}

async function isEmpty({ query }: Database): Promise<boolean> {
  const [row] = await query(
    `SELECT ${sealedTables.map(({ table }) => `EXISTS (SELECT FROM gsa.${table} WHERE key_id IS NOT NULL)`).join(' OR ')} AS used`,
  )
  return row?.['used'] !== true
}

/** Makes this process's key that of a store in which nothing is sealed yet. @returns the ID of the store's key */
async function claimKey(database: Database, before: string | undefined, own: string): Promise<string | undefined> {
  await database.query('UPDATE gsa.store SET key_id = $1 WHERE key_id IS NOT DISTINCT FROM $2', [own, before ?? null])
  // Another process may have been faster.
  return (await readStoreRow(database.query))?.keyId
}

async function createTables(database: Database): Promise<StoreRow | undefined> {
  try {
    await migrate(database)
    return await readStoreRow(database.query)
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'database_not_permitted') throw error
    throw new Failure('store_schema_missing', { database: database.name }, { cause: error })
  }
}
