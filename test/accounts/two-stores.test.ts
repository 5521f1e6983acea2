import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, type Run, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

// Returns the same account with secrets in stores a and b.

const ada = 'ada@example.com'
type Name = 'a' | 'b'

/** Returns each store, and gsa without a chosen store. */
function stores(gsa: Gsa): Record<Name, ReturnType<typeof lastingStore>> & { env: Record<string, string | undefined> } {
  const [a, b] = [lastingStore(gsa, 'a'), lastingStore(gsa, 'b')]
  return { a, b, env: { ...a.env, GSA_STORE: undefined } }
}

/** Stores the account; the code returns a refresh token or none. */
async function exchange(gsa: Gsa, google: Emulator, store: Name, forceRefreshToken: boolean): Promise<Run> {
  const { env } = stores(gsa)
  const stdin = await google.createCode({ account: ada, forceRefreshToken })
  const run = await gsa.run('exchange', '-', '--json', '--store', `helper:${store}`, { env, stdin })
  expect(run.exitCode, run.stderr).toBe(0)
  return run
}

const listed = async (gsa: Gsa): Promise<JsonObject[]> =>
  (await gsa.run('accounts', '--json', { env: stores(gsa).env })).json['accounts'] as JsonObject[]

const hasToken = (items: string[]): boolean => items.some((item) => item.includes('refresh_token'))

/** Makes the server refuse only what this store holds. */
function spoilToken({ folder }: ReturnType<typeof lastingStore>, of: string[]): void {
  for (const item of of) {
    const spoilt = item.replace(/1\/\/0[\w-]+/, (token) => `${token.slice(0, -6)}AAAAAA`)
    if (spoilt === item) continue
    for (const file of readdirSync(folder).map((name) => join(folder, name))) {
      const content = JSON.parse(readFileSync(file, 'utf8')) as JsonObject
      if (content['Secret'] === item) writeFileSync(file, JSON.stringify({ ...content, Secret: spoilt }))
    }
  }
}

