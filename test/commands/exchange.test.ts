import { describe, expect } from 'vitest'
import { test, withGsa } from '../support/harness.ts'

describe('gsa exchange', () => {
  test("redeems an Android app's code and stores the refresh token", async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode({ platform: 'android' }) })
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      account: { sub: '110000000000000000001', email: 'ada@example.com', emailVerified: true, hostedDomain: null },
      issuer: google.issuer,
      refreshToken: { received: true, stored: true, store: gsa.store, rotated: false, expiresAt: null },
      idToken: { verified: true },
    })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('keeps the stored refresh token when a second exchange returns none, and says how to force consent', async ({
    gsa,
    google,
  }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode({ platform: 'android' }) })
    const second = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode({ platform: 'android' }) })
    expect(second.exitCode).toBe(0)
    expect(second.json).toMatchObject({ refreshToken: { received: false, stored: true } })
    expect(second.json['warnings']).toContainEqual(expect.objectContaining({ code: 'no_refresh_token' }))
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('works without any refresh token until the access token expires after an hour', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    await gsa.run('logout')
    const second = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(second.json).toMatchObject({ refreshToken: { received: false, stored: false, store: null } })
    expect((await gsa.run('drive', 'ls-appfolder')).exitCode).toBe(0)
    const refresh = await gsa.run('refresh', '--json')
    expect(refresh.exitCode).toBe(4)
    expect(refresh.error['code']).toBe('no_refresh_token')
  })

  test('stores an account again that the store has lost', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    for (const item of gsa.memory.keys()) if (item.startsWith('credential ')) gsa.memory.delete(item)
    const again = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.json).toMatchObject({ refreshToken: { received: false, stored: false } })
    expect((await gsa.run('drive', 'ls-appfolder')).exitCode).toBe(0)
  })

  test.each([
    ['android', 'android', '', []],
    ['ios', 'ios', '', ['--from', 'ios']],
    ['web-popup', 'web-popup', 'postmessage', ['--from', 'web-popup']],
  ] as const)('sends the redirect URI that fits a code from %s', async (_, platform, redirectUri, flags) => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('exchange', '-', ...flags, { stdin: await google.createCode({ platform }) })
      expect(result.exitCode).toBe(0)
      const posts = google.requests().filter(({ path }) => path === '/token')
      expect(posts.map(({ form }) => form['redirect_uri'])).toEqual([redirectUri])
    })
  })

  test('takes the redirect URI from a pasted redirect URL', async ({ gsa, google }) => {
    // A desktop client may use any loopback redirect URI; this one belongs to "another program".
    const { answerConsent } = await import('../../src/emulator/index.ts')
    const { createServer } = await import('node:http')
    const landed: string[] = []
    const app = createServer((request, response) => {
      landed.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    const address = app.address()
    const redirectUri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/landing`
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: '100000000001-desktop.apps.googleusercontent.com',
      redirect_uri: redirectUri,
      scope: 'openid email',
      access_type: 'offline',
    })
    await answerConsent(`${google.issuer}/o/oauth2/v2/auth?${query.toString()}`, { decision: 'allow' })
    app.closeAllConnections()
    await new Promise((resolve) => app.close(resolve))
    const pasted = new URL(landed[0] ?? '', redirectUri).href
    const result = await gsa.run('exchange', '-', '--client-secrets', gsa.desktopClient, { stdin: pasted })
    expect(result.exitCode).toBe(0)
    const posts = google.requests().filter(({ path }) => path === '/token')
    expect(posts.map(({ form }) => form['redirect_uri'])).toEqual([redirectUri])
  })

  test('sends a code once, and after a lost response says to treat it as used', async ({ gsa, google }) => {
    google.arm({ on: 'token', fault: 'reset' })
    const result = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(result.exitCode).toBe(3)
    expect(result.error['code']).toBe('code_fate_unknown')
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('does not send the code when the keys are unavailable', async ({ gsa, google }) => {
    google.arm({ on: 'certs', fault: 'http-500', times: 10 })
    const code = await google.createCode()
    const result = await gsa.run('exchange', '-', '--json', { stdin: code })
    expect(result.exitCode).toBe(3)
    expect(result.error).toMatchObject({ code: 'server_failed', details: { codeState: 'unused' } })
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(0)
    google.reset()
  })

  test('stores nothing for an account other than the expected one', async ({ gsa, google }) => {
    const code = await google.createCode({ account: 'grace@corp.example' })
    const result = await gsa.run('exchange', '-', '--json', '--expect-email', 'ada@example.com', { stdin: code })
    expect(result.exitCode).toBe(6)
    expect(result.error).toMatchObject({
      code: 'account_unexpected',
      details: { expected: 'ada@example.com', found: 'grace@corp.example' },
    })
    expect(gsa.memory.size).toBe(0)
  })

  test('refuses an ID token without the requested nonce', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--json', '--nonce', 'mine', { stdin: await google.createCode() })
    expect(result.exitCode).toBe(6)
    expect(result.error).toMatchObject({ code: 'id_token_invalid', details: { check: 'nonce' } })
    expect(gsa.memory.size).toBe(0)
  })

  test('prints the tokens only with --show-tokens, and stores nothing with --no-store', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--no-store', '--show-tokens', '--json', {
      stdin: await google.createCode(),
      printsSecrets: true,
    })
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      accessToken: { value: expect.stringMatching(/^ya29\./) as string },
      refreshToken: { received: true, stored: false, store: null, value: expect.stringMatching(/^1\/\/0/) as string },
      idToken: { value: expect.stringMatching(/^eyJ/) as string },
    })
    expect(gsa.memory.size).toBe(0)
  })

  test('says that PKCE does not bind a pasted code', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(result.json['warnings']).toContainEqual(expect.objectContaining({ code: 'not_bound_by_pkce' }))
  })

  test('says how it understood the paste, what it sends with it, and in a script whose account it stored', async ({
    gsa,
    google,
  }) => {
    const code = await google.createCode({ platform: 'ios' })
    const pasted = ` LOG  {"serverAuthCode": "${encodeURIComponent(code)}", "user": {"name": "Ada"}}`
    const result = await gsa.run('exchange', '-', '--from', 'ios', { stdin: pasted })
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toContain(
      'Treating this as a code from ios (found in what an app printed, named serverAuthCode, percent-encoded); sending it with an empty redirect URI.',
    )
    expect(result.stdout).toContain('Code of ada@example.com exchanged')
    const popup = JSON.stringify({ code: await google.createCode({ platform: 'web-popup' }), scope: 'openid' })
    expect((await gsa.run('exchange', '-', { stdin: popup })).stderr).toContain(
      'Treating this as a code from web-popup (found in the answer of the web pop-up); sending it with the redirect URI postmessage.',
    )
  })

  test('says which sample in the guides sends the wrong redirect URI', async ({ gsa, google }) => {
    const code = await google.createCode({ platform: 'android' })
    const result = await gsa.run('exchange', '-', '--from', 'web-popup', '--json', { stdin: code })
    expect(result.exitCode).toBe(5)
    expect(result.error).toMatchObject({
      code: 'redirect_uri_mismatch',
      details: { sent: 'postmessage', from: 'web-popup' },
      fix: expect.stringContaining('Python sample') as string,
    })
  })

  test('stores a grant without an ID token under its own name', async ({ gsa, google }) => {
    const scopes = ['https://www.googleapis.com/auth/drive.appdata']
    const result = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode({ scopes }) })
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      account: { sub: expect.stringMatching(/^unknown-/) as string, email: null },
      idToken: { verified: false, claims: null },
    })
    expect((await gsa.run('drive', 'ls-appfolder')).exitCode).toBe(0)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('asks on a terminal before storing a new account, and not again for a known one', async ({ gsa, google }) => {
    const yes = await gsa.run('exchange', await google.createCode(), '--json', {
      typing: [[/Store it\? \(y\/n\)/, 'y\r']],
    })
    expect(yes.json).toMatchObject({ refreshToken: { stored: true } })
    const known = await gsa.run('exchange', await google.createCode(), '--json', { typing: [] })
    expect(known.exitCode).toBe(0)
    expect(known.stderr).not.toContain('Store it?')
  })

  test('asks for the code on a terminal without showing it', async ({ gsa, google }) => {
    const code = await google.createCode()
    const result = await gsa.run('exchange', '--yes', { typing: [[/Authorization code/, `${code}\r`]] })
    expect(result.exitCode).toBe(0)
    expect(result.stderr).toContain('***')
    expect(result.stdout + result.stderr).not.toContain(code)
  })

  test.each([
    ['fields', (code: string) => `code: ${code}\rstate: abc\r`],
    ['fields with the line breaks of Windows', (code: string) => `state: abc\r\ncode: ${code}\r\nscope: email\r`],
    ['a request', (code: string) => `GET /cb?code=${code} HTTP/1.1\rHost: app.example\r`],
  ])('reads at its prompt a text of several lines: %s', async (_, pasted) => {
    await withGsa(async (gsa, google) => {
      const text = pasted(await google.createCode())
      const result = await gsa.run('exchange', '--yes', '--redirect-uri', 'https://app.example/cb', {
        typing: [[/Authorization code/, text]],
      })
      expect(result.stderr).toContain('a code from web')
      const form = google.requests().find(({ path }) => path === '/token')?.form
      expect(form).toMatchObject({ redirect_uri: 'https://app.example/cb' })
    })
  })

  test('accepts at its prompt a code that a terminal broke into lines', async ({ gsa, google }) => {
    const code = await google.createCode()
    const broken = `${code.slice(0, 20)}\r${code.slice(20, 40)}\r${code.slice(40)}\r`
    const result = await gsa.run('exchange', '--yes', { typing: [[/Authorization code/, broken]] })
    expect(result.exitCode, result.stderr).toBe(0)
  })
})
