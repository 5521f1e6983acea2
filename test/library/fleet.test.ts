import { randomBytes } from 'node:crypto'
import { Pool } from 'pg'
import { describe, expect, onTestFinished } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { accessToken, accounts, authClient, type GsaEvent } from '../../src/index.ts'
import { lockNumber } from '../../src/database/database-locks.ts'
import { type Gsa, test } from '../support/harness.ts'

import { sharedPostgres } from '../support/shared-postgres.ts'

const server = sharedPostgres()

const refreshes = (google: Emulator): number =>
  google.requests().filter(({ form }) => form['grant_type'] === 'refresh_token').length

interface Fleet {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pool: Pool
}

/** Returns a new PostgreSQL store with an account for each address, and a pool of a program. */
async function fleetWith(gsa: Gsa, google: Emulator, ...emails: readonly string[]): Promise<Fleet> {
  const { url } = await server().createDatabase()
  const env = {
    HOME: gsa.folder,
    GSA_CONFIG_DIR: gsa.folder,
    GSA_STORE: `postgres:${url}`,
    GSA_STORE_KEY_COMMAND: `echo ${randomBytes(32).toString('base64')}`,
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
  }
  for (const account of emails) await gsa.run('exchange', '-', { stdin: await google.createCode({ account }), env })
  const pool = new Pool({ connectionString: url, max: 4 })
  onTestFinished(async () => pool.end())
  return { env, pool }
}

describe('the library with a PostgreSQL store', () => {
  test('uses the pool of the program, and asks the database once while the token is valid', async ({ gsa, google }) => {
    const { env, pool } = await fleetWith(gsa, google, 'ada@example.com')
    const events: GsaEvent[] = []
    const options = {
      env: { ...env, GSA_STORE: undefined },
      pool,
      account: 'ada@example.com',
      onEvent: (event: GsaEvent) => void events.push(event),
    }
    const first = await accessToken(options)
    expect(first).toMatch(/^ya29\./)
    expect(await accessToken(options)).toBe(first)
    expect(events).toEqual([expect.objectContaining({ type: 'token', sub: '110000000000000000001', source: 'store' })])
    expect(pool.totalCount).toBeGreaterThan(0)
    const headers = await (await authClient(options)).getRequestHeaders()
    expect(headers.get('authorization')).toBe(`Bearer ${first}`)
    expect(refreshes(google)).toBe(0)
  })

  test('refreshes once for a hundred calls at the same time, and says so', async ({ gsa, google }) => {
    const { env, pool } = await fleetWith(gsa, google, 'ada@example.com', 'grace@corp.example')
    const events: GsaEvent[] = []
    const call = async (account: string): Promise<string> =>
      accessToken({ env, pool, account, minTtlMs: 7_200_000, onEvent: (event) => void events.push(event) })
    const calls = Array.from({ length: 100 }, async (_, at) =>
      call(at % 2 === 0 ? 'ada@example.com' : 'grace@corp.example'),
    )
    expect(new Set(await Promise.all(calls)).size).toBe(2)
    expect(refreshes(google)).toBe(2)
    expect(events.filter((event) => event.type === 'token' && event.source === 'refresh')).toHaveLength(2)
  })

  test('lists accounts page by page, by their state', async ({ gsa, google }) => {
    const { env, pool } = await fleetWith(gsa, google, 'ada@example.com', 'grace@corp.example')
    const first = await accounts({ env, pool, limit: 1 })
    expect(first.accounts.map(({ email, state }) => [email, state])).toEqual([['ada@example.com', 'connected']])
    const second = await accounts({ env, pool, limit: 1, after: first.next ?? '' })
    expect(second).toMatchObject({ accounts: [{ email: 'grace@corp.example' }], next: null })

    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    const events: GsaEvent[] = []
    const request = { env, pool, account: 'ada@example.com', minTtlMs: 7_200_000 }
    await expect(accessToken({ ...request, onEvent: (event) => void events.push(event) })).rejects.toMatchObject({
      code: 'refresh_token_refused',
    })
    expect(events).toEqual([
      expect.objectContaining({ type: 'failure', account: 'ada@example.com', code: 'refresh_token_refused' }),
    ])
    expect((await accounts({ env, pool, state: 'needs_login' })).accounts).toMatchObject([
      { email: 'ada@example.com', stateCause: 'invalid_grant' },
    ])
    expect((await accounts({ env, pool, state: 'connected' })).accounts).toMatchObject([
      { email: 'grace@corp.example' },
    ])
  })

  test('follows the default account', async ({ gsa, google }) => {
    const { env, pool } = await fleetWith(gsa, google, 'ada@example.com', 'grace@corp.example')
    const of = async (account: string): Promise<string> => accessToken({ env, pool, account })
    for (const account of ['ada@example.com', 'grace@corp.example']) {
      await gsa.run('accounts', 'use', account, { env })
      expect(await accessToken({ env, pool })).toBe(await of(account))
    }
  })

  test('stops waiting for a lock when it is cancelled', async ({ gsa, google }) => {
    const { env, pool } = await fleetWith(gsa, google, 'ada@example.com')
    const holder = await pool.connect()
    const [{ issuer, sub, clientId } = { issuer: '', sub: '', clientId: '' }] = (await accounts({ env, pool })).accounts
    await holder.query('select pg_advisory_lock($1)', [lockNumber(`credential ${issuer} ${clientId} ${sub}`)])
    const waiting = accessToken({
      env,
      pool,
      account: 'ada@example.com',
      minTtlMs: 7_200_000,
      signal: AbortSignal.timeout(50),
    })
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' })
    holder.release(true)
  })

  test.for([{ minTtlMs: Number.NaN }, { minTtlMs: -1 }, { refreshesPerSecond: 0 }, { refreshesPerSecond: Number.NaN }])(
    'refuses %j',
    async (options, { gsa, google }) => {
      const { env, pool } = await fleetWith(gsa, google)
      await expect(accessToken({ env, pool, ...options })).rejects.toMatchObject({ code: 'usage' })
    },
  )

  test('refuses a pool that its locks would use up', async ({ gsa, google }) => {
    const { env } = await fleetWith(gsa, google)
    const pool = new Pool({ connectionString: (env['GSA_STORE'] ?? '').replace('postgres:', ''), max: 1 })
    await expect(accessToken({ env, pool })).rejects.toMatchObject({ code: 'database_pool_too_small', exitCode: 2 })
    await pool.end()
  })

  test('refreshes no faster than it may', async ({ gsa, google }) => {
    const { env, pool } = await fleetWith(gsa, google, 'ada@example.com')
    const startedAt = performance.now()
    for (let call = 0; call < 4; call++) await accessToken({ env, pool, minTtlMs: 7_200_000, refreshesPerSecond: 5 })
    expect(performance.now() - startedAt).toBeGreaterThan(590)
    expect(refreshes(google)).toBe(4)
  })
})
