import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { checked, step, stepsThat } from '../doctor/checked.ts'
import { configure } from '../emulator/raw-http.ts'
import { freePort } from '../support/free-port.ts'
import { type Gsa, test } from '../support/harness.ts'

/** Sets up a home without problems: a private client file and an account. */
async function healthy(gsa: Gsa, google: Emulator): Promise<void> {
  for (const file of [gsa.webClient, gsa.desktopClient, gsa.tvClient]) chmodSync(file, 0o600)
  const { exitCode, stderr } = await gsa.run('exchange', '-', { stdin: await google.createCode() })
  expect(exitCode, stderr).toBe(0)
}

describe('gsa doctor', () => {
  test('finds no problem where there is none', async ({ gsa, google }) => {
    await healthy(gsa, google)
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode, result.stdout).toBe(0)
    const { target, passed, failed, skipped, warnings, steps } = checked(result)
    expect({ target, passed, failed, skipped, warnings }).toEqual({
      target: google.issuer,
      passed: steps.length,
      failed: 0,
      skipped: 0,
      warnings: 0,
    })
    expect(steps.map(({ name }) => name)).toEqual([
      'node',
      'tls',
      'configuration',
      'store',
      'client',
      'client-file-mode',
      'redirect-uris',
      'server',
      'authorization-host',
      'token-host',
      'keys-host',
      'drive-host',
      'clock',
      'registration',
      'accounts',
      'account-1-stored',
      'account-1-refresh',
      'account-1-expiry',
      'account-1-scopes',
      'account-1-drive',
    ])
  })

  test('prints one line for a passed check, and says how to fix the rest', async ({ gsa, google }) => {
    await healthy(gsa, google)
    chmodSync(gsa.webClient, 0o644)
    const result = await gsa.run('doctor')
    expect(result.exitCode).toBe(0)
    expect(result.stdout).toMatch(/^gsa doctor: http:\/\/127\.0\.0\.1:\d+\n\n✓ Node is new enough +\d+ ms {2}Node /)
    expect(result.stdout).toMatch(
      /\n! Only you can read the client file +\d+ ms\n {4}Other users .* \(mode 644\).*\n {4}.*: chmod 600 .*client_secret_web\.json\n/,
    )
    expect(result.stdout).toMatch(/\n\n19 passed, 1 warning, 0 failed\n$/)
  })

  test('works with nothing configured, and says how to get a client and an account', async ({ gsa }) => {
    const result = await gsa.run('doctor', '--json', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(result.exitCode).toBe(0)
    expect(step(result, 'client')).toMatchObject({
      status: 'skipped',
      fix: expect.stringContaining('gsa emulator client-secrets --type web') as string,
    })
    expect(step(result, 'accounts')).toMatchObject({
      status: 'skipped',
      fix: expect.stringContaining('gsa login') as string,
    })
    expect(stepsThat('skipped', result)).toEqual([
      'client',
      'client-file-mode',
      'redirect-uris',
      'registration',
      'accounts',
    ])
  })

  test("requests a server's endpoints and keys once, however many accounts it has", async ({ gsa, google }) => {
    await healthy(gsa, google)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: 'grace@corp.example' }) })
    const before = google.requests().length
    expect(stepsThat('passed', await gsa.run('doctor', '--json'))).toContain('account-2-refresh')
    const paths = google
      .requests()
      .slice(before)
      .map(({ path }) => path)
    for (const path of ['/.well-known/openid-configuration', '/oauth2/v3/certs'])
      expect(paths.filter((asked) => asked === path)).toEqual([path])
  })

  test('reads a client file that PowerShell 5.1 wrote', async ({ gsa, google }) => {
    await healthy(gsa, google)
    const file = gsa.file('client.json', Buffer.from(`\ufeff${readFileSync(gsa.webClient, 'utf8')}\r\n`, 'utf16le'))
    chmodSync(file, 0o600)
    const result = await gsa.run('doctor', '--json', '--client-secrets', file)
    expect(result.exitCode, result.stdout).toBe(0)
  })

  test("uses the stored account's client if there is no file", async ({ gsa, google }) => {
    await healthy(gsa, google)
    const result = await gsa.run('doctor', '--json', { env: { GSA_CLIENT_SECRETS: undefined } })
    expect(result.exitCode).toBe(0)
    expect(step(result, 'client').detail).toContain('from a stored account')
    expect(stepsThat('skipped', result)).toEqual(['client-file-mode'])
  })

  test('reports an unexpected failure as a bug, and continues', async ({ gsa, google }) => {
    await healthy(gsa, google)
    const read = gsa.memory.get.bind(gsa.memory)
    gsa.memory.get = (item) => {
      if (item.startsWith('credential ')) throw new TypeError('moon phase')
      return read(item)
    }
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(1)
    expect(result.error['code']).toBe('bug')
    expect(step(result, 'account-1-stored').detail).toContain('TypeError: moon phase')
    expect(checked(result).steps.at(-1)?.name).toBe('account-1-drive')
  })

  test('stops at Ctrl-C', async ({ gsa, google }) => {
    await healthy(gsa, google)
    google.arm({ on: 'certs', fault: 'hang' })
    const result = await gsa.run('doctor', { interruptWhen: /token endpoint can be reached/ })
    expect(result.exitCode).toBe(130)
  })
})

