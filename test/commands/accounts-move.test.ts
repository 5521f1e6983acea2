import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { isThere, needs } from '../support/system-parts.ts'

const [ada, grace] = ['ada@example.com', 'grace@corp.example']

/** Returns the stores a and b, which share the list of accounts, and the environment for them. */
function stores(
  gsa: Gsa,
): Record<'a' | 'b', ReturnType<typeof lastingStore>> & { env: Record<string, string | undefined> } {
  const [a, b] = [lastingStore(gsa, 'a'), lastingStore(gsa, 'b')]
  return { a, b, env: { ...a.env, GSA_STORE: undefined } }
}

async function exchange(gsa: Gsa, google: Emulator, account: string, ...args: readonly string[]): Promise<void> {
  const stdin = await google.createCode({ account, forceRefreshToken: true })
  const { env } = args.length === 0 ? { env: {} } : stores(gsa)
  const run = await gsa.run('exchange', '-', ...args, { env, stdin })
  expect(run.exitCode, run.stderr).toBe(0)
}

async function bothIn(gsa: Gsa, google: Emulator, store: string): Promise<void> {
  for (const account of [ada, grace]) await exchange(gsa, google, account, '--store', store)
}

/** Returns the email address, the store and the state of each listed account. */
async function listed(gsa: Gsa): Promise<unknown[]> {
  const { json } = await gsa.run('accounts', '--json', { env: stores(gsa).env })
  return (json['accounts'] as { account: JsonObject; store: string; state: string }[]).map(
    ({ account, store, state }) => [account['email'], store, state],
  )
}

