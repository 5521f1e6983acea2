import { readFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { ownCertificate } from '../../src/backend/certificate.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type RawAnswer, send, signIn } from '../emulator/raw-http.ts'
import { freePort, holding } from '../support/free-port.ts'
import { type Run, test, withGsa } from '../support/harness.ts'
import { converse } from '../support/raw-socket.ts'
import { needs } from '../support/system-parts.ts'
import { postCode, serving } from './serving.ts'

const tokenPosts = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

const untilTokenPosts = async (google: Emulator): Promise<void> => {
  while (tokenPosts(google) === 0) await new Promise((resolve) => setTimeout(resolve, 20))
}

/** Returns an ID token like the one that an app's sign-in gets. */
const idTokenFor = async (google: Emulator, account: string): Promise<string> =>
  (await signIn(google, { account })).id_token

/** Sends these bytes and returns what comes back until the backend closes the connection. */
const raw = async (port: number, ...pieces: string[]): Promise<string> =>
  (await converse(port, pieces, { silenceMs: 20_000 })).received

function rawPost(body: string, headers: string[] = ['X-Requested-With: x']): string {
  return [
    'POST /authcode HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...headers,
    '',
    body,
  ].join('\r\n')
}

describe('gsa serve accepts a code', () => {
  test.for([
    ['authCode in a form, as Android and iOS send it', 'android', 'application/x-www-form-urlencoded', 'authCode=CODE'],
    ['authCode in JSON', 'ios', 'application/json', '{"authCode":"CODE","name":"Ada","age":36}'],
    [
      'code in a form, as the web pop-up sends it',
      'web-popup',
      'application/x-www-form-urlencoded; charset=UTF-8',
      'code=CODE',
    ],
    ['code in JSON', 'web-popup', 'application/json; charset=utf-8', '{"code":"CODE","scope":"openid"}'],
    ['the bare body of the first web sample', 'web-popup', 'application/octet-stream; charset=utf-8', 'CODE'],
  ] as const)('%s', async ([, platform, type, body]) => {
    await withGsa(async (gsa, google) => {
      const code = await google.createCode({ platform })
      let answer: RawAnswer | undefined
      const run = await serving(gsa, [], async ({ post }) => {
        answer = await post(body.replace('CODE', code), { 'content-type': type })
      })
      expect(answer?.status).toBe(200)
      expect(answer?.json).toMatchObject({
        sub: '110000000000000000001',
        email: 'ada@example.com',
        scopes: { granted: expect.arrayContaining(['openid']) as string[] },
        refreshToken: { received: true, stored: true },
        warnings: [],
      })
      expect(answer?.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
      expect(answer?.body).not.toMatch(/ya29\.|1\/\/0|eyJ|GOCSPX|4\/0A/)
      expect(run.exitCode).toBe(130)
      expect(run.stderr).toMatch(/\d\d:\d\d:\d\d {2}POST \/authcode {2}200 {2}ada@example\.com/)
      expect((await gsa.run('drive', 'ls-appfolder')).exitCode).toBe(0)
    })
  })

  test('once, although it is sent twice at the same time and then again: every client gets the same response', async ({
    gsa,
    google,
  }) => {
    const authCode = await google.createCode()
    const run = await serving(gsa, [], async ({ post }) => {
      const [first, second] = await Promise.all([post({ authCode }), post({ authCode })])
      const third = await post({ authCode })
      expect([first.status, second.status, third.status]).toEqual([200, 200, 200])
      expect(second.body).toBe(first.body)
      expect(third.body).toBe(first.body)
    })
    expect(tokenPosts(google)).toBe(1)
    expect(run.stderr).toContain('received the same code again; repeated the response, sent nothing')
  })

  test('that was percent-encoded once too often, and says so to the app and in the terminal', async ({
    gsa,
    google,
  }) => {
    const code = await google.createCode()
    const run = await serving(gsa, [], async ({ post }) => {
      const answer = await post({ authCode: encodeURIComponent(code) })
      expect(answer.status).toBe(200)
      expect(answer.json).toMatchObject({ warnings: [{ code: 'code_encoded' }] })
    })
    expect(run.stderr).toContain('percent-encoded once too often')
  })

  test('and tells the app that no refresh token came, and how to get one', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      await post({ authCode: await google.createCode() })
      const second = await post({ authCode: await google.createCode() })
      expect(second.json).toMatchObject({
        refreshToken: { received: false, stored: true },
        warnings: [{ code: 'no_refresh_token', fix: expect.stringContaining('requestOfflineAccess') as string }],
      })
    })
  })
})