describe('gsa doctor --offline', () => {
  test('sends nothing, and checks the local setup', async ({ gsa, google }) => {
    await healthy(gsa, google)
    const before = google.requests().length
    const result = await gsa.run('doctor', '--offline', '--json')
    expect(result.exitCode).toBe(0)
    expect(google.requests()).toHaveLength(before)
    const unsent = checked(result).steps.filter(({ detail }) => detail === '--offline: nothing is sent')
    expect(unsent.map(({ name }) => name)).toEqual(stepsThat('skipped', result))
    expect(stepsThat('passed', result)).toEqual([
      'node',
      'tls',
      'configuration',
      'store',
      'client',
      'client-file-mode',
      'redirect-uris',
      'accounts',
      'account-1-stored',
      'account-1-expiry',
      'account-1-scopes',
    ])
  })
})

describe('the report of gsa doctor', () => {
  test('contains no email address, no subject and no home folder', async ({ gsa, google }) => {
    await healthy(gsa, google)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: 'grace@corp.example' }) })
    google.arm({ on: 'token', fault: 'expired-or-revoked', times: 2 })
    for (const flags of [[], ['--json']]) {
      const result = await gsa.run('doctor', ...flags)
      const text = result.stdout + result.stderr
      expect(text).toContain('a…@example.com')
      expect(text).toContain('g…@corp.example')
      expect(text).not.toMatch(/ada@|grace@|1100000000000000000/)
      expect(text).not.toContain(join(gsa.folder, 'home'))
      expect(text).toContain('~/gsa')
    }
  })

  test('says how to get commands that can be typed, if a fix names an account', async ({ gsa, google }) => {
    await healthy(gsa, google)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: 'grace@corp.example' }) })
    google.arm({ on: 'token', fault: 'expired-or-revoked', times: 9 })
    const hint = 'To print commands that you can type: gsa doctor --show-emails'
    expect((await gsa.run('doctor')).stderr).toContain(hint)
    expect((await gsa.run('doctor', '--show-emails')).stderr).not.toContain(hint)
  })

  test('shows full email addresses with --show-emails', async ({ gsa, google }) => {
    await healthy(gsa, google)
    expect((await gsa.run('doctor', '--show-emails')).stdout).toContain('ada@example.com')
  })

  test('names the proxy without its password', async ({ gsa }) => {
    const proxy = `http://someone:hunter22@127.0.0.1:${await freePort()}`
    const env = { GSA_EMULATOR_HOST: undefined, GSA_CLIENT_SECRETS: undefined, HTTPS_PROXY: proxy }
    const result = await gsa.run('doctor', '--json', { env })
    expect(result.exitCode).toBe(3)
    expect(stepsThat('failed', result)).toEqual(['authorization-host', 'token-host', 'keys-host', 'drive-host'])
    expect(result.stdout + result.stderr).not.toContain('hunter22')
  })
})

