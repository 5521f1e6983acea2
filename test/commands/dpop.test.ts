import type { Server } from 'node:http'
import { describe, expect } from 'vitest'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { inFastTime } from '../support/fast-time.ts'
import { type Gsa, type Run, type RunOptions, test, withGsa } from '../support/harness.ts'
import { startHttpServer } from '../support/http-server.ts'
import { lastingStore } from '../support/lasting-store.ts'

/** Changes how the emulator treats the DPoP proofs of the built-in clients. */
async function change(google: Emulator, settings: Readonly<Record<string, unknown>>): Promise<void> {
  for (const kind of ['web', 'desktop']) {
    const clientId = `100000000001-${kind}.apps.googleusercontent.com`
    const body = JSON.stringify({ clientId, ...settings })
    const response = await fetch(`${google.controlUrl}/clients`, { method: 'PATCH', body })
    expect(response.status).toBe(200)
  }
}

async function exchange(gsa: Gsa, google: Emulator, ...args: readonly (string | RunOptions)[]): Promise<Run> {
  return gsa.run('exchange', '-', '--dpop', '--yes', '--json', ...args, {
    stdin: await google.createCode({ forceRefreshToken: true }),
  })
}

type Request = ReturnType<Emulator['requests']>[number]
const tokenRequests = (google: Emulator): Request[] => google.requests().filter(({ path }) => path === '/token')

/** Returns the stored credential. */
function credentialOf(gsa: Gsa): Readonly<Record<string, string>> {
  const [, value = '{}'] = [...gsa.memory].find(([item]) => item.startsWith('credential ')) ?? []
  return JSON.parse(value) as Readonly<Record<string, string>>
}