// Each waits a second for a body that does not come.
describe('gsa serve refuses, before reading the body,', () => {
  test.concurrent.for([
    ['a request without X-Requested-With', {}, { 'X-Requested-With': undefined }, 403, 'request_header_missing'],
    ['one with an empty X-Requested-With', {}, { 'X-Requested-With': '' }, 403, 'request_header_missing'],
    ['one with a blank X-Requested-With', {}, { 'X-Requested-With': '  ' }, 403, 'request_header_missing'],
    ['a page of another origin', {}, { Origin: 'https://evil.example' }, 403, 'request_origin_foreign'],
    ['a page with an opaque origin', {}, { Origin: 'null' }, 403, 'request_origin_foreign'],
    ['a page on another port', {}, { Origin: 'http://localhost:3000' }, 403, 'request_origin_foreign'],
    ['a foreign site that hides its origin', {}, { 'Sec-Fetch-Site': 'cross-site' }, 403, 'request_origin_foreign'],
    ['a name rebound to this address', {}, { Host: 'evil.example' }, 403, 'request_host_foreign'],
    ['an address in another network', {}, { Host: '192.168.1.5:8790' }, 403, 'request_host_foreign'],
    ['a name that only starts like ours', {}, { Host: 'localhost.evil.example' }, 403, 'request_host_foreign'],
    ['GET', { method: 'GET' }, {}, 405, 'request_method_refused'],
    ['PUT', { method: 'PUT' }, {}, 405, 'request_method_refused'],
    [
      "a browser's preflight request for a foreign page",
      { method: 'OPTIONS' },
      { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      403,
      'request_origin_foreign',
    ],
    ['another path', { path: '/' }, {}, 404, 'request_path_unknown'],
    ['a path that only starts like ours', { path: '/authcode/x' }, {}, 404, 'request_path_unknown'],
    ['plain text, which a foreign page could send', {}, { 'Content-Type': 'text/plain' }, 415, 'request_type_refused'],
    ['multipart form data', {}, { 'Content-Type': 'multipart/form-data; boundary=x' }, 415, 'request_type_refused'],
    ['a body without a content type', {}, { 'Content-Type': undefined }, 415, 'request_type_refused'],
    [
      'a body in another encoding',
      {},
      { 'Content-Type': 'application/json; charset=utf-16' },
      415,
      'request_type_refused',
    ],
    ['a body announced as longer than 16 KB', {}, { 'Content-Length': '16385' }, 413, 'request_too_long'],
  ] as const)('%s', async ([, target, changed, status, code]) => {
    await withGsa(async (gsa, google) => {
      await serving(gsa, [], async ({ port }) => {
        const { method = 'POST', path = '/authcode' } = target as { method?: string; path?: string }
        const headers = {
          Host: `127.0.0.1:${port}`,
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': '80',
          'X-Requested-With': 'x',
          ...changed,
        }
        const lines = Object.entries(headers).flatMap(([name, value]) =>
          value === undefined ? [] : `${name}: ${value}`,
        )
        // The body never comes; the response does.
        const answer = await raw(port, [`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
        expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
        expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
          error: { code, cause: expect.any(String) as string, fix: expect.any(String) as string },
        })
        expect(answer.toLowerCase()).not.toContain('access-control-allow')
        expect(/^allow: POST\r$/im.test(answer)).toBe(status === 405)
      })
      expect(tokenPosts(google)).toBe(0)
    })
  })

  test.for(['localhost', 'localhost:8790', '127.0.0.1:1', '[::1]:8790', '10.0.2.2:8790'])(
    'but not a request for %s, which resolves to this machine',
    async (host) => {
      await withGsa(async (gsa, google) => {
        await serving(gsa, [], async ({ post }) => {
          const answer = await post({ authCode: await google.createCode() }, { host, origin: `http://${host}` })
          expect(answer.status).toBe(200)
        })
      })
    },
  )

  test('but not an allowed page whose browser sends a preflight request', async ({ gsa, google }) => {
    const origin = 'http://localhost:3000'
    await serving(gsa, ['--allow-origin', origin], async ({ url, post }) => {
      const asked = await send(url, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-requested-with',
        },
      })
      expect(asked.status).toBe(204)
      expect(asked.headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-headers': expect.stringContaining('x-requested-with') as string,
      })
      const answer = await post({ code: await google.createCode({ platform: 'web-popup' }) }, { origin })
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'origin' })
    })
  })
})

