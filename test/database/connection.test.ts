import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { describe, expect, test as plain } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { connectionUrl } from '../../src/database/connection-url.ts'
import { type Database, openDatabase } from '../../src/database/database.ts'
import { migrate, migrations, schemaVersion } from '../../src/database/migrations.ts'
import { openPool } from '../../src/database/pool.ts'
import { databaseUrl, storeName } from '../../src/stores/store-name.ts'
import { failureOf } from '../support/failure-of.ts'
import { root, runProgram } from '../support/built-gsa.ts'
import { freePort } from '../support/free-port.ts'
import { type Gsa, type Run, test } from '../support/harness.ts'
import { startPostgres } from '../support/postgres.ts'
import { sharedPostgres } from '../support/shared-postgres.ts'

const server = sharedPostgres()

const GSA_STORE_KEY_COMMAND = `echo ${randomBytes(32).toString('base64')}`
const variables = (url: string): Record<string, string> => ({ GSA_STORE: `postgres:${url}`, GSA_STORE_KEY_COMMAND })
const at = (url: string, ...more: readonly string[]): [...string[], { env: Record<string, string> }] => [
  ...more,
  '--json',
  { env: variables(url) },
]

describe('the address of a database', () => {
  plain.each<[store: string, url: string, name: string]>([
    [
      'postgres:postgresql://u:pw@db.example:5433/gsa',
      'postgresql://u:pw@db.example:5433/gsa',
      'postgres://db.example:5433/gsa',
    ],
    [
      'postgres://u@db.example/gsa?sslmode=require',
      'postgres://u@db.example/gsa?sslmode=require',
      'postgres://db.example/gsa',
    ],
    ['postgresql://db.example:5432/gsa', 'postgresql://db.example:5432/gsa', 'postgres://db.example/gsa'],
    [
      'postgres:postgres:///gsa?host=/run/postgresql',
      'postgres:///gsa?host=/run/postgresql',
      'postgres:///gsa?host=/run/postgresql',
    ],
    ['postgres:', '', 'postgres:'],
  ])('%s is named without user and password', (store, url, name) => {
    expect([databaseUrl(store), storeName(store)]).toEqual([url, name])
  })

  plain.each<[url: string, env: Record<string, string>, mode: string]>([
    ['postgres://127.0.0.1/gsa', {}, 'disable'],
    ['postgres:///gsa?host=/run/postgresql', {}, 'disable'],
    ['postgres://localhost/gsa?sslmode=require', {}, 'verify-full'],
    ['postgres://db.example/gsa', {}, 'verify-full'],
    ['postgres://db.example/gsa?sslmode=prefer', {}, 'verify-full'],
    ['postgres://db.example/gsa?ssl=true', {}, 'verify-full'],
    ['postgres://db.example/gsa?sslmode=no-verify', {}, 'no-verify'],
    ['postgres://db.example/gsa', { PGSSLMODE: 'require' }, 'verify-full'],
    ['', { PGHOST: 'db.example' }, 'verify-full'],
    ['', {}, 'disable'],
  ])('%s with %j is reached with sslmode=%4$s', (url, env, mode) => {
    expect(new URL(connectionUrl(url, env, false)).searchParams.get('sslmode')).toBe(mode)
  })

  plain.each<[url: string, env: Record<string, string>, code: string]>([
    ['postgres://db.example/gsa?sslmode=disable', {}, 'database_not_encrypted'],
    ['postgres://db.example/gsa?ssl=false', {}, 'database_not_encrypted'],
    ['postgres://db.example/gsa', { PGSSLMODE: 'disable' }, 'database_not_encrypted'],
    ['postgres://10.0.0.1/gsa?sslmode=disable', {}, 'database_not_encrypted'],
    ['postgres://db.example/gsa?sslmode=allow', {}, 'database_url_invalid'],
    ['mysql://db.example/gsa', {}, 'database_url_invalid'],
    ['db.example/gsa', {}, 'database_url_invalid'],
    ['postgres://localhost/gsa?host=localhost&host=db.example', {}, 'database_url_invalid'],
    ['postgres://localhost/gsa?port=abc', {}, 'database_url_invalid'],
    ['postgres://localhost/gsa', { PGPORT: '99999' }, 'database_url_invalid'],
  ])('%s with %j is refused', (url, env, code) => {
    expect(() => connectionUrl(url, env, false)).toThrow(expect.objectContaining({ code }))
  })

  plain('takes what it lacks from the given variables, not from those of the process', () => {
    const env = { PGHOST: 'db.example', PGPORT: '5433', PGUSER: 'ada', PGPASSWORD: 'pw', PGDATABASE: 'fleet' }
    const { pathname, searchParams } = new URL(connectionUrl('postgres://', env, false))
    expect({ pathname, ...Object.fromEntries(searchParams) }).toEqual({
      pathname: '/fleet',
      host: 'db.example',
      port: '5433',
      user: 'ada',
      password: 'pw',
      sslmode: 'verify-full',
    })
    const own = new URL(connectionUrl('postgres://u:p@localhost:1/gsa', env, false))
    expect([...own.searchParams.keys()]).toEqual(['sslmode'])
  })

  plain('may be reached in plain text if the user says so', () => {
    const url = connectionUrl('postgres://db.example/gsa?sslmode=disable', {}, true)
    expect(new URL(url).searchParams.get('sslmode')).toBe('disable')
  })
})

