import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { type Gsa, type Run, type RunOptions, test, withGsa } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

/** A user who logs in on one machine with a browser on another. */
interface RemoteUser {
  /** Runs `gsa login --start`, which must work, and returns the address. */
  start(...args: readonly (string | RunOptions)[]): Promise<string>
  /** Runs `gsa login --finish` without a client secrets file. */
  finish(...args: readonly (string | RunOptions)[]): Promise<Run>
  run(...args: readonly (string | RunOptions)[]): Promise<Run>
  /** Returns the values in the store. */
  items(): string[]
}

function remoteUser(gsa: Gsa): RemoteUser {
  const { env, items } = lastingStore(gsa)
  const run = async (...args: readonly (string | RunOptions)[]): Promise<Run> => {
    const options = args.find((arg) => typeof arg !== 'string') ?? {}
    const argv = args.filter((arg) => typeof arg === 'string')
    return gsa.run(...argv, { ...options, env: { ...env, ...options.env } })
  }
  return {
    run,
    items,
    async start(...args) {
      const started = await run('login', '--start', '--client-secrets', gsa.desktopClient, ...args)
      expect(started.exitCode, started.stderr).toBe(0)
      return started.stdout.trimEnd()
    },
    finish: async (...args) => {
      const options = args.find((arg) => typeof arg !== 'string') ?? {}
      const argv = args.filter((arg) => typeof arg === 'string')
      return run('login', '--finish', ...argv, {
        ...options,
        env: { GSA_CLIENT_SECRETS: undefined, ...options.env },
      })
    },
  }
}

/** Returns the address on which the other machine's browser ends. */
async function landing(authorizationUrl: string, answer: Parameters<typeof answerConsent>[1] = {}): Promise<string> {
  const { status, url } = await answerConsent(authorizationUrl, { decision: 'allow', ...answer })
  // Nothing listens there.
  expect(status).toBe(0)
  return url
}

const tokenRequests = (google: Emulator): number => google.requests().filter(({ path }) => path === '/token').length

const htmlText = (text: string): string => text.replaceAll('&', '&amp;')
const powerShellText = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le')

const minutes = (count: number) => (): number => Date.now() + count * 60_000

