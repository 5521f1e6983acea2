import { describe, expect } from 'vitest'
import { probes as allProbes } from '../../src/comparison/probes/probes.ts'
import { startEmulator } from '../../src/emulator/index.ts'
import { changingProxy } from '../comparison/changing-proxy.ts'
import { type Run, test } from '../support/harness.ts'

interface Report {
  readonly target: string
  readonly with: string
  readonly same: number
  readonly different: number
  readonly failed: number
  readonly probes: readonly {
    readonly name: string
    readonly result: string
    readonly differences: readonly { readonly what: string; readonly target: string; readonly with: string }[]
  }[]
}

const reportOf = (run: Run): Report => run.json as unknown as Report
const outcomes = (run: Run): object =>
  Object.fromEntries(reportOf(run).probes.map(({ name, result }) => [name, result]))

describe('gsa emulator compare', () => {
  test('finds nothing between two emulators, with and without an account', async ({ gsa, google }) => {
    const run = await gsa.run('emulator', 'compare', '--target', google.issuer, '--json')
    const { probes, ...counts } = reportOf(run)
    expect(probes.filter(({ result }) => result !== 'same')).toEqual([])
    expect(counts).toMatchObject({ target: google.issuer, same: probes.length, different: 0, failed: 0 })
    expect(run.exitCode).toBe(0)
    expect(probes.length).toBeGreaterThan(60)
    const sent = google.requests().map(({ method, path }) => `${method} ${path}`)
    expect(sent.length).toBeLessThanOrEqual(110)
    expect(sent).toContain('PUT /upload/drive/v3/files')
  })

  test('leaves no file behind, and nothing that was granted is revoked', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode() })
    expect((await gsa.run('emulator', 'compare', '--target', google.issuer)).exitCode).toBe(0)
    expect((await gsa.run('drive', 'ls-appfolder', '--json')).json).toEqual([])
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('deletes its files, too, if the server does not respond to their creation', async ({ gsa, google }) => {
    google.arm({ on: 'drive', fault: 'lost-answer' })
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode() })
    const run = await gsa.run('emulator', 'compare', '--target', google.issuer, '--probe', 'drive-create', '--json')
    expect(run.exitCode).toBe(3)
    expect((await gsa.run('drive', 'ls-appfolder', '--json')).json).toEqual([])
  })

  test('deletes its files when it is interrupted', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', '--yes', { stdin: await google.createCode() })
    const run = await gsa.run('emulator', 'compare', '--target', google.issuer, { interruptWhen: /drive-multipart/ })
    expect(run.exitCode).toBe(130)
    expect((await gsa.run('drive', 'ls-appfolder', '--json')).json).toEqual([])
  })

  test('shows a difference to a person, and how to report it', async ({ gsa, google }) => {
    google.arm({ on: 'tokeninfo', fault: 'http-500', times: 10 })
    const run = await gsa.run('emulator', 'compare', '--target', google.issuer, '--probe', 'tokeninfo-none')
    expect(run.exitCode).toBe(5)
    expect(run.stdout).toMatch(/✗ tokeninfo-none\n {4}status: 500 → 400\n/)
    expect(run.stdout).toContain('0 same, 1 different, 0 failed')
    expect(run.stderr).toContain(
      `gsa emulator compare --target ${google.issuer} --probe tokeninfo-none --json > compare.json`,
    )
  })

  test('reports its differences as JSON, with the failure on stderr', async ({ gsa, google }) => {
    google.arm({ on: 'tokeninfo', fault: 'http-500', times: 10 })
    const flags = ['--target', google.issuer, '--probe', 'tokeninfo-none', '--json']
    const run = await gsa.run('emulator', 'compare', ...flags)
    const [probe] = reportOf(run).probes
    expect(probe).toMatchObject({ name: 'tokeninfo-none', result: 'different' })
    expect(probe?.differences[0]).toEqual({ what: 'status', target: '500', with: '400' })
    expect(run.error).toMatchObject({ code: 'answers_differ', exitCode: 5, details: { different: 1 } })
  })

  test('names every probe and what it shows, without sending anything', async ({ gsa, google }) => {
    const { json } = await gsa.run('emulator', 'compare', '--list', '--json')
    const listed = json['probes'] as { name: string; shows: string }[]
    expect(new Set(listed.map(({ name }) => name)).size).toBe(listed.length)
    const { stdout } = await gsa.run('emulator', 'compare', '--list')
    for (const { name, shows } of listed) expect(stdout).toMatch(new RegExp(`^${name} .*\\b${shows.slice(0, 4)}`, 'm'))
    expect(google.requests()).toEqual([])
  })

  test.for([
    [['--probe', 'discovry'], 'There is no probe "discovry"; similar ones: discovery'],
    [['--probe', 'xyz'], 'gsa emulator compare --list lists them'],
    [[], 'Name a server: --target google'],
    [['--target', 'http://example.com'], 'neither https nor http on a loopback address'],
    [['--target', 'google', '--with', 'tea'], '--with is "tea". Use google, or the address of a server'],
    [['--target', '127.0.0.1:9077'], '--target is "127.0.0.1:9077". Use google, or the address of a server'],
    [['--target', 'http://127.0.0.1:9/?tea'], 'Leave out everything from ? or # on'],
    [['--target', 'google', '--account', 'nobody@example.com'], '"nobody@example.com" is not stored for https://acc'],
  ] as const)('says what is wrong with %j', async ([flags, problem], { gsa }) => {
    const { exitCode, error } = await gsa.run('emulator', 'compare', ...flags, '--json')
    expect(exitCode).toBe(2)
    expect(error['cause']).toContain(problem)
  })

  test.for([
    { token: 'let-me-in', exitCode: 0, shown: /^1 same, 0 different, 0 failed$/m },
    { token: 'other', exitCode: 3, shown: /with codes of its own, set GSA_EMULATOR_CONTROL_TOKEN\./ },
    { token: undefined, exitCode: 3, shown: /with codes of its own, set GSA_EMULATOR_CONTROL_TOKEN\./ },
  ])('sends its control token to an emulator that asks for it: $token', async ({ token, exitCode, shown }, { gsa }) => {
    const google = await startEmulator({ controlToken: 'let-me-in' })
    const elsewhere = await changingProxy(google.driveUrl, undefined, 'google:9077')
    const here = await changingProxy(google.driveUrl)
    try {
      const flags = ['--target', elsewhere.url, '--with', here.url, '--probe', 'refresh']
      const run = await gsa.run('emulator', 'compare', ...flags, { env: { GSA_EMULATOR_CONTROL_TOKEN: token } })
      expect(run.exitCode).toBe(exitCode)
      expect(run.stdout + run.stderr).toMatch(shown)
      expect(JSON.stringify(here.headers)).not.toContain('let-me-in')
    } finally {
      for (const proxy of [elsewhere, here]) await proxy.close()
      await google.close()
    }
  })

  test('reports a server that cannot be reached, and does not take it for one that is the same', async ({ gsa }) => {
    const flags = ['--target', 'http://127.0.0.1:9', '--probe', 'discovery', '--probe', 'refresh', '--json']
    const run = await gsa.run('emulator', 'compare', ...flags)
    expect(outcomes(run)).toEqual({ discovery: 'failed', refresh: 'failed' })
    expect(reportOf(run).probes[0]?.differences).toEqual([
      { what: 'request', target: expect.stringContaining('127.0.0.1:9') as string, with: 'response with status 200' },
    ])
    expect(run.error).toMatchObject({ code: 'comparison_incomplete', exitCode: 3 })
  })

  test('sends no more to a server that did not respond three times', async ({ gsa }) => {
    const run = await gsa.run('emulator', 'compare', '--target', 'http://127.0.0.1:9')
    expect(run.stdout).toContain('0 same, 0 different, 3 failed')
    expect(run.stderr).toContain('requests were left out: http://127.0.0.1:9 did not respond to 3 requests in a row')
    expect(run.stderr).toContain('gsa emulator compare --target http://127.0.0.1:9 --json')
    expect(run.exitCode).toBe(3)
  })

  test('sends the chunks of an upload to the server it compares, whatever address the session has', async ({ gsa }) => {
    const other = await startEmulator({ issuer: 'http://google:9077' })
    try {
      const flags = [
        '--target',
        other.driveUrl,
        '--probe',
        'drive-resumable',
        '--probe',
        'drive-resumable-end',
        '--json',
      ]
      const run = await gsa.run('emulator', 'compare', ...flags)
      expect(outcomes(run)).toEqual({ 'drive-resumable': 'different', 'drive-resumable-end': 'same' })
    } finally {
      await other.close()
    }
  })

  test.for([
    ['user-rate-limit', 'rate limit (403 userRateLimitExceeded)'],
    ['project-rate-limit-429', 'rate limit (429 rateLimitExceeded)'],
    ['daily-limit', 'rate limit (403 dailyLimitExceeded)'],
  ] as const)('takes %s for a request that was not looked at', async ([fault, reason], { gsa, google }) => {
    google.arm({ on: 'drive', fault, times: 10 })
    const flags = ['--target', google.issuer, '--probe', 'drive-missing', '--json']
    const run = await gsa.run('emulator', 'compare', ...flags)
    expect(reportOf(run).probes).toMatchObject([
      { result: 'failed', differences: [{ what: 'request', target: reason }] },
    ])
    expect(run.exitCode).toBe(3)
  })
})

