import { Failure } from '../failures/index.ts'
import type { Database } from './database.ts'
import { sqlStateOf } from './database-failure.ts'
import { readStoreRow } from './store-row.ts'

/**
 * The steps from an empty database to this version's tables, in order. Never change one that was released: databases
 * already ran it. A program of another version may run meanwhile, so a step only adds.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE gsa.store (
     single boolean PRIMARY KEY DEFAULT true CHECK (single),
     id uuid NOT NULL DEFAULT gen_random_uuid(),
     schema_version integer NOT NULL DEFAULT 0,
     key_id text,
     default_issuer text,
     default_client_id text,
     default_sub text,
     removed text[] NOT NULL DEFAULT '{}',
     created_at timestamptz NOT NULL DEFAULT now()
   );
   INSERT INTO gsa.store DEFAULT VALUES;
   CREATE TABLE gsa.items (
     name text PRIMARY KEY,
     key_id text NOT NULL,
     wrapped_key bytea NOT NULL,
     box bytea NOT NULL,
     changed_at timestamptz NOT NULL DEFAULT now()
   );
   CREATE INDEX items_key_id ON gsa.items (key_id);
   CREATE TABLE gsa.accounts (
     issuer text NOT NULL,
     client_id text NOT NULL,
     sub text NOT NULL,
     number bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
     name text NOT NULL,
     state text NOT NULL,
     refresh_token_expires_at timestamptz,
     key_id text NOT NULL,
     wrapped_key bytea NOT NULL,
     box bytea NOT NULL,
     changed_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (issuer, client_id, sub)
   );
   CREATE INDEX accounts_name ON gsa.accounts (name);
   CREATE INDEX accounts_sub ON gsa.accounts (sub);
   CREATE INDEX accounts_client_id ON gsa.accounts (client_id, number);
   CREATE INDEX accounts_state ON gsa.accounts (state, number);
   CREATE INDEX accounts_expiry ON gsa.accounts (refresh_token_expires_at) WHERE refresh_token_expires_at IS NOT NULL;
   CREATE INDEX accounts_key_id ON gsa.accounts (key_id);
   CREATE TABLE gsa.used_codes (
     hash text PRIMARY KEY,
     owner uuid NOT NULL,
     sent_at timestamptz NOT NULL DEFAULT now(),
     key_id text,
     wrapped_key bytea,
     box bytea
   );
   CREATE INDEX used_codes_sent_at ON gsa.used_codes (sent_at);
   CREATE INDEX used_codes_key_id ON gsa.used_codes (key_id);
   CREATE TABLE gsa.locks (
     name text PRIMARY KEY,
     id uuid NOT NULL,
     holder text NOT NULL,
     taken_at timestamptz NOT NULL DEFAULT now()
   );`,
]

// One lock for all migrations of a database. The number means nothing.
const migrationLock = '7305804385911468'
const longestWaitMs = 60_000

/** The version of the tables that this gsa uses. */
export const schemaVersion = migrations.length

/**
 * Brings a database's tables to this version, in one transaction, while no other process does.
 * @returns the versions before and after
 * @throws Failure `store_schema_newer`, `store_lock_busy`, `database_not_permitted`
 */
export async function migrate(
  database: Database,
  steps = migrations,
): Promise<{ readonly from: number; readonly to: number }> {
  return database.transaction(async (query) => {
    // Not for longer: the holder may wait for something itself.
    await query(`SET LOCAL lock_timeout = ${longestWaitMs}`)
    await query('SELECT pg_advisory_xact_lock($1)', [migrationLock]).catch((error: unknown) => {
      if (sqlStateOf(error) !== '55P03') throw error
      const details = { purpose: 'a migration of the store', owner: 'another gsa', seconds: longestWaitMs / 1000 }
      throw new Failure('store_lock_busy', details, { cause: error })
    })
    const [found] = await query("SELECT to_regclass('gsa.store') IS NOT NULL AS exists")
    // An error would end the transaction.
    const from = found?.['exists'] === true ? ((await readStoreRow(query))?.schemaVersion ?? 0) : 0
    const to = steps.length
    if (from > to) throw new Failure('store_schema_newer', { database: database.name, found: from, known: to })
    if (from === to) return { from, to }
    // IF NOT EXISTS would need the permission to create a schema even where an administrator has created this one.
    const [schema] = await query("SELECT FROM pg_namespace WHERE nspname = 'gsa'")
    if (schema === undefined) await query('CREATE SCHEMA gsa')
    for (const step of steps.slice(from)) await query(step)
    await query('UPDATE gsa.store SET schema_version = $1', [to])
    return { from, to }
  })
}