describe('gsa serve responds with 400, and sends nothing to Google, for', () => {
  const code = '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOpAsDfGhJkLzXcVbNm'
  test.for([
    ['no code', 'name=Ada', 'form', 'code_missing'],
    ['an empty body', '', 'form', 'code_missing'],
    ['an empty code', 'authCode=', 'form', 'code_missing'],
    ['the null of an app that got no code', 'authCode=null', 'form', 'code_missing'],
    ['null in JSON', '{"authCode":null}', 'json', 'code_missing'],
    ['two codes', `authCode=${code}&authCode=${code}`, 'form', 'request_body_invalid'],
    ['a code in two fields', `authCode=${code}&code=${code}`, 'form', 'request_body_invalid'],
    ['a duplicate member', `{"authCode":"${code}","authCode":"${code}"}`, 'json', 'request_body_invalid'],
    ['a number', '{"authCode":4}', 'json', 'request_body_invalid'],
    ['a list', `["${code}"]`, 'json', 'request_body_invalid'],
    ['broken JSON', '{"authCode":"4/0A', 'json', 'request_body_invalid'],
    ['a form sent as JSON', `authCode=${code}`, 'json', 'request_body_invalid'],
    ['bytes that are not text', Buffer.from([0x61, 0x3d, 0xff, 0xfe]), 'form', 'request_body_invalid'],
    ['two ID tokens', `authCode=${code}&idToken=a&id_token=b`, 'form', 'request_body_invalid'],
    ['a refresh token', 'authCode=1//0gRefreshTokenRefreshToken', 'form', 'code_malformed'],
    ['an invalid ID token', `authCode=${code}&idToken=abc`, 'form', 'id_token_invalid'],
  ] as const)('%s', async ([, body, kind, expected]) => {
    await withGsa(async (gsa, google) => {
      await serving(gsa, [], async ({ url }) => {
        const type = kind === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
        const answer = await send(url, {
          method: 'POST',
          headers: { 'content-type': type, 'x-requested-with': 'x' },
          body: Buffer.from(body),
        })
        expect([answer.status, (answer.json as { error: { code: string } }).error.code]).toEqual([400, expected])
        expect(answer.body).not.toContain(code)
      })
      expect(tokenPosts(google)).toBe(0)
    })
  })
})

describe('gsa serve explains', () => {
  test("a phone's code that came as code, as the guides' Python sample would accept it", async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const answer = await post({ code: await google.createCode({ platform: 'android' }) })
      expect(answer.status).toBe(400)
      expect(answer.json).toMatchObject({
        error: { code: 'code_in_wrong_field', fix: expect.stringContaining('Python sample') as string },
      })
    })
  })

  test('what came in place of an ID token', async ({ gsa, google }) => {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const firebase = `${part({ alg: 'RS256' })}.${part({ iss: 'https://securetoken.google.com/p' })}.${'A'.repeat(342)}`
    await serving(gsa, [], async ({ post }) => {
      for (const [idToken, fix] of [
        [`ya29.${'aB3dE6'.repeat(10)}`, 'Pass the ID token of the same login'],
        [firebase, 'the ID token that the app got from Google before it signed in to Firebase'],
      ] as const) {
        const answer = await post({ authCode: await google.createCode(), idToken })
        expect(answer.status).toBe(400)
        expect(answer.json).toMatchObject({
          error: { code: 'id_token_invalid', fix: expect.stringContaining(fix) as string },
        })
      }
    })
    expect(tokenPosts(google)).toBe(0)
  })

  test("that the guides' Android sample sends no X-Requested-With", async ({ gsa }) => {
    const run = await serving(gsa, [], async ({ url }) => {
      const answer = await send(url, { method: 'POST', body: 'authCode=x' })
      expect(answer.status).toBe(403)
    })
    expect(run.stderr).toContain('the Android sample there does not send it')
  })

  test('a code that Google refuses with 400, and an unresponsive Google with 502', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const refused = await post({ authCode: '4/0ANoSuchCodeNoSuchCodeNoSuchCode' })
      expect(refused.status).toBe(400)
      expect(refused.json).toMatchObject({ error: { code: 'code_refused' } })
      const authCode = await google.createCode()
      google.arm({ on: 'token', fault: 'reset' })
      const lost = await post({ authCode })
      expect(lost.status).toBe(502)
      expect(lost.json).toMatchObject({ error: { code: 'code_fate_unknown' } })
      // It may have been used, so it is not sent again.
      expect((await post({ authCode })).json).toMatchObject({ error: { code: 'code_used_before' } })
      expect(tokenPosts(google)).toBe(2)
    })
  })

  test('that a code stayed unused because the keys were unavailable, and accepts it again', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const authCode = await google.createCode()
      google.arm({ on: 'certs', fault: 'http-500', times: 3 })
      const refused = await post({ authCode })
      expect([refused.status, tokenPosts(google)]).toEqual([502, 0])
      expect(refused.json).toMatchObject({ error: { codeState: 'unused' } })
      expect((await post({ authCode })).status).toBe(200)
    })
  })
})