/** Returns a change that hides the control API, as at Google. */
const withoutControl = (response: { status: number; body: string }, request: string): void => {
  if (request.includes('/emulator/v1/')) Object.assign(response, { status: 404, body: '' })
}

describe('gsa emulator compare with a server that has no control API', () => {
  test('says how to find the files that it could not delete', async ({ gsa, google }) => {
    const proxy = await changingProxy(google.issuer, (response, request) => {
      if (request.startsWith('DELETE ')) response.status = 500
    })
    try {
      const run = await gsa.run('emulator', 'compare', '--target', proxy.url, '--probe', 'drive-create')
      const [, name] = /Files with the name (gsa-compare-\w{8}) may be left in the app folder/.exec(run.stderr) ?? []
      expect(run.stderr).toContain(`gsa drive ls --long --query 'name = '\\''${name}'\\'''`)
    } finally {
      await proxy.close()
    }
  })

  test('names the response that is to blame for a request that could not be sent', async ({ gsa, google }) => {
    const proxy = await changingProxy(google.issuer, (response, request) => {
      if (request === 'POST /token') response.body = '{}'
    })
    try {
      const run = await gsa.run('emulator', 'compare', '--target', proxy.url, '--probe', 'drive-download', '--json')
      expect(reportOf(run).probes).toMatchObject([
        { result: 'failed', differences: [{ target: 'the response to exchange had no access_token' }] },
      ])
    } finally {
      await proxy.close()
    }
  })

  test('leaves out the requests that need an account, and says how many and why', async ({ gsa, google }) => {
    const proxy = await changingProxy(google.issuer, withoutControl)
    try {
      const run = await gsa.run('emulator', 'compare', '--target', proxy.url, '--json')
      const { probes, failed } = reportOf(run)
      expect(failed).toBe(0)
      expect(run.stderr).toContain(
        `${allProbes.length - probes.length} requests were left out: no account with a refresh token is stored for ${proxy.url}; to add one: gsa login --issuer ${proxy.url}`,
      )
      const named = await gsa.run('emulator', 'compare', '--target', proxy.url, '--probe', 'refresh', '--json')
      expect(outcomes(named)).toEqual({ refresh: 'failed' })
      expect(named.exitCode).toBe(3)
    } finally {
      await proxy.close()
    }
  })
})

