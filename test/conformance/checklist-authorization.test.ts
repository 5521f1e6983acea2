import { createHash } from 'node:crypto'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect } from 'vitest'
import { freePort } from '../support/free-port.ts'
import type { Run } from '../support/harness.ts'
import { ask, type CallbackAnswer, callbackOf } from './callback.ts'
import { type FakeProvider, test } from './fake-provider.ts'

// Rules of the security checklist that no other test pins: the loopback listener (N), PKCE (P) and the request (O2, O6,
// O9, O11).

/** Returns whether something listens there. */
async function isOpen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 20_000 })
    const end = (open: boolean) => () => {
      socket.destroy()
      resolve(open)
    }
    socket.on('connect', end(true)).on('timeout', end(false)).on('error', end(false))
  })
}

const asked = (provider: FakeProvider, name: string): (string | null)[] =>
  provider.to('/authorize').map(({ query }) => query.get(name))
const sent = (provider: FakeProvider, name: string): (string | null)[] =>
  provider.to('/token').map(({ form }) => form.get(name))

describe('the login listener', () => {
  test('listens on 127.0.0.1 alone, and is gone when the login is over', async ({ run }) => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .map(({ address, scopeid }) => (scopeid ? `${address}%${scopeid}` : address))
      .filter((address) => address !== '127.0.0.1')
    let port = 0
    const open: string[] = []
    const result = await run('login', '--no-browser', '--json', {
      browser: async (url) => {
        port = Number(callbackOf(url).port)
        for (const address of ['127.0.0.1', '::1', '127.0.0.2', ...others])
          if (await isOpen(address, port)) open.push(address)
        await ask(callbackOf(url, { error: 'access_denied' }))
      },
    })
    expect(result.error['code']).toBe('consent_denied')
    expect(open).toEqual(['127.0.0.1'])
    expect(await isOpen('127.0.0.1', port)).toBe(false)
  })

  test('has another address for every login', async ({ provider, run }) => {
    for (let login = 0; login < 3; login++)
      expect((await run('login', '--no-browser', { browser: {} })).exitCode).toBe(0)
    const paths = asked(provider, 'redirect_uri').map((uri) => new URL(uri ?? '').pathname)
    expect(new Set(paths).size).toBe(3)
    for (const path of paths) expect(path).toMatch(/^\/[\w-]{22}$/)
  })

  test('never redirects, whatever it gets', async ({ run }) => {
    const answers: CallbackAnswer[] = []
    const elsewhere = { redirect_uri: 'https://evil.example', next: '//evil.example', url: 'https://evil.example' }
    await run('login', '--no-browser', {
      browser: async (url) => {
        const right = callbackOf(url, elsewhere)
        answers.push(
          await ask(new URL(`/?${right.searchParams.toString()}`, right)),
          await ask(new URL('/https://evil.example/', right)),
          await ask(callbackOf(url, { ...elsewhere, state: 'other', code: '4/0Astray' })),
          await ask(callbackOf(url, { ...elsewhere, error: 'access_denied' })),
        )
      },
    })
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 400, 400])
    for (const { headers, body } of answers) {
      expect(headers).not.toHaveProperty('location')
      expect(headers).not.toHaveProperty('refresh')
      expect(body).not.toContain('evil.example')
    }
  })

  test('accepts no access token in place of a code', async ({ gsa, provider, run }) => {
    const result = await run('login', '--no-browser', '--json', {
      browser: (url) => ask(callbackOf(url, { access_token: 'ya29', token_type: 'Bearer', expires_in: '3599' })),
    })
    expect(result).toMatchObject({ exitCode: 6, error: { code: 'authorization_response_invalid' } })
    expect(provider.to('/token')).toEqual([])
    expect(gsa.memory.size).toBe(0)
  })
})