describe('a connection to the database', () => {
  const code = async (gsa: Gsa, url: string): Promise<unknown> => (await refusal(gsa, url)).error['code']
  const refusal = async (gsa: Gsa, url: string): Promise<Run> => {
    const run = await gsa.run(...at(url, 'accounts'))
    expect(run.exitCode).toBe(7)
    return run
  }

  test('is encrypted, and its certificate verified', async ({ gsa }) => {
    const { name } = await server().createDatabase()
    const url = server().url(name, {
      host: 'localhost',
      parameters: { sslmode: 'verify-full', sslrootcert: server().caFile },
    })
    const run = await gsa.run(...at(url, 'accounts'))
    expect(run.exitCode, run.stderr).toBe(0)
    expect(await code(gsa, server().url(name, { host: 'localhost', parameters: { sslmode: 'verify-full' } }))).toBe(
      'database_tls_failed',
    )
  })

  test('is refused if the certificate is for another name', async ({ gsa }) => {
    const other = await startPostgres({ hosts: ['db.example'] })
    try {
      const parameters = { sslmode: 'verify-full', sslrootcert: other.caFile }
      expect(await code(gsa, other.url('postgres', { host: 'localhost', parameters }))).toBe('database_tls_failed')
    } finally {
      await other.end()
    }
  })

  test('needs the password, which no message repeats', async ({ gsa }) => {
    const { name } = await server().createDatabase()
    const role = await server().createPasswordRole()
    await server().query(`grant create on database ${name} to ${role.user}`)
    const right = await gsa.run(...at(server().url(name, role), 'accounts'))
    expect(right.exitCode, right.stderr).toBe(0)
    const wrong = await refusal(gsa, server().url(name, { ...role, password: `${role.password}-not` }))
    expect(wrong.error['code']).toBe('database_refused')
    for (const { stdout, stderr } of [right, wrong]) expect(stdout + stderr).not.toContain(role.password)
    const none = await refusal(gsa, server().url(name, { user: role.user }))
    expect(none.error).toMatchObject({
      code: 'database_refused',
      cause: expect.stringContaining('there is none') as string,
    })
  })

  test('whose login failed does not keep the process alive', async () => {
    const role = await server().createPasswordRole()
    const url = server().url('postgres', { user: role.user })
    // The server would end the connection after a minute.
    const { exitCode } = await runProgram(process.execPath, [join(root, 'bin/gsa.js'), 'accounts'], {
      env: { GSA_STORE: `postgres:${url}`, GSA_STORE_KEY_COMMAND },
      deadlineMs: 40_000,
    })
    expect(exitCode).toBe(7)
  })

  test('is not tried again for the file of a certificate that is missing', async ({ gsa }) => {
    const parameters = { sslmode: 'verify-full', sslrootcert: '/nowhere/ca.pem' }
    const { error } = await refusal(gsa, server().url('postgres', { parameters }))
    expect(error).toMatchObject({
      code: 'database_tls_failed',
      cause: expect.stringContaining('/nowhere/ca.pem') as string,
    })
  })

  test('works whatever form the database gives to dates', async ({ gsa, google }) => {
    const { name, url } = await server().createDatabase()
    await server().query(`alter database ${name} set datestyle = 'German'`)
    const options = { env: variables(url), stdin: await google.createCode() }
    expect((await gsa.run('exchange', '-', options)).exitCode).toBe(0)
    expect((await gsa.run('exchange', '-', '--json', options)).error).toMatchObject({ code: 'code_used_before' })
    await server().query("update gsa.used_codes set sent_at = 'infinity'", name)
    expect((await gsa.run('exchange', '-', '--json', options)).error).toMatchObject({ code: 'code_used_before' })
  })

  test('says what is wrong: nothing listens, no such database, no permission, read-only', async ({ gsa, google }) => {
    expect(await code(gsa, `postgres://127.0.0.1:${await freePort()}/gsa`)).toBe('database_unreachable')
    expect(await code(gsa, 'postgres://no-such-host.invalid/gsa')).toBe('database_unreachable')
    expect(await code(gsa, server().url('no_such_database'))).toBe('database_refused')
    for (const url of ['localhost/gsa', 'mysql://localhost/gsa', 'postgres://db.example/gsa?sslmode=disable'])
      expect((await gsa.run(...at(url, 'accounts'))).error).toMatchObject({ exitCode: 2 })
    const { name, url } = await server().createDatabase()
    const role = await server().createPasswordRole()
    expect(await code(gsa, server().url(name, role))).toBe('store_schema_missing')
    expect((await gsa.run(...at(url, 'store', 'migrate'))).exitCode).toBe(0)
    expect(await code(gsa, server().url(name, role))).toBe('database_not_permitted')
    await server().makeReadOnly(true)
    try {
      const stdin = await google.createCode()
      const { error } = await gsa.run('exchange', '-', '--json', { env: variables(url), stdin })
      expect(error).toMatchObject({ code: 'database_read_only', exitCode: 7, details: { codeState: 'unused' } })
    } finally {
      await server().makeReadOnly(false)
    }
  })

  test('may be cut, and the server restarted, during a statement', async () => {
    const { url } = await server().createDatabase()
    const database = openDatabase({
      name: 'test',
      pool: async () => openPool({ url: new Secret(url), env: {}, allowsPlainText: false }),
      signal: new AbortController().signal,
    })
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    for (const disturb of [
      async () => server().cutConnections(),
      async () => server().restart('fast'),
      async () => server().restart('immediate'),
    ]) {
      const [answer] = await Promise.all([database.query('select 1 as one from pg_sleep(0.3)'), disturb()])
      expect(answer).toEqual([{ one: 1 }])
    }
  })
})

