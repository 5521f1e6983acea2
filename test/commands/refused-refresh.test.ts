import { describe, expect } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { type Gsa, type Run, type RunOptions, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

const dayMs = 86_400_000

/** Advances both clocks, the emulator's and ours, by so many days. */
function later(google: Emulator, days: number): RunOptions {
  google.advanceClock(`${days}d`)
  return { now: () => Date.now() + days * dayMs }
}

const inTesting = async (google: Emulator): Promise<void> =>
  configure(google, 'POST projects', { publishingStatus: 'testing' })

async function login(gsa: Gsa, ...args: readonly (string | RunOptions)[]): Promise<Run> {
  const given = args.find((arg) => typeof arg !== 'string') ?? {}
  const flags = args.filter((arg) => typeof arg === 'string')
  const run = await gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, ...flags, {
    browser: {},
    ...given,
  })
  expect(run.exitCode, run.stderr).toBe(0)
  return run
}

const causesOf = ({ error }: Run): unknown => (error['details'] as { causes: unknown }).causes

const testingText =
  'Error: The refresh token of ada@example.com was rejected (invalid_grant): the app is in "Testing", where refresh tokens expire after seven days.\n' +
  '       Publish the app in the console (Google Auth Platform > Audience > "Publish app"); drive.appdata needs no verification. Then log in again: gsa login\n'

describe('a refused refresh token', () => {
  test('says after seven days of an app in Testing that it expired, and how to avoid that permanently', async ({
    gsa,
    google,
  }) => {
    await inTesting(google)
    await login(gsa)
    const run = await gsa.run('refresh', '--json', later(google, 7))
    expect(run).toMatchObject({
      exitCode: 4,
      error: {
        code: 'refresh_token_refused',
        details: {
          account: 'ada@example.com',
          removed: true,
          causes: [{ cause: 'testing_expired', likelihood: 'certain' }],
        },
      },
    })
  })

  test.for([
    ['refresh'],
    ['token'],
    ['drive', 'ls-appfolder'],
    ['drive', 'info'],
    ['api', '/drive/v3/about?fields=user'],
  ])('gets the same explanation from gsa %s', async (argv, { gsa, google }) => {
    await inTesting(google)
    await login(gsa)
    const run = await gsa.run(...argv, later(google, 7))
    expect(run.exitCode).toBe(4)
    expect(run.stderr).toContain(testingText)
  })

  test('is reported again by the next command and by whoami until there is a new one', async ({ gsa, google }) => {
    await inTesting(google)
    await login(gsa)
    const options = later(google, 7)
    await gsa.run('refresh', options)
    const again = await gsa.run('token', options)
    expect(again.exitCode).toBe(4)
    expect(again.stderr).toMatch(
      /rejected on \d{4}-\d\d-\d\d and removed \(invalid_grant\): the app is in "Testing".*\n.*Publish the app/,
    )
    expect((await gsa.run('token', '--json', options)).error['code']).toBe('no_refresh_token')
    const { stdout, stderr } = await gsa.run('whoami', options)
    expect(stdout).toContain('Refresh token  none stored, the last one was rejected')
    expect(stderr).toContain('the app is in "Testing"')
    await login(gsa, options)
    expect((await gsa.run('whoami', options)).stdout).toContain('Refresh token  in memory')
  })

  test('is explained by half a year without use', async ({ gsa, google }) => {
    await login(gsa)
    const run = await gsa.run('refresh', '--json', later(google, 184))
    expect(causesOf(run)).toMatchObject([
      { cause: 'unused', likelihood: 'likely', for: ['it last worked 184 days ago'] },
      { cause: 'testing_expired', likelihood: 'possible' },
      { cause: 'user_revoked', likelihood: 'possible' },
      { cause: 'newer_tokens', likelihood: 'possible' },
    ])
    expect(run.error['message']).toBe(
      'The refresh token of ada@example.com was rejected (invalid_grant), probably because it expired after six months without use.',
    )
  })

  test('is explained by the end of time-limited access', async ({ gsa, google }) => {
    await login(gsa, '--scope', 'openid', '--scope', 'email', '--scope', 'drive.appdata', {
      browser: async (url) => {
        const { answerConsent } = await import('../../src/emulator/index.ts')
        await answerConsent(url, { limitedAccess: true })
      },
    })
    google.advanceClock('90d')
    const middle = await gsa.run('refresh', '--json', { now: () => Date.now() + 90 * dayMs })
    expect(middle).toMatchObject({ exitCode: 0, json: { warnings: [] } })
    google.advanceClock('90d')
    const run = await gsa.run('refresh', '--json', { now: () => Date.now() + 180 * dayMs })
    expect(causesOf(run)).toMatchObject([{ cause: 'access_ended', likelihood: 'certain' }])
  })

  test('is explained as revoked if it is young and the server still knows it', async ({ gsa, google }) => {
    await login(gsa)
    await configure(google, 'POST grants/revoke', {
      account: 'ada@example.com',
      clientId: '100000000001-desktop.apps.googleusercontent.com',
    })
    const run = await gsa.run('refresh')
    expect(run.stderr).toMatch(
      /was rejected \(invalid_grant\), probably because its user or another program revoked access at the server\.\n {7}Log in again: gsa login\n/,
    )
  })

  test('is explained as forgotten if it is young and the server does not know it', async ({ gsa, google }) => {
    await login(gsa)
    const { port } = new URL(google.issuer)
    await google.close()
    const restarted = await startEmulator({ port: Number(port) })
    try {
      const run = await gsa.run('refresh')
      expect(run.stderr).toContain('probably because the server on this machine was restarted and lost it')
    } finally {
      await restarted.close()
    }
  })

  test('is explained by gsa revoke for another client of the project', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    await login(gsa, { env })
    const web = await gsa.run('exchange', '-', '--client-secrets', gsa.webClient, {
      env,
      stdin: await google.createCode(),
    })
    expect(web.exitCode).toBe(0)
    expect(
      (await gsa.run('revoke', '--yes', '--account', 'ada@example.com', '--client-secrets', gsa.webClient, { env }))
        .exitCode,
    ).toBe(0)
    const run = await gsa.run('refresh', '--json', { env })
    expect(causesOf(run)).toMatchObject([{ cause: 'project_revoked', likelihood: 'certain' }])
    expect(run.error['message']).toContain('Google revokes it for all of them')
  })

  test('is not explained by gsa revoke for another account of the project', async ({ gsa, google }) => {
    const { env } = lastingStore(gsa)
    const web = ['--client-secrets', gsa.webClient]
    for (const account of ['ada@example.com', 'grace@corp.example'])
      await gsa.run('exchange', '-', ...web, { env, stdin: await google.createCode({ account }) })
    expect((await gsa.run('revoke', '--yes', '--account', 'ada@example.com', ...web, { env })).exitCode).toBe(0)
    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    const run = await gsa.run('refresh', '--json', '--account', 'grace@corp.example', ...web, { env })
    expect(run.error['code']).toBe('refresh_token_refused')
    expect(causesOf(run)).not.toContainEqual(expect.objectContaining({ cause: 'project_revoked' }))
  })

  test('is explained by a hundred newer ones, with how many this machine received', async ({ gsa }) => {
    await login(gsa)
    const first = new Map(gsa.memory)
    for (let count = 0; count < 100; count++) await login(gsa)
    const index = gsa.memory.get('accounts') ?? ''
    for (const [item, value] of first) gsa.memory.set(item, value)
    gsa.memory.set('accounts', index)
    const run = await gsa.run('refresh', '--json')
    expect(causesOf(run)).toMatchObject([
      { cause: 'user_revoked', likelihood: 'likely' },
      {
        cause: 'newer_tokens',
        likelihood: 'likely',
        for: ['101 refresh tokens for this account and client were obtained on this machine'],
      },
    ])
    expect(run.error['message']).toContain('or because newer ones displaced it')
  })

  test.for(['invalid-rapt', 'rapt-required'])(
    'is kept when session control (%s) refused it, and works again',
    async (fault, { gsa, google }) => {
      await login(gsa)
      google.arm({ on: 'token', fault })
      const run = await gsa.run('refresh', '--json')
      expect(run.error).toMatchObject({
        code: 'refresh_token_refused',
        details: { removed: false, causes: [{ cause: 'session_ended', likelihood: 'certain' }] },
      })
      expect(run.error['message']).toContain('requires a new sign-in')
      expect(run.error['fix']).toContain('https://support.google.com/a/answer/9368756')
      expect((await gsa.run('refresh')).exitCode).toBe(0)
    },
  )

  test("is not blamed on Testing if this machine's clock is slow", async ({ gsa, google }) => {
    await login(gsa)
    google.arm({ on: 'token', fault: 'expired-or-revoked' })
    google.advanceClock('10d')
    const run = await gsa.run('refresh', '--json')
    expect(run.error['details']).toMatchObject({ clockAheadSeconds: expect.closeTo(-864_000, -1) as number })
    expect(JSON.stringify(causesOf(run))).toContain('the clock of this machine is 10 days behind')
  })
})

