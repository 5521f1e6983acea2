import { describe, expect } from 'vitest'
import { test } from './fleet.ts'

const planted = 'ya29.a0AfB_byCq3xK9dPzJ7rTuQwErTyUiOp'

describe('what a database shows of its store', () => {
  test('is no secret of any command, in a dump, in the log with all values, or in the statements that run', async ({
    fleet,
    google,
  }) => {
    const [ada = '', grace = ''] = await fleet.accounts(2)
    const stopWatching = fleet.watchActivity()
    const codes = [
      await google.createCode({ account: ada, forceRefreshToken: true }),
      await google.createCode({ account: grace, forceRefreshToken: true }),
    ]
    const run = async (argv: readonly string[], stdin = ''): Promise<string> => {
      const { exitCode, stdout, stderr } = await fleet.gsa(0, argv, { stdin })
      expect(exitCode, stderr).toBe(0)
      return stdout.trim()
    }
    await run(['exchange', '-'], codes[0])
    await run(['exchange', '-', '--dpop', '--yes'], codes[1])
    google.arm({ fault: 'rotate-refresh-token', on: 'token' })
    const tokens = [
      await run(['token', '--account', ada, '--min-ttl', '2h']),
      await run(['token', '--account', grace, '--min-ttl', '2h']),
    ]
    await run(['login', '--start'])
    await stopWatching()
    const kept = await fleet.secrets()
    // Two refresh tokens, two access tokens, a key, a code verifier; the client secret is that of all.
    expect(kept.size).toBeGreaterThanOrEqual(7)
    for (const token of tokens) expect(kept).toContain(token)
    await fleet.expectNothingReadable([...codes, ...tokens])
  })

  test.for([
    ['as text', `select '${planted}'::text as a`],
    ['as bytes, which a dump shows in hexadecimal', `select convert_to('{"a":"${planted}"}', 'UTF8') as a`],
    ['in base64', `select encode(convert_to('{"a":"${planted}"}', 'UTF8'), 'base64') as a`],
    ['in base64 at another position', `select encode(convert_to('{"ab":"${planted}"}', 'UTF8'), 'base64') as a`],
  ] as const)('would be found: a secret %s', async ([, sql], { fleet }) => {
    await fleet.postgres.query(`create table planted as ${sql}`, fleet.database)
    await expect(fleet.expectNothingReadable()).rejects.toThrow(/shows up in a dump/)
  })
})
