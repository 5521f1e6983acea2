import { createHash, randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { monotonicMs } from '../core/monotonic-ms.ts'
import { noticeOfWait } from '../core/notice-of-wait.ts'
import { type OneAtATime, oneAtATime } from '../core/one-at-a-time.ts'
import { Failure } from '../failures/index.ts'
import { pause } from '../http/interruption.ts'
import type { Database, Query } from './database.ts'
import { databaseFailure, isPassing } from './database-failure.ts'
import type { DatabaseClient } from './pool.ts'

/** Runs work by name while no other work of that name runs, in any process. */
export type Exclusively = OneAtATime

/** The options of {@link databaseLocks}. */
export interface DatabaseLockOptions {
  /** The work under the locks, for messages. */
  readonly purpose: string
  readonly signal: AbortSignal
  /** Called once, with a sentence, when a wait becomes noticeable. */
  readonly onWait?: ((sentence: string) => void) | undefined
}

/** Longer than the longest work under a lock: a token request with its retries, and a database that restarts. */
const longestWaitMs = 150_000
// A holder whose connection ended may live, and takes its lock again immediately.
const graceMs = 1_000

/**
 * Returns locks in a database: an advisory lock, which ends with its connection, and a row that names the holder. All
 * locks of a process share one connection, so that work under a lock finds others in the pool.
 *
 * If the connection ends, the process takes its locks again. Others who find the row of a holder without an advisory
 * lock wait a second for that, so that a lost connection does not let two processes do the same work.
 * Operations throw Failure `store_lock_busy`, `interrupted`, and those of the database.
 */
export function databaseLocks(database: Database, options: DatabaseLockOptions): Exclusively {
  const connection = sharedConnection(database)
  // An advisory lock does not hold between users of one connection.
  const queued = oneAtATime()
  return async (name, work) =>
    queued(name, async () => {
      const lock = await acquire(connection, name, { ...options, database: database.name })
      try {
        return await work()
      } finally {
        await connection.unlock(lock)
      }
    })
}

interface Lock {
  readonly name: string
  readonly number: string
  /** Distinguishes this holding from all others. */
  readonly id: string
}

/** The connection that holds a process's locks while it has any. */
interface LockConnection {
  /**
   * Runs statements on the connection, which it opens if there is none. If one fails, it ends the connection: nobody
   * knows whether a statement that failed or timed out has taken a lock.
   */
  run<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Keeps the connection open until as many {@link leave} calls. */
  enter(): void
  leave(): void
  /** Notes a lock that must be taken again if the connection ends. */
  held(lock: Lock): void
  /** Releases a lock. A failure does not matter: the lock ends with the connection. */
  unlock(lock: Lock): Promise<void>
}

function sharedConnection(database: Database): LockConnection {
  const locks = new Set<Lock>()
  // Taken again one after the other, and each once: a session's lock counts how often it was taken.
  const lost = new Set<Lock>()
  let isTakingAgain = false
  let users = 0
  let opened: Promise<OpenConnection> | undefined
  const open = (): Promise<OpenConnection> => {
    if (opened !== undefined) return opened
    const mine = openConnection(database, () => {
      if (opened !== mine) return
      opened = undefined
      if (locks.size > 0) void takeAgain()
    })
    opened = mine
    mine.catch(() => {
      if (opened === mine) opened = undefined
    })
    return mine
  }
  const run: LockConnection['run'] = async (work) => {
    const { client, lose } = await open()
    try {
      return await work(async (text, values = []) => (await client.query(text, [...values])).rows)
    } catch (error) {
      lose()
      throw error
    }
  }
  const takeAgain = async (): Promise<void> => {
    for (const lock of locks) lost.add(lock)
    if (isTakingAgain) return
    isTakingAgain = true
    for (let attempt = 1; attempt <= 100 && lost.size > 0; attempt++) {
      try {
        for (const lock of lost) {
          const text = 'SELECT pg_try_advisory_lock($1) AS got FROM gsa.locks WHERE id = $2'
          const [row] = await run(async (query) => query(text, [lock.number, lock.id]))
          // A process that waits may hold it for a moment. Without its row, another process has taken it over.
          if (row?.['got'] !== false) lost.delete(lock)
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, Math.min(20 * attempt, 480)))
      }
      if (lost.size > 0) await new Promise((resolve) => setTimeout(resolve, 10 + 10 * Math.random()))
    }
    isTakingAgain = false
  }
  const leave = (): void => {
    users--
    if (users > 0 || opened === undefined) return
    opened.then((connection) => connection.release(), ignore)
    opened = undefined
  }
  return {
    run,
    enter: () => users++,
    leave,
    held: (lock) => locks.add(lock),
    async unlock(lock) {
      locks.delete(lock)
      lost.delete(lock)
      try {
        // A killed process leaves its row, and may be the last to use its name. No work takes an hour.
        await run(async (query) =>
          query(
            `WITH quick AS (SELECT ${withoutFlush}),
               old AS (SELECT id FROM gsa.locks WHERE taken_at < now() - interval '1 hour' FOR UPDATE SKIP LOCKED),
               gone AS (DELETE FROM gsa.locks USING quick WHERE id = $2 OR id IN (SELECT id FROM old))
             SELECT pg_advisory_unlock($1)`,
            [lock.number, lock.id],
          ),
        )
      } catch {
        // Others find the row of a holder without a lock, and take it over.
      } finally {
        leave()
      }
    },
  }
}