describe('an ID token sent along with a code', () => {
  test("is verified, and must belong to the code's account", async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const idToken = await idTokenFor(google, 'ada@example.com')
      const good = await post({ authCode: await google.createCode(), idToken })
      expect(good.status).toBe(200)
      const other = await post({ authCode: await google.createCode({ account: 'grace@corp.example' }), idToken })
      expect(other.status).toBe(400)
      expect(other.json).toMatchObject({ error: { code: 'id_token_of_another_account' } })
    })
    expect([...gsa.memory.values()].join()).not.toContain('grace@corp.example')
  })

  test('leaves the code usable when it is refused', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const idToken = await idTokenFor(google, 'ada@example.com')
      const authCode = await google.createCode()
      const before = tokenPosts(google)
      const refused = await post({ authCode, idToken: `${idToken.slice(0, -6)}AAAAAA` })
      expect(refused.status).toBe(400)
      expect(refused.json).toMatchObject({ error: { code: 'id_token_invalid' } })
      expect(refused.body).not.toContain(idToken.slice(0, 40))
      expect(tokenPosts(google)).toBe(before)
      expect((await post({ authCode })).status).toBe(200)
    })
  })

  test('with an invented key id has the keys fetched again, but not each time', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ post }) => {
      const [, claims, signature] = (await idTokenFor(google, 'ada@example.com')).split('.')
      const authCode = await google.createCode()
      for (const kid of ['a', 'b', 'c', 'd']) {
        const header = Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url')
        expect((await post({ authCode, idToken: `${header}.${claims}.${signature}` })).status).toBe(400)
      }
    })
    expect(google.requests().filter(({ path }) => path === '/oauth2/v3/certs')).toHaveLength(2)
  })
})

describe('gsa serve --once', () => {
  const once = async (
    gsa: Parameters<typeof serving>[0],
    work: (url: string) => Promise<unknown>,
  ): Promise<Run & { answers: unknown }> => {
    let answers: unknown
    const done: Promise<unknown>[] = []
    const run = await gsa.run('serve', '--port', '0', '--once', '--json', {
      whenShown: [
        /Ctrl-C to stop/,
        (screen) => {
          const url = /http:\/\/127\.0\.0\.1:\d+\/authcode/.exec(screen)?.[0] ?? ''
          done.push(work(url).then((value) => (answers = value)))
        },
      ],
    })
    await Promise.all(done)
    return Object.assign(run, { answers })
  }

  test('exits after the first code, with its result; refused requests do not count', async ({ gsa, google }) => {
    const authCode = await google.createCode()
    const run = await once(gsa, async (url) => {
      expect((await send(url)).status).toBe(405)
      expect((await send(url, { method: 'POST', body: 'authCode=x' })).status).toBe(403)
      return (await postCode(url, { authCode })).status
    })
    expect(run.exitCode).toBe(0)
    expect(run.answers).toBe(200)
    expect(run.json).toMatchObject({ account: { email: 'ada@example.com' }, refreshToken: { stored: true } })
  })

  test('exits with what was sent in place of a code', async ({ gsa }) => {
    const run = await once(gsa, async (url) => (await postCode(url, { authCode: 'null' })).status)
    expect([run.exitCode, run.answers, run.error['code']]).toEqual([2, 400, 'code_missing'])
  })

  test('exits with the failure of a refused code', async ({ gsa }) => {
    const run = await once(gsa, async (url) => (await postCode(url, { authCode: '4/0ANoSuchCodeNoSuchCode' })).status)
    expect(run.exitCode).toBe(5)
    expect(run.answers).toBe(400)
    expect(run.error['code']).toBe('code_refused')
    expect(run.stdout).toBe('')
  })
})

