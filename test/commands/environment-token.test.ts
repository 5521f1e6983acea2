import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'
import { refreshTokenOf } from '../support/refresh-token.ts'

describe('GSA_REFRESH_TOKEN', () => {
  test('needs only a client secrets file: no store, no home, nothing written', async ({ gsa, google }) => {
    const env = {
      GSA_REFRESH_TOKEN: await refreshTokenOf(gsa, google),
      GSA_STORE: undefined,
      HOME: undefined,
      GSA_CONFIG_DIR: '/proc/nowhere',
    }
    const token = await gsa.run('token', { env, printsSecrets: true })
    expect(token.exitCode, token.stderr).toBe(0)
    expect(token.stdout).toMatch(/^ya29\./)
    const refresh = await gsa.run('refresh', '--json', { env })
    expect(refresh.json).toMatchObject({
      account: { sub: '110000000000000000001', email: 'ada@example.com' },
      refreshToken: { store: 'environment' },
    })
    expect((await gsa.run('whoami', '--json', { env })).json).toMatchObject({
      account: { email: 'ada@example.com' },
      store: 'environment',
    })
    expect((await gsa.run('drive', 'put', '-', '--name', 'x', { env, stdin: 'x' })).exitCode).toBe(0)
    expect((await gsa.run('drive', 'ls-appfolder', '--json', { env })).exitCode).toBe(0)
    expect(gsa.memory.size).toBe(0)
    expect(existsSync(join(gsa.folder, 'home/gsa'))).toBe(false)
  })

  test('that is refused exits with 4, and does not claim that something was deleted', async ({ gsa }) => {
    const result = await gsa.run('refresh', '--json', { env: { GSA_REFRESH_TOKEN: '1//0bogus' } })
    expect(result.exitCode).toBe(4)
    expect(result.error).toMatchObject({ code: 'refresh_token_refused', details: { removed: false } })
    expect(result.error['message']).not.toContain('removed')
  })

  test('needs the client secrets file, and cannot be combined with --account', async ({ gsa }) => {
    const env = { GSA_REFRESH_TOKEN: '1//0bogus' }
    expect((await gsa.run('token', '--json', { env: { ...env, GSA_CLIENT_SECRETS: undefined } })).error['code']).toBe(
      'client_secrets_missing',
    )
    expect((await gsa.run('token', '--account', 'ada@example.com', '--json', { env })).error['code']).toBe('usage')
  })

  test('can be revoked', async ({ gsa, google }) => {
    const env = { GSA_REFRESH_TOKEN: await refreshTokenOf(gsa, google) }
    const revoked = await gsa.run('revoke', '--yes', '--json', { env })
    expect(revoked.exitCode).toBe(0)
    expect(revoked.json).toMatchObject({ wasKnown: true, proven: true })
    expect(google.requests().filter(({ path, status }) => path === '/revoke' && status === 200)).toHaveLength(1)
    expect((await gsa.run('refresh', '--json', { env })).error['code']).toBe('refresh_token_refused')
  })
})
