import { readdirSync, readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test as plainTest } from 'vitest'
import { certificatePem } from '../../src/emulator/keys/certificate.ts'
import { createHttp } from '../../src/http/request.ts'
import type { AuthorizationServer } from '../../src/oauth/authorization-server.ts'
import { serverJwks } from '../../src/oauth/jwks.ts'
import type { Run } from '../support/harness.ts'
import { startHttpServer } from '../support/http-server.ts'
import { type FakeProvider, sendJson, test } from './fake-provider.ts'
import { rsaKeyPair } from '../support/key-pair.ts'

// Rules of the security checklist that no other test pins: the token endpoint (O), revocation (V) and ID tokens (I).

const codePosts = (provider: FakeProvider): number =>
  provider.to('/token').filter(({ form }) => form.get('grant_type') === 'authorization_code').length

type Answer = (response: ServerResponse, form: URLSearchParams) => void

const json =
  (body: unknown, status = 200): Answer =>
  (response) =>
    sendJson(response, status, body)
const text =
  (body: string, type = 'application/json'): Answer =>
  (response) =>
    response.writeHead(200, { 'content-type': type }).end(body)

const good = { access_token: 'ya29', token_type: 'Bearer', expires_in: 3599 }

const refusedAnswers: readonly (readonly [string, Answer, number, string])[] = [
  ['an error with status 200', json({ error: 'invalid_grant' }), 5, 'code_refused'],
  ['a web page with status 200', text('<!doctype html><title>Free WLAN</title>', 'text/html'), 3, 'code_fate_unknown'],
  ['JSON with a text content type', text(JSON.stringify(good), 'text/plain'), 3, 'code_fate_unknown'],
  ['a list', json([good]), 3, 'code_fate_unknown'],
  ['a truncated object', text(JSON.stringify(good).slice(0, 30)), 3, 'code_fate_unknown'],
  [
    'shorter than announced',
    (response) => response.writeHead(200, { 'content-length': '900' }).write('{', () => response.destroy()),
    3,
    'code_fate_unknown',
  ],
  ['two megabytes', text(JSON.stringify({ ...good, more: 'x'.repeat(2_000_000) })), 3, 'code_fate_unknown'],
  ['no access token', json({ ...good, access_token: undefined }), 3, 'code_fate_unknown'],
  ['an access token that is a number', json({ ...good, access_token: 7 }), 3, 'code_fate_unknown'],
  ['an access token with a line break', json({ ...good, access_token: 'a\r\nx: y' }), 3, 'code_fate_unknown'],
  ['a refresh token that is a list', json({ ...good, refresh_token: ['x'] }), 3, 'code_fate_unknown'],
  ['no token type', json({ ...good, token_type: undefined }), 3, 'code_fate_unknown'],
  ['another token type', json({ ...good, token_type: 'DPoP' }), 3, 'code_fate_unknown'],
  ['a lifetime as text', json({ ...good, expires_in: '3599' }), 3, 'code_fate_unknown'],
  ['a lifetime beyond the calendar', json({ ...good, expires_in: 1e300 }), 3, 'code_fate_unknown'],
  ['a scope that is a list', json({ ...good, scope: ['openid'] }), 3, 'code_fate_unknown'],
  ['status 500', json({ error: 'internal_failure' }, 500), 3, 'code_fate_unknown'],
  [
    'status 503 with Retry-After',
    (response) => sendJson(response, 503, {}, { 'retry-after': '0' }),
    3,
    'code_fate_unknown',
  ],
  ['a redirect', (response) => response.writeHead(307, { location: '/elsewhere' }).end(), 3, 'code_fate_unknown'],
  ['no response and a broken connection', (response) => response.destroy(), 3, 'code_fate_unknown'],
]

/** Exchanges a code: a login's tokens are useless here, and only the first response matters. */
async function exchange(run: (...args: (string | { stdin: string })[]) => Promise<Run>): Promise<Run> {
  const flags = ['--from', 'desktop', '--redirect-uri', 'http://127.0.0.1:9/', '--json']
  return run('exchange', '-', ...flags, { stdin: '4/0Aeffffffffffffffffffffffff' })
}

