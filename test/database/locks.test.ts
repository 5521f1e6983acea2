import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { storeStatus } from '../../src/database/store-status.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { databaseLocks, type Exclusively, lockNumber } from '../../src/database/database-locks.ts'
import { migrate } from '../../src/database/migrations.ts'
import { openPool } from '../../src/database/pool.ts'

import { sharedPostgres } from '../support/shared-postgres.ts'
import { postgresPrograms } from '../support/system-parts.ts'

const server = sharedPostgres()

const never = new AbortController().signal
const ofTests = { purpose: 'a test', signal: never }

function open(url: string): Database {
  const pool = openPool({ url: new Secret(url), env: {}, allowsPlainText: false })
  return openDatabase({ name: 'test', pool: async () => pool, signal: never })
}

/** Returns the locks of so many processes on one new database, and its URL. */
async function locksOf(processes: number): Promise<{ readonly url: string; readonly locks: readonly Exclusively[] }> {
  const { url } = await server().createDatabase()
  await migrate(open(url))
  const locks = Array.from({ length: processes }, () => databaseLocks(open(url), { ...ofTests }))
  return { url, locks }
}

/** Counts how many works run at the same time. */
function counter(): { readonly work: (ms?: number) => Promise<void>; readonly most: () => number } {
  let inside = 0
  let most = 0
  return {
    async work(ms = 5) {
      most = Math.max(most, ++inside)
      await new Promise((resolve) => setTimeout(resolve, ms))
      inside--
    },
    most: () => most,
  }
}

describe('a lock in the database', () => {
  test('is held by one at a time, within a process and among them, and leaves nothing behind', async () => {
    const { url, locks } = await locksOf(4)
    const { work, most } = counter()
    const all = locks.flatMap((exclusively) => [1, 2, 3, 4, 5].map(() => exclusively('ada', async () => work())))
    await Promise.all(all)
    expect(most()).toBe(1)
    expect(await server().query('select * from gsa.locks', new URL(url).pathname.slice(1))).toEqual([])
    expect(await server().query("select * from pg_locks where locktype = 'advisory'")).toEqual([])
  })

  test('of one account does not hold up another, whatever the work', async () => {
    const { locks } = await locksOf(1)
    const order: string[] = []
    await locks[0]!('ada', async () => {
      await expect(locks[0]!('grace', async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
      await locks[0]!('grace', async () => void order.push('grace'))
      order.push('ada')
    })
    expect(order).toEqual(['grace', 'ada'])
  })

  test('is held for work that a lost connection or a restart interrupts', async () => {
    const { locks } = await locksOf(3)
    const { work, most } = counter()
    for (const disturb of [async () => server().cutConnections(), async () => server().restart('immediate')]) {
      const works = locks.map((exclusively) => exclusively('ada', async () => work(700)))
      await new Promise((resolve) => setTimeout(resolve, 200))
      await disturb()
      await Promise.all(works)
      expect(most()).toBe(1)
    }
  })

  test('is held by a process that loses its connection, however many others wait and try', async () => {
    const { locks } = await locksOf(12)
    const { work, most } = counter()
    const [holder, ...others] = locks
    const holding = holder!('ada', async () => work(5_500))
    await new Promise((resolve) => setTimeout(resolve, 200))
    const waiting = others.map((exclusively) => exclusively('ada', async () => work()))
    for (let cut = 1; cut <= 3; cut++) {
      await new Promise((resolve) => setTimeout(resolve, 1_300))
      await server().query("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted")
    }
    await Promise.all([holding, ...waiting])
    expect(most()).toBe(1)
  })

  test('says who holds it, and how long it waits', async () => {
    const { url, locks } = await locksOf(1)
    const sentences: string[] = []
    const other = databaseLocks(open(url), { ...ofTests, onWait: (sentence) => void sentences.push(sentence) })
    await Promise.all([
      locks[0]!('ada', async () => new Promise((resolve) => setTimeout(resolve, 1_500))),
      new Promise((resolve) => setTimeout(resolve, 100)).then(async () => other('ada', async () => Promise.resolve())),
    ])
    expect(sentences).toEqual([expect.stringMatching(/^Waiting for gsa on .* \(process \d+\), which is busy with /)])
  })

  test('does not stay with a connection if its row cannot be written', async () => {
    const { url, locks } = await locksOf(1)
    const name = new URL(url).pathname.slice(1)
    await server().query('alter table gsa.locks add constraint none check (false) not valid', name)
    await expect(locks[0]!('ada', async () => Promise.resolve())).rejects.toMatchObject({ code: 'database_failed' })
    await server().query('alter table gsa.locks drop constraint none', name)
    const held = `select * from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = '${name}')`
    while ((await server().query(held)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
    await locks[0]!('ada', async () => Promise.resolve())
    expect(await server().query(held)).toEqual([])
  })

  test('ends with a wait that is interrupted', async () => {
    const { url, locks } = await locksOf(1)
    const abort = new AbortController()
    const other = databaseLocks(open(url), { ...ofTests, signal: abort.signal })
    await locks[0]!('ada', async () => {
      const waiting = other('ada', async () => Promise.resolve())
      setTimeout(() => abort.abort(), 50)
      await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    })
  })

  test('of a killed process is free soon', async () => {
    const { url, locks } = await locksOf(1)
    const name = new URL(url).pathname.slice(1)
    // psql stands for a process that holds the lock and has named itself.
    const script = `select pg_advisory_lock(${lockNumber('ada')});
      insert into gsa.locks (name, id, holder) values ('ada', gen_random_uuid(), 'a process that dies'); select pg_sleep(60)`
    const holder = spawn(
      join(postgresPrograms ?? '', 'psql'),
      ['-X', '-q', url, ...script.split(';').flatMap((line) => ['-c', line])],
      {
        stdio: 'ignore',
      },
    )
    onTestFinished(() => void holder.kill('SIGKILL'))
    while ((await server().query('select * from gsa.locks', name)).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20))
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await server().cutConnections()
    await locks[0]!('ada', async () => Promise.resolve())
    expect(await server().query('select * from gsa.locks', name)).toEqual([])
  })

  test('of a killed process is no longer shown, and its row is gone after an hour', async () => {
    const { url, locks } = await locksOf(1)
    const name = new URL(url).pathname.slice(1)
    await server().query(
      `insert into gsa.locks (name, id, holder, taken_at) values
         ('ada', gen_random_uuid(), 'killed', now() - interval '50 minutes'),
         ('bob', gen_random_uuid(), 'killed', now() - interval '70 minutes')`,
      name,
    )
    await locks[0]!('grace', async () => {
      expect((await storeStatus(open(url))).locks).toEqual([expect.objectContaining({ name: 'grace' })])
    })
    expect(await server().query('select name from gsa.locks', name)).toEqual([{ name: 'ada' }])
  })

  test('that cannot be given back ends with its connection', async () => {
    const { locks } = await locksOf(2)
    await locks[0]!('bob', async () => {
      await locks[0]!('ada', async () => server().makeReadOnly(true))
      await server().makeReadOnly(false)
      // The same process still uses its connection for the other lock.
      expect(await locks[1]!('ada', async () => Promise.resolve('free'))).toBe('free')
    })
  })
})