describe('gsa doctor reports problems with', () => {
  test.for([
    ['an Android client', { installed: { client_id: '1-a', project_id: 'p' } }, 'client_secrets_wrong_kind', 'Android'],
    ['no secret', { web: { client_id: '1-a' } }, 'client_secrets_invalid', 'Add a secret'],
    ['a masked secret', { web: { client_id: '1-a', client_secret: '***' } }, 'client_secrets_invalid', 'asterisks'],
  ] as const)('a client file with %s', async ([, content, code, word], { gsa }) => {
    const file = gsa.file('client.json', Buffer.from(`\ufeff${JSON.stringify(content)}`, 'utf16le'))
    const result = await gsa.run('doctor', '--json', '--client-secrets', file)
    expect([result.exitCode, result.error['code']]).toEqual([2, code])
    const { status, detail, fix } = step(result, 'client')
    expect([status, `${detail} ${fix}`]).toEqual(['failed', expect.stringContaining(word)])
  })

  test('the client file', async ({ gsa }) => {
    const result = await gsa.run('doctor', '--json', '--client-secrets', gsa.file('cut.json', '{"web":{'))
    expect(result.exitCode).toBe(2)
    expect(step(result, 'client')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('is not a usable client secrets file') as string,
      fix: expect.stringContaining('Use the file exactly as you downloaded it') as string,
    })
    expect(result.error['code']).toBe('client_secrets_invalid')
  })

  test.for([
    [120, ' seconds ahead of', 'warning', 0],
    [-120, ' seconds behind', 'warning', 0],
    [900, '15 minutes ahead of', 'failed', 6],
    [-86_400, '24 hours behind', 'failed', 6],
    [-365 * 86_400, '365 days behind', 'failed', 6],
  ] as const)('a clock that is wrong by %d seconds', async ([seconds, distance, status, exitCode], { gsa }) => {
    const result = await gsa.run('doctor', '--json', { now: () => Date.now() + seconds * 1000 })
    expect(result.exitCode).toBe(exitCode)
    expect(step(result, 'clock').status).toBe(status)
    expect(step(result, 'clock').detail).toMatch(new RegExp(`${distance} (?:that of )?127\\.0\\.0\\.1`))
    expect(step(result, 'clock').fix).toContain('Set the clock')
  })

  test('TLS that is switched off, and missing certificate files', async ({ gsa }) => {
    const off = await gsa.run('doctor', '--offline', '--json', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } })
    expect(off.exitCode).toBe(2)
    expect(off.error['code']).toBe('tls_switched_off')
    const absent = await gsa.run('doctor', '--offline', '--json', {
      env: { NODE_EXTRA_CA_CERTS: join(gsa.folder, 'ca.pem') },
    })
    expect(absent.exitCode).toBe(0)
    expect(step(absent, 'tls')).toMatchObject({
      status: 'warning',
      detail: expect.stringContaining('it does not exist') as string,
    })
  })

  test('an unreachable server, once', async ({ gsa, google }) => {
    await healthy(gsa, google)
    await google.close()
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(3)
    expect(stepsThat('failed', result)).toEqual(['server', 'drive-host'])
    expect(step(result, 'account-1-refresh')).toMatchObject({
      status: 'skipped',
      detail: expect.stringMatching(/^needs: /) as string,
    })
  })

  test('a server that has trouble', async ({ gsa, google }) => {
    await healthy(gsa, google)
    google.arm({ on: 'authorize', fault: 'http-503' })
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(0)
    expect(stepsThat('warning', result)).toEqual(['authorization-host'])
    expect(step(result, 'authorization-host').detail).toContain('HTTP status 503')
  })

  test('the store', async ({ gsa }) => {
    const result = await gsa.run('doctor', '--offline', '--json', { env: { GSA_STORE: 'helper:nothing' } })
    expect(result.exitCode).toBe(7)
    expect(step(result, 'store').detail).toContain('The program docker-credential-nothing is not on the PATH')
  })

  test('the configuration folder and the account list', async ({ gsa }) => {
    const folder = join(gsa.folder, 'home/gsa')
    mkdirSync(folder)
    writeFileSync(join(folder, 'accounts.json'), '[]')
    const env = { GSA_STORE: 'helper:nothing' }
    const damaged = await gsa.run('doctor', '--offline', '--json', { env })
    expect(damaged.exitCode).toBe(7)
    expect(step(damaged, 'accounts').fix).toContain('gsa accounts rebuild')
    const file = gsa.file('no-folder', '')
    const unusable = await gsa.run('doctor', '--offline', '--json', { env: { ...env, GSA_CONFIG_DIR: file } })
    expect(unusable.exitCode).toBe(7)
    expect(step(unusable, 'configuration').status).toBe('failed')
  })

  test('a revoked refresh token', async ({ gsa, google }) => {
    await healthy(gsa, google)
    await configure(google, 'POST grants/revoke', {
      account: 'ada@example.com',
      clientId: '100000000001-web.apps.googleusercontent.com',
    })
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(4)
    expect(stepsThat('failed', result)).toEqual(['account-1-refresh'])
    expect(step(result, 'account-1-refresh').fix).toContain('gsa login')
    expect(stepsThat('skipped', result)).toEqual(['account-1-expiry', 'account-1-scopes', 'account-1-drive'])
    // It was deleted, so the second run finds none, which is no failure.
    const again = await gsa.run('doctor', '--json')
    expect(again.exitCode).toBe(0)
    expect(step(again, 'account-1-stored')).toMatchObject({ status: 'warning' })
    expect(step(again, 'account-1-refresh').detail).toBe('there is no refresh token')
  })

  test('a credential missing from the store', async ({ gsa, google }) => {
    await healthy(gsa, google)
    for (const item of gsa.memory.keys()) if (item.startsWith('credential ')) gsa.memory.delete(item)
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(4)
    expect(step(result, 'account-1-stored').detail).toContain('(credential_lost)')
  })

  test('the granted scopes', async ({ gsa, google }) => {
    chmodSync(gsa.webClient, 0o600)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ scopes: ['openid', 'email'] }) })
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(0)
    expect(step(result, 'account-1-scopes')).toMatchObject({
      status: 'warning',
      detail: 'Not granted: drive.appdata.',
      fix: expect.stringContaining('gsa login') as string,
    })
    expect(step(result, 'account-1-drive')).toMatchObject({ status: 'skipped' })
  })

  test('a refresh token that expires within a week', async ({ gsa, google }) => {
    await configure(google, 'POST projects', { publishingStatus: 'testing' })
    await healthy(gsa, google)
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(0)
    expect(step(result, 'account-1-expiry')).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('Publish it') as string,
    })
  })

  test('Drive', async ({ gsa, google }) => {
    await healthy(gsa, google)
    google.arm({ on: 'drive', fault: 'api-not-enabled' })
    const result = await gsa.run('doctor', '--json')
    expect(result.exitCode).toBe(5)
    expect(stepsThat('failed', result)).toEqual(['account-1-drive'])
    expect(step(result, 'account-1-drive')).toMatchObject({
      detail: expect.stringContaining('(api_not_enabled)') as string,
      fix: expect.stringContaining('https://console.developers.google.com/apis/api/drive') as string,
    })
  })

  test('a client that the server no longer knows', async ({ gsa, google }) => {
    await healthy(gsa, google)
    await configure(google, 'PATCH clients', {
      clientId: '100000000001-web.apps.googleusercontent.com',
      status: 'deleted',
    })
    const result = await gsa.run('doctor', '--json', '--client-secrets', gsa.webClient)
    expect(result.exitCode).toBe(5)
    expect(step(result, 'registration')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('deleted_client: The OAuth client was deleted') as string,
      fix: expect.stringContaining('Restore the client') as string,
    })
  })

  test('an unregistered redirect URI', async ({ gsa, google }) => {
    const redirectUri = 'http://127.0.0.1:9999/elsewhere'
    const web = {
      client_id: '100000000001-web.apps.googleusercontent.com',
      client_secret: 'GOCSPX-emulator-web',
      redirect_uris: [redirectUri],
    }
    const file = gsa.file('other.json', JSON.stringify({ web }))
    const result = await gsa.run('doctor', '--json', '--client-secrets', file)
    expect(result.exitCode).toBe(5)
    expect(result.error).toMatchObject({ code: 'redirect_uri_unregistered', details: { sent: redirectUri } })
    expect(google.requests().filter(({ path }) => path === '/signin/oauth/error')).toEqual([])
  })
})

