import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { configure } from '../emulator/raw-http.ts'
import { test, withGsa } from '../support/harness.ts'

describe('gsa emulator', () => {
  test('start prints one line of JSON once it listens, and runs until Ctrl-C', async ({ gsa }) => {
    const result = await gsa.run('emulator', 'start', '--port', '0', '--json', {
      interruptWhen: /"issuer"/,
      printsSecrets: true,
    })
    expect(result.exitCode).toBe(130)
    expect(result.stdout.trim().split('\n')).toHaveLength(1)
    expect(result.json).toMatchObject({
      issuer: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
      clients: [
        { type: 'web', clientId: '100000000001-web.apps.googleusercontent.com', clientSecret: 'GOCSPX-emulator-web' },
        { type: 'desktop' },
        { type: 'tv' },
      ],
      accounts: [
        { sub: '110000000000000000001', email: 'ada@example.com' },
        { sub: '110000000000000000002', email: 'grace@corp.example' },
      ],
    })
    expect(result.json['controlUrl']).toBe(`${result.json['issuer'] as string}/emulator/v1`)
  })

  test.for([
    { flags: ['--issuer', 'http://google:9077'], env: {}, issuer: 'http://google:9077' },
    { flags: [], env: { GSA_EMULATOR_ISSUER: 'https://accounts.google.com' }, issuer: 'https://accounts.google.com' },
  ])('start takes another issuer: $issuer', async ({ flags, env, issuer }, { gsa }) => {
    const result = await gsa.run('emulator', 'start', '--port', '0', '--json', ...flags, {
      interruptWhen: /"issuer"/,
      printsSecrets: true,
      env,
    })
    expect(result.json).toMatchObject({
      issuer,
      driveUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    })
  })

  test('start takes each option from a variable, and a flag takes precedence', async ({ gsa }) => {
    const added = { client_id: '7-mine.apps.googleusercontent.com', client_secret: 'mine', redirect_uris: [] }
    const persist = `${gsa.folder}/google.state`
    const env = {
      GSA_EMULATOR_LISTEN_ADDRESS: '::1',
      GSA_EMULATOR_LISTEN_PORT: '1',
      GSA_EMULATOR_AUTO_CONSENT: '1',
      GSA_EMULATOR_CLIENT_SECRETS: gsa.file('mine.json', JSON.stringify({ web: added })),
      GSA_EMULATOR_CONFIG: gsa.file('google.json', JSON.stringify({ accounts: [{ email: 'new@example.com' }] })),
      GSA_EMULATOR_PERSIST: persist,
      GSA_EMULATOR_SEED: 'x',
      GSA_EMULATOR_ISSUER: 'http://google:9077',
    }
    const flags = ['emulator', 'start', '--port', '0', '--host', '127.0.0.1', '--json']
    const { json } = await gsa.run(...flags, { interruptWhen: /"issuer"/, printsSecrets: true, env })
    expect(json).toMatchObject({
      issuer: 'http://google:9077',
      driveUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d{2,}$/) as string,
      clients: expect.arrayContaining([expect.objectContaining({ clientId: added.client_id })]) as unknown,
      accounts: expect.arrayContaining([expect.objectContaining({ email: 'new@example.com' })]) as unknown,
    })
    expect(readFileSync(persist, 'utf8')).toContain('new@example.com')
  })

  test('start ignores empty variables and flags', async ({ gsa }) => {
    const env = { GSA_EMULATOR_LISTEN_ADDRESS: '', GSA_EMULATOR_SEED: '', GSA_EMULATOR_AUTO_CONSENT: '' }
    const flags = ['emulator', 'start', '--port', '0', '--host', '', '--json']
    const { json, stderr } = await gsa.run(...flags, { interruptWhen: /"issuer"/, printsSecrets: true, env })
    expect(json['issuer']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(stderr).not.toContain('Anyone who can reach')
  })

  test.for([
    ['GSA_EMULATOR_LISTEN_PORT', 'tcp://10.0.0.1:9077', 'Use a whole number from 0 to 65535.'],
    ['GSA_EMULATOR_AUTO_CONSENT', 'maybe', 'Use 1 or 0.'],
  ] as const)('start refuses %s=%s by its name', async ([name, value, what], { gsa }) => {
    const result = await gsa.run('emulator', 'start', '--json', { env: { [name]: value } })
    expect(result.exitCode).toBe(2)
    expect(result.error['cause']).toBe(`${name} is "${value}". ${what}`)
  })

  test('start --auto-consent can come from a variable', async ({ gsa }) => {
    await gsa.run('emulator', 'start', '--port', '0', '--json', {
      env: { GSA_EMULATOR_AUTO_CONSENT: 'true' },
      printsSecrets: true,
      meanwhile: [
        /"issuer"/,
        async (screen) => {
          const { host } = new URL(/"issuer":"([^"]*)"/.exec(screen)?.[1] ?? '')
          const login = await gsa.run('login', '--json', {
            env: {
              GSA_EMULATOR_HOST: host,
              GSA_CLIENT_SECRETS: gsa.desktopClient,
            },
            browser: async (url) => await fetch(url),
          })
          expect(login.exitCode, login.stderr).toBe(0)
        },
      ],
    })
  })

  test('start tells a person that its answers name another issuer', async ({ gsa }) => {
    const flags = ['--port', '0', '--issuer', 'http://google:9077']
    const result = await gsa.run('emulator', 'start', ...flags, { interruptWhen: /Ctrl-C to stop/ })
    expect(result.stdout).toContain('ID tokens and responses have the address http://google:9077.')
  })

  test.for([
    { issuer: 'http://Google:80/', origin: 'http://google' },
    { issuer: 'https://accounts.google.com/o/oauth2', origin: 'https://accounts.google.com' },
  ])('start tells how to write the issuer $issuer', async ({ issuer, origin }, { gsa }) => {
    const env = { GSA_EMULATOR_ISSUER: issuer }
    const result = await gsa.run('emulator', 'start', '--port', '0', { env })
    expect(result.exitCode).toBe(2)
    expect(result.stderr).toContain(`the issuer "${issuer}" must be an origin such as ${origin}.`)
    expect(result.stderr).toContain('leave out the flag or variable')
  })

  test('start refuses an issuer that is not an origin', async ({ gsa }) => {
    const result = await gsa.run('emulator', 'start', '--port', '0', '--issuer', 'google:9077', '--json')
    expect(result).toMatchObject({ exitCode: 2, error: { code: 'emulator_setup_invalid' } })
    expect(result.error['message']).toContain('must be an origin such as http://google:9077')
  })

  test.for([
    { flags: ['--issuer', 'http://google:9077'], env: {} },
    { flags: [], env: { GSA_EMULATOR_ISSUER: 'http://google:9077' } },
  ])("start refuses another issuer for an emulator that stands in for Google's hosts: %j", async (given, { gsa }) => {
    const { flags, env } = given
    const result = await gsa.run('emulator', 'start', '--impersonate', '--port', '0', ...flags, '--json', { env })
    expect(result).toMatchObject({ exitCode: 2, error: { code: 'emulator_setup_invalid' } })
    expect(result.error['message']).toContain('the issuer "http://google:9077" must be https://accounts.google.com')
  })

  test('start tells a person what to type next', async ({ gsa }) => {
    const result = await gsa.run('emulator', 'start', '--port', '0', { interruptWhen: /Ctrl-C to stop/ })
    expect(result.stdout).toMatch(/export GSA_EMULATOR_HOST=127\.0\.0\.1:\d+/)
  })

  test('start names the busy port', async ({ gsa, google }) => {
    const result = await gsa.run('emulator', 'start', '--port', new URL(google.issuer).port, '--json')
    expect(result.exitCode).toBe(2)
    expect(result.error['code']).toBe('port_busy')
  })

  test.for([
    ['web', 'web', 'exchange', '-'],
    ['desktop', 'installed', 'login', '--no-browser'],
    ['tv', 'installed', 'login', '--device'],
  ] as const)(
    'client-secrets --type %s prints a file that gsa accepts',
    async ([type, key, ...command], { gsa, google }) => {
      const { stdout, exitCode } = await gsa.run('emulator', 'client-secrets', '--type', type, { printsSecrets: true })
      expect(exitCode).toBe(0)
      const clientId = `100000000001-${type}.apps.googleusercontent.com`
      expect(JSON.parse(stdout)).toMatchObject({ [key]: { client_id: clientId, token_uri: `${google.issuer}/token` } })
      google.arm({ on: 'device', fault: 'other-interval', seconds: 1 })
      const taken = await gsa.run(...command, '--json', '--client-secrets', gsa.file('printed.json', stdout), {
        stdin: await google.createCode(),
        browser: {},
        device: {},
      })
      expect(taken.exitCode, taken.stderr).toBe(0)
      expect(taken.json).toMatchObject({ clientId, account: { email: 'ada@example.com' } })
    },
  )

  test.for(['android', 'ios', 'web-popup'])(
    'code --platform %s prints a code that exchange accepts as coming from there',
    async (platform, { gsa }) => {
      const { stdout } = await gsa.run('emulator', 'code', '--platform', platform, '--account', 'grace@corp.example', {
        printsSecrets: true,
      })
      const exchanged = await gsa.run('exchange', '-', '--from', platform, '--yes', '--json', { stdin: stdout })
      expect(exchanged.json).toMatchObject({ account: { email: 'grace@corp.example' } })
    },
  )

  test('code --scope grants these scopes only, by their short names, repeated or in one value', async ({ gsa }) => {
    const scopes = ['--scope', 'openid email', '--scope', 'drive.appfolder']
    const { stdout } = await gsa.run('emulator', 'code', ...scopes, { printsSecrets: true })
    const exchanged = await gsa.run('exchange', '-', '--yes', '--json', { stdin: stdout })
    const { granted } = exchanged.json['scopes'] as { granted: string[] }
    expect(granted.toSorted()).toEqual([
      'https://www.googleapis.com/auth/drive.appdata',
      'https://www.googleapis.com/auth/userinfo.email',
      'openid',
    ])
  })

  test('code --force-consent brings a refresh token each time, unlike a second code without it', async ({ gsa }) => {
    const received: unknown[] = []
    for (const flags of [[], [], ['--force-consent']]) {
      const { stdout } = await gsa.run('emulator', 'code', ...flags, { printsSecrets: true })
      const { json } = await gsa.run('exchange', '-', '--yes', '--json', { stdin: stdout })
      received.push((json['refreshToken'] as { received: boolean }).received)
    }
    expect(received).toEqual([true, false, true])
  })

  test('code --client-id issues a code for that web client', async ({ gsa, google }) => {
    const clientId = '100000000002-other.apps.googleusercontent.com'
    const client = { client_id: clientId, client_secret: 'GOCSPX-other-web', redirect_uris: [] }
    await configure(google, 'POST clients', { web: client })
    const { stdout } = await gsa.run('emulator', 'code', '--client-id', clientId, { printsSecrets: true })
    const other = gsa.file('other.json', JSON.stringify({ web: client }))
    const exchanged = await gsa.run('exchange', '-', '--yes', '--json', '--client-secrets', other, { stdin: stdout })
    expect(exchanged.json).toMatchObject({ clientId })
  })

  test('code for a client that is not a web client says so', async ({ gsa, google }) => {
    const desktop = google.clients.find(({ type }) => type === 'desktop')?.clientId ?? ''
    const { exitCode, error } = await gsa.run('emulator', 'code', '--client-id', desktop, '--json')
    expect(exitCode).toBe(2)
    expect(error['message']).toContain(`${desktop} is not a web client`)
  })

  test('code names the unknown account, and says what to start', async ({ gsa }) => {
    const nobody = await gsa.run('emulator', 'code', '--account', 'nobody@example.com', '--json')
    expect(nobody.exitCode).toBe(2)
    expect(nobody.error['message']).toBe('The emulator rejected the request: there is no account nobody@example.com.')
    const nowhere = await gsa.run('emulator', 'code', '--json', { env: { GSA_EMULATOR_HOST: '127.0.0.1:1' } })
    expect(nowhere.exitCode).toBe(3)
    expect(nowhere.error['fix']).toContain('gsa emulator start')
  })

  test.for([
    { env: {}, exitCode: 2, says: 'Set GSA_EMULATOR_CONTROL_TOKEN to its control token.' },
    { env: { GSA_EMULATOR_CONTROL_TOKEN: 'other' }, exitCode: 2, says: 'the control API needs the header' },
    { env: { GSA_EMULATOR_CONTROL_TOKEN: 'let-me-in' }, exitCode: 0, says: '' },
  ])('code for an emulator under a name of another machine, with $env, exits with $exitCode', async (row, { gsa }) => {
    const flags = ['emulator', 'start', '--port', '0', '--json']
    await gsa.run(...flags, {
      env: { GSA_EMULATOR_CONTROL_TOKEN: 'let-me-in' },
      printsSecrets: true,
      meanwhile: [
        /"driveUrl":"http:\/\/127\.0\.0\.1:\d+"/,
        async (screen) => {
          const port = /"driveUrl":"[^"]*:(\d+)"/.exec(screen)?.[1]
          // This address leads to 127.0.0.1, but does not look like it.
          const env = { ...row.env, GSA_EMULATOR_HOST: `[::ffff:127.0.0.1]:${port}` }
          const result = await gsa.run('emulator', 'code', { env, printsSecrets: true })
          expect(result.exitCode).toBe(row.exitCode)
          expect(result.stderr).toContain(row.says)
          expect(result.stderr + result.stdout).not.toContain('let-me')
        },
      ],
    })
  })

  test('accepts an additional client from a client secrets file', async ({ gsa }) => {
    const mine = gsa.file(
      'mine.json',
      JSON.stringify({
        web: { client_id: '7-mine.apps.googleusercontent.com', client_secret: 'mine', redirect_uris: [] },
      }),
    )
    const result = await gsa.run('emulator', 'start', '--port', '0', '--client-secrets', mine, '--json', {
      interruptWhen: /"issuer"/,
      printsSecrets: true,
    })
    expect(result.json['clients']).toContainEqual(
      expect.objectContaining({ clientId: '7-mine.apps.googleusercontent.com' }),
    )
    expect(result.stdout).not.toContain('"mine"')
  })

  test('start accepts a configuration, a seed and a file for its state', async ({ gsa }) => {
    const config = gsa.file('google.json', JSON.stringify({ accounts: [{ email: 'new@example.com' }] }))
    const persist = `${config}.state`
    const flags = ['emulator', 'start', '--port', '0', '--json', '--persist', persist]
    const first = await gsa.run(...flags, '--config', config, '--seed', 'x', {
      interruptWhen: /"issuer"/,
      printsSecrets: true,
    })
    expect(first.exitCode).toBe(130)
    const again = await gsa.run(...flags, { interruptWhen: /"issuer"/, printsSecrets: true })
    for (const { json } of [first, again])
      expect(json['accounts']).toContainEqual(expect.objectContaining({ email: 'new@example.com' }))
  })

  test.each([
    ['--config', 'nowhere.json', undefined, '"nowhere.json" cannot be read'],
    ['--config', undefined, '{', 'is not JSON'],
    ['--config', undefined, '{"acounts":[]}', 'no member "acounts"'],
    ['--config', undefined, '{"faults":[{"on":"token","fault":"rain"}]}', 'faults[0]: there is no fault "rain"'],
    ['--persist', '/nowhere/state', undefined, '"/nowhere/state" cannot be used'],
    ['--persist', undefined, 'not ours', 'was not written by this version of the emulator'],
  ])('start %s %s with %j is a usage error that says why', async (flag, path, content, message) => {
    await withGsa(async (gsa) => {
      const file = path ?? gsa.file('setup', content ?? '')
      const result = await gsa.run('emulator', 'start', '--port', '0', '--json', flag, file)
      expect(result.exitCode).toBe(2)
      expect(result.error).toMatchObject({ code: 'emulator_setup_invalid' })
      expect(result.error['cause']).toContain(message)
    })
  })

  test('start quotes nothing from a configuration that is not JSON, because it may be a secret', async ({ gsa }) => {
    const config = gsa.file('google.json', '{"clients":[{"clientSecret":GOCSPX-mine}]}')
    const result = await gsa.run('emulator', 'start', '--port', '0', '--json', '--debug', '--config', config)
    expect(result.error['code']).toBe('emulator_setup_invalid')
    expect(result.stdout + result.stderr).not.toMatch(/GOC|clientSec/)
  })

  test('start first says what an address that others can reach exposes', async ({ gsa }) => {
    // This address is reserved for documentation: no machine has it, so nothing is exposed.
    const result = await gsa.run('emulator', 'start', '--port', '0', '--host', '192.0.2.1')
    expect(result.stderr).toMatch(/Anyone who can reach this machine at 192\.0\.2\.1 can sign in as any account/)
    expect(result.stderr).toMatch(/Cannot listen on 192\.0\.2\.1/)
    expect(result.exitCode).toBe(2)
  })

  test.for([
    { flags: [], says: 'The buttons of the start page and the control API work on this machine only.' },
    { flags: ['--control-token', 'let-me-in'], says: 'the control API also answers other machines that send the' },
  ])('start with $flags says who can control it', async ({ flags, says }, { gsa }) => {
    const result = await gsa.run('emulator', 'start', '--port', '0', '--host', '192.0.2.1', ...flags)
    expect(result.stderr.replace(/\s+/g, ' ')).toContain(says)
    expect(result.stderr).not.toContain('let-me-in')
  })
})
