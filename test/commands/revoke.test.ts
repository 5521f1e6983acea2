import { describe, expect } from 'vitest'
import { type FakeProvider, sendJson, test as withProvider } from '../conformance/fake-provider.ts'
import { test } from '../support/harness.ts'

const ada = 'ada@example.com'
const clientId = '100000000001-desktop.apps.googleusercontent.com'
const secret = 'GOCSPX-emulator-desktop'
const basic = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`

/** Returns how each revocation request authenticated the client. */
const authentications = (provider: FakeProvider): string[] =>
  provider
    .to('/revoke')
    .map(({ form, headers }) =>
      headers.authorization === basic
        ? 'basic'
        : form.get('client_id') === clientId && form.get('client_secret') === secret
          ? 'post'
          : 'none',
    )

describe('the client in a revocation request (RFC 7009 section 2.1)', () => {
  withProvider.for([
    ['announces nothing', undefined, ['post']],
    ['accepts both methods', ['client_secret_basic', 'client_secret_post'], ['post']],
    ['accepts only the body', ['client_secret_post'], ['post']],
    ['accepts only the header', ['client_secret_basic'], ['basic']],
    ['accepts only public clients', ['none'], ['none']],
    ['names only unsupported methods', ['private_key_jwt'], ['post']],
  ] as const)('is authenticated at a server that %s', async ([, announced, expected], { provider, run }) => {
    provider.misdeeds = {
      discovery: (document) => ({ ...document, revocation_endpoint_auth_methods_supported: announced }),
    }
    await run('login', '--no-browser', { browser: {} })
    const result = await run('revoke', '--yes', '--debug')
    expect(result.exitCode, result.stderr).toBe(0)
    expect(authentications(provider)).toEqual(expected)
    expect(result.stderr).not.toContain(secret)
    expect(result.stderr).not.toContain(basic)
  })

  withProvider.for([
    [401, { error: 'invalid_client' }],
    [401, {}],
    [400, { error: 'invalid_client' }],
    [400, { error: 'invalid_request' }],
  ] as const)(
    'is authenticated in the header after a refusal with %i %j',
    async ([status, body], { provider, run }) => {
      await run('login', '--no-browser', { browser: {} })
      provider.misdeeds = {
        instead: ({ path, form }, response) => {
          if (path !== '/revoke' || !form.has('client_secret')) return false
          sendJson(response, status, body)
          return true
        },
      }
      const result = await run('revoke', '--yes')
      expect(result.exitCode, result.stderr).toBe(0)
      expect(authentications(provider)).toEqual(['post', 'basic'])
    },
  )

  withProvider('is not retried after another refusal', async ({ provider, run }) => {
    await run('login', '--no-browser', { browser: {} })
    provider.misdeeds = {
      instead: ({ path }, response) => {
        if (path !== '/revoke') return false
        sendJson(response, 400, { error: 'unsupported_token_type' })
        return true
      },
    }
    const result = await run('revoke', '--yes', '--json')
    expect(result.error).toMatchObject({ code: 'revocation_refused', details: { error: 'unsupported_token_type' } })
    expect(authentications(provider)).toEqual(['post'])
  })
})

describe('gsa revoke without a refresh token', () => {
  test('revokes with the access token, which has the same effect', async ({ gsa, google }) => {
    // Consent was given before: the second code brings no refresh token.
    await google.createCode({ account: ada })
    await gsa.run('exchange', '-', '--no-store', { stdin: await google.createCode({ account: ada }) })
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }) })
    expect((await gsa.run('refresh', '--json')).error['code']).toBe('no_refresh_token')
    const result = await gsa.run('revoke', '--yes', '--json')
    expect(result.exitCode, result.stderr).toBe(0)
    expect(result.json).toMatchObject({ revoked: { email: ada }, wasKnown: true, proven: false })
    expect([...gsa.memory.keys()]).toEqual(['accounts'])
    // Access is revoked: Google asks for consent again and returns a refresh token.
    const again = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode({ account: ada }) })
    expect(again.json).toMatchObject({ refreshToken: { received: true } })
  })

  test('says without a valid access token where you can revoke, and deletes nothing', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', '--no-store', { stdin: await google.createCode({ account: ada }) })
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }) })
    const now = (): number => Date.now() + 2 * 3_600_000
    for (const options of [{ now }, {}]) {
      google.advanceClock('2h')
      const result = await gsa.run('revoke', '--yes', options)
      expect(result.exitCode).toBe(4)
      expect(result.stderr).toContain(
        `Error: gsa cannot revoke access to ${ada}: neither a refresh token nor a valid access token is stored. Nothing was deleted.\n` +
          `       Remove the app in your account settings at that server, then delete the account here: gsa accounts remove ${ada}\n`,
      )
    }
    expect((await gsa.run('accounts', '--json')).json['accounts']).toHaveLength(1)
  })

  test('says the same for a credential that the store lost', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: ada }) })
    for (const item of gsa.memory.keys()) if (item !== 'accounts') gsa.memory.delete(item)
    expect((await gsa.run('revoke', '--yes', '--json')).error['code']).toBe('no_token_to_revoke')
    expect((await gsa.run('accounts', 'remove', ada, '--yes')).exitCode).toBe(0)
  })
})
