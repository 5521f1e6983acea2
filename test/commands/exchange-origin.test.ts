import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { test, withGsa } from '../support/harness.ts'

/** Returns the redirect URIs that were sent with codes. */
const sent = (google: Emulator): readonly unknown[] =>
  google
    .requests()
    .filter(({ path }) => path === '/token')
    .map(({ form }) => form['redirect_uri'])

const sameForAll = (code: string): string => `{"state"=>"xyz", "code"=>"${code}", "scope"=>"email"}`

describe('gsa exchange takes the redirect URI from the text', () => {
  test.each([
    ['in a command', (code: string) => `curl -v "http://localhost:8085/cb?state=x&code=${code}&scope=email"`],
    ['in a log', (code: string) => `[app] callback URL: http://localhost:8085/cb?code=${code}\n[app] code: ${code}`],
    [
      'in the authorization request',
      (code: string) =>
        `https://a.example/auth?response_type=code&redirect_uri=http://localhost:8085/cb\ncode: ${code}`,
    ],
    ['in JSON', (code: string) => JSON.stringify({ code, redirect_uri: 'http://localhost:8085/cb' })],
  ])('%s', async (_, pasted) => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('exchange', '-', { stdin: pasted(encodeURIComponent(await google.createCode())) })
      expect(sent(google)).toEqual(['http://localhost:8085/cb'])
      expect(result.stderr).toMatch(
        /Treating this as a code from desktop \(found in .+\); sending it with the redirect/,
      )
    })
  })
})

describe('gsa exchange sends no code of a redirect without its redirect URI', () => {
  test.each([
    ['PHP', (code: string) => `Array\n(\n    [code] => ${code}\n    [scope] => email profile\n    [authuser] => 0\n)`],
    ['Ruby', sameForAll],
    ['Elixir', (code: string) => `%{"code" => "${code}", "prompt" => "consent"}`],
    ['Python', (code: string) => `<QueryDict: {'code': ['${code}'], 'state': ['x']}>`],
    ['Go', (code: string) => `map[code:[${code}] state:[x]]`],
    ['Java', (code: string) => `{code=[${code}], state=[x]}`],
    ['Kotlin', (code: string) => `Callback(code=${code}, state=x)`],
    ['C#', (code: string) => `[code, ${code}], [state, x]`],
    ['Rust', (code: string) => `AuthRequest { code: "${code}", state: "x" }`],
    ['JavaScript', (code: string) => `URLSearchParams { 'code' => '${code}', 'hd' => 'corp.example' }`],
    ['Swift', (code: string) => `[code=${code}, state=x]`],
    ['Dart', (code: string) => `{code: ${code}, scope: email profile, authuser: 0}`],
    ['an access log', (code: string) => `10.0.0.1 - "GET /cb?state=x&code=${code} HTTP/1.1" 500`],
  ])('%s', async (_, pasted) => {
    await withGsa(async (gsa, google) => {
      const stdin = pasted(await google.createCode())
      const result = await gsa.run('exchange', '-', '--json', { stdin })
      expect(result.exitCode).toBe(2)
      expect(result.error).toMatchObject({ code: 'redirect_uri_needed', details: { codeState: 'unused' } })
      expect(result.error['fix']).toContain('--redirect-uri')
      expect(sent(google)).toEqual([])
      const flags = ['--redirect-uri', 'https://app.example/cb']
      await gsa.run('exchange', '-', ...flags, { stdin })
      expect(sent(google)).toEqual(['https://app.example/cb'])
    })
  })

  test('and names what it may be', async ({ gsa, google }) => {
    const stdin = `GET /cb?code=${await google.createCode()} HTTP/1.1\nHost: app.example`
    const { error } = await gsa.run('exchange', '-', '--json', { stdin })
    expect(error).toMatchObject({ code: 'redirect_uri_needed', details: { candidates: ['https://app.example/cb'] } })
    expect(error['fix']).toContain('--redirect-uri https://app.example/cb')
  })

  test('and names the web pop-up, which returns the same names', async ({ gsa, google }) => {
    const code = await google.createCode({ platform: 'web-popup' })
    const stdin = JSON.stringify({ code, scope: 'email', authuser: '0', prompt: 'none', state: 'x' })
    expect((await gsa.run('exchange', '-', '--json', { stdin })).error['fix']).toContain('--from web-popup')
    expect((await gsa.run('exchange', '-', '--from', 'web-popup', { stdin })).exitCode).toBe(0)
  })

  test('but asks for it on a terminal', async ({ gsa, google }) => {
    const code = await google.createCode()
    const result = await gsa.run('exchange', sameForAll(code), '--yes', {
      typing: [[/Which redirect URI was the code sent to\?/, 'https://app.example/cb\r']],
    })
    expect(result.stderr).toContain('next to state and scope')
    expect(sent(google)).toEqual(['https://app.example/cb'])
  })

  test('and does not ask with --json or --no-input', async ({ gsa, google }) => {
    const pasted = sameForAll(await google.createCode())
    const json = await gsa.run('exchange', pasted, '--json', { typing: [] })
    const noInput = await gsa.run('exchange', pasted, '--no-input', { typing: [] })
    expect([json.exitCode, noInput.exitCode]).toEqual([2, 2])
    expect(json.error['code']).toBe('redirect_uri_needed')
    expect(sent(google)).toEqual([])
  })
})