describe('gsa accounts move', () => {
  test('moves all accounts to another store, where they work without another login', async ({ gsa, google }) => {
    await bothIn(gsa, google, 'helper:a')
    const { a, b, env } = stores(gsa)
    const requests = google.requests().length
    const move = await gsa.run('accounts', 'move', '--to', 'helper:b', '--yes', { env })
    expect(move).toMatchObject({ exitCode: 0, stdout: 'Moved 2 accounts, now in docker-credential-b\n' })
    expect([a.items(), b.items().length]).toEqual([[], 4])
    expect(await listed(gsa)).toEqual([
      [ada, 'helper:b', 'connected'],
      [grace, 'helper:b', 'connected'],
    ])
    expect((await gsa.run('token', '--account', ada, { env, printsSecrets: true })).exitCode).toBe(0)
    expect(google.requests()).toHaveLength(requests)
    expect((await gsa.run('refresh', '--account', grace, { env })).exitCode).toBe(0)
    const again = await gsa.run('accounts', 'move', '--to', 'helper:b', '--yes', '--json', { env })
    expect(again.json).toEqual({ moved: 0, kept: 0, failed: [] })
  })

  test('moves accounts to a store that has a list of its own', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    await gsa.run('accounts', 'use', grace)
    const { a, env } = stores(gsa)
    const memory = { ...env, GSA_STORE: 'memory' }
    const move = await gsa.run('accounts', 'move', '--to', 'helper:a', '--yes', '--json', { env: memory })
    expect(move).toMatchObject({ exitCode: 0, json: { moved: 2, kept: 0, failed: [] } })
    expect(a.items()).toHaveLength(4)
    expect([...gsa.memory.keys()]).toEqual(['accounts'])
    expect((await gsa.run('accounts', '--json')).json['accounts']).toEqual([])
    expect((await gsa.run('whoami', '--json', { env })).json).toMatchObject({ account: { email: grace } })
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  })

  test('moves a bound refresh token with its key', async ({ gsa, google }) => {
    await exchange(gsa, google, ada, '--store', 'helper:a', '--dpop')
    const { env } = stores(gsa)
    expect((await gsa.run('accounts', 'move', '--to', 'helper:b', { env })).exitCode).toBe(0)
    const refreshed = await gsa.run('refresh', '--json', { env })
    expect(refreshed).toMatchObject({ exitCode: 0, json: { refreshToken: { bound: true, store: 'helper:b' } } })
  })

  test('moves only the named account, or those of the named store', async ({ gsa, google }) => {
    await exchange(gsa, google, ada, '--store', 'helper:a')
    await exchange(gsa, google, grace, '--store', 'helper:b')
    const { env } = stores(gsa)
    const file = join(gsa.folder, 'c.age')
    const passphrase = { ...env, GSA_STORE_PASSPHRASE_FILE: gsa.file('home/passphrase', 'correct horse battery\n') }
    const named = await gsa.run('accounts', 'move', '--account', grace, '--to', `file:${file}`, { env: passphrase })
    expect(named).toMatchObject({ exitCode: 0, stdout: `Moved 1 account, now in ${file}\n` })
    expect(await listed(gsa)).toEqual([
      [ada, 'helper:a', 'connected'],
      [grace, `file:${file}`, 'connected'],
    ])
    const byStore = ['accounts', 'move', '--store', `file:${file}`, '--to', 'helper:b', '--json']
    expect((await gsa.run(...byStore, { env: passphrase })).json).toMatchObject({ moved: 1 })
    expect((await listed(gsa)).map((account) => (account as string[])[1])).toEqual(['helper:a', 'helper:b'])
  })

  test('asks for the passphrase of each of two files once', async ({ gsa, google }) => {
    await bothIn(gsa, google, 'helper:a')
    const { env } = stores(gsa)
    const [one, other] = ['one.age', 'other.age'].map((name) => join(gsa.folder, name))
    const env1 = { ...env, GSA_STORE_PASSPHRASE_FILE: gsa.file('home/passphrase', 'the first passphrase\n') }
    await gsa.run('accounts', 'move', '--to', `file:${one}`, '--yes', { env: env1 })
    const move = await gsa.run('accounts', 'move', '--to', `file:${other}`, {
      env,
      typing: [
        [/Store 2 accounts in \S+other\.age, and delete them from where they are now\?/, 'y\r'],
        [/New passphrase for \S+other\.age/, 'the other passphrase\r'],
        [/Repeat the passphrase/, 'the other passphrase\r'],
        [/Passphrase of \S+one\.age/, 'the first passphrase\r'],
      ],
    })
    expect(move.exitCode, move.stderr).toBe(0)
    expect(move.stderr).toContain('Moving account 2')
    const env2 = { ...env, GSA_STORE_PASSPHRASE_FILE: gsa.file('home/passphrase', 'the other passphrase\n') }
    expect((await gsa.run('refresh', '--account', ada, { env: env2 })).exitCode).toBe(0)
  })

  test('moves nothing when you say no, and asks in no script', async ({ gsa, google }) => {
    await bothIn(gsa, google, 'helper:a')
    const { b, env } = stores(gsa)
    const no = await gsa.run('accounts', 'move', '--to', 'helper:b', { env, typing: [[/Store 2 accounts/, '\r']] })
    expect(no).toMatchObject({ exitCode: 0, stdout: 'Nothing was moved.\n' })
    const unasked = await gsa.run('accounts', 'move', '--to', 'helper:b', '--json', { env })
    expect(unasked).toMatchObject({ exitCode: 2, error: { code: 'answer_needed', details: { flag: '--yes' } } })
    expect(b.items()).toEqual([])
  })

  test('leaves a copy in the old store with --keep', async ({ gsa, google }) => {
    await exchange(gsa, google, ada, '--store', 'helper:a')
    const { a, b, env } = stores(gsa)
    const copy = await gsa.run('accounts', 'move', '--to', 'helper:b', '--keep', { env })
    expect(copy).toMatchObject({ exitCode: 0, stdout: 'Copied 1 account, now in docker-credential-b\n' })
    expect([a.items().length, b.items().length]).toEqual([2, 2])
    for (const store of ['helper:a', 'helper:b'])
      expect((await gsa.run('refresh', '--store', store, { env })).exitCode).toBe(0)
  })

  test('keeps a newer refresh token in the new store, and says so', async ({ gsa, google }) => {
    await exchange(gsa, google, ada, '--store', 'helper:a')
    await exchange(gsa, google, ada, '--store', 'helper:b')
    const { a, b, env } = stores(gsa)
    const newer = b.items()
    const move = await gsa.run('accounts', 'move', '--to', 'helper:b', { env })
    expect(move.stdout).toBe('Kept the newer refresh token of 1 account, already in docker-credential-b\n')
    expect([a.items(), b.items().toSorted()]).toEqual([[], newer.toSorted()])
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  })

  test('moves the other accounts when one cannot be read, and names it', async ({ gsa, google }) => {
    await bothIn(gsa, google, 'helper:a')
    const { a, b, env } = stores(gsa)
    for (const file of readdirSync(a.folder).map((name) => join(a.folder, name))) {
      const item = JSON.parse(readFileSync(file, 'utf8')) as { Username: string; Secret: string }
      if (item.Secret.includes(grace)) writeFileSync(file, JSON.stringify({ ...item, Secret: 'damaged' }))
    }
    const move = await gsa.run('accounts', 'move', '--to', 'helper:b', '--yes', '--json', { env })
    expect(move).toMatchObject({
      exitCode: 7,
      error: {
        code: 'accounts_not_moved',
        details: { moved: 1, kept: 0, failed: [{ account: grace, code: 'stored_value_invalid' }] },
      },
    })
    expect(move.error['message']).toMatch(
      /^Some accounts could not be moved \(1 of 2\): grace@corp\.example: The entry for /,
    )
    expect(b.items()).toHaveLength(2)
    const named = await gsa.run('accounts', 'move', '--to', 'helper:b', '--account', grace, '--json', { env })
    expect(named.error['code']).toBe('stored_value_invalid')
  })

  test('stops at the first account when the new store does not work', async ({ gsa, google }) => {
    await bothIn(gsa, google, 'helper:a')
    const { a, b, env } = stores(gsa)
    writeFileSync(join(gsa.folder, 'bin/docker-credential-b'), '#!/bin/sh\necho locked; exit 1\n')
    const move = await gsa.run('accounts', 'move', '--to', 'helper:b', '--yes', '--json', { env })
    expect(move).toMatchObject({ exitCode: 7, error: { code: 'helper_failed' } })
    expect([a.items().length, b.items()]).toEqual([4, []])
  })

  test.for([
    ['memory', 'the accounts would be lost'],
    ['helper:a', 'is the store to move from, too'],
    ['', '--to names no store'],
  ])('refuses to move accounts of helper:a to "%s"', async ([to, problem], { gsa, google }) => {
    await exchange(gsa, google, ada, '--store', 'helper:a')
    const { a, env } = stores(gsa)
    const move = await gsa.run('accounts', 'move', '--store', 'helper:a', '--to', to!, '--yes', '--json', { env })
    expect(move).toMatchObject({ exitCode: 2, error: { code: 'usage' } })
    expect(move.error['message']).toContain(problem)
    expect(a.items()).toHaveLength(2)
  })

  test('needs a destination, and does not move the account of GSA_REFRESH_TOKEN', async ({ gsa }) => {
    expect((await gsa.run('accounts', 'move', '--json')).error).toMatchObject({ code: 'usage' })
    const env = { GSA_REFRESH_TOKEN: '1//0not-a-token' }
    const { error } = await gsa.run('accounts', 'move', '--to', 'helper:b', '--json', { env })
    expect(error).toMatchObject({ code: 'store_not_for_environment_token' })
  })
})

