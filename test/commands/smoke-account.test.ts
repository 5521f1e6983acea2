import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { generate, listed, logIn, requestsAfter } from '../drive/app-folder.ts'
import { type Gsa, type Run, type RunOptions, test } from '../support/harness.ts'
import { refreshTokenOf } from '../support/refresh-token.ts'

interface Checklist {
  readonly target: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly steps: readonly { name: string; status: string; ms: number; detail: string }[]
}

const smokeAccount = async (gsa: Gsa, ...args: readonly (string | RunOptions)[]): Promise<Run> =>
  gsa.run('smoke', '--account', 'ada@example.com', ...args)

/** Returns the result of each step, in order: `name status`. */
const outcomes = ({ json }: Run): string[] =>
  (json as unknown as Checklist).steps.map(({ name, status }) => `${name} ${status}`)

const detailOf = ({ json }: Run, name: string): string | undefined =>
  (json as unknown as Checklist).steps.find((step) => step.name === name)?.detail

const driveSteps = ['drive-info', 'drive-put', 'drive-ls', 'drive-get', 'drive-rm']

describe('gsa smoke --account', () => {
  test('goes from the refresh token to a file in the app folder and back, with only the necessary requests', async ({
    gsa,
    google,
  }) => {
    await logIn(gsa, google)
    await generate(google, 2)
    const files = await listed(gsa)
    const before = google.requests().length
    const run = await smokeAccount(gsa, '--json')
    expect([run.exitCode, run.stderr.includes('"error"')]).toEqual([0, false])
    expect(run.json).toMatchObject({ target: google.issuer, passed: 9, failed: 0, skipped: 0 })
    expect(outcomes(run)).toEqual(
      ['account', 'store', 'refresh', 'scope', ...driveSteps].map((name) => `${name} passed`),
    )
    expect(detailOf(run, 'refresh')).toContain('ID token of ada@example.com verified')
    const file = '/drive/v3/files/ID'
    expect(
      requestsAfter(google, before).map((request) => request.replace(/(?<=files\/)(?!appData|generate).+/, 'ID')),
    ).toEqual([
      'GET /.well-known/openid-configuration',
      'POST /token',
      'GET /oauth2/v3/certs',
      'GET /drive/v3/files/appDataFolder',
      'GET /drive/v3/files/generateIds',
      'POST /upload/drive/v3/files',
      'GET /drive/v3/files',
      `GET ${file}`,
      `DELETE ${file}`,
    ])
    expect(await listed(gsa)).toEqual(files)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('prints one line per step, and names the account and its server', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const { stdout, stderr } = await gsa.run('smoke', { env: { GSA_ACCOUNT: 'ada@example.com' } })
    expect(stdout).toMatch(/^gsa smoke: ada@example\.com\n\n(✓ .* \d+ ms {2}.+\n){9}\n9 passed, 0 failed\n$/)
    expect(stderr).toContain(`Authorization server: ${google.issuer} (not Google)`)
  })

  test('never asks for a passphrase, not even on a terminal', async ({ gsa, google }) => {
    const keys = gsa.file('passphrase', 'correct horse battery staple\n')
    const store = `file:${join(gsa.folder, 'home/secrets.age')}`
    const stdin = await google.createCode()
    await gsa.run('exchange', '-', '--store', store, { stdin, env: { GSA_STORE_PASSPHRASE_FILE: keys } })
    const run = await smokeAccount(gsa, '--store', store, '--json', { typing: [] })
    expect([run.exitCode, run.error['code']]).toEqual([2, 'answer_needed'])
    expect(run.stdout).toContain('"store","status":"failed"')
    expect(run.stderr).not.toContain('Passphrase of file')
  })

  test('two at the same time do not disturb each other', async ({ gsa, google }) => {
    await logIn(gsa, google)
    const runs = await Promise.all([smokeAccount(gsa, '--json'), smokeAccount(gsa, '--json')])
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0])
    expect(await listed(gsa)).toEqual([])
  })

  test('exits with 4 for an account that is not stored', async ({ gsa, google }) => {
    const nothing = await smokeAccount(gsa, '--json')
    expect([nothing.exitCode, nothing.error['code']]).toEqual([4, 'nothing_stored'])
    await logIn(gsa, google)
    const run = await gsa.run('smoke', '--account', 'grace@corp.example', '--json')
    expect([run.exitCode, run.error['code']]).toEqual([4, 'account_not_stored'])
    expect(outcomes(run)).toEqual([
      'account failed',
      ...['store', 'refresh', 'scope', ...driveSteps].map((name) => `${name} skipped`),
    ])
  })
})

