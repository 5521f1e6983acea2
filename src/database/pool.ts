import type * as Pg from 'pg'
import type { Environment } from '../core/environment.ts'
import type { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'
import { connectionUrl } from './connection-url.ts'

/** A row of a result, by column name. */
export type DatabaseRow = Readonly<Record<string, unknown>>

/** A connection of `pg`, as far as gsa uses it. */
export interface DatabaseClient {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly DatabaseRow[] }>
  /** Returns the connection to its pool, or ends it. */
  release(end?: boolean): void
  on(event: 'error', listener: () => void): unknown
  removeListener(event: 'error', listener: () => void): unknown
}

/** A `Pool` of `pg`, as far as gsa uses it. A program may pass in its own, with at least two connections. */
export interface DatabasePool {
  connect(): Promise<DatabaseClient>
  readonly options?: { readonly max?: number | undefined }
}

/** The options for connecting to a database. */
export interface Connecting {
  /** As in `--store postgres:URL`. It may contain a password. */
  readonly url: Secret
  readonly env: Environment
  /** Whether a database on another machine may be reached without TLS. */
  readonly allowsPlainText: boolean
}

const mostConnections = 10
const connectTimeoutMs = 5_000
// Longer than any statement of gsa takes. It ends the wait for a server that no longer responds.
const queryTimeoutMs = 20_000
const idleMs = 10_000

/**
 * Opens a pool. Its idle connections do not keep the process alive.
 * @throws Failure `peer_missing`, and those of {@link connectionUrl}
 */
export async function openPool({ url, env, allowsPlainText }: Connecting): Promise<DatabasePool> {
  const connectionString = connectionUrl(url.reveal(), env, allowsPlainText)
  const { default: pg } = await import('pg').catch((error: unknown) => {
    throw new Failure('peer_missing', { name: 'pg' }, { cause: error })
  })
  const pool = new pg.Pool({
    Client: clientThatEnds(pg.Client),
    connectionString,
    application_name: 'gsa',
    max: mostConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    idleTimeoutMillis: idleMs,
    allowExitOnIdle: true,
    keepAlive: true,
  })
  // The server may end idle connections; the next statement opens another.
  pool.on('error', () => undefined)
  return pool
}

/** Returns a class of connections that end if they cannot log in. Those of pg stay open, and keep the process alive. */
function clientThatEnds(Client: typeof Pg.Client): typeof Pg.Client {
  return class extends Client {
    override connect(): Promise<Pg.Client>
    override connect(done: (error: Error) => void): void
    override connect(done?: (error: Error) => void): Promise<Pg.Client> | void {
      if (done === undefined) return super.connect()
      super.connect((error: Error | null) => {
        if (error !== null) this.end(() => undefined)
        // pg calls it without an error, too.
        done(error as Error)
      })
    }
  }
}
