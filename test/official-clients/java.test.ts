import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { clientSecretsFile, type Emulator } from '../../src/emulator/index.ts'
import { credentials, usedPkce, webRedirectUri } from '../emulator/raw-http.ts'
import { runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { ask, test as base, javaClassPath, programs, stringOf } from './client-program.ts'

const test = base.extend<{ classes: string; client: (operation: string, given: object) => Promise<JsonObject> }>({
  classes: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      const classes = mkdtempSync(join(tmpdir(), 'gsa-classes-'))
      try {
        const source = join(programs, 'Client.java')
        const compiled = await runProgram('javac', ['-cp', javaClassPath, '-d', classes, source])
        expect(compiled).toMatchObject({ exitCode: 0 })
        await use(classes)
      } finally {
        rmSync(classes, { recursive: true, force: true })
      }
    },
    { scope: 'file' },
  ],
  client: async ({ google, folder, classes }, use) =>
    await use(async (operation, given) => {
      const command = ['java', '-cp', [classes, javaClassPath].join(delimiter), 'Client', operation] as const
      return await ask(command, { google, folder, given })
    }),
})

beforeEach(({ skip }) => needs({ skip }, 'official clients for Java'))

const mobileCode = async (google: Emulator): Promise<string> => await google.createCode({ platform: 'android' })

describe('google-api-client for Java, unmodified', () => {
  test('redeems a mobile code with the empty redirect URI and verifies its ID token', async ({ google, client }) => {
    const tokens = await client('exchange', { code: await mobileCode(google), redirectUri: '' })
    expect(tokens).toMatchObject({ tokenType: 'Bearer', expiresIn: 3599 })
    const given = { idToken: tokens['idToken'], audience: credentials(google).client_id }
    expect(await client('verify', given)).toEqual({
      verified: true,
      sub: '110000000000000000001',
      email: 'ada@example.com',
      emailVerified: true,
    })
    expect(await client('verify', { ...given, audience: 'another' })).toEqual({ verified: false })
  })

  test('redeems a code from the consent page with PKCE', async ({ autoGoogle, classes, folder }) => {
    const file = join(folder, 'client_secret.json')
    writeFileSync(file, JSON.stringify(clientSecretsFile('web', autoGoogle.issuer)))
    const command = ['java', '-cp', [classes, javaClassPath].join(delimiter), 'Client', 'consent'] as const
    const given = { redirectUri: webRedirectUri }
    expect(await ask(command, { google: autoGoogle, folder, given })).toMatchObject({
      url: expect.stringContaining('code_challenge_method=S256'),
      state: 'the state',
      refreshToken: expect.stringMatching(/^1\/\/0/),
    })
    expect(usedPkce(autoGoogle)).toBe(true)
  })

  test('reports a rejected code', async ({ google, client }) => {
    expect(await client('exchange', { code: await mobileCode(google), redirectUri: 'postmessage' })).toEqual({
      error: 'TokenResponseException',
      status: 400,
      details: { error: 'redirect_uri_mismatch', error_description: 'Bad Request' },
    })
  })

  test('refreshes, revokes, and reports the revocation when it refreshes again', async ({ google, client }) => {
    const tokens = await client('exchange', { code: await mobileCode(google), redirectUri: '' })
    const refreshToken = stringOf(tokens, 'refreshToken')
    expect(stringOf(await client('refresh', { refreshToken }), 'accessToken')).not.toBe(tokens['accessToken'])
    expect(await client('revoke', { token: refreshToken })).toEqual({ status: 200 })
    expect(await client('refresh', { refreshToken })).toEqual({
      error: 'TokenResponseException',
      status: 400,
      details: { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' },
    })
  })

  test.for([
    ['in one request, gzipped', { resumable: false }],
    ['resumable, in chunks of 256 KiB', { resumable: true }],
    ['resumable, in gzipped chunks without a total', { resumable: true, streamed: true }],
  ] as const)('uploads %s, downloads in ranges, lists and deletes', async ([, kind], { google, client }) => {
    const { accessToken } = await client('exchange', { code: await mobileCode(google), redirectUri: '' })
    expect(await client('drive', { accessToken, size: 900_000, ...kind })).toEqual({
      uploadState: 'MEDIA_COMPLETE',
      size: '900000',
      downloaded: true,
      listed: { files: [{ name: 'settings.json' }] },
      deleted: 204,
      left: { files: [] },
    })
  })

  test('reports a missing scope', async ({ google, client }) => {
    const { accessToken } = await client('exchange', { code: await mobileCode(google), redirectUri: '' })
    expect(await client('refused', { accessToken })).toMatchObject({
      error: 'GoogleJsonResponseException',
      status: 403,
      details: { code: 403, errors: [{ reason: 'insufficientScopes', location: 'spaces' }] },
    })
  })
})