describe('the page at the end of a login', () => {
  test('loads nothing, is not cached, sends no referrer, and removes the code from the address', async ({ run }) => {
    let page: CallbackAnswer | undefined
    await run('login', '--no-browser', {
      browser: async (url) => {
        page = await ask(callbackOf(url, { error: 'access_denied' }))
      },
    })
    expect(page?.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; /) as string,
    })
    expect(page?.body).toContain(`history.replaceState(null,'',location.pathname)`)
    // Nothing with an address except the empty icon.
    expect(page?.body.match(/\b(?:src|href|action|url)\s*[=(]\s*["']?[^"'>)]*/gi)).toEqual(['href="data:,'])
  })

  test('allows only its own script and style, by their hashes', async ({ run }) => {
    let page: CallbackAnswer | undefined
    await run('login', '--no-browser', {
      browser: async (url) => {
        page = await ask(callbackOf(url, { error: 'access_denied' }))
      },
    })
    for (const tag of ['script', 'style']) {
      const contents = [...(page?.body ?? '').matchAll(new RegExp(`<${tag}>([^]*?)</${tag}>`, 'g'))].map(
        ([, text]) => text,
      )
      expect(contents).toHaveLength(1)
      const hash = createHash('sha256')
        .update(contents[0] ?? '')
        .digest('base64')
      expect(page?.headers['content-security-policy']).toContain(`${tag}-src 'sha256-${hash}';`)
    }
  })

  test('shows server messages as text', async ({ run }) => {
    const hostile = `<script>alert(1)</script><img src=x onerror="alert(2)">&amp;'`
    let page: CallbackAnswer | undefined
    const result = await run('login', '--no-browser', '--json', {
      browser: async (url) => {
        page = await ask(callbackOf(url, { error: 'server_error', error_description: hostile }))
      },
    })
    expect(result.error['code']).toBe('authorization_refused')
    expect(page?.body).toContain(
      '&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;alert(2)&quot;&gt;&amp;amp;&#39;',
    )
    expect(page?.body.match(/<script/g)).toHaveLength(1)
    expect(page?.body).not.toContain('<img')
  })

  test('sends messages to no other window, and receives none', async ({ run }) => {
    const pages: string[] = []
    await run('login', '--no-browser', {
      browser: async (url) => {
        pages.push((await ask(callbackOf(url, { state: 'other', code: 'x' }))).body)
        pages.push((await ask(callbackOf(url, { error: 'access_denied' }))).body)
      },
    })
    for (const page of pages) expect(page).not.toMatch(/postMessage|addEventListener|onmessage|opener|parent\b/)
  })
})

describe('the authorization request', () => {
  test("uses S256 of a fresh verifier of 43 characters, whatever the server's metadata says", async ({
    provider,
    run,
  }) => {
    provider.misdeeds = { discovery: (document) => ({ ...document, code_challenge_methods_supported: ['plain'] }) }
    for (let login = 0; login < 2; login++)
      expect((await run('login', '--no-browser', { browser: {} })).exitCode).toBe(0)
    const verifiers = sent(provider, 'code_verifier').map((verifier) => verifier ?? '')
    for (const verifier of verifiers) expect(verifier).toMatch(/^[\w-]{43}$/)
    expect(new Set(verifiers).size).toBe(2)
    expect(asked(provider, 'code_challenge_method')).toEqual(['S256', 'S256'])
    expect(asked(provider, 'code_challenge')).toEqual(
      verifiers.map((verifier) => createHash('sha256').update(verifier).digest('base64url')),
    )
  })

  test('has a new state and nonce for every login', async ({ provider, run }) => {
    for (let login = 0; login < 3; login++) await run('login', '--no-browser', { browser: {} })
    const values = [...asked(provider, 'state'), ...asked(provider, 'nonce')]
    expect(new Set(values).size).toBe(6)
    for (const value of values) expect(value).toMatch(/^[\w-]{43}$/)
  })

  test('binds a desktop client by PKCE besides its secret, which it never contains', async ({ provider, run }) => {
    await run('login', '--no-browser', '--debug', { browser: {} })
    expect(sent(provider, 'client_secret')).toEqual(['GOCSPX-emulator-desktop'])
    expect(sent(provider, 'code_verifier')).toEqual([expect.stringMatching(/^.{43}$/)])
    expect(provider.to('/authorize')[0]?.query.toString()).not.toMatch(/GOCSPX|verifier/)
  })

  test('names the redirect URI that the token request repeats exactly', async ({ gsa, provider, run }) => {
    const registered = `http://localhost:${await freePort()}/a%2Fb?c=d`
    const web = { client_id: '1-a', client_secret: 's', redirect_uris: ['https://app.example/cb', registered] }
    for (const file of [gsa.desktopClient, gsa.file('web.json', JSON.stringify({ web }))])
      expect((await run('login', '--no-browser', '--client-secrets', file, { browser: {} })).exitCode).toBe(0)
    expect(sent(provider, 'redirect_uri')).toEqual(asked(provider, 'redirect_uri'))
    expect(sent(provider, 'redirect_uri')[1]).toBe(registered)
  })

  test('requests the named scopes and no others', async ({ provider, run }) => {
    await run('login', '--no-browser', { browser: {} })
    await run('login', '--no-browser', '--scope', 'openid', '--scope', 'drive.appfolder', { browser: {} })
    expect(asked(provider, 'scope')).toEqual([
      'openid email profile https://www.googleapis.com/auth/drive.appdata',
      'openid https://www.googleapis.com/auth/drive.appdata',
    ])
    expect(asked(provider, 'include_granted_scopes')).toEqual([null, null])
    expect(asked(provider, 'response_type')).toEqual(['code', 'code'])
  })
})

test('has no verifier for a code from elsewhere unless you give one', async ({ gsa, provider, run }) => {
  const exchange = async (code: string, ...flags: string[]): Promise<Run> =>
    run('exchange', '-', '--from', 'desktop', '--redirect-uri', 'http://127.0.0.1:9/', '--yes', ...flags, {
      stdin: code,
    })
  await exchange('4/0Aeffffffffffffffffffffffff')
  const verifier = 'v'.repeat(43)
  await exchange('4/0Aegggggggggggggggggggggggg', '--code-verifier-file', gsa.file('verifier', verifier))
  expect(sent(provider, 'code_verifier')).toEqual([null, verifier])
})