describe('gsa smoke with GSA_REFRESH_TOKEN', () => {
  test('needs no store and no home, and writes nothing', async ({ gsa, google }) => {
    const env = {
      GSA_REFRESH_TOKEN: await refreshTokenOf(gsa, google),
      GSA_STORE: undefined,
      HOME: undefined,
      GSA_CONFIG_DIR: '/proc/nowhere',
    }
    const run = await gsa.run('smoke', '--json', { env, typing: [] })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(outcomes(run)).toEqual(['account', 'refresh', 'scope', ...driveSteps].map((name) => `${name} passed`))
    expect(gsa.memory.size).toBe(0)
    expect(existsSync(join(gsa.folder, 'home/gsa'))).toBe(false)
    expect(JSON.parse((await gsa.run('drive', 'ls-appfolder', '--json', { env })).stdout)).toEqual([])
  })

  test('uses the emulator if the variable is empty, as it is in CI without the secret', async ({ gsa, google }) => {
    const run = await gsa.run('smoke', '--json', {
      env: { GSA_REFRESH_TOKEN: '', DBUS_SESSION_BUS_ADDRESS: undefined },
    })
    expect(run.exitCode).toBe(0)
    expect(outcomes(run)).toContain('emulator passed')
    expect(google.requests()).toEqual([])
  })

  test('says in JSON and JUnit that a revoked token was refused, and exits with 4', async ({ gsa, google }) => {
    const env = { GSA_REFRESH_TOKEN: await refreshTokenOf(gsa, google) }
    await gsa.run('revoke', '--yes', { env })
    const report = join(gsa.folder, 'smoke.xml')
    const run = await gsa.run('smoke', '--json', '--junit', report, { env })
    expect(run.exitCode).toBe(4)
    expect(run.error).toMatchObject({ code: 'refresh_token_refused', exitCode: 4 })
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(run.json).toMatchObject({ passed: 1, failed: 1, skipped: 6 })
    expect(detailOf(run, 'refresh')).toContain('was rejected (invalid_grant)')
    const xml = readFileSync(report, 'utf8')
    expect(xml).toContain('tests="8" failures="1" errors="0" skipped="6"')
    expect(xml).toMatch(
      /classname="gsa\.smoke\.account" time="[\d.]+"><failure message="The refresh token in GSA_REFRESH_TOKEN was rejected [^"]+" type="refresh_token_refused">[^<]+</,
    )
    expect(xml).toContain(`>${(run.error['fix'] as string).replaceAll('"', '&quot;').replaceAll('>', '&gt;')}`)
    const shown = await gsa.run('smoke', { env })
    expect(shown.stdout).toMatch(
      /\n✗ Get an access token .*\n( {4}.*\n){2}(– .*\n){6}\n1 passed, 1 failed, 6 skipped\n$/,
    )
    expect(shown.stderr).toContain(`Error: ${run.error['cause'] as string}\n       ${run.error['fix'] as string}`)
  })

  test('cannot be combined with --account, and needs the client', async ({ gsa }) => {
    const env = { GSA_REFRESH_TOKEN: '1//0bogus' }
    expect((await smokeAccount(gsa, '--json', { env })).error['code']).toBe('usage')
    const run = await gsa.run('smoke', '--json', { env: { ...env, GSA_CLIENT_SECRETS: undefined } })
    expect([run.exitCode, run.error['code']]).toEqual([2, 'client_secrets_missing'])
  })
})

