import { describe, expect } from 'vitest'
import { test, withGsa } from '../support/harness.ts'

describe('without a client secrets file, but with an emulator configured', () => {
  test.each(['exchange', 'serve', 'login', 'token'])('gsa %s names the command that creates one', async (command) => {
    await withGsa(async (gsa) => {
      const argv = command === 'exchange' ? [command, '4/0AanyCodeOfTheEmulator12345'] : [command]
      for (const [env, file] of [
        [
          { GSA_CLIENT_SECRETS: undefined, GSA_REFRESH_TOKEN: command === 'token' ? '1//0bogus' : undefined },
          'client_secret.json',
        ],
        [
          { GSA_CLIENT_SECRETS: 'mine.json', GSA_REFRESH_TOKEN: command === 'token' ? '1//0bogus' : undefined },
          'mine.json',
        ],
      ] as const) {
        const result = await gsa.run(...argv, '--json', { env })
        expect(result.exitCode).toBe(2)
        expect(result.error['fix']).toContain(`gsa emulator client-secrets --type web > ${file}`)
        expect(result.error['fix']).toContain(`--client-secrets ${file}`)
      }
    })
  })

  test('the fix of a run against Google is still the console', async ({ gsa }) => {
    const env = { GSA_CLIENT_SECRETS: undefined, GSA_EMULATOR_HOST: undefined }
    const result = await gsa.run('exchange', '4/0AanyCodeOfGoogle1234567', '--json', { env })
    expect(result.error).toMatchObject({ code: 'client_secrets_missing' })
    expect(result.error['fix']).toContain('Google Cloud console')
  })
})

test('gsa emulator client-secrets without a type lists the types', async ({ gsa }) => {
  const result = await gsa.run('emulator', 'client-secrets', '--json')
  expect(result.exitCode).toBe(2)
  expect(result.error['cause']).toBe(
    'Choose a client: --type web (gsa exchange, gsa serve), --type desktop (gsa login) or --type tv (gsa login --device).',
  )
})