describe('gsa serve starts', () => {
  test('for a web client only, and says why', async ({ gsa }) => {
    const run = await gsa.run('serve', '--json', '--client-secrets', gsa.desktopClient)
    expect([run.exitCode, run.error['code']]).toEqual([2, 'client_type_unsuitable'])
  })

  test('only where a code can be stored', async ({ gsa }) => {
    const run = await gsa.run('serve', '--json', { env: { GSA_STORE: 'helper:nothing-there' } })
    expect([run.exitCode, run.error['code']]).toEqual([7, 'helper_missing'])
  })

  test('not on a busy port, which it names', async ({ gsa, google }) => {
    const run = await gsa.run('serve', '--json', '--port', new URL(google.issuer).port)
    expect([run.exitCode, run.error['code']]).toEqual([2, 'port_busy'])
  })

  test.for([
    ['--cert', 'cert.pem'],
    ['--key', 'key.pem'],
    ['--allow-origin', 'http://localhost:3000/path'],
    ['--allow-origin', '*'],
  ] as const)('not with %s %s alone', async ([flag, value]) => {
    await withGsa(async (gsa) => {
      const run = await gsa.run('serve', '--json', flag, value)
      expect([run.exitCode, run.error['code']]).toEqual([2, 'usage'])
    })
  })

  test('not with an invalid certificate', async ({ gsa }) => {
    const file = gsa.file('cert.pem', 'no certificate')
    const run = await gsa.run('serve', '--json', '--cert', file, '--key', file)
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_invalid'])
  })

  test('with what a person needs to know to send a code', async ({ gsa }) => {
    const run = await gsa.run('serve', '--port', '0', { meanwhile: [/Ctrl-C to stop/, async () => undefined] })
    const port = /127\.0\.0\.1:(\d+)/.exec(run.stdout)?.[1]
    expect(run.stdout).toContain(`http://10.0.2.2:${port}/authcode`)
    expect(run.stdout).toContain(`adb reverse tcp:${port} tcp:${port}`)
    expect(run.stdout).toContain('X-Requested-With: XMLHttpRequest')
    expect(run.stdout).not.toContain('X-Pairing-Token')
  })
})

describe('gsa serve --host localhost', () => {
  test('accepts codes at both addresses of localhost, on the same port', async ({ gsa, google, skip }) => {
    needs({ skip }, 'IPv6')
    await serving(gsa, ['--host', 'localhost'], async ({ port }) => {
      const host = `localhost:${port}`
      for (const address of ['127.0.0.1', '[::1]']) {
        const authCode = await google.createCode()
        const { status } = await postCode(`http://${address}:${port}/authcode`, { authCode }, { host })
        expect([address, status]).toEqual([address, 200])
      }
    })
  })

  test('does not start where another program has one of the addresses', async ({ gsa, skip }) => {
    needs({ skip }, 'IPv6')
    const port = await freePort()
    for (const [host, code] of [
      ['127.0.0.1', 'port_busy'],
      ['::1', 'localhost_taken'],
    ] as const) {
      const run = await holding({ host, port }, () =>
        gsa.run('serve', '--json', '--host', 'localhost', '--port', String(port)),
      )
      expect([run.exitCode, run.error['code']]).toEqual([2, code])
    }
  })
})

