import { drive, type drive_v3 } from '@googleapis/drive'
import { CodeChallengeMethod, OAuth2Client } from 'google-auth-library'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { credentials, driveAppdata, usedPkce, webRedirectUri } from '../emulator/raw-http.ts'
import { startGoogle, test } from '../emulator/with-google.ts'

/** Returns Google's own client with the options that the emulator has for it. */
function oauthClient(google: Emulator, type: 'web' | 'desktop' = 'web', redirectUri?: string): OAuth2Client {
  const { client_id: clientId, client_secret: clientSecret } = credentials(google, type)
  return new OAuth2Client({
    clientId,
    clientSecret,
    ...(redirectUri !== undefined && { redirectUri }),
    ...google.oauth2ClientOptions,
  })
}

/** Returns a client with the tokens of a mobile sign-in. */
async function signedIn(google: Emulator): Promise<OAuth2Client> {
  const client = oauthClient(google)
  // The only way to make this library send the empty redirect URI of mobile codes.
  Object.assign(client, { redirectUri: '' })
  const { tokens } = await client.getToken(await google.createCode({ forceRefreshToken: true }))
  client.setCredentials(tokens)
  return client
}

describe('google-auth-library, unmodified', () => {
  test('exchanges a mobile code', async ({ google }) => {
    const client = oauthClient(google)
    Object.assign(client, { redirectUri: '' })
    const { tokens } = await client.getToken(await google.createCode({ platform: 'android' }))
    expect(tokens).toMatchObject({ token_type: 'Bearer', refresh_token: expect.stringMatching(/^1\/\/0/) })
  })

  test('verifies with its own rules an ID token whose issuer is Google', async () => {
    const google = await startGoogle({ issuer: 'https://accounts.google.com' })
    const { endpoints } = google.oauth2ClientOptions
    const { client_id: clientId, client_secret: clientSecret } = credentials(google)
    // Without `issuers`: the library then knows only Google's.
    const client = new OAuth2Client({ clientId, clientSecret, redirectUri: 'postmessage', endpoints })
    const { tokens } = await client.getToken(await google.createCode({ platform: 'web-popup' }))
    const ticket = await client.verifyIdToken({ idToken: tokens.id_token ?? '', audience: clientId })
    expect(ticket.getPayload()).toMatchObject({ iss: 'https://accounts.google.com', email: 'ada@example.com' })
  })

  test('exchanges a popup code with postmessage', async ({ google }) => {
    const client = oauthClient(google, 'web', 'postmessage')
    const { tokens } = await client.getToken(await google.createCode({ platform: 'web-popup' }))
    expect(tokens.access_token).toMatch(/^ya29\./)
    expect(google.requests().at(-1)?.form['redirect_uri']).toBe('postmessage')
  })

  test('exchanges a code from its own authorization URL, with PKCE', async ({ google }) => {
    for (const [type, redirectUri] of [
      ['web', webRedirectUri],
      ['desktop', 'http://127.0.0.1:9/cb'],
    ] as const) {
      const client = oauthClient(google, type, redirectUri)
      const { codeVerifier, codeChallenge } = await client.generateCodeVerifierAsync()
      const url = client.generateAuthUrl({
        access_type: 'offline',
        scope: ['openid', 'email', driveAppdata],
        code_challenge_method: CodeChallengeMethod.S256,
        ...(codeChallenge && { code_challenge: codeChallenge }),
      })
      const answer = new URL((await answerConsent(url)).url)
      const { tokens } = await client.getToken({ code: answer.searchParams.get('code') ?? '', codeVerifier })
      expect(tokens.refresh_token).toMatch(/^1\/\/0/)
      expect(usedPkce(google)).toBe(true)
    }
  })

  test('reports a rejected code as it does for Google', async ({ google }) => {
    const client = oauthClient(google, 'web', 'postmessage')
    await expect(client.getToken(await google.createCode())).rejects.toMatchObject({
      message: 'redirect_uri_mismatch',
      status: 400,
      response: { data: { error: 'redirect_uri_mismatch', error_description: 'Bad Request' } },
    })
  })

  test('verifies the ID token with the PEM certificates, before and after a rotation', async ({ google }) => {
    const audience = credentials(google).client_id
    for (let round = 0; round < 2; round++) {
      const client = await signedIn(google)
      const ticket = await client.verifyIdToken({ idToken: client.credentials.id_token ?? '', audience })
      expect(ticket.getPayload()).toMatchObject({ sub: '110000000000000000001', email: 'ada@example.com' })
      await google.rotateKeys()
    }
  })

  test('refreshes, describes and revokes', async ({ google }) => {
    const client = await signedIn(google)
    const before = client.credentials.access_token
    const { credentials: after } = await client.refreshAccessToken()
    expect(after.access_token).not.toBe(before)
    const info = await client.getTokenInfo(after.access_token ?? '')
    expect(info).toMatchObject({ aud: credentials(google).client_id, email: 'ada@example.com' })
    expect(info.scopes).toContain(driveAppdata)
    const revoked = await client.revokeToken(after.refresh_token ?? '')
    expect(revoked.status).toBe(200)
    await expect(client.refreshAccessToken()).rejects.toThrow('invalid_grant')
  })
})

