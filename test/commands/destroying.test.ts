import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, type RunOptions, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

const ada = 'ada@example.com'
const grace = 'grace@corp.example'
const [adaSub, graceSub] = ['110000000000000000001', '110000000000000000002']
const webClient = '100000000001-web.apps.googleusercontent.com'

async function exchange(gsa: Gsa, google: Emulator, account: string, options: RunOptions = {}): Promise<void> {
  const run = await gsa.run('exchange', '-', { ...options, stdin: await google.createCode({ account }) })
  expect(run.exitCode, run.stderr).toBe(0)
}

const emails = async (gsa: Gsa, options: RunOptions = {}): Promise<unknown[]> => {
  const { json } = await gsa.run('accounts', '--json', options)
  return (json['accounts'] as { account: JsonObject }[]).map(({ account }) => account['email'])
}

const revocations = (google: Emulator): number => google.requests().filter(({ path }) => path === '/revoke').length

// Each command, and the command line its text suggests for grace.
const commands = [
  [['revoke', '--yes'], `gsa revoke --account ${grace} --yes`],
  [['logout'], `gsa logout --account ${grace}`],
  [['accounts', 'remove', '--yes'], `gsa accounts remove ${grace} --yes`],
  [['drive', 'rm', 'my notes', '--yes'], `gsa drive rm 'my notes' --account ${grace} --yes`],
  [['drive', 'rm', '--id', '1a', '--yes'], `gsa drive rm --id 1a --account ${grace} --yes`],
  [['drive', 'put', '-', '--name', 'n', '--replace'], `gsa accounts use ${grace}`],
  [['drive', 'put', '-', '--id', '1a'], `gsa accounts use ${grace}`],
  [['api', 'DELETE', '/drive/v3/files/1a'], `gsa accounts use ${grace}`],
  [['api', 'PATCH', '/drive/v3/files/1a', '-f', 'name=b'], `gsa accounts use ${grace}`],
] as const

