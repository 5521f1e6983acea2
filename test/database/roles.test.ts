import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished } from 'vitest'
import { root, runProgram } from '../support/built-gsa.ts'
import { test } from '../support/harness.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { needs, postgresPrograms } from '../support/system-parts.ts'

const sqlFile = join(root, 'docs/fleet-role.sql')

beforeEach(({ skip }) => needs({ skip }, 'PostgreSQL'))

interface Roles {
  readonly postgres: Postgres
  readonly database: string
  /** Runs the file as the administrator of a managed database: no superuser, but may create roles. */
  readonly runFile: () => Promise<void>
  /** The environment of an instance, as a role with its password. */
  readonly as: (role: 'gsa_owner' | 'gsa_app') => Readonly<Record<string, string>>
  /** Runs SQL as gsa_app, and returns what psql says. */
  readonly trySql: (sql: string) => Promise<string>
}

/** Starts a server with a database in which the file has run once. */
async function startWithRoles(): Promise<Roles> {
  const postgres = await startPostgres()
  onTestFinished(async () => postgres.end())
  await postgres.query('create role admin login createrole')
  const { name: database } = await postgres.createDatabase()
  await postgres.query(`alter database ${database} owner to admin`)
  const psql = (url: string, argv: readonly string[]): ReturnType<typeof runProgram> =>
    runProgram(join(postgresPrograms ?? '', 'psql'), ['-X', '-q', '-d', url, ...argv])
  // As a member of gsa_owner, it would need a password on the other way.
  const socket = `postgres://admin@/${database}?host=${postgres.socketFolder}&port=${postgres.port}`
  const runFile = async (): Promise<void> => {
    const { exitCode, stderr } = await psql(socket, ['-f', sqlFile])
    expect(exitCode, stderr).toBe(0)
  }
  await runFile()
  const passwords = { gsa_owner: randomBytes(12).toString('hex'), gsa_app: randomBytes(12).toString('hex') }
  for (const [role, password] of Object.entries(passwords))
    await postgres.query(`alter role ${role} password '${password}'; grant password_roles to ${role}`)
  const key = `echo ${randomBytes(32).toString('base64')}`
  const urlOf = (role: keyof typeof passwords): string =>
    postgres.url(database, { user: role, password: passwords[role] })
  return {
    postgres,
    database,
    runFile,
    as: (role) => ({ GSA_STORE: `postgres:${urlOf(role)}`, GSA_STORE_KEY_COMMAND: key }),
    trySql: async (sql) => (await psql(urlOf('gsa_app'), ['-c', sql])).stderr,
  }
}

test('gsa_app can use the tables that gsa_owner migrates, and do nothing else', async ({ gsa, google }) => {
  const { as, runFile, trySql } = await startWithRoles()
  const app = { env: as('gsa_app') }
  const early = await gsa.run('exchange', '-', '--json', { ...app, stdin: await google.createCode() })
  expect(early.error).toMatchObject({ code: 'store_schema_missing', exitCode: 7 })
  expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])

  expect((await gsa.run('store', 'migrate', '--json', { env: as('gsa_owner') })).json).toMatchObject({ from: 0, to: 1 })
  // The file narrows what it gave to tables that did not exist yet. Both are enough for gsa.
  for (const run of [1, 2]) {
    if (run === 2) await runFile()
    const stdin = await google.createCode({ forceRefreshToken: true })
    const commands = [
      ['exchange', '-'],
      ['refresh'],
      ['token'],
      ['accounts', 'list'],
      ['accounts', 'list', '--state', 'needs_login'],
      ['accounts', 'use', 'ada@example.com'],
      ['store', 'status'],
      ['logout'],
    ]
    for (const command of commands) {
      const ended = await gsa.run(...command, { ...app, stdin, printsSecrets: command[0] === 'token' })
      expect(ended.exitCode, `${command.join(' ')}: ${ended.stderr}`).toBe(0)
    }
  }

  const forbidden = [
    'create table gsa.mine (a int)',
    'create table public.mine (a int)',
    'create temporary table mine (a int)',
    'create schema mine',
    'create role mine',
    'drop table gsa.items',
    'drop schema gsa cascade',
    'truncate gsa.items',
    'alter table gsa.items add column mine int',
    'update gsa.store set schema_version = 9',
    'delete from gsa.store',
    'insert into gsa.store default values',
    'grant select on gsa.items to public',
    'set role gsa_owner',
  ]
  for (const sql of forbidden) expect(await trySql(sql), sql).toMatch(/permission denied|must be owner|no privileges/)
  expect(await trySql('select count(*) from gsa.items')).toBe('')
})

test('gsa_app can use the tables of a later migration at once', async ({ gsa }) => {
  const { postgres, database, as, trySql } = await startWithRoles()
  await gsa.run('store', 'migrate', { env: as('gsa_owner') })
  await postgres.query('set role gsa_owner; create table gsa.later (a int)', database)
  expect(await trySql('insert into gsa.later values (1); update gsa.later set a = 2; delete from gsa.later')).toBe('')
})

test('no other role gets into the database', async () => {
  const { postgres, database } = await startWithRoles()
  await postgres.query('create role other login')
  const url = postgres.url(database, { user: 'other' })
  const { stderr } = await runProgram(join(postgresPrograms ?? '', 'psql'), ['-X', '-d', url, '-c', 'select 1'])
  expect(stderr).toContain('permission denied for database')
})
