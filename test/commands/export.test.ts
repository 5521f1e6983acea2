import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'
import { needs } from '../support/system-parts.ts'

describe('gsa export', () => {
  test('writes Application Default Credentials to a new file that only its owner can read', async ({
    gsa,
    google,
    skip,
  }) => {
    needs({ skip }, 'owners and modes of files')
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const file = join(gsa.folder, 'adc.json')
    const result = await gsa.run('export', '--format', 'adc', '--output', file, '--json')
    expect(result.exitCode).toBe(0)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const adc = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
    expect(adc).toMatchObject({
      type: 'authorized_user',
      client_id: '100000000001-web.apps.googleusercontent.com',
      client_secret: 'GOCSPX-emulator-web',
    })
    // A program that reads the file would do the same.
    const form = {
      grant_type: 'refresh_token',
      refresh_token: adc['refresh_token'] ?? '',
      client_id: adc['client_id'] ?? '',
      client_secret: adc['client_secret'] ?? '',
    }
    expect((await fetch(`${google.issuer}/token`, { method: 'POST', body: new URLSearchParams(form) })).status).toBe(
      200,
    )

    const again = await gsa.run('export', '--format', 'adc', '--output', file, '--json')
    expect(again.exitCode).toBe(2)
    expect(again.error['code']).toBe('file_unwritable')
  })

  test('prints the environment variables that gsa itself reads', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const { stdout } = await gsa.run('export', '--format', 'env', { printsSecrets: true })
    const token = /^export GSA_REFRESH_TOKEN='(1\/\/0[\w-]+)'$/m.exec(stdout)?.[1]
    expect(stdout).toContain("export GOOGLE_CLIENT_ID='100000000001-web.apps.googleusercontent.com'")
    await gsa.run('logout')
    expect((await gsa.run('refresh', { env: { GSA_REFRESH_TOKEN: token } })).exitCode).toBe(0)
  })

  test('prints JSON', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const { json } = await gsa.run('export', '--format', 'json', { printsSecrets: true })
    expect(json).toMatchObject({
      account: 'ada@example.com',
      issuer: google.issuer,
      clientType: 'web',
      refreshToken: expect.stringMatching(/^1\/\/0/) as string,
    })
  })

  test('says that there is nothing to export', async ({ gsa }) => {
    const nothing = await gsa.run('export', '--format', 'adc', '--json')
    expect([nothing.exitCode, nothing.stdout, nothing.error['code']]).toEqual([4, '', 'nothing_stored'])
  })

  test('requires a format', async ({ gsa }) => {
    const vague = await gsa.run('export', '--json')
    expect([vague.exitCode, vague.error['code']]).toEqual([2, 'usage'])
    expect(vague.error['cause']).toContain('--format')
  })
})
