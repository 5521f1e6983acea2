import { expect } from 'vitest'
import { test } from '../conformance/fake-provider.ts'

// OpenID Connect Core section 5.1: a boolean. Some servers, and Google's tokeninfo, write a string.
test.for([
  [true, 0],
  ['true', 0],
  [false, 6],
  ['false', 6],
  [undefined, 6],
  [null, 6],
  [1, 6],
  ['TRUE', 6],
] as const)('with email_verified %j, --expect-email exits with %i', async ([verified, exitCode], { provider, run }) => {
  provider.misdeeds = {
    idToken: ({ header, claims }) => ({ header, claims: { ...claims, email_verified: verified } }),
  }
  const result = await run('login', '--no-browser', '--expect-email', 'ada@example.com', '--json', { browser: {} })
  expect(result.exitCode, result.stderr).toBe(exitCode)
  if (exitCode === 0) return
  expect(result.error).toMatchObject({
    code: 'account_unexpected',
    details: { found: 'ada@example.com, which the server has not verified' },
  })
  expect((await run('accounts', '--json')).json['accounts']).toEqual([])
})
