import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'

describe('without a client secrets file, the stored client', () => {
  const nothingSet = { GSA_CLIENT_SECRETS: undefined, GSA_EMULATOR_HOST: undefined }

  test('is sent to the server that it was stored with, and not to Google', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const again = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode(), env: nothingSet })
    expect(again.exitCode).toBe(0)
    expect(again.json).toMatchObject({ issuer: google.issuer })
  })

  test('is unambiguous although several people logged in with it', async ({ gsa, google }) => {
    for (const { email } of google.accounts)
      await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode({ account: email }) })
    const code = await google.createCode({ account: 'grace@corp.example' })
    expect((await gsa.run('exchange', '-', { stdin: code, env: nothingSet })).stdout).toContain(
      'Code of grace@corp.example exchanged',
    )
  })
})