describe('a refresh token that is bound to a key', () => {
  test.for([
    ['exchange', ['exchange', '-', '--yes']],
    ['login', ['login', '--no-browser', '--client-secrets', 'DESKTOP']],
  ] as const)('comes from gsa %s --dpop, and is used by every command', async ([, words], { gsa, google }) => {
    await change(google, { dpop: 'required' })
    const first = await gsa.run(
      ...words.map((word) => (word === 'DESKTOP' ? gsa.desktopClient : word)),
      '--dpop',
      '--json',
      { stdin: await google.createCode(), browser: {} },
    )
    expect(first.exitCode, first.stderr).toBe(0)
    expect(first.json).toMatchObject({ refreshToken: { stored: true, bound: true } })
    for (const command of [
      ['refresh'],
      ['drive', 'ls-appfolder'],
      ['whoami'],
      ['doctor'],
      ['smoke', '--account', 'ada@example.com'],
    ]) {
      const ran = await gsa.run(...command, '--json')
      expect(ran.exitCode, `${command.join(' ')}: ${ran.stdout}${ran.stderr}`).toBe(0)
    }
    const token = await gsa.run('token', '--min-ttl', '59m59s', { printsSecrets: true })
    expect(token.stdout).toMatch(/^ya29\./)
    expect((await gsa.run('whoami')).stdout).toContain('in memory until gsa exits, bound to a key')
    const { accounts } = (await gsa.run('accounts', '--json')).json as { accounts: readonly unknown[] }
    expect(accounts).toMatchObject([{ refreshToken: { bound: true } }])
    const revoked = await gsa.run('revoke', '--yes', '--json')
    expect(revoked.json, revoked.stderr).toMatchObject({ wasKnown: true, proven: true })
  })

  test('comes from GSA_DPOP=1, too, but not if nothing is stored', async ({ gsa, google }) => {
    const env = { GSA_DPOP: '1' }
    const stored = await gsa.run('exchange', '-', '--yes', '--json', { stdin: await google.createCode(), env })
    expect(stored.json).toMatchObject({ refreshToken: { bound: true } })
    const shown = await gsa.run('exchange', '-', '--no-store', '--json', { stdin: await google.createCode(), env })
    expect(shown.json).toMatchObject({ refreshToken: { bound: false } })
    const refused = await gsa.run('exchange', '-', '--no-store', '--dpop', '--json', { stdin: 'x' })
    expect([refused.exitCode, refused.error['code']]).toEqual([2, 'usage'])
    const misspelt = await gsa.run('token', '--json', { env: { GSA_DPOP: 'yes' } })
    expect([misspelt.exitCode, misspelt.error['code']]).toEqual([2, 'usage'])
  })

  test('comes from a login in two steps', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    const started = await gsa.run('login', '--start', '--dpop', '--client-secrets', gsa.desktopClient, { env })
    const { url } = await answerConsent(started.stdout.trimEnd(), { decision: 'allow' })
    const finished = await gsa.run('login', '--finish', '-', '--json', {
      stdin: url,
      env: { ...env, GSA_CLIENT_SECRETS: undefined },
    })
    expect(finished.json, finished.stderr).toMatchObject({ refreshToken: { stored: true, bound: true } })
    expect(tokenRequests(google).at(-1)?.dpop).toMatch(/^bound to key /)
  })

  test('is not unbound by an older version that finishes a login in two steps', async ({ gsa }) => {
    const { env, items } = lastingStore(gsa)
    const words = ['login', '--start', '--client-secrets', gsa.desktopClient]
    // Older versions know only the first format.
    for (const [more, version] of [
      [['--dpop'], 2],
      [[], 1],
    ] as const) {
      await gsa.run(...words, ...more, { env })
      expect(items().map((item) => JSON.parse(item) as unknown)).toMatchObject([{ v: version }])
    }
  })

  test.for(['--start', '--no-browser'])(
    'is refused before the consent if the store has no space for its key: login %s',
    async (way, { gsa }) => {
      // Enough for a token without a key.
      const { env } = lastingStore(gsa, 'files', 1080)
      const words = ['login', way, '--client-secrets', gsa.desktopClient, '--json']
      const refused = await gsa.run(...words, '--dpop', { env })
      expect([refused.exitCode, refused.stderr.includes('client_id=')]).toEqual([7, false])
      expect((await gsa.run('login', '--start', '--client-secrets', gsa.desktopClient, { env })).exitCode).toBe(0)
    },
  )

  test('comes from a login on a device', async () =>
    inFastTime(async () =>
      withGsa(async (gsa) => {
        const words = ['login', '--device', '--dpop', '--json', '--client-secrets', gsa.tvClient]
        const device = await gsa.run(...words, { device: {} })
        expect(device.json, device.stderr).toMatchObject({ refreshToken: { bound: true } })
        expect((await gsa.run('refresh', '--json', '--client-secrets', gsa.tvClient)).exitCode).toBe(0)
      }),
    ))

  test('lies in one item with its key, which changes with the token', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const before = credentialOf(gsa)
    expect(before).toMatchObject({
      v: 2,
      refresh_token: expect.stringMatching(/^1\/\/0/) as string,
      dpop_key: expect.stringMatching(/^[\w-]{43}$/) as string,
    })
    await exchange(gsa, google)
    const after = credentialOf(gsa)
    expect([after['refresh_token'] === before['refresh_token'], after['dpop_key'] === before['dpop_key']]).toEqual([
      false,
      false,
    ])
    // Without --dpop, neither the key nor its mark stays.
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode({ forceRefreshToken: true }) })
    expect(credentialOf(gsa)).toMatchObject({ v: 1 })
    expect(credentialOf(gsa)).not.toHaveProperty('dpop_key')
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ refreshToken: { bound: false } })
  })

  test('keeps its key when a later code brings no refresh token', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const before = credentialOf(gsa)
    const again = await gsa.run('exchange', '-', '--yes', '--json', {
      stdin: await google.createCode(),
    })
    expect(again.json, again.stderr).toMatchObject({ refreshToken: { received: false, stored: true, bound: true } })
    expect(credentialOf(gsa)).toEqual(before)
    expect((await gsa.run('refresh', '--json')).json).toMatchObject({ refreshToken: { bound: true } })
  })

  test('is replaced together with nothing else: a rotated one has the same key', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const before = credentialOf(gsa)
    google.arm({ fault: 'rotate-refresh-token', on: 'token' })
    expect((await gsa.run('refresh', '--json')).json).toMatchObject({ refreshToken: { rotated: true, bound: true } })
    const after = credentialOf(gsa)
    expect(after['dpop_key']).toBe(before['dpop_key'])
    expect(after['refresh_token']).not.toBe(before['refresh_token'])
    expect((await gsa.run('refresh', '--json')).exitCode).toBe(0)
  })

  test('is known as such after accounts rebuild', async ({ gsa, google }) => {
    await exchange(gsa, google)
    gsa.memory.delete('accounts')
    await gsa.run('accounts', 'rebuild')
    expect((await gsa.run('whoami', '--json')).json).toMatchObject({ refreshToken: { bound: true } })
    expect((await gsa.run('refresh', '--json')).exitCode).toBe(0)
  })

  test('is not exported, and is refused in GSA_REFRESH_TOKEN', async ({ gsa, google }) => {
    await exchange(gsa, google)
    for (const format of ['adc', 'env', 'json']) {
      const file = `${gsa.folder}/exported`
      const refused = await gsa.run('export', '--format', format, '-o', file, '--json')
      expect([refused.exitCode, refused.stdout, refused.error['code']]).toEqual([2, '', 'bound_token_not_portable'])
    }
    const env = { GSA_REFRESH_TOKEN: credentialOf(gsa)['refresh_token'] }
    for (const command of [['token'], ['refresh'], ['drive', 'ls-appfolder']]) {
      const refused = await gsa.run(...command, '--json', { env })
      expect([refused.exitCode, refused.error['code']], command.join(' ')).toEqual([2, 'bound_token_not_portable'])
    }
  })

  test('without a usable key ends in a login, and leaves the store as it is', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const item = [...gsa.memory.keys()].find((name) => name.startsWith('credential ')) ?? ''
    for (const key of ['', 'short', '_'.repeat(43), 'A'.repeat(43)]) {
      const damaged = JSON.stringify({ ...credentialOf(gsa), dpop_key: key })
      gsa.memory.set(item, damaged)
      const refused = await gsa.run('refresh', '--json')
      expect([refused.exitCode, refused.error['code']], key).toEqual([7, 'stored_value_invalid'])
      expect(refused.error['fix']).toContain('gsa login')
      expect(gsa.memory.get(item)).toBe(damaged)
    }
  })
})

