import type { Environment } from '../core/environment.ts'
import type { Secret } from '../core/secret.ts'
import type { DatabasePool } from './pool.ts'

/** How to reach the database of a `postgres:` store, and its keys. */
export interface DatabaseAccess {
  /** As in `--store postgres:URL`. It may contain a password. */
  readonly url: Secret
  /** A pool that the program has already; otherwise gsa opens one with the URL. */
  readonly pool?: DatabasePool | undefined
  /** Whether a database on another machine may be reached without TLS. */
  readonly allowsPlainText: boolean
  readonly keyFile: string | undefined
  readonly keyCommand: string | undefined
}

// The variables of libpq that say which database a URL leaves open.
const variables = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD', 'PGSSLMODE']

/** Returns what distinguishes two ways to reach a database. It may contain a password. */
export function databaseIdentity(
  { url, keyFile, keyCommand }: Omit<DatabaseAccess, 'pool'>,
  env: Environment,
): readonly (string | undefined)[] {
  return [url.reveal(), keyFile, keyCommand, ...variables.map((name) => env[name])]
}