describe('a refused GSA_REFRESH_TOKEN', () => {
  test.for([
    ['1//0bogus', 'probably because it is truncated, or belongs to another client or server'],
    ['ya29.bogus', 'it is not a refresh token (those from Google begin with 1//)'],
    ['4/0bogus', 'it is not a refresh token (those from Google begin with 1//)'],
  ] as const)('%s: %s', async ([token, words], { gsa }) => {
    const run = await gsa.run('refresh', { env: { GSA_REFRESH_TOKEN: token } })
    expect(run.exitCode).toBe(4)
    expect(run.stderr).toContain('Error: The refresh token in GSA_REFRESH_TOKEN was rejected (invalid_grant)')
    expect(run.stderr).toContain(words)
    expect(run.stderr).toContain('Set GSA_REFRESH_TOKEN to a new one: gsa login, then gsa export --format env')
  })

  test('gets the three most common causes, because its age is unknown', async ({ gsa, google }) => {
    const { json } = await gsa.run('exchange', '-', '--no-store', '--show-tokens', '--json', {
      stdin: await google.createCode(),
      printsSecrets: true,
    })
    const env = { GSA_REFRESH_TOKEN: (json['refreshToken'] as { value: string }).value }
    await configure(google, 'POST grants/revoke', {
      account: 'ada@example.com',
      clientId: '100000000001-web.apps.googleusercontent.com',
    })
    const words =
      'Error: The refresh token in GSA_REFRESH_TOKEN was rejected (invalid_grant). Possible causes: the app is in "Testing", where refresh tokens expire after seven days; it expired after six months without use; its user or another program revoked access at the server.\n'
    for (const argv of [['refresh'], ['token'], ['whoami'], ['drive', 'ls-appfolder']])
      expect((await gsa.run(...argv, { env })).stderr).toContain(words)
  })
})
