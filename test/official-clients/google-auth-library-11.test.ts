import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { credentials, driveAppdata, usedPkce, webRedirectUri } from '../emulator/raw-http.ts'
import { needs, nodeOfOfficialClients } from '../support/system-parts.ts'
import { ask, test as base, programs, stringOf } from './client-program.ts'

type Operate = (operation: string, given: object) => Promise<JsonObject>

const test = base.extend<{ client: Operate }>({
  client: async ({ google, folder }, use) =>
    await use(
      async (operation, given) =>
        await ask([nodeOfOfficialClients, join(programs, 'client.mjs'), operation], { google, folder, given }),
    ),
})

beforeEach(({ skip }) => needs({ skip }, 'official clients for Node'))

/** Returns the tokens of a mobile sign-in. */
async function signedIn(google: Emulator, client: Operate): Promise<{ refreshToken: string; accessToken: string }> {
  const code = await google.createCode({ platform: 'android', forceRefreshToken: true })
  const tokens = await client('exchange', { code, redirectUri: '' })
  return { refreshToken: stringOf(tokens, 'refresh_token'), accessToken: stringOf(tokens, 'access_token') }
}

describe('google-auth-library 11, unmodified', () => {
  test.for([
    ['android', ''],
    ['web-popup', 'postmessage'],
  ] as const)(
    'redeems a code from platform %s and verifies its ID token',
    async ([platform, redirectUri], { google, client }) => {
      const tokens = await client('exchange', { code: await google.createCode({ platform }), redirectUri })
      expect(tokens).toMatchObject({ token_type: 'Bearer', access_token: expect.stringMatching(/^ya29\./) })
      const given = { idToken: tokens['id_token'], audience: credentials(google).client_id }
      expect(await client('verify', given)).toMatchObject({ email: 'ada@example.com', email_verified: true })
      expect(await client('verify', { ...given, audience: 'another' })).toMatchObject({
        failed: { message: expect.stringContaining('Wrong recipient') },
      })
    },
  )

  test('redeems a code from the consent page with PKCE', async ({ google, client }) => {
    const redirectUri = webRedirectUri
    const request = await client('authorize', { scopes: ['openid', 'email', driveAppdata], redirectUri })
    const answer = new URL((await answerConsent(stringOf(request, 'url'))).url)
    const code = answer.searchParams.get('code')
    const tokens = await client('exchange', { code, codeVerifier: request['codeVerifier'], redirectUri })
    expect(tokens).toMatchObject({ refresh_token: expect.stringMatching(/^1\/\/0/) })
    expect(usedPkce(google)).toBe(true)
  })

  test('reports a rejected code', async ({ google, client }) => {
    const given = { code: await google.createCode({ platform: 'android' }), redirectUri: 'postmessage' }
    expect(await client('exchange', given)).toEqual({
      failed: {
        message: 'redirect_uri_mismatch',
        status: 400,
        data: { error: 'redirect_uri_mismatch', error_description: 'Bad Request' },
      },
    })
  })

  test('refreshes, describes, revokes, and reports the revocation when it refreshes again', async ({
    google,
    client,
  }) => {
    const { refreshToken } = await signedIn(google, client)
    const refreshed = await client('refresh', { refreshToken })
    const accessToken = stringOf(refreshed, 'access_token')
    expect(await client('tokeninfo', { accessToken })).toMatchObject({ aud: credentials(google).client_id })
    expect(await client('revoke', { refreshToken })).toEqual({ status: 200 })
    expect(await client('refresh', { refreshToken })).toMatchObject({
      failed: {
        message: 'invalid_grant',
        data: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
      },
    })
  })
})

describe('googleapis, unmodified', () => {
  test('uploads a stream, lists, downloads, updates and deletes', async ({ google, client }) => {
    const said = await client('drive', { ...(await signedIn(google, client)), size: 400_000 })
    expect(said).toEqual({
      created: { name: 'settings.json', size: '400000' },
      listed: { files: [{ name: 'settings.json' }] },
      downloaded: true,
      updated: { name: 'renamed', size: '1' },
      deleted: 204,
    })
  })

  test('reports a missing scope', async ({ google, client }) => {
    const message = 'The granted scopes do not give access to all of the requested spaces.'
    expect(await client('refused', await signedIn(google, client))).toMatchObject({
      failed: { status: 403, message, data: { error: { code: 403, errors: [{ reason: 'insufficientScopes' }] } } },
    })
  })
})
