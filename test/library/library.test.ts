import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { accessToken, authClient } from '../../src/index.ts'
import { root, runProgram } from '../support/built-gsa.ts'
import { test } from '../support/harness.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { environmentWithAccount } from './environment-with-account.ts'

const refreshes = (google: Emulator): number =>
  google.requests().filter(({ form }) => form['grant_type'] === 'refresh_token').length

describe('the library', () => {
  test('returns a valid access token: the cached one, while it is valid for long enough', async ({ gsa, google }) => {
    const env = await environmentWithAccount(gsa, google)
    const first = await accessToken({ env, account: 'ada@example.com' })
    expect(first).toMatch(/^ya29\./)
    expect(await accessToken({ env })).toBe(first)
    expect(refreshes(google)).toBe(0)
    expect(await accessToken({ env, minTtlMs: 7_200_000 })).not.toBe(first)
    expect(refreshes(google)).toBe(1)
  })

  test('refreshes a token that is bound to a key', async ({ gsa, google }) => {
    const env = await environmentWithAccount(gsa, google, ['--dpop'])
    expect(await accessToken({ env, minTtlMs: 7_200_000 })).toMatch(/^ya29\./)
    const headers = await (await authClient({ env, minTtlMs: 7_200_000 })).getRequestHeaders()
    expect(headers.get('authorization')).toMatch(/^Bearer ya29\./)
    expect(google.requests().filter(({ dpop }) => dpop?.startsWith('valid proof'))).toHaveLength(2)
  })

  test('fails as the command line does', async ({ gsa, google }) => {
    const env = await environmentWithAccount(gsa, google)
    await expect(accessToken({ env, account: 'eve@example.com' })).rejects.toMatchObject({
      code: 'account_not_stored',
      exitCode: 4,
    })
    await expect(accessToken({ env: { ...env, GSA_STORE_PASSPHRASE_FILE: undefined } })).rejects.toMatchObject({
      code: 'answer_needed',
    })
  })

  test('returns an OAuth2Client that has an access token and never the refresh token', async ({ gsa, google }) => {
    const client = await authClient({ env: await environmentWithAccount(gsa, google) })
    const headers = await client.getRequestHeaders()
    expect(headers.get('authorization')).toMatch(/^Bearer ya29\./)
    expect(client.credentials.refresh_token).toBeUndefined()
  })

  test('lists the app folder through Google’s own client, as the example does', async ({ gsa, google }) => {
    const env = await environmentWithAccount(gsa, google)
    await gsa.run('drive', 'put', '-', '--name', 'notes.txt', { env, stdin: 'hello' })
    const { exitCode, stdout, stderr } = await runProgram(
      process.execPath,
      [join(root, 'examples/list-app-folder.js')],
      { env },
    )
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toBe('notes.txt 5\n')
  })
})