describe('gsa doctor and the client', () => {
  test('knows what each type is for', async ({ gsa }) => {
    const used = async (file: string): Promise<string> =>
      step(await gsa.run('doctor', '--json', '--client-secrets', file), 'redirect-uris').detail
    expect(await used(gsa.webClient)).toContain('gsa login on http://localhost:8080/oauth2callback')
    expect(await used(gsa.desktopClient)).toContain('any port of 127.0.0.1')
    expect(await used(gsa.tvClient)).toContain('gsa login --device')
    const web = { client_id: '7-x.apps.googleusercontent.com', client_secret: 's', redirect_uris: [] }
    expect(await used(gsa.file('backend.json', JSON.stringify({ web })))).toContain('not gsa login')
  })

  test('checks that the server knows it without asking the user for consent', async ({ gsa, google }) => {
    for (const file of [gsa.webClient, gsa.desktopClient])
      expect(step(await gsa.run('doctor', '--json', '--client-secrets', file), 'registration').status).toBe('passed')
    const tv = await gsa.run('doctor', '--json', '--client-secrets', gsa.tvClient)
    expect(step(tv, 'registration')).toMatchObject({ status: 'skipped' })
    // The next code is still the first one of this consent.
    expect(
      (await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })).json['refreshToken'],
    ).toMatchObject({ received: true })
  })

  test('says that the result is unknown when the response is neither yes nor no', async ({ gsa, google }) => {
    google.arm({ on: 'authorize', fault: 'html-error', times: 2 })
    const result = await gsa.run('doctor', '--json')
    expect(step(result, 'registration')).toMatchObject({
      status: 'skipped',
      detail: expect.stringMatching(/^unknown/) as string,
    })
  })
})

