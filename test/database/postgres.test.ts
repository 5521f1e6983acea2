import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { root } from '../support/built-gsa.ts'
import { type Postgres, type PostgresOptions, preparePostgres, startPostgres } from '../support/postgres.ts'
import { isThere, needs, postgresPrograms } from '../support/system-parts.ts'

// How pg says it depends on when it notices.
const lostConnection = /terminat|not queryable|ECONNRESET|EPIPE/

beforeEach((context) => needs(context, 'PostgreSQL'))

describe('a PostgreSQL server of the tests', () => {
  let postgres: Postgres
  beforeAll(async () => {
    if (isThere('PostgreSQL')) postgres = await startPostgres()
  })
  afterAll(async () => postgres?.end())

  test('gives each test an empty database', async () => {
    const [one, other] = [await postgres.createDatabase(), await postgres.createDatabase()]
    await postgres.query('create table t (a int); insert into t values (1)', one.name)
    expect(await postgres.query('select a from t', one.name)).toEqual([{ a: 1 }])
    await expect(postgres.query('select a from t', other.name)).rejects.toThrow('relation "t" does not exist')
    expect(await ask(one.url, 'select current_user, current_database() as name')).toEqual([
      { current_user: 'postgres', name: one.name },
    ])
  })

  test.each(['immediate', 'fast'] as const)('keeps what was committed in a restart: %s', async (how) => {
    const { name, url } = await postgres.createDatabase()
    await postgres.query('create table t (a int); insert into t values (1)', name)
    const open = await connect(url)
    await open.query('begin; insert into t values (2)')
    const [pid, before] = [postgres.pid(), postgres.log().length]
    await postgres.restart(how)
    await expect(open.query('commit')).rejects.toThrow(lostConnection)
    expect(postgres.pid()).not.toBe(pid)
    expect(await ask(url, 'select a from t')).toEqual([{ a: 1 }])
    const recovers = postgres.log().slice(before).includes('automatic recovery in progress')
    expect(recovers).toBe(how === 'immediate')
  })

  test('can be down, and comes back at the same address', async () => {
    const { url } = await postgres.createDatabase()
    await postgres.stop()
    expect(postgres.pid()).toBeUndefined()
    await expect(connect(url)).rejects.toThrow('ECONNREFUSED')
    await postgres.start()
    expect(await ask(url, 'select 1 as a')).toEqual([{ a: 1 }])
  })

  test('cuts the connections of its clients, and accepts new ones', async () => {
    const { url } = await postgres.createDatabase()
    const clients = [await connect(url), await connect(url)]
    expect(await postgres.cutConnections()).toBe(2)
    for (const client of clients) await expect(client.query('select 1')).rejects.toThrow(lostConnection)
    expect(await ask(url, 'select 1 as a')).toEqual([{ a: 1 }])
    expect(await postgres.cutConnections()).toBe(0)
  })

  test('can be read-only, also for connections that are open', async () => {
    const { name, url } = await postgres.createDatabase()
    await postgres.query('create table t (a int)', name)
    const open = await connect(url)
    await postgres.makeReadOnly(true)
    await expect(open.query('insert into t values (1)')).rejects.toMatchObject({ code: '25006' })
    await expect(ask(url, 'insert into t values (1)')).rejects.toMatchObject({ code: '25006' })
    await postgres.makeReadOnly(false)
    await open.query('insert into t values (2)')
    expect(await ask(url, 'select a from t')).toEqual([{ a: 2 }])
  })

  test('shows what was inserted in a dump, and statements with their parameters in its log', async () => {
    const { name, url } = await postgres.createDatabase()
    const client = await connect(url)
    await client.query('create table t (word text, bytes bytea)')
    await client.query('insert into t values ($1, $2)', ['one-word', Buffer.from('other')])
    expect(await postgres.dump(name)).toContain(`one-word\t\\\\x${Buffer.from('other').toString('hex')}\n`)
    expect(postgres.log()).toContain("parameters: $1 = 'one-word'")
  })

  test('asks a role for its password', async () => {
    const { name } = await postgres.createDatabase()
    const role = await postgres.createPasswordRole()
    expect(await ask(postgres.url(name, role), 'select current_user as a')).toEqual([{ a: role.user }])
    const wrong = postgres.url(name, { ...role, password: 'wrong' })
    await expect(connect(wrong)).rejects.toMatchObject({ code: '28P01' })
  })

  test.each(['localhost', '127.0.0.1'])('proves to be %s', async (host) => {
    const parameters = { sslmode: 'verify-full', sslrootcert: postgres.caFile }
    const statement = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()'
    expect(await ask(postgres.url('postgres', { host, parameters }), statement)).toEqual([{ ssl: true }])
    // Only this authority's certificate is believed.
    const unknown = postgres.url('postgres', { host, parameters: { sslmode: 'verify-full' } })
    await expect(connect(unknown)).rejects.toThrow(/certificate|verif/)
  })
})

test('a server with the name of another host in its certificate is refused', async () => {
  const postgres = await start({ hosts: ['db.example.com'], settings: { log_statement: 'none' } })
  const parameters = { sslmode: 'verify-full', sslrootcert: postgres.caFile }
  const url = postgres.url('postgres', { host: 'localhost', parameters })
  await expect(connect(url)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  expect(await postgres.query('show log_statement')).toEqual([{ log_statement: 'none' }])
})

test('the end of a server takes its process and its folder with it', async () => {
  const postgres = await start()
  const pid = postgres.pid() ?? 0
  expect(isRunning(pid)).toBe(true)
  await postgres.end()
  expect(isRunning(pid)).toBe(false)
  expect(existsSync(postgres.socketFolder)).toBe(false)
})

test.each(['the tests', 'its supervisor'] as const)('a server ends if someone kills %s', async (killed) => {
  const { folder } = await preparePostgres()
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // As the tests start it, in a process that can be killed.
  const script = `
    const [program, ...argv] = process.argv.slice(1)
    const child = require('node:child_process').spawn(program, argv, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    child.stdin.write('start\\n')
    child.stdout.on('data', (reply) => process.stdout.write(child.pid + ' ' + reply))`
  const argv = ['-e', script, join(root, 'test/support/postgres.sh'), postgresPrograms ?? '', folder]
  const tests = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void tests.kill('SIGKILL'))
  const [line] = (await once(createInterface(tests.stdout), 'line')) as [string]
  const [supervisor, server] = line.split(' ').map(Number)
  expect([supervisor, server].map(isRunning)).toEqual([true, true])

  process.kill((killed === 'the tests' ? tests.pid : supervisor) ?? 0, 'SIGKILL')
  await expect.poll(() => isRunning(server), { timeout: 60_000 }).toBe(false)
  // Only the supervisor can delete the folder.
  await expect.poll(() => existsSync(folder), { timeout: 60_000 }).toBe(killed === 'its supervisor')
})

async function start(options?: PostgresOptions): Promise<Postgres> {
  const postgres = await startPostgres(options)
  onTestFinished(async () => postgres.end())
  return postgres
}

async function connect(url: string): Promise<Client> {
  const client = new Client(url)
  client.on('error', () => undefined)
  onTestFinished(async () => client.end().catch(() => undefined))
  await client.connect()
  return client
}

async function ask(url: string, statement: string): Promise<readonly unknown[]> {
  const client = await connect(url)
  const { rows } = await client.query<Record<string, unknown>>(statement)
  await client.end()
  return rows
}

/** Returns whether a process runs; one that nobody has waited for does not. */
function isRunning(pid = 0): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
