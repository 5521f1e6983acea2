import { describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

const [ada, grace] = ['ada@example.com', 'grace@corp.example']

async function exchange(gsa: Gsa, google: Emulator, account: string, ...args: readonly string[]): Promise<void> {
  const env = { PATH: lastingStore(gsa).env['PATH'] }
  const run = await gsa.run('exchange', '-', ...args, { env, stdin: await google.createCode({ account }) })
  expect(run.exitCode, run.stderr).toBe(0)
}

/** Returns the email address, the state and its cause of each account in a list. */
const states = ({ accounts }: JsonObject): unknown[] =>
  (accounts as { account: { email: string }; state: string; stateCause: string | null }[]).map(
    ({ account, state, stateCause }) => [account.email, state, stateCause],
  )

describe('gsa accounts list', () => {
  test('shows which accounts need a login, and why', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    expect((await gsa.run('accounts')).stdout).not.toContain('needs login')
    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    expect((await gsa.run('refresh', '--account', grace)).exitCode).toBe(4)
    const { json } = await gsa.run('accounts', '--json')
    expect(states(json)).toEqual([
      [ada, 'connected', null],
      [grace, 'needs_login', 'invalid_grant'],
    ])
    expect(json['next']).toBeNull()
    expect((await gsa.run('accounts')).stdout).toMatch(
      /^ {2}ada@example\.com +\S+ +http\S+\n {2}grace@corp\.example +\S+ +needs login +http\S+\n$/,
    )
    expect(states((await gsa.run('accounts', 'list', '--state', 'needs_login', '--json')).json)).toHaveLength(1)
    expect(states((await gsa.run('accounts', 'list', '--state', 'connected', '--json')).json)).toHaveLength(1)
    expect((await gsa.run('accounts', 'list', '--state', 'unknown')).stdout).toBe('No stored account matches.\n')
  })

  test('does not know the state of an account that a rebuild found, until it is used', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    gsa.memory.delete('accounts')
    expect((await gsa.run('accounts', 'rebuild')).exitCode).toBe(0)
    expect((await gsa.run('accounts')).stdout).toMatch(/ unknown /)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
    expect(states((await gsa.run('accounts', '--json')).json)).toEqual([[ada, 'connected', null]])
  })

  test('prints the command for the next page, and the last page without one', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    const first = await gsa.run('accounts', 'list', '--limit', '1', '--state', 'connected')
    expect(first.stdout).toMatch(/^ {2}ada@example\.com [^\n]*\n$/)
    const [, next = ''] =
      /^Next page: gsa (accounts list --state connected --limit 1 --after \w+)$/m.exec(first.stderr) ?? []
    const second = await gsa.run(...next.split(' '))
    expect(second.stdout).toMatch(/^ {2}grace@corp\.example [^\n]*\n$/)
    expect(second.stderr).not.toContain('Next page')
    const json = await gsa.run('accounts', 'list', '--limit', '1', '--json')
    expect(next).toContain(` ${json.json['next'] as string}`)
    expect(json.stderr).not.toContain('Next page')
  })

  test('says how to start again when the account where a page begins is gone', async ({ gsa, google }) => {
    await exchange(gsa, google, ada)
    await exchange(gsa, google, grace)
    const { json } = await gsa.run('accounts', 'list', '--limit', '1', '--json')
    await gsa.run('accounts', 'remove', ada, '--yes')
    const gone = await gsa.run('accounts', 'list', '--after', json['next'] as string, '--json')
    expect(gone).toMatchObject({ exitCode: 2, error: { code: 'usage' } })
    expect(gone.error['message']).toContain('Start again without --after.')
  })

  test('lists only the accounts of a server and a store that flags name', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await exchange(gsa, google, ada, '--store', 'helper:files')
    const list = async (...args: readonly string[]): Promise<unknown[]> =>
      states((await gsa.run('accounts', 'list', '--json', ...args, { env })).json)
    expect(await list('--store', 'helper:files')).toHaveLength(1)
    expect(await list('--store', 'helper:other')).toHaveLength(0)
    expect(await list('--issuer', google.issuer)).toHaveLength(1)
    expect(await list('--issuer', 'https://id.example.com')).toHaveLength(0)
  })

  test('lists every account when only variables name a server and a store', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await exchange(gsa, google, ada, '--store', 'helper:files')
    const elsewhere = { ...env, GSA_STORE: 'helper:other', GSA_ISSUER: 'https://id.example.com' }
    expect(states((await gsa.run('accounts', '--json', { env: elsewhere })).json)).toHaveLength(1)
  })
})