describe('the tables of a store', () => {
  const open = (url: string): Database =>
    openDatabase({
      name: 'postgres://test',
      pool: async () => openPool({ url: new Secret(url), env: {}, allowsPlainText: false }),
      signal: new AbortController().signal,
    })

  plain('are created once by many processes at the same time', async () => {
    const { url, name } = await server().createDatabase()
    const results = await Promise.all(Array.from({ length: 8 }, async () => migrate(open(url))))
    expect(results.filter(({ from }) => from === 0)).toHaveLength(1)
    expect(await server().query('select schema_version from gsa.store', name)).toEqual([
      { schema_version: schemaVersion },
    ])
  })

  plain('are upgraded in order, or not at all', async () => {
    const { url, name } = await server().createDatabase()
    await migrate(open(url))
    const next = [...migrations, 'CREATE TABLE gsa.more (n int)', 'ALTER TABLE gsa.more ADD m int']
    await expect(migrate(open(url), [...next, 'SELECT nonsense'])).rejects.toMatchObject({ code: 'database_failed' })
    expect(await server().query("select to_regclass('gsa.more') as more", name)).toEqual([{ more: null }])
    expect(await migrate(open(url), next)).toEqual({ from: schemaVersion, to: schemaVersion + 2 })
    expect(await migrate(open(url), next)).toEqual({ from: schemaVersion + 2, to: schemaVersion + 2 })
    expect(await server().query('select count(m)::int as n from gsa.more', name)).toEqual([{ n: 0 }])
    expect(await failureOf(async () => migrate(open(url)))).toMatchObject({ code: 'store_schema_newer' })
  })

  test('of another version are refused before anything is sent', async ({ gsa, google }) => {
    const { url, name } = await server().createDatabase()
    for (const [version, code] of [
      [schemaVersion + 1, 'store_schema_newer'],
      [0, 'store_schema_old'],
    ] as const) {
      await migrate(open(url))
      await server().query(`update gsa.store set schema_version = ${version}`, name)
      const [options] = at(url).slice(-1)
      const stdin = await google.createCode()
      const run = await gsa.run('exchange', '-', '--json', { ...(options as object), stdin })
      expect(run.error).toMatchObject({ code, exitCode: 7, details: { codeState: 'unused' } })
      await server().query(`update gsa.store set schema_version = ${schemaVersion}`, name)
    }
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })
})
