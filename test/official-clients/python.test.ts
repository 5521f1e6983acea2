import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { answerConsent } from '../../src/emulator/index.ts'
import { credentials, driveAppdata, emailScope, profileScope, usedPkce, webRedirectUri } from '../emulator/raw-http.ts'
import { debianPython, needs } from '../support/system-parts.ts'
import { ask, test as base, programs, stringOf } from './client-program.ts'

const test = base.extend<{ client: (operation: string, given: object) => Promise<JsonObject> }>({
  client: async ({ google, folder }, use) =>
    await use(
      async (operation, given) =>
        await ask([debianPython, join(programs, 'oauth.py'), operation], { google, folder, given }),
    ),
})

beforeEach(({ skip }) => needs({ skip }, 'official clients for Python'))

/**
 * The scopes that a mobile sign-in grants, by full names: oauthlib stops when granted scopes differ from requested
 * ones.
 */
const scopes = ['openid', emailScope, profileScope, driveAppdata]

describe('google-auth and google-auth-oauthlib, unmodified', () => {
  test('redeem a mobile code', async ({ google, client }) => {
    const tokens = await client('exchange-mobile', { scopes, code: await google.createCode({ platform: 'android' }) })
    expect(tokens).toMatchObject({
      accessToken: expect.stringMatching(/^ya29\./),
      refreshToken: expect.stringMatching(/^1\/\/0/),
    })
  })

  test('redeem a popup code and verify its ID token', async ({ google, client }) => {
    const code = await google.createCode({ platform: 'web-popup' })
    const { idToken } = await client('exchange', { scopes, redirectUri: 'postmessage', code })
    const given = { idToken, audience: credentials(google).client_id }
    expect(await client('verify', given)).toMatchObject({ sub: '110000000000000000001', email: 'ada@example.com' })
    expect(await client('verify', { ...given, audience: 'another' })).toMatchObject({ error: 'ValueError' })
  })

  test("redeem the consent page's response with PKCE, whatever its iss, scope and prompt", async ({
    google,
    client,
  }) => {
    const request = await client('authorize', { scopes: ['openid', emailScope], redirectUri: webRedirectUri })
    // oauthlib refuses a response that did not come over https, except on loopback with this setting.
    const { url } = await answerConsent(stringOf(request, 'url'))
    const { codeVerifier } = request
    const given = { scopes: ['openid', emailScope], redirectUri: webRedirectUri, url, codeVerifier }
    expect(await client('answer', given)).toMatchObject({ refreshToken: expect.stringMatching(/^1\/\/0/) })
    expect(usedPkce(google)).toBe(true)
  })

  test('notice that scopes came back under other names, as with Google', async ({ client }) => {
    const request = await client('authorize', { scopes: ['openid', 'email'], redirectUri: webRedirectUri })
    const { url } = await answerConsent(stringOf(request, 'url'))
    const { codeVerifier } = request
    const said = await client('answer', { scopes: ['openid', 'email'], redirectUri: webRedirectUri, url, codeVerifier })
    expect(said).toMatchObject({ error: 'Warning', message: expect.stringContaining('Scope has changed') })
  })

  test('report a rejected code', async ({ google, client }) => {
    const code = await google.createCode({ platform: 'android' })
    expect(await client('exchange', { scopes, redirectUri: 'postmessage', code })).toEqual({
      error: 'CustomOAuth2Error',
      message: '(redirect_uri_mismatch) Bad Request',
    })
  })

  test('refresh, and report that access was revoked', async ({ google, client }) => {
    const code = await google.createCode({ platform: 'android' })
    const { refreshToken, accessToken } = await client('exchange-mobile', { scopes, code })
    const refreshed = await client('refresh', { refreshToken })
    expect(refreshed).toMatchObject({ valid: true, refreshToken })
    expect(refreshed['accessToken']).not.toBe(accessToken)
    expect(await client('revoke', { token: refreshToken })).toEqual({ status: 200 })
    expect(await client('refresh', { refreshToken })).toMatchObject({
      error: 'RefreshError',
      arguments: ['invalid_grant: Token has been expired or revoked.', expect.stringContaining('"invalid_grant"')],
    })
  })
})