describe('a refresh token that is not bound as expected', () => {
  test('is named as such: an older one stays although --dpop is given', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode() })
    const kept = await gsa.run('exchange', '-', '--dpop', '--yes', '--json', { stdin: await google.createCode() })
    expect(kept.json).toMatchObject({
      refreshToken: { received: false, stored: true, bound: false },
      warnings: expect.arrayContaining([
        expect.objectContaining({
          code: 'not_bound_to_key',
          fix: expect.stringContaining('gsa login --force-consent --dpop') as string,
        }),
      ]) as unknown,
    })
  })

  test('is named as such: a new one without --dpop replaces one that was bound', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const words = ['exchange', '-', '--yes', '--json']
    const stdin = await google.createCode({ forceRefreshToken: true })
    const codes = ({ json }: Run): string[] =>
      (json as { warnings: { code: string }[] }).warnings.map(({ code }) => code)
    expect(codes(await gsa.run(...words, { stdin }))).toContain('not_bound_to_key')
    const again = await google.createCode({ forceRefreshToken: true })
    expect(codes(await gsa.run(...words, { stdin: again }))).not.toContain('not_bound_to_key')
  })

  test('does not result from the advice after a refusal', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const body = new URLSearchParams({ token: credentialOf(gsa)['refresh_token'] ?? '' })
    expect((await fetch(`${google.issuer}/revoke`, { method: 'POST', body })).status).toBe(200)
    const refused = await gsa.run('refresh', '--json')
    expect([refused.exitCode, refused.error['fix']]).toEqual([4, expect.stringContaining('--force-consent --dpop')])
    expect((await gsa.run('refresh', '--json')).error['fix']).toContain('--force-consent --dpop')
  })
})

describe('nonces', () => {
  test('are asked for once at the exchange and once at the first refresh, and then known', async ({ gsa, google }) => {
    await change(google, { dpop: 'required', dpopNonce: true })
    expect((await exchange(gsa, google)).exitCode).toBe(0)
    expect((await gsa.run('refresh', '--json')).exitCode).toBe(0)
    expect((await gsa.run('refresh', '--json')).exitCode).toBe(0)
    expect(tokenRequests(google).map(({ status }) => status)).toEqual([400, 200, 400, 200, 200])
  })

  test.for([
    ['dpop-nonce-again', 2, 'did not accept the one that it gave'],
    ['dpop-nonce-missing', 1, 'gave none that can be used'],
    ['invalid-dpop-proof', 1, 'rejected the DPoP proof'],
  ] as const)(
    '%s ends the exchange with the code unused, and the same code works afterwards',
    async ([fault, sent, cause], { gsa, google }) => {
      const stdin = await google.createCode()
      google.arm({ fault, on: 'token' })
      const refused = await gsa.run('exchange', '-', '--dpop', '--yes', '--json', { stdin })
      expect([refused.exitCode, refused.error['code']], refused.stderr).toEqual([5, 'dpop_refused'])
      expect(refused.error['details']).toMatchObject({ codeState: 'unused' })
      expect(refused.error['cause']).toContain(cause)
      expect(tokenRequests(google)).toHaveLength(sent)
      const again = await gsa.run('exchange', '-', '--dpop', '--yes', '--json', { stdin })
      expect(again.exitCode, again.stderr).toBe(0)
    },
  )
})