describe('@googleapis/drive, unmodified', () => {
  /** `rootUrl` belongs to each call: in the constructor it does not affect uploads. */
  async function driveClient(
    google: Emulator,
  ): Promise<{ files: drive_v3.Resource$Files; about: drive_v3.Resource$About; at: { rootUrl: string } }> {
    const auth = await signedIn(google)
    const { files, about } = drive({ version: 'v3', auth: auth as never })
    return { files, about, at: { rootUrl: `${google.driveUrl}/` } }
  }

  test('creates, lists, gets, updates, downloads and deletes a file in the app folder', async ({ google }) => {
    const { files, at } = await driveClient(google)
    const requestBody = { name: 'settings.json', parents: ['appDataFolder'] }
    const media = { mimeType: 'application/json', body: '{"theme":"dark"}' }
    const created = await files.create({ requestBody, media, fields: 'id,name,size' }, at)
    expect(created.data).toMatchObject({ name: 'settings.json', size: '16' })
    const fileId = created.data.id ?? ''

    const listed = await files.list(
      { spaces: 'appDataFolder', fields: 'files(id,name),nextPageToken', pageSize: 10 },
      at,
    )
    expect(listed.data).toEqual({ files: [{ id: fileId, name: 'settings.json' }] })
    expect((await files.get({ fileId, alt: 'media' }, at)).data).toEqual({ theme: 'dark' })
    await files.update(
      { fileId, requestBody: { name: 'renamed.json' }, media: { mimeType: 'text/plain', body: 'x' } },
      at,
    )
    const metadata = await files.get({ fileId, fields: 'name,md5Checksum' }, at)
    expect(metadata.data).toEqual({ name: 'renamed.json', md5Checksum: '9dd4e461268c8034f5c8564e155c67a6' })
    expect((await files.delete({ fileId }, at)).status).toBe(204)
    await expect(files.get({ fileId }, at)).rejects.toThrow(`File not found: ${fileId}.`)
  })

  test('gets generated ids, the folder and the quota', async ({ google }) => {
    const { files, about, at } = await driveClient(google)
    const ids = await files.generateIds({ space: 'appDataFolder', count: 3 }, at)
    expect(ids.data.ids).toHaveLength(3)
    const folder = await files.get({ fileId: 'appDataFolder', fields: 'id,name,mimeType' }, at)
    expect(folder.data.mimeType).toBe('application/vnd.google-apps.folder')
    const quota = await about.get({ fields: 'storageQuota,user' }, at)
    expect(quota.data.user?.emailAddress).toBe('ada@example.com')
  })
})
