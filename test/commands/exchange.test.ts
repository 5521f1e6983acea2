import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'

describe('gsa exchange', () => {
  test('redeems the code of an Android app and keeps the refresh token', async ({ gsa, google }) => {
    const code = await google.createCode({ platform: 'android' })
    const result = await gsa.run('exchange', '-', '--json', { stdin: code })
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      account: { sub: '110000000000000000001', email: 'ada@example.com', emailVerified: true, hostedDomain: null },
      issuer: google.issuer,
      refreshToken: { received: true, stored: true, store: 'memory', rotated: false, expiresAt: null },
      idToken: { verified: true },
    })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('a second exchange without a refresh token keeps the stored one and says how to force consent', async ({
    gsa,
    google,
  }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode({ platform: 'android' }) })
    const second = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode({ platform: 'android' }) })
    expect(second.exitCode).toBe(0)
    expect(second.json['warnings']).toContainEqual(expect.objectContaining({ code: 'no_refresh_token' }))
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })
})