describe('a command that deletes or overwrites', () => {
  test.for(commands)('does not act on the only account left: gsa %s', async ([argv, typed], { gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    await gsa.run('accounts', 'use', ada)
    expect((await gsa.run('revoke', '--yes')).exitCode).toBe(0)
    const before = google.requests().length
    const run = await gsa.run(...argv, '--json')
    expect(run.exitCode).toBe(2)
    expect(run.error).toMatchObject({
      code: 'account_needed',
      details: { accounts: [{ email: grace, sub: graceSub, clientId: webClient, store: 'memory' }] },
    })
    expect((await gsa.run(...argv)).stderr).toContain(
      `others exist or existed, so gsa does not assume that you mean it.\n       Specify the account:\n         ${typed}\n`,
    )
    expect(google.requests().length).toBe(before)
    expect(await emails(gsa)).toEqual([grace])
  })

  test.for(commands)(
    'does not act on the only account in a store that a variable names, while another account is the default: gsa %s',
    async ([argv, typed], { gsa, google }) => {
      const [one, other] = [lastingStore(gsa), lastingStore(gsa, 'other')]
      await exchange(gsa, google, ada, one)
      await exchange(gsa, google, grace, other)
      await gsa.run('accounts', 'use', ada, one)
      const run = await gsa.run(...argv, '--json', { env: other.env })
      expect(run.exitCode).toBe(2)
      expect(run.error).toMatchObject({ code: 'account_needed', details: { accounts: [{ email: grace }] } })
      expect(run.error['fix']).toContain(`\n  ${typed}`)
      expect(await emails(gsa, one)).toEqual([ada, grace])
    },
  )

  test.for(commands)('does not choose one of several: gsa %s', async ([argv, typed], { gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    const run = await gsa.run(...argv, '--json')
    expect(run.exitCode).toBe(2)
    expect(run.error).toMatchObject({
      code: 'account_needed',
      details: { accounts: [{ sub: adaSub }, { sub: graceSub }] },
    })
    expect(run.error['fix']).toContain(`\n  ${typed}`)
    expect(await emails(gsa)).toEqual([ada, grace])
  })

  test.for(commands.slice(0, 3))(
    'acts repeatedly on the only account that ever existed: gsa %s',
    async ([argv], { gsa, google }) => {
      for (let round = 0; round < 2; round++) {
        await exchange(gsa, google, ada)
        const run = await gsa.run(...argv, '--no-input')
        expect(run.exitCode, run.stderr).toBe(0)
        expect(await emails(gsa)).toEqual([])
      }
    },
  )

  test.for(commands.slice(0, 3))('acts on the default account: gsa %s', async ([argv], { gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    await gsa.run('accounts', 'use', ada)
    expect((await gsa.run(...argv)).exitCode).toBe(0)
    expect(await emails(gsa)).toEqual([grace])
  })

  test.for(commands.slice(0, 3))('acts on the account in GSA_ACCOUNT: gsa %s', async ([argv], { gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    await gsa.run('accounts', 'remove', ada, '--yes')
    expect((await gsa.run(...argv, { env: { GSA_ACCOUNT: grace } })).exitCode).toBe(0)
    expect(await emails(gsa)).toEqual([])
  })

  test('revokes one account, not two, when run twice (arrow up, Enter)', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    await gsa.run('accounts', 'use', ada)
    expect((await gsa.run('revoke', '--yes')).exitCode).toBe(0)
    expect((await gsa.run('revoke', '--yes')).exitCode).toBe(2)
    expect(revocations(google)).toBe(1)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('does not treat an account as chosen because GSA_CLIENT_SECRETS names its client', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, { browser: {} })
    expect((await gsa.run('logout', '--json')).error['code']).toBe('account_needed')
  })

  test('asks on a terminal about the only account left, and Enter means no', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    await gsa.run('logout', '--account', ada)
    const question: (answer: string, asked: RegExp) => RunOptions = (answer, asked) => ({ typing: [[asked, answer]] })
    for (const [argv, asked] of [
      [['revoke'], /Revoke access to grace@corp\.example\?/],
      [['logout'], /Delete grace@corp\.example from this machine\?/],
      [['accounts', 'remove'], /Delete grace@corp\.example from this machine\?/],
    ] as const)
      expect((await gsa.run(...argv, question('\r', asked))).exitCode).toBe(0)
    expect(await emails(gsa)).toEqual([grace])
    expect((await gsa.run('logout', '--no-input', question('', /never/))).exitCode).toBe(2)
    expect((await gsa.run('logout', question('y\r', /Delete grace@corp\.example from this machine\?/))).exitCode).toBe(
      0,
    )
    expect(await emails(gsa)).toEqual([])
  })

  test('remembers that another account was removed when the list is rebuilt', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await exchange(gsa, google, ada, { env })
    await exchange(gsa, google, grace, { env })
    await gsa.run('logout', '--account', ada, { env })
    await gsa.run('accounts', 'rebuild', { env })
    expect((await gsa.run('logout', '--json', { env })).error['code']).toBe('account_needed')
    writeFileSync(join(gsa.folder, 'home/gsa/accounts.json'), '{')
    await gsa.run('accounts', 'rebuild', { env })
    expect((await gsa.run('logout', '--json', { env })).error['code']).toBe('account_needed')
    expect(await emails(gsa, { env })).toEqual([grace])
  })

  test('keeps neither email address nor subject of a removed account', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await exchange(gsa, google, ada, { env })
    await gsa.run('logout', { env })
    const list = readFileSync(join(gsa.folder, 'home/gsa/accounts.json'), 'utf8')
    expect(list).not.toMatch(new RegExp(`${ada}|${adaSub}`))
  })

  test('works with one account of an older version, which recorded no removals', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await exchange(gsa, google, ada, { env })
    const path = join(gsa.folder, 'home/gsa/accounts.json')
    const { removed, ...older } = JSON.parse(readFileSync(path, 'utf8')) as JsonObject
    expect(removed).toEqual([])
    writeFileSync(path, JSON.stringify(older))
    expect((await gsa.run('logout', { env })).exitCode).toBe(0)
  })
})