describe('gsa serve for a device on the same network', () => {
  test("accepts codes from any device with this run's pairing token", async ({ gsa, google }) => {
    await serving(gsa, ['--host', '0.0.0.0'], async ({ port, place }) => {
      const url = `http://127.0.0.1:${port}/authcode`
      const authCode = await google.createCode()
      const pairingToken = place['pairingToken'] as string
      expect(pairingToken).toMatch(/^(?:[\dA-Z]{4}-){3}[\dA-Z]{4}$/)
      for (const headers of [{}, { 'x-pairing-token': '' }, { 'x-pairing-token': pairingToken.toLowerCase() }])
        expect((await postCode(url, { authCode }, headers)).json).toMatchObject({
          error: { code: 'pairing_token_refused' },
        })
      expect(tokenPosts(google)).toBe(0)
      expect((await postCode(url, { authCode }, { 'x-pairing-token': pairingToken })).status).toBe(200)
    })
  })

  test('says that codes travel unencrypted, unless they do not', async ({ gsa }) => {
    const shown: (readonly [string[], boolean])[] = [
      [['--host', '0.0.0.0'], true],
      [['--host', '0.0.0.0', '--https'], false],
      [[], false],
    ]
    for (const [args, isClear] of shown) {
      const run = await gsa.run('serve', '--port', '0', ...args, {
        meanwhile: [/Ctrl-C to stop/, async () => undefined],
      })
      expect([args, run.stdout.includes('sent unencrypted')]).toEqual([args, isClear])
    }
  })
})

describe('gsa serve --https', () => {
  const trusted = async (port: number, ca: Buffer, authCode: string, host = '127.0.0.1'): Promise<number> => {
    const { request } = await import('node:https')
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          port,
          ca,
          host,
          method: 'POST',
          path: '/authcode',
          agent: false,
          headers: { 'x-requested-with': 'x', 'content-type': 'application/x-www-form-urlencoded' },
        },
        (response) => {
          response.resume()
          response.on('end', () => resolve(response.statusCode ?? 0))
        },
      )
      sent.on('error', reject)
      sent.end(new URLSearchParams({ authCode }).toString())
    })
  }

  test('creates a certificate that a device can install, and keeps its key private', async ({ gsa, google }) => {
    const run = await serving(gsa, ['--https'], async ({ port, place }) => {
      const { file, sha256 } = place['certificate'] as { file: string; sha256: string }
      expect(sha256).toMatch(/^(?:[\dA-F]{2}:){31}[\dA-F]{2}$/)
      const pem = readFileSync(file)
      expect(pem.toString()).not.toContain('PRIVATE')
      expect(await trusted(port, pem, await google.createCode())).toBe(200)
    })
    expect(run.stdout).not.toContain('PRIVATE')
  })

  test('serves both addresses of localhost', async ({ gsa, google, skip }) => {
    needs({ skip }, 'IPv6')
    await serving(gsa, ['--https', '--host', 'localhost'], async ({ port, place }) => {
      const pem = readFileSync((place['certificate'] as { file: string }).file)
      for (const address of ['127.0.0.1', '::1'])
        expect(await trusted(port, pem, await google.createCode(), address)).toBe(200)
    })
  })

  test('serves with your own certificate', async ({ gsa, google }) => {
    const own = ownCertificate(['127.0.0.1'], Date.now())
    const [cert, key] = [gsa.file('cert.pem', own.cert), gsa.file('key.pem', own.key)]
    await serving(gsa, ['--cert', cert, '--key', key], async ({ port, place }) => {
      expect(place).toMatchObject({ url: `https://127.0.0.1:${port}/authcode`, certificate: null })
      expect(await trusted(port, readFileSync(join(gsa.folder, 'cert.pem')), await google.createCode())).toBe(200)
    })
  })

  test('says when a device does not trust the certificate, and when a client speaks http', async ({ gsa }) => {
    const run = await serving(gsa, ['--https'], async ({ port }) => {
      await expect(trusted(port, Buffer.from(''), 'x')).rejects.toThrow(/self-signed certificate/)
      await expect(send(`http://127.0.0.1:${port}/authcode`)).rejects.toThrow(/hang up|reset/)
    })
    expect(run.stderr).toContain('A client used http, but this port serves https.')
  })
})