describe('a smoke test that fails', () => {
  test('skips Drive without drive.appdata, gives the reason, and is not green', async ({ gsa, google }) => {
    await logIn(gsa, google, ['openid', 'email'])
    const before = google.requests().length
    const run = await smokeAccount(gsa, '--json')
    expect([run.exitCode, run.error['code']]).toEqual([5, 'scope_insufficient'])
    expect(run.error['cause']).toContain('drive.appdata was not granted')
    expect(outcomes(run).slice(2)).toEqual([
      'refresh passed',
      'scope failed',
      ...driveSteps.map((name) => `${name} skipped`),
    ])
    for (const name of driveSteps) expect(detailOf(run, name)).toBe('needs: drive.appdata is granted')
    expect(requestsAfter(google, before).filter((request) => request.includes('/drive/'))).toEqual([])
  })

  test.for([
    ['api-not-enabled', 5, 'api_not_enabled', 'drive-info'],
    ['domain-policy', 5, 'drive_forbidden_by_policy', 'drive-info'],
    ['html-error', 3, 'invalid_answer', 'drive-info'],
  ] as const)(
    'at the app folder (%s) ends with exit code %i and %s',
    async ([fault, exit, code, step], { gsa, google }) => {
      await logIn(gsa, google)
      google.arm({ on: 'drive', fault })
      const run = await smokeAccount(gsa, '--json')
      expect([run.exitCode, run.error['code']]).toEqual([exit, code])
      expect(outcomes(run)).toContain(`${step} failed`)
      expect(detailOf(run, 'drive-rm')).toBe('no file was uploaded')
    },
  )

  test.for([
    ['drive', 'download-damaged', 0, 6, 'content_mismatch', 'drive-get'],
    ['drive', 'not-downloadable', 0, 5, 'drive_not_downloadable', 'drive-get'],
    ['drive', 'daily-limit', 3, 5, 'daily_limit_reached', 'drive-ls'],
    ['upload', 'storage-full', 0, 5, 'drive_storage_full', 'drive-put'],
    ['upload', 'upload-damaged', 0, 6, 'content_mismatch', 'drive-put'],
  ] as const)(
    'in the middle (%s: %s) leaves no file behind',
    async ([on, fault, after, exit, code, step], { gsa, google }) => {
      await logIn(gsa, google)
      google.arm({ on, fault, after })
      const run = await smokeAccount(gsa, '--json')
      expect([run.exitCode, run.error['code']]).toEqual([exit, code])
      expect(outcomes(run)).toContain(`${step} failed`)
      expect(outcomes(run).at(-1)).toBe(`drive-rm ${step === 'drive-put' ? 'skipped' : 'passed'}`)
      expect(await listed(gsa)).toEqual([])
    },
  )

  test('because the file cannot be deleted names it, and the command that deletes it', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'drive', fault: 'domain-policy', after: 5 })
    const run = await smokeAccount(gsa, '--json')
    const [file] = await listed(gsa)
    expect([run.exitCode, run.error['code']]).toEqual([3, 'smoke_file_left'])
    expect(run.error['cause']).toContain(file?.name)
    expect(run.error['fix']).toContain(`gsa drive rm --id ${file?.id} --yes`)
    expect((await gsa.run('drive', 'rm', '--id', file?.id ?? '', '--yes')).exitCode).toBe(0)
  })

  test('passes after a lost response', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'upload', fault: 'lost-answer' })
    const run = await smokeAccount(gsa)
    expect(run.exitCode, run.stderr).toBe(0)
    expect(run.stderr).toContain('retrying in 1 second.')
    expect(await listed(gsa)).toEqual([])
  })
})

describe('Ctrl-C in a smoke test', () => {
  test.for([
    ['before the file is put', /Open the app folder/, undefined],
    ['when the file is there', /Upload a small file/, undefined],
    ['when the file was found', /Find it in the list/, undefined],
    ['when it is not known whether the file is there', /retrying/, 'lost-answer'],
  ] as const)('%s leaves no file behind', async ([, interruptWhen, fault], { gsa, google }) => {
    await logIn(gsa, google)
    if (fault !== undefined) google.arm({ on: 'upload', fault })
    const run = await smokeAccount(gsa, { interruptWhen })
    expect(run.exitCode).toBe(130)
    expect(run.stderr).toContain('Interrupted.')
    expect(await listed(gsa)).toEqual([])
  })

  test('names the file that is left when it cannot be deleted', async ({ gsa, google }) => {
    await logIn(gsa, google)
    google.arm({ on: 'upload', fault: 'lost-answer' })
    google.arm({ on: 'drive', fault: 'domain-policy', after: 3 })
    const run = await smokeAccount(gsa, { interruptWhen: /retrying/ })
    const [file] = await listed(gsa)
    expect(run.exitCode).toBe(130)
    expect(run.stderr).toContain(`Interrupted. The file "${file?.name}" could not be removed`)
    expect(run.stderr).toContain(`gsa drive rm --id ${file?.id} --yes`)
  })
})