test('no secret and no email address of either server is printed', async ({ gsa, google }) => {
  const other = await startEmulator()
  const proxies = [await changingProxy(google.issuer), await changingProxy(other.issuer)] as const
  try {
    const [target, second] = proxies.map(({ url }) => url) as [string, string]
    const flags = ['emulator', 'compare', '--target', target, '--with', second]
    const [report, json, log] = [
      await gsa.run(...flags),
      await gsa.run(...flags, '--json'),
      await gsa.run(...flags, '--debug'),
    ]
    // The addresses of the emulators in their ID tokens are what differs.
    for (const { exitCode } of [report, json, log]) expect(exitCode).toBe(5)
    const traffic = proxies.flatMap(({ passed }) => passed.map(({ received }) => received)).join('\n')
    const valuesOf = (names: string): string[] => [
      ...new Set([...traffic.matchAll(new RegExp(`"(?:${names})": ?"([^"]+)"`, 'g'))].map(([, value = '']) => value)),
    ]
    const secrets = valuesOf('access_token|refresh_token|id_token|code|clientSecret')
    const identities = valuesOf('sub|email|emailAddress|name')
    expect(secrets.length).toBeGreaterThan(10)
    expect(identities).toContain('ada@example.com')
    const printed = [report, json].map(({ stdout, stderr }) => stdout + stderr).join('\n')
    const gsaFiles = /gsa-compare/
    expect([...secrets, ...identities].filter((value) => !gsaFiles.test(value) && printed.includes(value))).toEqual([])
    expect(secrets.filter((secret) => (log.stdout + log.stderr).includes(secret))).toEqual([])
  } finally {
    for (const proxy of proxies) await proxy.close()
    await other.close()
  }
})