describe('the response to a code', () => {
  for (const [what, answer, exitCode, code] of refusedAnswers) {
    test(`that is ${what} fails with ${code}, nothing is stored, and the code is sent once`, async ({
      gsa,
      provider,
      run,
    }) => {
      provider.misdeeds = {
        instead: ({ path, form }, response) => {
          if (path === '/token') answer(response, form)
          return path === '/token'
        },
      }
      const result = await exchange(run)
      expect(result.exitCode, result.stderr).toBe(exitCode)
      expect(result).toMatchObject({ stdout: '', error: { code } })
      expect(codePosts(provider)).toBe(1)
      expect(provider.to('/elsewhere')).toEqual([])
      expect(gsa.memory.size).toBe(0)
    })
  }

  test('may have the scopes in another order and under other names, and unknown members', async ({ provider, run }) => {
    const prefix = 'https://www.googleapis.com/auth/'
    provider.misdeeds = {
      tokenResponse: (body) => ({
        ...body,
        token_type: 'bEARER',
        scope: `${prefix}drive.appdata  ${prefix}userinfo.profile openid ${prefix}userinfo.email`,
        unknown: { member: true },
      }),
    }
    const result = await run('login', '--no-browser', '--json', { browser: {} })
    expect(result).toMatchObject({ exitCode: 0, json: { scopes: { missing: [] }, warnings: [] } })
  })

  test('does not show the code, the client secret or the refresh token, even where the server repeats them', async ({
    provider,
    run,
  }) => {
    await run('login', '--no-browser', { browser: {} })
    provider.misdeeds = {
      instead: ({ path, form }, response) => {
        if (path !== '/token') return false
        const repeated = ['code', 'client_secret', 'refresh_token', 'code_verifier'].map((name) => form.get(name) ?? '')
        sendJson(response, 400, { error: 'invalid_request', error_description: `bad request: ${repeated.join(' ')}` })
        return true
      },
    }
    for (const flags of [['--json'], ['--debug']]) {
      // The harness looks for secrets on both streams.
      expect((await run('login', '--no-browser', ...flags, { browser: {} })).exitCode).toBe(5)
      expect((await run('refresh', ...flags)).exitCode).toBe(5)
    }
  })
})