describe('gsa exchange sends nothing if the text contradicts', () => {
  const url = (code: string): string => `http://localhost:8085/cb?code=${code}&state=x`
  const phone = (code: string): string => `serverAuthCode: ${code}`
  test.each([
    ['--from android, with an address', url, ['--from', 'android'], 'a redirect URL'],
    ['--from ios, with an address', url, ['--from', 'ios'], 'Remove --from ios'],
    ['--from web-popup, with an address', url, ['--from', 'web-popup'], 'does not come from web-popup'],
    ['--from android, with a dump', sameForAll, ['--from', 'android'], 'next to state and scope'],
    [
      '--from web, with a code of a phone',
      phone,
      ['--from', 'web', '--redirect-uri', 'https://app.example/'],
      'serverAuthCode',
    ],
    ['--redirect-uri, with a code of a phone', phone, ['--redirect-uri', 'https://app.example/'], '--redirect-uri'],
    [
      '--redirect-uri, with another address',
      url,
      ['--redirect-uri', 'http://localhost:1/cb'],
      'http://localhost:8085/cb',
    ],
    [
      '--from android, with the response of the pop-up',
      (code: string) => JSON.stringify({ code, scope: 'email', authuser: '0' }),
      ['--from', 'android'],
      'web pop-up',
    ],
    [
      '--redirect-uri, which has another slash at its end',
      url,
      ['--redirect-uri', 'http://localhost:8085/cb/'],
      'http://localhost:8085/cb',
    ],
    [
      '--redirect-uri, with two other addresses',
      (code: string) => `https://a.example/cb?code=${code}\nhttps://b.example/cb?code=${code}`,
      ['--redirect-uri', 'https://c.example/cb'],
      'https://a.example/cb or https://b.example/cb',
    ],
    [
      '--redirect-uri, with the path of a request',
      (code: string) => `GET /cb?code=${code}&state=x HTTP/1.1`,
      ['--redirect-uri', 'https://app.example/other'],
      'a request for /cb',
    ],
  ])('%s', async (_, pasted, flags, evidence) => {
    await withGsa(async (gsa, google) => {
      const stdin = pasted(await google.createCode())
      const result = await gsa.run('exchange', '-', ...flags, '--json', { stdin })
      expect(result.exitCode).toBe(2)
      expect(result.error).toMatchObject({ code: 'usage', details: { codeState: 'unused' } })
      expect(result.error['message']).toContain(evidence)
      expect(sent(google)).toEqual([])
    })
  })

  test.each([
    ['one of two addresses', 'https://a.example/cb?code=CODE\nhttps://b.example/cb?code=CODE', 'https://b.example/cb'],
    ['the slash after a host', 'https://a.example/?code=CODE', 'https://a.example'],
    ['the path of a request', 'GET /cb?code=CODE HTTP/1.1', 'https://app.example/cb'],
    ['the end of a path that a proxy shortened', 'GET /cb?code=CODE HTTP/1.1', 'https://app.example/login/cb'],
    ['an address that is only beside it', 'fetched https://api.example/v1, code: CODE', 'https://app.example/cb'],
  ])('but sends it if --redirect-uri is %s', async (_, text, redirectUri) => {
    await withGsa(async (gsa, google) => {
      const stdin = text.replaceAll('CODE', await google.createCode())
      await gsa.run('exchange', '-', '--redirect-uri', redirectUri, { stdin })
      expect(sent(google)).toEqual([redirectUri])
    })
  })

  test('and blames the text for its address', async ({ gsa, google }) => {
    const stdin = `https://ada:pw@app.example/cb?code=${await google.createCode()}`
    const { error } = await gsa.run('exchange', '-', '--json', { stdin })
    expect(error).toMatchObject({ code: 'code_malformed', details: { codeState: 'unused' } })
    expect(error['message']).toContain('it contains a user name')
    expect(error['message']).not.toContain('--redirect-uri')
    expect(sent(google)).toEqual([])
  })

  test('but sends the code alone, as --from says', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', '--from', 'web', '--redirect-uri', 'https://app.example/', {
      stdin: await google.createCode(),
    })
    expect(sent(google)).toEqual(['https://app.example/'])
  })

  test('its client: a code that users copied by hand', async ({ gsa, google }) => {
    const stdin = `code=${await google.createCode()}&redirect_uri=urn:ietf:wg:oauth:2.0:oob`
    const { error } = await gsa.run('exchange', '-', '--json', { stdin })
    expect(error['message']).toContain('copied by hand')
    expect(sent(google)).toEqual([])
  })
})

describe('gsa serve sends no code', () => {
  test.for([
    ['authCode', 'a redirect URL'],
    ['code', 'a redirect URL'],
  ] as const)('if the field %s has %s', async ([field], { gsa, google }) => {
    const url = `https://app.example/cb?state=x&code=${encodeURIComponent(await google.createCode())}`
    const run = await gsa.run('serve', '--port', '0', '--json', {
      meanwhile: [
        /http:\/\/127\.0\.0\.1:\d+/,
        async (screen) => {
          const address = /http:\/\/127\.0\.0\.1:\d+/.exec(screen.replace(google.issuer, ''))?.[0] ?? ''
          const body = new URLSearchParams({ [field]: url })
          const response = await fetch(`${address}/authcode`, {
            method: 'POST',
            body,
            headers: { 'X-Requested-With': 'x' },
          })
          expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('code_malformed')])
        },
      ],
    })
    expect(run.exitCode).toBe(130)
    expect(sent(google)).toEqual([])
  })
})
