import * as openid from 'openid-client'
import { describe, expect } from 'vitest'
import { answerConsent, answerDevice, type Emulator } from '../../src/emulator/index.ts'
import { credentials, driveAppdata, postForm, usedPkce, webRedirectUri } from '../emulator/raw-http.ts'
import { test } from '../emulator/with-google.ts'

/** Returns openid-client's configuration from the discovery document; http is the only exception for tests. */
async function discover(google: Emulator, type: 'web' | 'tv' = 'web'): Promise<openid.Configuration> {
  const { client_id: clientId, client_secret: secret } = credentials(google, type)
  return await openid.discovery(
    new URL(google.issuer),
    clientId,
    { client_secret: secret },
    openid.ClientSecretPost(secret),
    // oxlint-disable-next-line typescript/no-deprecated -- deprecated only to discourage use against real servers
    { execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  )
}

/** Signs in through the consent page with PKCE, state and nonce. */
async function signIn(
  configuration: openid.Configuration,
  parameters: Record<string, string> = {},
): Promise<Awaited<ReturnType<typeof openid.authorizationCodeGrant>>> {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const expectedNonce = openid.randomNonce()
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: webRedirectUri,
    scope: `openid email profile ${driveAppdata}`,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    access_type: 'offline',
    ...parameters,
  })
  const { url: answer } = await answerConsent(url.href)
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  return await openid.authorizationCodeGrant(configuration, new URL(answer), checks)
}

describe('openid-client 6, unmodified', () => {
  test('discovers, signs in with PKCE, state and nonce, and verifies the ID token with the JWKS', async ({
    google,
  }) => {
    const configuration = await discover(google)
    expect(configuration.serverMetadata()).toMatchObject({ issuer: google.issuer })
    expect(configuration.serverMetadata().supportsPKCE()).toBe(true)
    const tokens = await signIn(configuration)
    expect(usedPkce(google)).toBe(true)
    expect(tokens.refresh_token).toMatch(/^1\/\/0/)
    expect(tokens.claims()).toMatchObject({ sub: '110000000000000000001', email: 'ada@example.com' })
  })

  test('verifies with the current keys, also after a rotation', async ({ google }) => {
    await signIn(await discover(google))
    await google.rotateKeys({ retire: true })
    const tokens = await signIn(await discover(google), { prompt: 'consent' })
    expect(tokens.claims()).toMatchObject({ email: 'ada@example.com' })
  })

  test('also authenticates with HTTP Basic', async ({ google }) => {
    const { client_id: clientId, client_secret: secret } = credentials(google)
    const configuration = await openid.discovery(
      new URL(google.issuer),
      clientId,
      undefined,
      openid.ClientSecretBasic(secret),
      // oxlint-disable-next-line typescript/no-deprecated -- deprecated only to discourage use against real servers
      { execute: [openid.allowInsecureRequests] },
    )
    expect((await signIn(configuration)).access_token).toMatch(/^ya29\./)
    const sent = google.requests().find(({ path }) => path === '/token')
    expect(sent?.authorization).toMatch(/^Basic /)
    expect(sent?.form).not.toHaveProperty('client_secret')
  })

  test('redeems a mobile code with the empty redirect URI, and a popup code', async ({ google }) => {
    const configuration = await discover(google)
    for (const [platform, redirectUri] of [
      ['android', ''],
      ['web-popup', 'postmessage'],
    ] as const) {
      const code = await google.createCode({ platform, forceRefreshToken: true })
      const parameters = { code, redirect_uri: redirectUri }
      const tokens = await openid.genericGrantRequest(configuration, 'authorization_code', parameters)
      expect(tokens.scope?.split(' ')).toContain(driveAppdata)
      const sent = google.requests().findLast(({ path }) => path === '/token')
      expect(sent?.form['redirect_uri']).toBe(redirectUri)
    }
  })

  test('requests the account, refreshes, revokes, and reports the revocation when it refreshes again', async ({
    google,
  }) => {
    const configuration = await discover(google)
    const { access_token: accessToken, refresh_token: refreshToken = '' } = await signIn(configuration)
    const account = await openid.fetchUserInfo(configuration, accessToken, '110000000000000000001')
    expect(account).toMatchObject({ email: 'ada@example.com', email_verified: true, given_name: 'Ada' })
    const refreshed = await openid.refreshTokenGrant(configuration, refreshToken)
    expect(refreshed.claims()).toMatchObject({ sub: '110000000000000000001' })
    await openid.tokenRevocation(configuration, refreshToken)
    await expect(openid.refreshTokenGrant(configuration, refreshToken)).rejects.toMatchObject({
      code: 'OAUTH_RESPONSE_BODY_ERROR',
      status: 400,
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
    })
  })

  test('reports a rejected code', async ({ google }) => {
    const configuration = await discover(google)
    const parameters = { code: await google.createCode({ platform: 'android' }), redirect_uri: 'postmessage' }
    const refused = openid.genericGrantRequest(configuration, 'authorization_code', parameters)
    await expect(refused).rejects.toMatchObject({ error: 'redirect_uri_mismatch', error_description: 'Bad Request' })
  })

  // Denials were captured from Google before it promised `iss` in its discovery document; whether they carry it now is
  // unknown.
  test.for([
    { what: 'sees access_denied in a denial', fault: undefined, seen: { error: 'access_denied' } },
    {
      what: 'treats a denial without iss as a broken response, because discovery promises it',
      fault: 'no-iss',
      seen: { code: 'OAUTH_INVALID_RESPONSE', cause: { message: expect.stringContaining('"iss"') as string } },
    },
  ])('$what', async ({ fault, seen }, { google }) => {
    if (fault !== undefined) google.arm({ on: 'authorize', fault })
    const configuration = await discover(google)
    const state = openid.randomState()
    const url = openid.buildAuthorizationUrl(configuration, { redirect_uri: webRedirectUri, scope: 'openid', state })
    const { url: answer } = await answerConsent(url.href, { decision: 'deny' })
    const denied = openid.authorizationCodeGrant(configuration, new URL(answer), { expectedState: state })
    await expect(denied).rejects.toMatchObject(seen)
  })

  test('reports an expired access token in the words of userinfo', async ({ google }) => {
    const configuration = await discover(google)
    const { access_token: accessToken } = await signIn(configuration)
    google.advanceClock('2h')
    const asked = openid.fetchUserInfo(configuration, accessToken, openid.skipSubjectCheck)
    await expect(asked).rejects.toMatchObject({ status: 401 })
  })

  test('aborts a device flow that another program started, because it looks for the page under its RFC name', async ({
    google,
  }) => {
    const configuration = await discover(google, 'tv')
    await expect(openid.initiateDeviceAuthorization(configuration, { scope: 'openid' })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('"verification_uri"') },
    })
    const form = { client_id: credentials(google, 'tv').client_id, scope: 'openid email' }
    const { json } = await postForm(`${google.issuer}/device/code`, form)
    await answerDevice(google.issuer, json.user_code)
    const started = { ...json, verification_uri: json.verification_url, interval: 0 }
    const tokens = await openid.pollDeviceAuthorizationGrant(configuration, started)
    expect(tokens.claims()).toMatchObject({ email: 'ada@example.com' })
  })
})