describe('gsa accounts move, with a database', () => {
  let postgres: Postgres
  beforeEach(({ skip }) => needs({ skip }, 'PostgreSQL'))
  beforeAll(async () => {
    if (isThere('PostgreSQL')) postgres = await startPostgres()
  })
  afterAll(async () => postgres?.end())

  /** Returns the name of a new store in the database, and the environment for it. */
  async function newDatabase(
    gsa: Gsa,
  ): Promise<{ name: string; store: string; env: Record<string, string | undefined> }> {
    const { name, url } = await postgres.createDatabase()
    const key = gsa.file('store.key', `${randomBytes(32).toString('base64')}\n`)
    chmodSync(key, 0o600)
    return { name, store: `postgres:${url}`, env: { ...stores(gsa).env, GSA_STORE_KEY_FILE: key } }
  }

  test('moves accounts into it, with their default and state, and back', async ({ gsa, google }) => {
    await bothIn(gsa, google, 'helper:a')
    const { a, b } = stores(gsa)
    const { store, env } = await newDatabase(gsa)
    await gsa.run('accounts', 'use', grace, { env })
    const move = await gsa.run('accounts', 'move', '--to', store, '--yes', '--json', { env })
    expect(move, move.stderr).toMatchObject({ exitCode: 0, json: { moved: 2, kept: 0, failed: [] } })
    expect([a.items(), await listed(gsa)]).toEqual([[], []])
    const inDatabase = { ...env, GSA_STORE: store }
    const requests = google.requests().length
    expect((await gsa.run('token', { env: inDatabase, printsSecrets: true })).exitCode).toBe(0)
    expect(google.requests()).toHaveLength(requests)
    expect((await gsa.run('whoami', '--json', { env: inDatabase })).json).toMatchObject({ account: { email: grace } })
    const list = await gsa.run('accounts', 'list', '--state', 'connected', '--json', { env: inDatabase })
    expect(list.json['accounts']).toHaveLength(2)
    const back = await gsa.run('accounts', 'move', '--store', store, '--to', 'helper:b', '--yes', '--json', { env })
    expect(back.exitCode, back.stderr).toBe(0)
    expect(back.json).toEqual({ moved: 2, kept: 0, failed: [] })
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    expect(b.items()).toHaveLength(4)
    expect((await gsa.run('accounts', '--json', { env: inDatabase })).json['accounts']).toEqual([])
  })

  test('refuses to move accounts between two addresses of one database', async ({ gsa, google }) => {
    await exchange(gsa, google, ada, '--store', 'helper:a')
    const { name, store, env } = await newDatabase(gsa)
    await gsa.run('accounts', 'move', '--to', store, { env })
    const alias = `postgres:${postgres.url(name, { host: 'localhost' })}`
    const move = await gsa.run('accounts', 'move', '--store', store, '--to', alias, '--json', { env })
    expect(move.exitCode, move.stderr + move.stdout).toBe(2)
    expect(move).toMatchObject({ exitCode: 2, error: { code: 'usage' } })
    expect(move.error['message']).toContain('are the same store')
    expect((await gsa.run('refresh', { env: { ...env, GSA_STORE: store } })).exitCode).toBe(0)
  })
})
