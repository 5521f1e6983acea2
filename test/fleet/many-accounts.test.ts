import { performance } from 'node:perf_hooks'
import { describe, expect } from 'vitest'
import type { PageRequest } from '../../src/accounts/account-page.ts'
import { sealedAccountIndex } from '../../src/accounts/sealed-account-index.ts'
import type { Sought } from '../../src/accounts/account-index.ts'
import type { SealedDatabase } from '../../src/database/sealed-database.ts'
import { scaled } from './scale.ts'
import { openSealedDatabase } from '../stores/open-postgres-store.ts'
import { fillStore, type Person } from './fill-store.ts'
import { createFleet, type Fleet, test } from './fleet.ts'

const many = scaled(3_000, 100_000)
const rounds = scaled(3, 25)
const longestPageMs = 50
const mostTimes = 1.3

describe(`a store with ${many} accounts`, () => {
  test(
    'finds one account, and a page of them, without reading the others',
    { timeout: 1_800_000 },
    async ({ fleet, google, folder, annotate }) => {
      const small = await createFleet(`${folder}/small`, google, fleet.postgres)
      // The log would be larger than the database.
      await fleet.postgres.query("alter system set log_statement = 'none'")
      await fleet.postgres.query('alter system set synchronous_commit = off')
      await fleet.postgres.query('select pg_reload_conf()')
      await fillStore(small, google, people(9))
      const started = performance.now()
      await fillStore(fleet, google, people(many - 1))
      await annotate(`stored in ${Math.round((performance.now() - started) / 1000)} s`)
      await fleet.postgres.query('analyze', fleet.database)

      const nowMs = Date.now()
      const middle = String(Math.floor(many / 2))
      const pages: readonly (readonly [string, size: number, PageRequest])[] = [
        ['the first page', 100, { nowMs, limit: 100 }],
        ['a page in the middle', 100, { nowMs, limit: 100, after: middle }],
        ['the first page of needs_login', 100, { nowMs, limit: 100, state: 'needs_login' }],
        ['a page of needs_login in the middle', 100, { nowMs, limit: 100, state: 'needs_login', after: middle }],
        ['the first page of connected', 100, { nowMs, limit: 100, state: 'connected' }],
        ['a page of connected in the middle', 100, { nowMs, limit: 100, state: 'connected', after: middle }],
        ['a page of unknown, of which there is none', 0, { nowMs, limit: 100, state: 'unknown' }],
        ['a page of a server without accounts', 0, { nowMs, limit: 100, issuer: 'https://other.example' }],
      ]
      const { database, statements } = recording(openSealedDatabase(fleet))
      const index = sealedAccountIndex(database)
      const slow: string[] = []
      for (const [what, size, request] of pages) {
        const ms = await medianMs(11, async () => index.page(request))
        expect((await index.page(request)).accounts, what).toHaveLength(size)
        await annotate(`${what}: ${ms.toFixed(1)} ms`)
        if (ms > longestPageMs) slow.push(`${what}: ${ms} ms`)
      }
      const soughts: readonly (readonly [string, Sought])[] = [
        ['one account by its name', { name: 'user7@example.com' }],
        ['one account of a client', { name: 'user7@example.com', clientId: google.clients[0]?.clientId ?? '' }],
        ['the default account', {}],
      ]
      for (const [what, sought] of soughts) {
        const ms = await medianMs(11, async () => index.read(sought))
        await annotate(`${what}: ${ms.toFixed(1)} ms`)
      }
      const plans = await Promise.all(statements().map(async (statement) => planOf(fleet, statement)))
      expect(plans.filter((plan) => /Seq Scan on (?:accounts|items)/.test(plan))).toEqual([])

      const ratio = await pairedRatio(fleet, small)
      await annotate(ratio.text)
      // Both depend on the machine, so only the long proof on a quiet one judges them.
      if (rounds < 15) return
      expect(slow).toEqual([])
      expect(ratio.times).toBeLessThanOrEqual(mostTimes)
    },
  )
})

/**
 * Returns people of whom each tenth needs a login, and each hundredth has a refresh token that has expired. Half of the
 * others have one that expires in a week, as those of an app in testing do.
 */
function people(count: number): readonly Person[] {
  return Array.from({ length: count }, (_, at) => ({
    sub: `2${String(at).padStart(20, '0')}`,
    email: `user${at}@example.com`,
    refreshToken: `1//0${'refresh-token-of-a-person'.repeat(3)}${at}`,
    account:
      at % 10 === 5
        ? { hasRefreshToken: false }
        : at % 100 === 1
          ? { refreshTokenExpiresAt: new Date(Date.now() - 1000).toISOString() }
          : at % 2 === 0
            ? { refreshTokenExpiresAt: new Date(Date.now() + 7 * 86_400_000).toISOString() }
            : {},
  }))
}

interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** Returns a database that also notes its statements, each text once. */
function recording(database: SealedDatabase): {
  readonly database: SealedDatabase
  readonly statements: () => readonly Statement[]
} {
  const noted = new Map<string, Statement>()
  const query: SealedDatabase['query'] = async (text, values) => {
    noted.set(JSON.stringify([text, values]), { text, values: values ?? [] })
    return database.query(text, values)
  }
  return { database: { ...database, query }, statements: () => [...noted.values()] }
}

async function planOf(fleet: Fleet, { text, values }: Statement): Promise<string> {
  const rows = await openSealedDatabase(fleet).query(`EXPLAIN ANALYZE ${text}`, values)
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n')
}

async function medianMs(count: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  // The first round connects, and fills the caches.
  for (let round = 0; round <= count; round++) {
    const started = performance.now()
    await work()
    if (round > 0) times.push(performance.now() - started)
  }
  return median(times)
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}

/** Measures whole runs of `gsa token` in turn: with many accounts and with ten. */
async function pairedRatio(fleet: Fleet, small: Fleet): Promise<{ readonly times: number; readonly text: string }> {
  const run = async (one: Fleet): Promise<number> => {
    const started = performance.now()
    const { exitCode, stderr } = await one.gsa(0, ['token', '--account', 'user7@example.com'])
    expect(exitCode, stderr).toBe(0)
    return performance.now() - started
  }
  const [large, ten]: [number[], number[]] = [[], []]
  for (let round = 0; round <= rounds; round++) {
    const [one, other] = [await run(fleet), await run(small)]
    if (round === 0) continue
    large.push(one)
    ten.push(other)
  }
  const times = median(large) / median(ten)
  const text = `gsa token: ${median(large).toFixed(0)} ms among ${many}, ${median(ten).toFixed(0)} ms among 10: ${times.toFixed(2)} times (${rounds} rounds)`
  return { times, text }
}