describe('a server that asks for a nonce and is gone before the retry', () => {
  test('leaves the code unused', async ({ gsa }) => {
    const origin = await startHttpServer((request, response) => {
      const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'].map((name) => [
        name,
        `${origin}/${name}`,
      ])
      const isToken = request.url === '/token_endpoint'
      response.writeHead(isToken ? 400 : 200, {
        'content-type': 'application/json',
        'dpop-nonce': 'a-nonce',
        connection: 'close',
      })
      if (isToken) (request.socket as unknown as { readonly server: Server }).server.close()
      const answer = isToken
        ? { error: 'use_dpop_nonce' }
        : { issuer: origin, keys: [], ...Object.fromEntries(endpoints) }
      response.end(JSON.stringify(answer))
    })
    const failed = await gsa.run('exchange', '-', '--dpop', '--yes', '--json', {
      stdin: `4/0A${'b'.repeat(60)}`,
      env: { GSA_ISSUER: origin, GSA_EMULATOR_HOST: undefined },
    })
    expect([failed.exitCode, failed.error['code']], failed.stderr).toEqual([3, 'unreachable'])
    expect(failed.error['details']).toMatchObject({ codeState: 'unused' })
  })
})

describe('a client that requires DPoP', () => {
  test('refuses a code without a proof, and gsa says to add --dpop', async ({ gsa, google }) => {
    await change(google, { dpop: 'required' })
    const stdin = await google.createCode()
    const refused = await gsa.run('exchange', '-', '--yes', '--json', { stdin })
    expect([refused.exitCode, refused.error['code']]).toEqual([5, 'dpop_needed'])
    expect(refused.error['fix']).toContain('--dpop')
    expect((await gsa.run('exchange', '-', '--dpop', '--yes', '--json', { stdin })).exitCode).toBe(0)
  })
})

describe('the clock of this machine', () => {
  test.for([90, 3000])(
    'may be %d seconds ahead: gsa takes the time from the server',
    async (seconds, { gsa, google }) => {
      const now = (): number => Date.now() + seconds * 1000
      await change(google, { dpop: 'required' })
      const first = await gsa.run('exchange', '-', '--dpop', '--yes', '--json', {
        stdin: await google.createCode(),
        now,
      })
      expect(first.exitCode, first.stderr).toBe(0)
      const refreshed = await gsa.run('refresh', '--json', { now })
      expect(refreshed.exitCode, refreshed.stderr).toBe(0)
      expect(tokenRequests(google).map(({ status }) => status)).toEqual([400, 200, 400, 200])
    },
  )
})

describe('gsa doctor', () => {
  test('checks that a bound token is worthless without its key', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const { steps } = (await gsa.run('doctor', '--json')).json as { steps: readonly { name: string }[] }
    expect(steps.find(({ name }) => name === 'account-1-dpop')).toMatchObject({ status: 'passed' })
  })

  test('warns if the server does not bind it', async ({ gsa, google }) => {
    await change(google, { dpop: 'off' })
    await exchange(gsa, google)
    const { steps } = (await gsa.run('doctor', '--json')).json as { steps: readonly { name: string }[] }
    expect(steps.find(({ name }) => name === 'account-1-dpop')).toMatchObject({ status: 'warning' })
  })
})

describe('gsa doctor at a server that replaces refresh tokens and does not bind them', () => {
  test.for([
    ['its own refresh', 0, 'skipped'],
    ['the refresh without a proof', 1, 'warning'],
  ] as const)('does not lose the token that %s brings', async ([, after, status], { gsa, google }) => {
    await change(google, { dpop: 'off' })
    await exchange(gsa, google)
    google.arm({ fault: 'rotate-refresh-token', on: 'token', after, times: 9 })
    const { steps } = (await gsa.run('doctor', '--json')).json as { steps: readonly { name: string }[] }
    expect(steps.find(({ name }) => name === 'account-1-dpop')).toMatchObject({ status })
    const refreshed = await gsa.run('refresh', '--json')
    expect(refreshed.exitCode, refreshed.stderr).toBe(0)
  })
})

describe('gsa serve --dpop', () => {
  test('binds each refresh token to a key of its own', async ({ gsa, google }) => {
    const served = await gsa.run('serve', '--dpop', '--port', '0', '--json', {
      meanwhile: [
        /"port":(\d+)/,
        async (screen) => {
          const { url } = JSON.parse(screen.trim().split('\n').at(-1) ?? '') as { url: string }
          for (const account of ['ada@example.com', 'grace@corp.example']) {
            const response = await fetch(url, {
              method: 'POST',
              headers: { 'x-requested-with': 'XMLHttpRequest' },
              body: new URLSearchParams({ authCode: await google.createCode({ account }) }),
            })
            expect(await response.json()).toMatchObject({ refreshToken: { bound: true } })
          }
        },
      ],
    })
    expect(served.exitCode).toBe(130)
    const keys = [...gsa.memory]
      .filter(([item]) => item.startsWith('credential '))
      .map(([, value]) => (JSON.parse(value) as { dpop_key: string }).dpop_key)
    expect(new Set(keys).size).toBe(2)
  })
})

describe('--debug', () => {
  test('shows that a proof was sent, and not the proof', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const { stderr } = await gsa.run('refresh', '--debug')
    expect(stderr).toMatch(/> {3}dpop: \[DPoP proof, \d+ characters\]/)
  })
})
