import { monotonicMs } from '../core/monotonic-ms.ts'
import { noticeOfWait } from '../core/notice-of-wait.ts'
import { Failure } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'
import { databaseFailure, isPassing } from './database-failure.ts'
import type { DatabaseClient, DatabasePool, DatabaseRow } from './pool.ts'

/** Runs a statement on a connection. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly DatabaseRow[]>

/** A PostgreSQL database, whose connections may end at any time. */
export interface Database {
  /** Its store's name, without user and password. */
  readonly name: string
  /**
   * Runs a statement. If the connection is lost, it runs again on another, for a bounded time: it must be one that may
   * run twice.
   * @throws Failure of the store group
   */
  readonly query: Query
  /** Runs work in one transaction. Repeats all of it where {@link Database.query} repeats a statement. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Takes a connection out of the pool. Release it. */
  connect(): Promise<DatabaseClient>
}

/** The options of {@link openDatabase}. */
export interface DatabaseOptions {
  readonly name: string
  readonly pool: () => Promise<DatabasePool>
  /** Ends a wait for the database. */
  readonly signal: AbortSignal
  /** Called once, with a sentence, when a wait becomes noticeable. */
  readonly onWait?: ((sentence: string) => void) | undefined
}

// A command says quickly that nothing is there. A program that runs for long outlasts a restart or a failover.
const firstWaitMs = 3_000
const laterWaitMs = 30_000

/** Opens a database. Connects with the first statement. */
export function openDatabase({ name, pool, signal, onWait }: DatabaseOptions): Database {
  let opened: Promise<DatabasePool> | undefined
  let wasReached = false
  const connect = async (): Promise<DatabaseClient> => {
    const opening = (opened ??= pool())
    opening.catch(() => {
      // The file of a certificate may be there the next time.
      if (opened === opening) opened = undefined
    })
    const client = await (await opening).connect()
    wasReached = true
    return client
  }
  const repeated = async <T>(work: (client: DatabaseClient) => Promise<T>): Promise<T> => {
    const startedAt = monotonicMs()
    const notice = noticeOfWait(onWait)
    for (let attempt = 0; ; attempt++) {
      try {
        return await onConnection(connect, work)
      } catch (error) {
        const waitedMs = monotonicMs() - startedAt
        if (!isPassing(error) || waitedMs > (wasReached ? laterWaitMs : firstWaitMs)) throw databaseFailure(error, name)
        notice(waitedMs, () => `Waiting for the database ${name} …`)
        await pause(Math.min(25 * 2 ** attempt, 500) * (0.5 + Math.random()), signal)
      }
    }
  }
  return {
    name,
    connect,
    query: async (text, values) => repeated(async (client) => rowsOf(client, text, values)),
    transaction: async (work) =>
      repeated(async (client) => {
        await client.query('BEGIN')
        const result = await work(async (text, values) => rowsOf(client, text, values))
        await client.query('COMMIT')
        return result
      }),
  }
}

async function rowsOf(
  client: DatabaseClient,
  text: string,
  values: readonly unknown[] | undefined,
): Promise<readonly DatabaseRow[]> {
  return (await client.query(text, values === undefined ? undefined : [...values])).rows
}

/** Runs work on a connection, and ends the connection if the work fails: it may be in the middle of a transaction. */
async function onConnection<T>(
  connect: () => Promise<DatabaseClient>,
  work: (client: DatabaseClient) => Promise<T>,
): Promise<T> {
  const client = await connect()
  // Without a listener, a lost connection would end the process. The statement that runs on it fails too.
  const ignore = (): void => undefined
  client.on('error', ignore)
  let isUsable = false
  try {
    const result = await work(client)
    isUsable = true
    return result
  } catch (error) {
    // Only our own failures leave the connection in a known state.
    if (error instanceof Failure) await client.query('ROLLBACK').then(() => (isUsable = true), ignore)
    throw error
  } finally {
    client.removeListener('error', ignore)
    client.release(!isUsable)
  }
}