describe('gsa login --start', () => {
  test('prints only the address, and says what will happen in the browser', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const started = await user.run('login', '--start', '--client-secrets', gsa.desktopClient)
    expect(started.exitCode).toBe(0)
    expect(started.stdout).toMatch(/^http:\/\/\S+\n$/)
    const redirectUri = new URL(new URL(started.stdout).searchParams.get('redirect_uri') ?? '')
    expect(redirectUri.href).toMatch(/^http:\/\/127\.0\.0\.1:\d{5}\/[\w-]{22}$/)
    expect(started.stderr).toContain(
      `cannot open a page on ${redirectUri.host}.\nThis is expected: nothing listens there.`,
    )
    expect(started.stderr).toContain('Copy the whole address from the address\nbar')
    expect(started.stderr).toContain('within 10 minutes')
    expect(started.stderr).toMatch(/^ {2}gsa login --finish$/m)
  })

  test('requests offline access with PKCE, state and nonce, and stores them in one item of the store', async ({
    gsa,
  }) => {
    const user = remoteUser(gsa)
    const url = new URL(await user.start('--expect-email', 'ada@example.com'))
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
      access_type: 'offline',
    })
    const [item = ''] = user.items()
    expect(user.items()).toHaveLength(1)
    expect(item.length).toBeLessThanOrEqual(1200)
    expect(JSON.parse(item)).toMatchObject({
      redirect_uri: url.searchParams.get('redirect_uri'),
      scope: url.searchParams.get('scope'),
      state: url.searchParams.get('state'),
      nonce: url.searchParams.get('nonce'),
      code_verifier: expect.stringMatching(/^[\w-]{43}$/) as string,
      expect_email: 'ada@example.com',
    })
    expect(item).not.toMatch(/[\r\n]/)
  })

  test('uses a new state, nonce, challenge and redirect URI every time', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const [first, second] = [new URL(await user.start()), new URL(await user.start())].map((url) => url.searchParams)
    for (const name of ['state', 'nonce', 'code_challenge', 'redirect_uri'])
      expect(first?.get(name)).not.toBe(second?.get(name))
  })

  test('keeps its meaning wherever a terminal breaks the address, and ends with a letter', async ({ gsa }) => {
    const address = await remoteUser(gsa).start('--login-hint', 'ada@example.com.')
    expect(address).toMatch(/^[\w:/.?&=%+-]+[a-z]$/)
    for (let column = 1; column < address.length; column++) {
      const lines = address.match(new RegExp(`.{1,${column}}`, 'g')) ?? []
      expect(new URL(lines.join('\n')).href).toBe(address)
    }
  })

  test('prints a document with --json', async ({ gsa }) => {
    const started = await remoteUser(gsa).run('login', '--start', '--json', {
      env: { GSA_CLIENT_SECRETS: gsa.desktopClient },
      now: () => Date.UTC(2026, 0, 1),
    })
    expect(started.json).toEqual({
      authorizationUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/o\/oauth2\/v2\/auth\?/) as string,
      redirectUri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d{5}\//) as string,
      expiresAt: '2026-01-01T00:10:00.000Z',
      finish: 'gsa login --finish',
    })
  })

  test('uses the named port, and for a web client the registered redirect URI', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const redirectUriOf = (address: string): string => new URL(address).searchParams.get('redirect_uri') ?? ''
    expect(redirectUriOf(await user.start('--port', '8085'))).toMatch(/^http:\/\/127\.0\.0\.1:8085\/[\w-]{22}$/)
    expect(redirectUriOf(await user.start('--client-secrets', gsa.webClient))).toBe(
      'http://localhost:8080/oauth2callback',
    )
    const other = await user.run('login', '--start', '--json', '--port', '9', '--client-secrets', gsa.webClient)
    expect(other.exitCode).toBe(2)
    expect(other.error['code']).toBe('loopback_redirect_uri_missing')
  })

  test('refuses the memory store, which forgets everything between the steps', async ({ gsa }) => {
    for (const step of ['--start', '--finish']) {
      const refused = await gsa.run('login', step, '--json', { env: { GSA_CLIENT_SECRETS: undefined } })
      expect(refused.exitCode).toBe(2)
      expect(refused.error).toMatchObject({
        code: 'store_does_not_last',
        cause: expect.stringContaining('memory store lasts only until gsa exits') as string,
      })
    }
    expect(gsa.memory.size).toBe(0)
  })

  test('touches no store while GSA_REFRESH_TOKEN is set, and neither does the second step', async ({ gsa }) => {
    const user = remoteUser(gsa)
    for (const step of ['--start', '--finish']) {
      const refused = await user.run('login', step, '--json', { env: { GSA_REFRESH_TOKEN: 'a token' } })
      expect(refused.exitCode).toBe(2)
      expect(refused.error['code']).toBe('store_not_for_environment_token')
      expect(refused.error['cause']).toContain(`gsa login ${step}`)
    }
    expect(user.items()).toEqual([])
  })

  test('refuses scopes that are too long to store', async ({ gsa }) => {
    const scopes = Array.from({ length: 40 }, (_, at) => ['--scope', `https://example.com/scope/${at}`]).flat()
    const refused = await remoteUser(gsa).run('login', '--start', '--json', ...scopes)
    expect(refused.exitCode).toBe(2)
    expect(refused.error['cause']).toContain('request fewer scopes')
  })

  test('replaces a login that is still waiting, and says so', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const first = await user.start()
    const second = await user.run('login', '--start', '--client-secrets', gsa.desktopClient)
    expect(second.stderr).toContain('replaces an earlier one')
    expect(user.items()).toHaveLength(1)
    const late = await user.finish(await landing(first), '--json')
    expect(late.exitCode).toBe(6)
    expect(late.error['code']).toBe('answer_of_another_login')
    expect((await user.finish(await landing(second.stdout.trimEnd()))).exitCode).toBe(0)
  })

  test('says nothing about an expired one', async ({ gsa }) => {
    const user = remoteUser(gsa)
    await user.start()
    const second = await user.run('login', '--start', '--client-secrets', gsa.desktopClient, { now: minutes(11) })
    expect(second.stderr).not.toContain('replaces an earlier one')
  })
})