describe('gsa doctor with', () => {
  test('several accounts checks each, and with --account only that one', async ({ gsa, google }) => {
    await healthy(gsa, google)
    await gsa.run('exchange', '-', { stdin: await google.createCode({ account: 'grace@corp.example' }) })
    const all = await gsa.run('doctor', '--json')
    expect(all.exitCode).toBe(0)
    expect(step(all, 'accounts').detail).toBe('2 accounts')
    expect(step(all, 'account-2-drive').status).toBe('passed')
    const one = await gsa.run('doctor', '--json', '--account', 'grace@corp.example')
    expect(step(one, 'account-1-stored').detail).toContain('g…@corp.example')
    const none = await gsa.run('doctor', '--json', '--account', 'nobody@example.com')
    expect(none.exitCode).toBe(4)
    expect(step(none, 'accounts').detail).toContain('(account_not_stored)')
  })

  test('GSA_REFRESH_TOKEN checks that token, and touches no store', async ({ gsa, google }) => {
    await healthy(gsa, google)
    const exported = await gsa.run('export', '--format', 'adc', { printsSecrets: true })
    expect(exported.exitCode, exported.stderr).toBe(0)
    const { refresh_token: token } = JSON.parse(exported.stdout) as { refresh_token: string }
    const result = await gsa.run('doctor', '--json', { env: { GSA_REFRESH_TOKEN: token, GSA_STORE: 'helper:nothing' } })
    expect(result.exitCode, result.stdout).toBe(0)
    expect(stepsThat('skipped', result)).toEqual(['configuration', 'store'])
    expect(step(result, 'account-1-drive').status).toBe('passed')
  })

  test('several failures exits with the code of the one to fix first', async ({ gsa, google }) => {
    await healthy(gsa, google)
    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    const clock = await gsa.run('doctor', '--json', { now: () => Date.now() + 900_000 })
    expect(stepsThat('failed', clock)).toEqual(['clock', 'account-1-refresh'])
    expect(clock.exitCode).toBe(6)
    expect(clock.error['code']).toBe('clock_wrong')
    const setting = await gsa.run('doctor', '--offline', '--json', {
      env: { GSA_STORE: 'helper:nothing', NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    })
    expect(stepsThat('failed', setting)).toEqual(['tls', 'store'])
    expect(setting.exitCode).toBe(2)
  })
})