describe('an account with secrets in two stores', () => {
  test('stays in the store that has its refresh token when a code returns none', async ({ gsa, google }) => {
    const { a, b, env } = stores(gsa)
    await exchange(gsa, google, 'a', true)
    const second = await exchange(gsa, google, 'b', false)
    expect(second.json).toMatchObject({ refreshToken: { received: false, stored: true, store: 'helper:a' } })
    expect(second.json['warnings']).toContainEqual({
      code: 'kept_in_other_store',
      message: 'The account stays in helper:a, which has its refresh token; nothing was written to helper:b.',
      fix: 'To move it, get a new refresh token: gsa login --force-consent --store helper:b',
    })
    expect([hasToken(a.items()), b.items()]).toEqual([true, []])
    for (const args of [['refresh'], ['refresh', '--store', 'helper:a']])
      expect((await gsa.run(...args, { env })).exitCode).toBe(0)
    const other = await gsa.run('refresh', '--store', 'helper:b', { env })
    expect(other.exitCode).toBe(4)
    expect(other.stderr).toContain(
      `No account is stored for the store helper:b (--store). Stored accounts: ${ada} (store helper:a).\n       To use a stored account, leave out --store.`,
    )
  })

  test('is found in either store that has one of its refresh tokens', async ({ gsa, google }) => {
    const { env } = stores(gsa)
    for (const store of ['a', 'b'] as const) await exchange(gsa, google, store, true)
    for (const store of ['helper:a', 'helper:b', 'helper:a'])
      expect(await gsa.run('refresh', { env: { ...env, GSA_STORE: store } })).toMatchObject({ exitCode: 0 })
    expect(await listed(gsa)).toHaveLength(1)
    expect((await gsa.run('revoke', '--yes', { env: { ...env, GSA_STORE: 'helper:a' } })).exitCode).toBe(0)
    expect([stores(gsa).a.items(), stores(gsa).b.items()]).toEqual([[], []])
  })

  test('stays there even when that store cannot be opened at the moment', async ({ gsa, google }) => {
    await exchange(gsa, google, 'a', true)
    const { env } = stores(gsa)
    const helper = join(gsa.folder, 'bin/docker-credential-a')
    const works = readFileSync(helper)
    writeFileSync(helper, '#!/bin/sh\necho locked; exit 1\n')
    const stdin = await google.createCode({ account: ada })
    const run = await gsa.run('exchange', '-', '--store', 'helper:b', { stdin, env })
    expect(run.exitCode, run.stderr).toBe(0)
    writeFileSync(helper, works)
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:a' }])
  })

  test('moves to the store that gets a new refresh token', async ({ gsa, google }) => {
    await exchange(gsa, google, 'a', true)
    await exchange(gsa, google, 'b', true)
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:b', refreshToken: { stored: true } }])
    for (const store of ['a', 'b', 'a'])
      await gsa.run('accounts', 'rebuild', '--store', `helper:${store}`, { env: stores(gsa).env })
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:b', refreshToken: { stored: true } }])
  })

  test('stays where it is when the other store has the same refresh token', async ({ gsa, google }) => {
    await exchange(gsa, google, 'a', true)
    const { a, b, env } = stores(gsa)
    cpSync(a.folder, b.folder, { recursive: true })
    const rebuilt = await gsa.run('accounts', 'rebuild', '--store', 'helper:b', { env })
    expect(rebuilt.exitCode, rebuilt.stderr).toBe(0)
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:a', refreshToken: { stored: true } }])
  })

  test('moves to the newer refresh token when an older list is rebuilt', async ({ gsa, google }) => {
    await exchange(gsa, google, 'a', true)
    const list = join(gsa.folder, 'home/gsa/accounts.json')
    const older = readFileSync(list)
    await exchange(gsa, google, 'b', true)
    writeFileSync(list, older)
    const rebuilt = await gsa.run('accounts', 'rebuild', '--store', 'helper:b', { env: stores(gsa).env })
    expect(rebuilt.exitCode, rebuilt.stderr).toBe(0)
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:b', refreshToken: { stored: true } }])
  })

  test('uses the older refresh token when the newer one is refused', async ({ gsa, google }) => {
    const { b, env } = stores(gsa)
    await exchange(gsa, google, 'a', true)
    await exchange(gsa, google, 'b', true)
    spoilToken(b, b.items())
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:a', refreshToken: { stored: true } }])
    expect(hasToken(b.items())).toBe(false)
  })

  test.for(['logout', 'revoke --yes', `accounts remove ${ada} --yes`])(
    'is deleted from both by gsa %s',
    async (command, { gsa, google }) => {
      const { a, b, env } = stores(gsa)
      await exchange(gsa, google, 'a', true)
      await exchange(gsa, google, 'b', true)
      const run = await gsa.run(...command.split(' '), { env })
      expect(run.exitCode, run.stderr).toBe(0)
      expect([a.items(), b.items()]).toEqual([[], []])
    },
  )

  test('can be deleted although the other store cannot be opened, and gsa says so', async ({ gsa, google }) => {
    const { env } = stores(gsa)
    await exchange(gsa, google, 'a', true)
    await exchange(gsa, google, 'b', true)
    writeFileSync(join(gsa.folder, 'bin/docker-credential-a'), '#!/bin/sh\necho locked; exit 1\n')
    const run = await gsa.run('logout', { env })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(run.stderr).toContain('An older copy may remain in docker-credential-a, which could not be opened.')
  })

  test('has one entry after the list was damaged and rebuilt from both stores', async ({ gsa, google }) => {
    const { env } = stores(gsa)
    await exchange(gsa, google, 'a', true)
    await exchange(gsa, google, 'b', true)
    rmSync(join(gsa.folder, 'home/gsa/accounts.json'))
    for (const store of ['b', 'a', 'a', 'b'])
      expect((await gsa.run('accounts', 'rebuild', '--store', `helper:${store}`, { env })).exitCode).toBe(0)
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:b', account: { email: ada } }])
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  })

  test('becomes one account again after an older version listed it three times', async ({ gsa, google }) => {
    const { env } = stores(gsa)
    await exchange(gsa, google, 'a', true)
    const path = join(gsa.folder, 'home/gsa/accounts.json')
    const list = JSON.parse(readFileSync(path, 'utf8')) as { accounts: JsonObject[] }
    const [account] = list.accounts
    const lost = { ...account, store: 'helper:b', hasRefreshToken: false, refreshTokenObtainedAt: null }
    writeFileSync(path, JSON.stringify({ ...list, accounts: [lost, account, lost] }))
    expect(await listed(gsa)).toMatchObject([{ store: 'helper:a' }])
    expect((await gsa.run('accounts', 'use', ada, { env })).exitCode).toBe(0)
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    expect((JSON.parse(readFileSync(path, 'utf8')) as { accounts: unknown[] }).accounts).toHaveLength(1)
  })
})