describe('gsa login --finish', () => {
  test('stores the tokens without a client secrets file', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const finished = await user.finish(await landing(await user.start()), '--json')
    expect(finished.exitCode, finished.stderr).toBe(0)
    expect(finished.json).toMatchObject({
      account: { email: 'ada@example.com' },
      clientId: google.clients.find(({ type }) => type === 'desktop')?.clientId,
      scopes: { missing: [] },
      refreshToken: { received: true, stored: true, store: 'helper:files' },
      idToken: { verified: true },
      warnings: [],
    })
    expect((await user.run('refresh', { env: { GSA_CLIENT_SECRETS: undefined } })).exitCode).toBe(0)
    expect(user.items().filter((item) => item.includes('code_verifier'))).toEqual([])
  })

  test('keeps what a desktop client can do, for gsa doctor', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const finished = await user.finish(await landing(await user.start()))
    expect(finished.exitCode, finished.stderr).toBe(0)
    const { stdout } = await user.run('doctor', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(stdout).toContain('gsa login, on any port of 127.0.0.1')
    expect(stdout).not.toContain('the client has no redirect URI to check')
  })

  test('works with a web client, which can log in again without its file', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const address = await user.start('--client-secrets', gsa.webClient)
    const finished = await user.finish(await landing(address))
    expect(finished.exitCode, finished.stderr).toBe(0)
    const again = await user.run('login', '--start', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(new URL(again.stdout).searchParams.get('redirect_uri')).toBe('http://localhost:8080/oauth2callback')
  })

  test('uses the server of the first step, whatever is set now', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const finished = await user.finish(address, { env: { GSA_EMULATOR_HOST: undefined, GSA_ISSUER: undefined } })
    expect(finished.exitCode, finished.stderr).toBe(0)
    expect(finished.stderr).toContain('(not Google)')
  })

  test.each([
    ['as standard input', (address: string) => [{ stdin: `${address}\n` }]],
    ['as standard input for -', (address: string) => ['-', { stdin: address }]],
    ['pasted twice', (address: string) => [`${address}${address}`]],
    ['with line breaks and indentation', (address: string) => [address.replace(/.{30}/g, '$&\r\n  ')]],
    ['in quotes', (address: string) => [` "${address}" `]],
    ['without its scheme', (address: string) => [address.replace('http://', '')]],
    [
      'in a command, as HTML, in UTF-16',
      (address: string) => [{ stdin: powerShellText(`curl "${htmlText(address)}"\n`) }],
    ],
    [
      'after the message of a browser',
      (address: string) => [{ stdin: `localhost refused to connect.\n\n${address}\nERR_CONNECTION_REFUSED\n` }],
    ],
    ['as the log of a server', (address: string) => [{ stdin: `"GET ${address.slice(22)} HTTP/1.1" 404 -` }]],
    [
      'at the prompt of a terminal, which does not show it',
      (address: string) => [{ typing: [[/Address that the browser ended on/, `${address}\r`]] }],
    ],
    [
      'at the prompt in several lines',
      (address: string) => [{ typing: [[/Address that/, `${address.replace(/.{80}/g, '$&\r')}\r`]] }],
    ],
  ] as readonly (readonly [string, (address: string) => (string | RunOptions)[]])[])(
    'accepts the address %s',
    async (_, given) => {
      await withGsa(async (gsa) => {
        const user = remoteUser(gsa)
        const address = await landing(await user.start())
        const finished = await user.finish(...given(address))
        expect(finished.exitCode, finished.stderr).toBe(0)
        expect(finished.stdout).toContain('Logged in as ada@example.com')
      })
    },
  )

  test('works once: refuses a replay and sends nothing', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    expect((await user.finish(address)).exitCode).toBe(0)
    const replay = await user.finish(address, '--json')
    expect(replay.exitCode).toBe(4)
    expect(replay.error['code']).toBe('no_pending_login')
    expect(replay.error['cause']).toContain('or it is already finished')
    expect(tokenRequests(google)).toBe(1)
  })

  test('says in another home why it fails, and then works in the first one', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const home = join(gsa.folder, 'home', 'other')
    // A shared configuration folder does not make two homes one.
    for (const env of [{ HOME: home, GSA_CONFIG_DIR: join(home, 'gsa') }, { HOME: home }]) {
      const elsewhere = await user.finish(address, '--json', { env })
      expect(elsewhere.exitCode).toBe(4)
      expect(elsewhere.error).toMatchObject({
        code: 'no_pending_login',
        cause: expect.stringContaining('It was started on another machine, by another user') as string,
      })
    }
    expect(tokenRequests(google)).toBe(0)
    expect((await user.finish(address)).exitCode).toBe(0)
  })

  test('does not prompt when no login is waiting', async ({ gsa }) => {
    const nothing = await remoteUser(gsa).finish({ typing: [] })
    expect(nothing.exitCode).toBe(4)
    expect(nothing.stderr).not.toContain('Address that')
  })

  test.for([
    'issuer',
    'type',
    'client_id',
    'redirect_uris',
    'redirect_uri',
    'state',
    'nonce',
    'code_verifier',
    'started_at',
  ])('finds no login where what was kept of it has no %s', async (name, { gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const { folder } = lastingStore(gsa)
    for (const file of readdirSync(folder).map((entry) => join(folder, entry))) {
      const item = JSON.parse(readFileSync(file, 'utf8')) as { Secret: string }
      const kept = JSON.parse(item.Secret) as Record<string, unknown>
      writeFileSync(file, JSON.stringify({ ...item, Secret: JSON.stringify({ ...kept, [name]: undefined }) }))
    }
    const refused = await user.finish(address, '--json')
    expect([refused.exitCode, refused.error['code']], refused.stderr).toEqual([4, 'no_pending_login'])
    expect(tokenRequests(google)).toBe(0)
  })

  test('refuses an address after ten minutes, and says how late it is', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const late = await user.finish(address, '--json', { now: minutes(12) })
    expect(late.exitCode).toBe(4)
    expect(late.error).toMatchObject({
      code: 'pending_login_expired',
      cause: expect.stringContaining('started 12 minutes ago') as string,
    })
    expect(user.items()).toEqual([])
    expect(tokenRequests(google)).toBe(0)
  })

  test('refuses an address if you sit at the prompt for too long', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    let isAsked = false
    const late = await user.finish({
      typing: [[/Address that/, `${address}\r`]],
      whenShown: [/Address that/, () => (isAsked = true)],
      now: () => Date.now() + (isAsked ? 660_000 : 0),
    })
    expect(late.exitCode).toBe(4)
    expect(late.stderr).toContain('started 11 minutes ago')
    expect(tokenRequests(google)).toBe(0)
  })

  const whole = (address: string): URL => new URL(address)
  const without =
    (...names: string[]) =>
    (address: string): string => {
      const url = whole(address)
      for (const name of names) url.searchParams.delete(name)
      return url.href
    }

  const withParameter =
    (name: string, value: string) =>
    (address: string): string => {
      const url = whole(address)
      url.searchParams.append(name, value)
      return url.href
    }

  test.each([
    ['a code alone', (address: string) => whole(address).searchParams.get('code') ?? '', 'without its state'],
    ['the query alone', (address: string) => whole(address).search, 'the part before the question mark is missing'],
    ['an address without a state', without('state'), 'it has no state'],
    ['an address that was cut in its state', (address: string) => address.slice(0, 70), 'it is truncated'],
    ['an address that was cut behind it', (address: string) => without('code', 'scope')(address), 'it is truncated'],
    ['another page', () => 'https://accounts.google.com/signin/oauth/consent', 'a URL of accounts.google.com'],
    ['nothing', () => ' \n', 'it is empty'],
    ['a whole book', () => 'x'.repeat(70_000), '70000 characters'],
  ])('says for %s what to copy instead, and keeps waiting', async (_, pasted, found) => {
    await withGsa(async (gsa, google) => {
      const user = remoteUser(gsa)
      const address = await landing(await user.start())
      const refused = await user.finish('-', '--json', { stdin: pasted(address) })
      expect(refused.exitCode).toBe(2)
      expect(refused.error).toMatchObject({
        code: 'redirect_url_needed',
        cause: expect.stringContaining(found) as string,
        fix: expect.stringContaining('Copy the whole address from the address bar') as string,
      })
      expect(tokenRequests(google)).toBe(0)
      expect((await user.finish(address)).exitCode).toBe(0)
    })
  })

  test('says for the address that --start printed that it must be opened first, and keeps waiting', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const address = await user.start()
    const refused = await user.finish(address, '--json')
    expect(refused.exitCode).toBe(2)
    expect(refused.error['cause']).toContain('it is the URL that gsa login --start printed')
    expect((await user.finish(await landing(address))).exitCode).toBe(0)
  })

  test('exits with 6 for another state, and keeps waiting for the right one', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const foreign = whole(address)
    foreign.searchParams.set('state', 'other')
    const refused = await user.finish(foreign.href, '--json')
    expect(refused.exitCode).toBe(6)
    expect(refused.error['code']).toBe('answer_of_another_login')
    expect(tokenRequests(google)).toBe(0)
    expect((await user.finish(address)).exitCode).toBe(0)
  })

  test.each([
    ['a duplicate state', withParameter('state', 'x')],
    ['two codes', withParameter('code', 'x')],
    ['a code and an error', withParameter('error', 'access_denied')],
    ['a foreign issuer', (address: string) => withParameter('iss', 'https://evil.example')(without('iss')(address))],
    ['another redirect URI', (address: string) => address.replace(/:\d+\//, ':1/')],
  ])('exits with 6 for a response with %s, and ends the login', async (_, changed) => {
    await withGsa(async (gsa, google) => {
      const user = remoteUser(gsa)
      const address = await landing(await user.start())
      const refused = await user.finish(changed(address), '--json')
      expect(refused.exitCode).toBe(6)
      expect(refused.error['code']).toBe('authorization_response_invalid')
      expect((await user.finish(address)).exitCode).toBe(4)
      expect(tokenRequests(google)).toBe(0)
    })
  })

  test('refuses a truncated code before it is sent, and keeps waiting', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const code = whole(address).searchParams.get('code') ?? ''
    const refused = await user.finish(`${without('code')(address)}&code=${code.slice(0, 32)}`, '--json')
    expect(refused.exitCode).toBe(2)
    expect(refused.error).toMatchObject({
      code: 'redirect_url_needed',
      cause: expect.stringContaining('its code has only 32 characters') as string,
      fix: expect.stringContaining('run gsa login --finish again. The login is still pending.') as string,
    })
    expect(tokenRequests(google)).toBe(0)
    expect((await user.finish(address)).exitCode).toBe(0)
  })

  test('says what to do with a code that the server finds damaged, and keeps waiting', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    google.arm({ on: 'token', fault: 'malformed-code' })
    const refused = await user.finish(address, '--json')
    expect(refused.exitCode).toBe(5)
    expect(refused.error).toMatchObject({
      code: 'code_refused',
      cause: expect.stringContaining('The code was not used; the login is still pending.') as string,
      fix: expect.stringMatching(/^Run gsa login --finish again .* Or begin again: gsa login --start$/) as string,
    })
    expect(tokenRequests(google)).toBe(1)
    expect((await user.finish(address)).exitCode).toBe(0)
  })

  test('says for the code of another login that only a new login helps', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const other = whole(await landing(await user.start())).searchParams.get('code') ?? ''
    const address = await landing(await user.start('--port', '50231'))
    const refused = await user.finish(`${without('code')(address)}&code=${encodeURIComponent(other)}`, '--json')
    expect(refused.exitCode).toBe(5)
    expect(refused.error['cause']).toContain('begin again with: gsa login --start')
    expect(refused.error['fix']).toMatch(/gsa login --start$/)
    expect(JSON.stringify(refused.error)).not.toMatch(/from the app|gsa exchange|--code-verifier-file/)
  })

  test.for(['code-used', 'http-503'])('names no app after the fault %s', async (fault, { gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    google.arm({ on: 'token', fault, times: 3 })
    const refused = await user.finish(address, '--json')
    expect(refused.exitCode).toBeGreaterThan(2)
    expect(JSON.stringify(refused.error)).not.toMatch(/from the app|gsa exchange|--code-verifier-file/)
    expect(refused.error['fix']).toContain('gsa login --start')
  })

  test('exits with 4 when consent was denied', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const refused = await user.finish(await landing(await user.start(), { decision: 'deny' }), '--json')
    expect(refused.exitCode).toBe(4)
    expect(refused.error['code']).toBe('consent_denied')
    expect(user.items()).toEqual([])
    expect(tokenRequests(google)).toBe(0)
  })

  test('keeps waiting while the server is unreachable, until the code is sent', async ({ gsa, google }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    // As often as the keys are requested.
    google.arm({ on: 'certs', fault: 'http-503', times: 3 })
    const failed = await user.finish(address)
    expect(failed.exitCode).toBe(3)
    expect(tokenRequests(google)).toBe(0)
    expect((await user.finish(address)).exitCode).toBe(0)
  })

  test('stores nothing for an account other than the one either step expects', async ({ gsa }) => {
    const user = remoteUser(gsa)
    for (const [first, second] of [
      [['--expect-email', 'grace@corp.example'], []],
      [[], ['--expect-email', 'grace@corp.example']],
    ] as const) {
      const refused = await user.finish(await landing(await user.start(...first)), '--json', ...second)
      expect(refused.exitCode).toBe(6)
      expect(refused.error['code']).toBe('account_unexpected')
    }
    expect(user.items()).toEqual([])
  })

  test('prints the tokens when asked', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const address = await landing(await user.start())
    const finished = await user.finish(address, '--json', '--show-tokens', { printsSecrets: true })
    expect(finished.json).toMatchObject({
      accessToken: { value: expect.stringMatching(/^ya29\./) as string },
      refreshToken: { value: expect.stringMatching(/^1\/\/0/) as string },
      idToken: { value: expect.stringMatching(/^eyJ/) as string },
    })
  })

  test('warns of scopes that the first step requested and the user did not tick', async ({ gsa }) => {
    const user = remoteUser(gsa)
    const finished = await user.finish(await landing(await user.start(), { scopes: ['openid', 'email'] }), '--json')
    expect(finished.json).toMatchObject({
      scopes: { missing: ['profile', 'https://www.googleapis.com/auth/drive.appdata'] },
    })
  })
})

test('gsa login --start accepts --no-browser, which it implies', async ({ gsa }) => {
  const user = remoteUser(gsa)
  expect(await user.start('--no-browser')).toMatch(/^http:/)
})

describe('the steps of gsa login', () => {
  test.each([
    ['--start', '--finish'],
    ['--start', '--timeout', '1m'],
    ['--start', '--browser', 'firefox'],
    ['--start', '--show-tokens'],
    ['--finish', '--scope', 'email'],
    ['--finish', '--port', '8085'],
    ['--finish', '--login-hint', 'ada@example.com'],
    ['--finish', '--force-consent'],
    ['--finish', '--timeout', '1m'],
    ['--finish', '--no-browser'],
    ['--finish', '--issuer', 'https://login.example'],
  ])('refuse %s with %s', async (...flags) => {
    await withGsa(async (gsa) => {
      const refused = await gsa.run('login', '--json', ...flags.filter((flag) => flag !== undefined))
      expect(refused.exitCode).toBe(2)
      expect(refused.error['code']).toBe('usage')
      expect(refused.error['cause']).toContain(flags[1])
    })
  })
})