// The row of a lock need not outlast a crash, so its transaction does not wait for the disk.
const withoutFlush = "set_config('synchronous_commit', 'off', true)"

interface OpenConnection {
  readonly client: DatabaseClient
  /** Returns the connection to its pool. */
  release(): void
  /** Ends the connection, and with it all its locks. */
  readonly lose: () => void
}

async function openConnection(database: Database, onLoss: () => void): Promise<OpenConnection> {
  const client = await database.connect()
  let isOpen = true
  const lose = (): void => {
    if (!isOpen) return
    isOpen = false
    client.release(true)
    onLoss()
  }
  client.on('error', lose)
  return {
    client,
    lose,
    release() {
      client.removeListener('error', lose)
      if (isOpen) client.release()
      isOpen = false
    },
  }
}

function ignore(): void {
  // The next user opens another connection.
}

async function acquire(
  connection: LockConnection,
  name: string,
  { database, purpose, signal, onWait }: DatabaseLockOptions & { readonly database: string },
): Promise<Lock> {
  const lock: Lock = { name, number: lockNumber(name), id: randomUUID() }
  const startedAt = monotonicMs()
  const notice = noticeOfWait(onWait)
  let orphan: { readonly id: string; readonly sinceMs: number } | undefined
  connection.enter()
  try {
    for (let attempt = 0; ; attempt++) {
      const waitedMs = monotonicMs() - startedAt
      const isGraceOver = orphan !== undefined && monotonicMs() - orphan.sinceMs > graceMs
      const taken = isGraceOver ? orphan?.id : undefined
      const found = await connection
        .run(async (query) => tryOnce(query, lock, taken))
        .catch((error: unknown) => {
          if (!isPassing(error) || waitedMs > longestWaitMs / 5) throw databaseFailure(error, database)
          return { orphan: undefined, holder: 'the database' } as const
        })
      if (found === undefined) {
        connection.held(lock)
        return lock
      }
      if (found.orphan !== orphan?.id)
        orphan = found.orphan === undefined ? undefined : { id: found.orphan, sinceMs: monotonicMs() }
      if (waitedMs > longestWaitMs)
        throw new Failure('store_lock_busy', { purpose, owner: found.holder, seconds: longestWaitMs / 1000 })
      notice(waitedMs, () => `Waiting for ${found.holder}, which is busy with ${purpose} …`)
      await pause(Math.min(10 + attempt * 5, 100) * (0.5 + Math.random()), signal)
    }
  } catch (error) {
    connection.leave()
    throw error
  }
}

/**
 * Tries to get a lock.
 * @param taken the ID of a holder that is known to be gone
 * @returns undefined if this process holds it now; otherwise its holder, and that holder's ID if it has no connection
 */
async function tryOnce(
  query: Query,
  { name, number, id }: Lock,
  taken: string | undefined,
): Promise<{ readonly orphan: string | undefined; readonly holder: string } | undefined> {
  const [first] = await query(
    'SELECT pg_try_advisory_lock($1) AS got, (SELECT holder FROM gsa.locks WHERE name = $2) AS holder',
    [number, name],
  )
  const holder = typeof first?.['holder'] === 'string' ? first['holder'] : 'another gsa'
  if (first?.['got'] !== true) return { orphan: undefined, holder }
  const [mine] = await query(
    `WITH quick AS (SELECT ${withoutFlush})
     INSERT INTO gsa.locks (name, id, holder) SELECT $1, $2::uuid, $3 FROM quick
     ON CONFLICT (name) DO UPDATE SET id = excluded.id, holder = excluded.holder, taken_at = now()
     WHERE locks.id = $4::uuid RETURNING id`,
    [name, id, holderName(), taken ?? id],
  )
  if (mine !== undefined) return undefined
  const [row] = await query('SELECT id, holder FROM gsa.locks WHERE name = $1', [name])
  await query('SELECT pg_advisory_unlock($1)', [number])
  // It was given back in between.
  if (row === undefined) return { orphan: undefined, holder }
  return { orphan: String(row['id']), holder: String(row['holder']) }
}

function holderName(): string {
  return `gsa on ${hostname()} (process ${process.pid})`
}

/** Returns the number of an advisory lock: 64 bits. Two names with the same one would only wait for each other. */
export function lockNumber(name: string): string {
  return createHash('sha256').update(`gsa lock ${name}`).digest().readBigInt64BE().toString()
}