describe('gsa serve withstands', () => {
  test('a body that comes too slowly', async ({ gsa, google }) => {
    await serving(gsa, [], async ({ port, post }) => {
      const slow = raw(port, rawPost('authCode=4/0A').slice(0, -5))
      // Meanwhile other clients are served.
      expect((await post({ authCode: await google.createCode() })).status).toBe(200)
      expect(await slow).toMatch(/^HTTP\/1\.1 408 /)
    })
  })

  test('a body that exceeds its announced length', async ({ gsa }) => {
    await serving(gsa, [], async ({ port }) => {
      const head = rawPost('', ['X-Requested-With: x', 'Transfer-Encoding: chunked']).replace(
        'Content-Length: 0\r\n',
        '',
      )
      const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
      expect(await raw(port, head, chunk, chunk)).toMatch(/^HTTP\/1\.1 413 /)
    })
  })

  test.for([
    ['something other than HTTP', 'hello\r\n\r\n', 400],
    ['an empty request line', '\r\n\r\n\r\n\r\n \r\n', 400],
    ['two lengths', rawPost('a=b', ['Content-Length: 7', 'X-Requested-With: x']), 400],
    ['both a length and chunks', rawPost('a=b', ['Transfer-Encoding: chunked', 'X-Requested-With: x']), 400],
    ['endless headers', `POST /authcode HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['two hosts', rawPost('', ['X-Requested-With: x', 'Host: evil.example']), 403],
  ] as const)('%s', async ([, bytes, status]) => {
    await withGsa(async (gsa, google) => {
      await serving(gsa, [], async ({ port, post }) => {
        expect(await raw(port, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
        expect((await post({ authCode: await google.createCode() })).status).toBe(200)
      })
    })
  })

  test('codes that come in one piece, and answers them in order', async ({ gsa, google }) => {
    const accounts = ['ada@example.com', 'grace@corp.example', 'ada@example.com']
    const codes = await Promise.all(accounts.map(async (account) => google.createCode({ account })))
    await serving(gsa, [], async ({ port }) => {
      const requests = codes.map((code, at) =>
        rawPost(`authCode=${code}`, ['X-Requested-With: x', ...(at === 2 ? ['Connection: close'] : [])]),
      )
      const answers = await raw(port, requests.join(''))
      expect([...answers.matchAll(/"email":"([^"]*)","account"/g)].map(([, email]) => email)).toEqual(accounts)
    })
    expect(tokenPosts(google)).toBe(3)
  })

  test('nonsense after a code, which is answered first', async ({ gsa, google }) => {
    const code = await google.createCode()
    await serving(gsa, [], async ({ port }) => {
      const answers = await raw(port, `${rawPost(`authCode=${code}`)}nonsense\r\n\r\n`)
      expect(answers).toMatch(/^HTTP\/1\.1 200 [^]*"email":"ada@example\.com"[^]*\}\n$/)
    })
  })

  test('a code after a refused request, by not sending what it could not answer', async ({ gsa, google }) => {
    const code = await google.createCode()
    await serving(gsa, [], async ({ port, post }) => {
      const refused = rawPost('authCode=4/0A', ['X-Unrelated: x'])
      const answer = await raw(port, refused + rawPost(`authCode=${code}`))
      expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['403'])
      expect(tokenPosts(google)).toBe(0)
      expect((await post({ authCode: code })).status).toBe(200)
    })
  })

  test('an app that disconnects before the response: the tokens are stored', async ({ gsa, google }) => {
    const code = await google.createCode()
    const run = await serving(gsa, [], async ({ port, post }) => {
      const socket = createConnection({ host: '127.0.0.1', port })
      socket.write(rawPost(`authCode=${code}`))
      google.arm({ on: 'token', fault: 'slow', seconds: 1 })
      await untilTokenPosts(google)
      socket.destroy()
      expect((await post({ authCode: code })).status).toBe(200)
    })
    expect(tokenPosts(google)).toBe(1)
    expect(run.exitCode).toBe(130)
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ account: { email: 'ada@example.com' } })
  })
})

test('Ctrl-C, by finishing a code that is being exchanged and answering the app', async ({ gsa, google }) => {
  const authCode = await google.createCode()
  google.arm({ on: 'token', fault: 'slow', seconds: 2 })
  let answering: Promise<RawAnswer> | undefined
  const run = await serving(gsa, [], async ({ post }) => {
    answering = post({ authCode })
    await untilTokenPosts(google)
    // The test's work ends here, which interrupts the run while it waits for the token response.
  })
  expect(run.exitCode).toBe(130)
  expect((await answering)?.status).toBe(200)
  expect((await gsa.run('whoami')).stdout).toContain('ada@example.com')
})
