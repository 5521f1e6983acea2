import { request } from 'node:http'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { configure, sendJson } from '../emulator/raw-http.ts'
import { freePort, holding } from '../support/free-port.ts'
import { type Gsa, test, withGsa } from '../support/harness.ts'
import { needs } from '../support/system-parts.ts'

/** Sends a plain request with the given Host header; returns status and body. */
function ask(url: URL, options: { method?: string; host?: string } = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: options.method ?? 'GET', headers: options.host === undefined ? {} : { host: options.host } },
      (response) => {
        let body = ''
        response
          .on('data', (chunk: Buffer) => (body += chunk.toString()))
          .on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    outgoing.on('error', reject).end()
  })
}

const redirectUriOf = (authorizationUrl: string): URL =>
  new URL(new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '')
const stateOf = (authorizationUrl: string): string => new URL(authorizationUrl).searchParams.get('state') ?? ''

/** Returns the redirect URL with these parameters, as a browser would be sent to it. */
function redirect(authorizationUrl: string, parameters: readonly (readonly [string, string])[]): URL {
  const url = redirectUriOf(authorizationUrl)
  for (const [name, value] of parameters) url.searchParams.append(name, value)
  return url
}

describe('gsa login', () => {
  test('requests offline access with PKCE, state and nonce, and stores the tokens', async ({ gsa, google }) => {
    const result = await gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, {
      browser: {},
    })
    expect(result.exitCode).toBe(0)
    expect(result.json).toMatchObject({
      account: { email: 'ada@example.com', name: 'Ada Lovelace' },
      scopes: { missing: [] },
      refreshToken: { received: true, stored: true },
      idToken: { verified: true },
      warnings: [],
    })
    const asked = google.requests().find(({ path }) => path === '/o/oauth2/v2/auth')?.query
    expect(asked).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', access_type: 'offline' })
    expect(asked?.['redirect_uri']).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}$/)
    expect(asked?.['state']).toMatch(/^[\w-]{43}$/)
    expect(asked?.['nonce']).toMatch(/^[\w-]{43}$/)
    expect(asked?.['code_challenge']).toMatch(/^[\w-]{43}$/)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('shows the account, the scopes and the next command in the browser, after storing everything', async ({
    gsa,
  }) => {
    let storedBefore = 0
    let page = ''
    const result = await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, {
      browser: async (url) => {
        page = (await answerConsent(url, { decision: 'allow' })).body
        storedBefore = gsa.memory.size
      },
    })
    expect(result.exitCode).toBe(0)
    expect(storedBefore).toBeGreaterThan(0)
    expect(page).toContain('Logged in as ada@example.com')
    expect(page).toContain('drive.appdata')
    expect(page).toContain('gsa drive ls-appfolder')
    expect(result.stderr).toMatch(/\nNext: gsa drive ls-appfolder\n$/)
  })

  test('escapes a character in a name that would reverse the text around it, also on the page', async ({
    gsa,
    google,
  }) => {
    const email = 'ad\u061ca\u{e0041}@example.com'
    await sendJson(`${google.controlUrl}/accounts`, { email, name: 'x' })
    let page = ''
    const result = await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, {
      browser: async (url) => {
        page = (await answerConsent(url, { decision: 'allow', account: email })).body
      },
    })
    expect(result.stdout).toContain('ad\\u061ca\\u{e0041}@example.com')
    expect(page).toContain('ad\\u061ca\\u{e0041}@example.com')
    expect(page + result.stdout + result.stderr).not.toMatch(/[\u061c\u{e0041}]/u)
  })

  test('suggests the access token next if the app folder is not among the scopes', async ({ gsa }) => {
    let page = ''
    const args = ['--no-browser', '--client-secrets', gsa.desktopClient, '--scope', 'openid', '--scope', 'email']
    const result = await gsa.run('login', ...args, {
      browser: async (url) => {
        page = (await answerConsent(url, { decision: 'allow' })).body
      },
    })
    expect(result.stderr).toMatch(/\nNext: gsa token\n$/)
    expect(page).toContain('<code>gsa token</code>')
  })

  test('exits with 4 when consent is denied', async ({ gsa, google }) => {
    let page = ''
    const result = await gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, {
      browser: async (url) => {
        page = (await answerConsent(url, { decision: 'deny' })).body
      },
    })
    expect(result.exitCode).toBe(4)
    expect(result.error['code']).toBe('consent_denied')
    expect(page).toContain('Consent denied')
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(0)
    expect(gsa.memory.size).toBe(0)
  })

  test('warns of unticked scopes', async ({ gsa }) => {
    const result = await gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, {
      browser: { scopes: ['openid', 'email'] },
    })
    expect(result.json).toMatchObject({
      scopes: { missing: ['profile', 'https://www.googleapis.com/auth/drive.appdata'] },
    })
    expect(result.json['warnings']).toContainEqual(expect.objectContaining({ code: 'scopes_missing' }))
  })

  test('works with a web client through its registered redirect URI, and not without one', async ({ gsa, google }) => {
    const result = await gsa.run('login', '--no-browser', '--json', { browser: {} })
    expect(result.exitCode).toBe(0)
    const sent = google.requests().flatMap(({ query, form }) => query['redirect_uri'] ?? form['redirect_uri'] ?? [])
    expect(new Set(sent)).toEqual(new Set(['http://localhost:8080/oauth2callback']))
    const none = gsa.file(
      'none.json',
      JSON.stringify({ web: { client_id: '1-a', client_secret: 's', redirect_uris: ['https://app.example.com/cb'] } }),
    )
    for (const [port, wanted] of [
      [[], 'http://127.0.0.1:8080/oauth2callback'],
      [['--port', '9004'], 'http://127.0.0.1:9004/oauth2callback'],
    ] as const) {
      const refused = await gsa.run('login', '--no-browser', '--json', '--client-secrets', none, ...port)
      expect(refused.exitCode).toBe(2)
      expect(refused.error).toMatchObject({
        code: 'loopback_redirect_uri_missing',
        fix: expect.stringContaining(`Register ${wanted} for the client`) as string,
      })
    }
  })

  test('suggests the next command for the account that has just logged in', async ({ gsa, google }) => {
    const login = ['login', '--no-browser', '--client-secrets', gsa.desktopClient]
    expect((await gsa.run(...login, { browser: {} })).stderr).toMatch(/^Next: gsa drive ls-appfolder$/m)
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    let page = ''
    const browser = async (url: string): Promise<void> => {
      page = (await answerConsent(url)).body
    }
    const { stderr } = await gsa.run(...login, { browser })
    const next = 'gsa drive ls-appfolder --account ada@example.com/100000000001-desktop'
    expect(stderr).toContain(`\nNext: ${next}\n`)
    expect(page.replace(/<\/?span>/g, '')).toContain(next)
    expect(page).toContain('<h1>Logged in as ada@example.com</h1>')
    expect(page).toContain(`client 100000000001-desktop<br>server ${google.issuer}`)
    expect((await gsa.run(...next.split(' ').slice(1))).exitCode).toBe(0)
  })

  test('says in the browser why a login failed, and what to do', async ({ gsa, google }) => {
    google.arm({ on: 'token', fault: 'invalid-client-secret' })
    let page = ''
    const browser = async (url: string): Promise<void> => {
      page = (await answerConsent(url)).body
    }
    const run = await gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, { browser })
    expect(run).toMatchObject({ exitCode: 5, error: { code: 'client_refused' } })
    expect(page).toContain('<h1>Login failed</h1>')
    expect(page).toContain('The provided client secret is invalid')
    expect(page).toContain('<strong>What to do:</strong> Add a secret to the client')
  })

  test('knows its client again once an account is stored', async ({ gsa }) => {
    await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, { browser: {} })
    const again = await gsa.run('login', '--no-browser', '--json', {
      env: { GSA_CLIENT_SECRETS: undefined },
      browser: {},
    })
    expect(again.exitCode).toBe(0)
    expect(again.json['clientId']).toBe('100000000001-desktop.apps.googleusercontent.com')
  })

  test('refuses requests that are not its response, and keeps waiting', async ({ gsa }) => {
    const statuses: number[] = []
    const result = await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, {
      browser: async (url) => {
        const uri = redirectUriOf(url)
        const state = stateOf(url)
        for (const [target, options] of [
          [new URL('/favicon.ico', uri), {}],
          [new URL('/', uri), {}],
          [uri, { method: 'POST' }],
          [uri, { host: 'evil.example' }],
          [redirect(url, [['code', 'x']]), {}],
          [
            redirect(url, [
              ['code', 'x'],
              ['state', 'other'],
            ]),
            {},
          ],
          [
            redirect(url, [
              ['code', 'x'],
              ['state', state],
            ]),
            { host: 'localhost' },
          ],
        ] as const)
          statuses.push((await ask(target, options)).status)
        await answerConsent(url, { decision: 'allow' })
      },
    })
    expect(statuses).toEqual([404, 404, 405, 403, 400, 400, 403])
    expect(result.exitCode).toBe(0)
    expect(result.stderr.match(/Ignored a response that belongs to another login \((.*)\)/g)).toEqual([
      'Ignored a response that belongs to another login (it has no state)',
      'Ignored a response that belongs to another login (its state belongs to another login)',
    ])
  })

  test('answers the same response twice with the same page', async ({ gsa, google }) => {
    let pages: Promise<{ status: number; body: string }[]> | undefined
    const result = await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, {
      browser: async (url) => {
        // Slow keys leave time for a second tab.
        google.arm({ on: 'certs', fault: 'http-503' })
        const location = await answerConsentUpTo(url)
        pages = Promise.all([ask(location), ask(location)])
        await pages
      },
    })
    expect(result.exitCode).toBe(0)
    const [first, second] = (await pages) ?? []
    expect(first).toMatchObject({ status: 200, body: expect.stringContaining('Logged in as 110000000000000000001') })
    expect(second).toEqual(first)
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test.each([
    [
      'a duplicate state',
      [
        ['state', 'STATE'],
        ['state', 'x'],
        ['code', 'x'],
      ],
    ],
    [
      'two codes',
      [
        ['state', 'STATE'],
        ['code', 'x'],
        ['code', 'y'],
      ],
    ],
    [
      'a foreign issuer',
      [
        ['state', 'STATE'],
        ['code', 'x'],
        ['iss', 'https://evil.example'],
      ],
    ],
    [
      'a foreign issuer with an error',
      [
        ['state', 'STATE'],
        ['error', 'access_denied'],
        ['iss', 'https://evil.example'],
      ],
    ],
    [
      'a code and an error',
      [
        ['state', 'STATE'],
        ['code', 'x'],
        ['error', 'access_denied'],
      ],
    ],
    ['neither a code nor an error', [['state', 'STATE']]],
  ] as const)('exits with 6 for a response with %s', async (_, parameters) => {
    await withGsa(async (gsa, google) => {
      const result = await gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, {
        browser: (url) =>
          ask(
            redirect(
              url,
              parameters.map(([name, value]) => [name, value === 'STATE' ? stateOf(url) : value] as const),
            ),
          ),
      })
      expect(result.exitCode).toBe(6)
      expect(result.error['code']).toBe('authorization_response_invalid')
      expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(0)
    })
  })

  test('says when only responses to other logins arrived', async ({ gsa }) => {
    const result = await gsa.run(
      'login',
      '--no-browser',
      '--json',
      '--timeout',
      '1s',
      '--client-secrets',
      gsa.desktopClient,
      {
        timeIsUpWhen: /Open this address/,
        browser: (url) =>
          ask(
            redirect(url, [
              ['code', 'x'],
              ['state', 'other'],
            ]),
          ),
      },
    )
    expect(result.exitCode).toBe(6)
    expect(result.error['code']).toBe('state_mismatch')
  })

  test('gives up after its timeout', async ({ gsa }) => {
    const result = await gsa.run(
      'login',
      '--no-browser',
      '--json',
      '--timeout',
      '1s',
      '--client-secrets',
      gsa.desktopClient,
      { timeIsUpWhen: /Open this address/ },
    )
    expect(result.exitCode).toBe(4)
    expect(result.error).toMatchObject({ code: 'login_timed_out', details: { seconds: 1 } })
  })

  test('stops at Ctrl-C', async ({ gsa }) => {
    const result = await gsa.run('login', '--no-browser', '--client-secrets', gsa.desktopClient, {
      interruptWhen: /Open this address/,
    })
    expect(result.exitCode).toBe(130)
    expect(result.stderr).toContain('Interrupted.')
    expect(gsa.memory.size).toBe(0)
  })

  test('names the busy port', async ({ gsa, google }) => {
    const { port } = new URL(google.issuer)
    const result = await gsa.run(
      'login',
      '--no-browser',
      '--json',
      '--port',
      port,
      '--client-secrets',
      gsa.desktopClient,
    )
    expect(result.exitCode).toBe(2)
    expect(result.error).toMatchObject({ code: 'port_busy', details: { port: Number(port) } })
  })

  describe('with a localhost redirect URI', () => {
    /** Registers a Google web client whose only redirect URI has a free port of localhost. */
    async function localhostClient(gsa: Gsa, google: Emulator): Promise<{ port: number; file: string }> {
      const port = await freePort()
      const redirectUris = [`http://localhost:${port}/oauth2callback`]
      await configure(google, 'POST clients', { type: 'web', clientId: '1-localhost', clientSecret: 's', redirectUris })
      const web = { client_id: '1-localhost', client_secret: 's', redirect_uris: redirectUris }
      return { port, file: gsa.file('localhost.json', JSON.stringify({ web })) }
    }

    test.for(['127.0.0.1', '[::1]'])('listens for the browser at %s', async (address, { gsa, google, skip }) => {
      needs({ skip }, 'IPv6')
      const { port, file } = await localhostClient(gsa, google)
      let page = ''
      const result = await gsa.run('login', '--no-browser', '--client-secrets', file, {
        browser: async (url) => {
          const location = await answerConsentUpTo(url)
          const { host } = location
          location.hostname = address
          expect((await ask(location, { host: `localhost.example:${port}` })).status).toBe(403)
          page = (await ask(location, { host })).body
        },
      })
      expect(result.exitCode, result.stderr).toBe(0)
      expect(page).toContain('Logged in as 110000000000000000001')
      // Both addresses are free again.
      for (const own of ['127.0.0.1', '::1']) await holding({ host: own, port }, async () => undefined)
    })

    test('refuses to start where another program has the other address, and says what to do', async ({
      gsa,
      google,
      skip,
    }) => {
      needs({ skip }, 'IPv6')
      const { port, file } = await localhostClient(gsa, google)
      await holding({ host: '::1', port }, async () => {
        const result = await gsa.run('login', '--no-browser', '--client-secrets', file)
        expect(result.exitCode).toBe(2)
        expect(result.stderr).toContain(`Another program listens on [::1]:${port}`)
        expect(result.stderr).toContain('use 127.0.0.1 instead of localhost')
        expect(result.stderr).not.toContain('Open this address')
        // A client with an IP address instead is unaffected.
        const address = `http://127.0.0.1:${port}/cb`
        const client = { type: 'web', clientId: '1-address', clientSecret: 's', redirectUris: [address] }
        await configure(google, 'POST clients', client)
        const web = { client_id: '1-address', client_secret: 's', redirect_uris: [address] }
        const secrets = gsa.file('address.json', JSON.stringify({ web }))
        const login = await gsa.run('login', '--no-browser', '--client-secrets', secrets, { browser: {} })
        expect(login.exitCode, login.stderr).toBe(0)
      })
      const json = await holding({ host: '127.0.0.1', port }, () =>
        gsa.run('login', '--no-browser', '--json', '--client-secrets', file),
      )
      expect(json.error).toMatchObject({ code: 'port_busy', details: { port } })
    })
  })

  test('continues without a browser, and says that none could be opened', async ({ gsa }) => {
    const result = await gsa.run(
      'login',
      '--timeout',
      '1s',
      '--browser',
      '/nonexistent/browser',
      '--client-secrets',
      gsa.desktopClient,
      { timeIsUpWhen: /Cannot open a browser/ },
    )
    expect(result.exitCode).toBe(4)
    expect(result.stderr).toMatch(/Cannot open a browser/)
  })
})

/** Answers the consent page, stops before the redirect URI, and returns where the browser would go. */
async function answerConsentUpTo(authorizationUrl: string): Promise<URL> {
  const html = await (await fetch(authorizationUrl)).text()
  const asked = /name="request" value="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const body = new URLSearchParams({ request: asked, account: 'ada@example.com', scope: 'openid', decision: 'allow' })
  const response = await fetch(new URL('/signin/oauth/consent', authorizationUrl), {
    method: 'POST',
    body,
    redirect: 'manual',
  })
  return new URL(response.headers.get('location') ?? '')
}
