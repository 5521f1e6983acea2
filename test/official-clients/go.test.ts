import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { JsonObject } from '../../src/core/json.ts'
import { answerConsent } from '../../src/emulator/index.ts'
import { driveAppdata, pkce, usedPkce, webRedirectUri } from '../emulator/raw-http.ts'
import { runProgram } from '../support/built-gsa.ts'
import { needs } from '../support/system-parts.ts'
import { ask, test as base, goEnvironment, programs, stringOf } from './client-program.ts'

const test = base.extend<{ program: string; client: (operation: string, given: object) => Promise<JsonObject> }>({
  program: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      const built = mkdtempSync(join(tmpdir(), 'gsa-go-'))
      try {
        const program = join(built, 'client')
        const env = { ...goEnvironment, HOME: built }
        const options = { env, deadlineMs: 120_000 }
        expect(await runProgram('go', ['build', '-o', program, join(programs, 'client.go')], options)).toMatchObject({
          exitCode: 0,
        })
        await use(program)
      } finally {
        rmSync(built, { recursive: true, force: true })
      }
    },
    { scope: 'file' },
  ],
  client: async ({ google, folder, program }, use) =>
    await use(async (operation, given) => await ask([program, operation], { google, folder, given })),
})

beforeEach(({ skip }) => needs({ skip }, 'official clients for Go'))

describe('golang.org/x/oauth2, unmodified', () => {
  test('redeems a mobile code with the empty redirect URI', async ({ google, client }) => {
    const code = await google.createCode({ platform: 'android' })
    expect(await client('exchange', { code })).toMatchObject({
      tokenType: 'Bearer',
      valid: true,
      refreshToken: expect.stringMatching(/^1\/\/0/),
      idToken: expect.stringMatching(/^eyJ/),
    })
  })

  test('redeems a popup code with postmessage', async ({ google, client }) => {
    const code = await google.createCode({ platform: 'web-popup' })
    expect(await client('exchange', { code, redirectUri: 'postmessage' })).toMatchObject({ valid: true })
    expect(google.requests().at(-1)?.form['redirect_uri']).toBe('postmessage')
  })

  test('redeems a code from the consent page with PKCE', async ({ google, client }) => {
    const { verifier, challenge } = pkce()
    const redirectUri = webRedirectUri
    const given = { redirectUri, challenge, state: 'the state', scopes: ['openid', 'email', driveAppdata] }
    const answer = new URL((await answerConsent(stringOf(await client('authorize', given), 'url'))).url)
    expect(answer.searchParams.get('state')).toBe('the state')
    const code = answer.searchParams.get('code')
    expect(await client('exchange', { redirectUri, code, codeVerifier: verifier })).toMatchObject({
      refreshToken: expect.stringMatching(/^1\/\/0/),
      scope: expect.stringContaining(driveAppdata),
    })
    expect(usedPkce(google)).toBe(true)
  })

  test('reports a rejected code', async ({ google, client }) => {
    const code = await google.createCode({ platform: 'android' })
    expect(await client('exchange', { code, redirectUri: 'postmessage' })).toEqual({
      error: 'RetrieveError',
      status: 400,
      message:
        'oauth2: cannot fetch token: 400 Bad Request\n' +
        'Response: {\n  "error": "redirect_uri_mismatch",\n  "error_description": "Bad Request"\n}',
    })
  })

  test('refreshes for a Drive request, and reports that access was revoked', async ({ google, client }) => {
    const { refreshToken } = await client('exchange', { code: await google.createCode({ platform: 'android' }) })
    expect(await client('drive', { refreshToken })).toEqual({ status: 200, body: '{\n  "files": []\n}\n' })
    expect(await client('revoke', { refreshToken })).toEqual({ status: 200 })
    expect(await client('refresh', { refreshToken })).toMatchObject({
      error: 'RetrieveError',
      message: expect.stringContaining('"Token has been expired or revoked."'),
    })
  })

  test('reports a missing scope', async ({ google, client }) => {
    const { refreshToken } = await client('exchange', { code: await google.createCode({ platform: 'android' }) })
    expect(await client('refused', { refreshToken })).toMatchObject({
      status: 403,
      body: expect.stringContaining('"reason": "insufficientScopes"'),
    })
  })
})
