import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'

describe.concurrent('--debug', () => {
  test('shows public values, and a secret by kind and length', async ({ gsa, google }) => {
    const run = await gsa.run('exchange', '-', '--debug', { stdin: await google.createCode() })
    expect(run.exitCode, run.stderr).toBe(0)
    const patterns = [
      `<   issuer: ${google.issuer}`,
      `<   token_endpoint: ${google.issuer}/token`,
      '<   response_modes_supported: query, fragment, form_post',
      /^< {3}key: kid=[\da-f]{40}, kty=RSA, alg=RS256, use=sig$/m,
      />   grant_type=authorization_code\n>   code=\[authorization code, \d+ characters\]\n>   redirect_uri=\n>   client_id=\S+\.apps\.googleusercontent\.com\n>   client_secret=\[client secret, \d+ characters\]\n/,
      /^< {3}access_token: \[access token, \d+ characters\]$/m,
      /^< {3}refresh_token: \[refresh token, \d+ characters\]$/m,
      /^< {3}scope: openid https:/m,
    ]
    for (const pattern of patterns) expect(run.stderr).toMatch(pattern)
  })

  test("shows an ID token's header and claims, with times that people can read", async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const { stderr } = await gsa.run('refresh', '--debug')
    const patterns = [
      /^< {3}id_token: \[ID token, \d+ characters\]$/m,
      /^< {5}header: typ=JWT, kid=[\da-f]{40}, alg=RS256$/m,
      `<     iss: ${google.issuer}\n`,
      /^< {5}aud: \S+\.apps\.googleusercontent\.com$/m,
      '<     sub: 110000000000000000001\n',
      '<     email: ada@example.com\n',
      /^< {5}exp: \d+ \(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\)$/m,
      // A name is personal, and no failure depends on it.
      '<     name: [private value, 12 characters]\n',
    ]
    for (const pattern of patterns) expect(stderr).toMatch(pattern)
  })

  test('shows the errors of Google, of the token endpoint as of Drive', async ({ gsa, google }) => {
    const refused = await gsa.run('exchange', '-', '--debug', { stdin: '4/0AcodeThatNoServerHasEverSeen' })
    expect(refused.stderr).toContain('<   error: invalid_grant\n<   error_description: ')
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const missing = await gsa.run('api', '/drive/v3/files/none', '--debug')
    expect(missing.stderr).toMatch(/^> {3}authorization: Bearer \[access token, \d+ characters\]$/m)
    expect(missing.stderr).toMatch(/^< {3}error: .*code=404.*\n< {5}.*reason=notFound/m)
  })
})