describe('a server with https', () => {
  test('is not contacted with an untrusted certificate', async ({ run }) => {
    const { publicKey, privateKey } = rsaKeyPair()
    const key = privateKey.export({ format: 'pem', type: 'pkcs8' })
    let requests = 0
    const server = createTlsServer({ key, cert: certificatePem(publicKey, privateKey) }, (_, response) => {
      requests++
      response.end('{}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const result = await run('login', '--no-browser', '--json', { env: { GSA_ISSUER: issuer } })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(result).toMatchObject({ exitCode: 3, stdout: '', error: { code: 'tls_failed' } })
    expect(requests).toBe(0)
  })
})

plainTest('the only grant types are authorization code, device code and refresh token', () => {
  const folder = join(import.meta.dirname, '../../src')
  // These modules answer, print, show or explain such requests, or send made-up ones to compare the refusals.
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) => file.endsWith('.ts') && !/^(?:comparison|emulator|snippets|diagnosis|failures|flows)\b/.test(file),
    )
    .map((file) => readFileSync(join(folder, file), 'utf8'))
  const grants = sources.flatMap((source) =>
    [...source.matchAll(/\bgrant_type\b'?\s*[:=]\W*([\w:-]+)/g)].map(([, grant]) => grant),
  )
  const device = 'urn:ietf:params:oauth:grant-type:device_code'
  expect(new Set(grants)).toEqual(new Set(['authorization_code', 'refresh_token', device]))
})

test('a whole session with --debug shows no secret and asks no endpoint for claims that a signature must prove', async ({
  provider,
  run,
}) => {
  expect((await run('login', '--no-browser', '--debug', { browser: {} })).exitCode).toBe(0)
  expect((await run('refresh', '--debug')).exitCode).toBe(0)
  provider.misdeeds = { idToken: (draft) => ({ ...draft, claims: { ...draft.claims, aud: 'other' } }) }
  expect((await run('refresh', '--debug')).exitCode).toBe(6)
  await run('drive', 'ls-appfolder', '--debug')
  await run('revoke', '--yes', '--debug')
  const paths = new Set(provider.requests.map(({ path }) => path.replace(/^\/keys-.*/, '/keys')))
  const known = ['/.well-known/openid-configuration', '/authorize', '/keys', '/token', '/drive/v3/files', '/revoke']
  expect(paths).toEqual(new Set(known))
})

test('an endpoint with an invalid percent-encoding is used unchanged, and logged', async ({ provider, run }) => {
  provider.misdeeds = { discovery: (document) => ({ ...document, token_endpoint: `${provider.issuer}/token?a=%zz` }) }
  const result = await run('login', '--no-browser', '--debug', { browser: {} })
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.stderr).toContain('/token?a=[value, 3 characters]')
})

test('a redirect from the server is logged without query and fragment', async ({ provider, run }) => {
  const location = 'https://evil.example/there#access_token=hidden'
  provider.misdeeds = {
    instead: ({ path }, response) => {
      if (path === '/token') response.writeHead(302, { location }).end()
      return path === '/token'
    },
  }
  const result = await run('login', '--no-browser', '--debug', { browser: {} })
  expect(result.stderr).toContain('https://evil.example/there')
  expect(result.stderr).not.toContain('hidden')
})

describe('a revocation', () => {
  test('sends the refresh token in the body', async ({ provider, run }) => {
    await run('login', '--no-browser', { browser: {} })
    expect((await run('revoke', '--yes')).exitCode).toBe(0)
    const [sent] = provider.to('/revoke')
    expect(sent).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
    expect(sent?.form.get('token')).toMatch(/^1\/\/0/)
    expect(sent?.query.toString()).toBe('')
  })

  test('is retried only when the server asks for it with 503 and Retry-After', async ({ provider, run }) => {
    const counts: number[] = []
    for (const [status, headers] of [
      [500, {}],
      [503, {}],
      [429, {}],
      [503, { 'retry-after': '0' }],
    ] as const) {
      provider.misdeeds = {}
      await run('login', '--no-browser', { browser: {} })
      let attempts = 0
      provider.misdeeds = {
        instead: ({ path }, response) => {
          if (path !== '/revoke' || ++attempts > 1) return false
          sendJson(response, status, {}, headers)
          return true
        },
      }
      await run('revoke', '--yes')
      counts.push(attempts)
    }
    expect(counts).toEqual([1, 1, 1, 2])
  })
})

describe('the ID token of a refresh', () => {
  const misfits = [
    ['is for another client', { aud: 'other' }, 'aud'],
    ['was issued a week ago', { iat: Math.floor(Date.now() / 1000) - 7 * 86_400 }, 'iat'],
    ['has the hash of another access token', { at_hash: 'piwt8oCH-K2D9pXlaS1Y-w' }, 'at_hash'],
  ] as const
  for (const [what, change, check] of misfits) {
    test(`that ${what} is refused, and the account stays unchanged`, async ({ gsa, provider, run }) => {
      await run('login', '--no-browser', { browser: {} })
      const before = [...gsa.memory]
      provider.misdeeds = { idToken: (draft) => ({ ...draft, claims: { ...draft.claims, ...change } }) }
      const result = await run('refresh', '--json')
      expect(result.exitCode, result.stderr).toBe(6)
      expect(result.error).toMatchObject({ code: 'id_token_invalid', details: { check } })
      expect([...gsa.memory]).toEqual(before)
    })
  }
})

describe("a server's text", () => {
  // Moves the cursor, rewrites the line, forges a link, reverses the reading direction.
  const hostile = '\u001b[2K\r\u001b]8;;https://evil.example\u0007ada\u001b]8;;\u0007\u009b1A\u202e@example.com'
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

  test('cannot move the cursor in the names and values of claims', async ({ provider, run }) => {
    provider.misdeeds = {
      idToken: (draft) => ({
        ...draft,
        claims: { ...draft.claims, email: hostile, name: hostile, [hostile]: hostile },
      }),
    }
    const shown = await run('login', '--no-browser', '--show-tokens', { browser: {}, printsSecrets: true })
    expect(shown.exitCode, shown.stderr).toBe(0)
    const idToken = /id_token\s+(\S+)/.exec(shown.stdout)?.[1] ?? ''
    const runs = [
      shown,
      await run('whoami'),
      await run('accounts'),
      await run('accounts', '--json'),
      await run('refresh'),
      await run('id-token', 'verify', '-', { stdin: idToken }),
      await run('id-token', 'verify', '-', '--json', { stdin: idToken }),
      await run('refresh', '--account', 'nobody'),
      await run('logout'),
    ]
    for (const { stdout, stderr } of runs) expect(stdout + stderr).not.toMatch(control)
  })

  test('cannot move the cursor in an error', async ({ provider, run }) => {
    provider.misdeeds = {
      instead: ({ path }, response) => {
        if (path !== '/token') return false
        sendJson(response, 400, { error: hostile, error_description: hostile, [hostile]: hostile })
        return true
      },
    }
    for (const flags of [[], ['--json'], ['--debug']]) {
      const { exitCode, stderr } = await run('login', '--no-browser', ...flags, { browser: {} })
      expect(exitCode).toBe(5)
      expect(stderr).not.toMatch(control)
    }
  })

  test('cannot move the cursor at the question whether to store an account', async ({ provider, run }) => {
    provider.misdeeds = {
      idToken: (draft) => ({ ...draft, claims: { ...draft.claims, nonce: undefined, email: hostile } }),
    }
    let code = ''
    await run('login', '--no-browser', {
      timeIsUpWhen: /Open this address/,
      browser: async (url) => {
        const answer = await fetch(url, { redirect: 'manual' })
        code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? ''
      },
    })
    const { stderr } = await run('exchange', code, '--from', 'desktop', '--redirect-uri', 'http://127.0.0.1:9/', {
      typing: [
        [/Store it\?/, 'n\r'],
        [/Revoke the token/, 'n\r'],
      ],
    })
    expect(stderr).toContain('Store it?')
    // The question itself is drawn with escape sequences, but none of these.
    for (const piece of ['evil.example\u0007', '\u009b', '\u202e']) expect(stderr).not.toContain(piece)
  })

  test('or pasted text cannot move the cursor', async ({ run }) => {
    const stdin = `http://127.0.0.1:9/\u001b]8;;https://evil.example\u0007\u202e\u009b1A?code=4/0Aeffffffffffffffffffffffff`
    const { stderr } = await run('exchange', '-', { stdin })
    expect(stderr).not.toMatch(control)
  })
})

plainTest('keys requested twice at the same time are fetched once', async () => {
  let requests = 0
  const origin = await startHttpServer((_, response) => {
    requests++
    setTimeout(() => sendJson(response, 200, { keys: [{ kid: 'one' }] }, { 'cache-control': 'max-age=3600' }), 20)
  })
  const jwksUri = new URL('/certs', origin)
  const remembered = new Map<string, string>()
  const source = {
    http: createHttp({ userAgent: 'test', signal: new AbortController().signal }),
    server: { jwksUri } as AuthorizationServer,
    keyCache: {
      read: (uri: string) => (remembered.has(uri) ? Buffer.from(remembered.get(uri) ?? '') : undefined),
      write: (uri: string, content: string) => remembered.set(uri, content),
    },
    now: Date.now,
  }
  const answers = await Promise.all([serverJwks(source), serverJwks(source), serverJwks(source)])
  expect(answers.map(({ keys }) => keys)).toEqual(Array.from({ length: 3 }, () => [{ kid: 'one' }]))
  expect(requests).toBe(1)
})
