import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { type Ended, root, runProgram, startGsa } from '../support/built-gsa.ts'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'

/** Returns the built program's environment with an age file, so that accounts outlive a process. */
function environment(gsa: Gsa, google: Emulator): Record<string, string> {
  mkdirSync(join(gsa.folder, 'keys'), { recursive: true })
  return {
    HOME: join(gsa.folder, 'home'),
    GSA_CONFIG_DIR: join(gsa.folder, 'home/gsa'),
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_CLIENT_SECRETS: gsa.webClient,
    GSA_STORE: `file:${join(gsa.folder, 'secrets.age')}`,
    GSA_STORE_PASSPHRASE_FILE: gsa.file('keys/passphrase', 'correct horse battery staple\n'),
  }
}

/** Runs the built program in a shell command line, in which `gsa` is the program. */
const shell = async (line: string, env: Record<string, string>, stdin = ''): Promise<Ended> =>
  runProgram('bash', ['-c', `gsa() { "${process.execPath}" "${join(root, 'bin/gsa.js')}" "$@"; }; ${line}`], {
    env,
    stdin,
  })

describe('with a closed stream', () => {
  test('for messages, a code that was already sent is still exchanged and its tokens stored', async ({
    gsa,
    google,
  }) => {
    const env = environment(gsa, google)
    const { exitCode } = await shell(
      'gsa exchange - --debug 2> >(head -1 >/dev/null) >/dev/null',
      env,
      await google.createCode(),
    )
    expect(exitCode).toBe(0)
    expect((await shell('gsa refresh', env)).exitCode).toBe(0)
    expect((await shell('gsa nonsense 2>/dev/full', env)).exitCode).toBe(2)
  })

  test('for the result, an operation under way finishes', async ({ gsa, google }) => {
    const { exitCode, stdout, stderr } = await shell(
      'set -o pipefail; gsa smoke --quiet | head -3',
      environment(gsa, google),
    )
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout.split('\n')).toHaveLength(4)
  })

  test('because the disk is full, a sentence says so', async ({ gsa, google }) => {
    const env = environment(gsa, google)
    await shell('gsa exchange -', env, await google.createCode())
    const { exitCode, stderr } = await shell('gsa token --json >/dev/full', env)
    expect(exitCode).toBe(2)
    expect(JSON.parse(stderr)).toMatchObject({
      error: { code: 'output_failed', details: { problem: 'the disk is full' } },
    })
  })
})

describe('with --json', () => {
  test('a failure prints only its document on stderr', async ({ gsa }) => {
    const result = await gsa.run('exchange', '4/0AVMBsJhXk3_9dPzJ7rT-uQwErTyUiOp', '--json')
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'code_refused' } })
  })

  test('a success still names a server other than Google, even with --quiet', async ({ gsa, google }) => {
    const result = await gsa.run('exchange', '-', '--json', '--quiet', { stdin: await google.createCode() })
    expect(result.stderr).toContain(`Authorization server: ${google.issuer} (not Google)`)
  })
})

describe('a closed terminal', () => {
  test('does not lose the token of a code that was already sent', async ({ gsa, google }) => {
    const env = environment(gsa, google)
    const exchange = startGsa(['exchange', '-', '--debug'], { env, stdin: await google.createCode() })
    await exchange.says(/> POST .*\/token/)
    exchange.signal('SIGHUP')
    await exchange.ended
    expect((await shell('gsa refresh', env)).exitCode).toBe(0)
  })
})

describe('gsa drive get -o', () => {
  test('follows a link, writes into a pipe or a device, and never replaces one', async ({ gsa, google }) => {
    const exchanged = await gsa.run('exchange', '-', '--no-store', '--show-tokens', '--json', {
      stdin: await google.createCode(),
      printsSecrets: true,
    })
    const refreshToken = (exchanged.json['refreshToken'] as { value: string }).value
    const { GSA_EMULATOR_HOST, GSA_CLIENT_SECRETS } = environment(gsa, google)
    const env = { GSA_EMULATOR_HOST, GSA_CLIENT_SECRETS, GSA_REFRESH_TOKEN: refreshToken } as Record<string, string>
    await shell('gsa drive put - --name a.txt', env, 'hello\n')
    const folder = mkdtempSync(join(tmpdir(), 'gsa-get-'))
    try {
      const script = `cd "${folder}"; mkfifo pipe; echo old > file; ln -s file link
        cat pipe > from-pipe & gsa drive get a.txt -o pipe; wait; gsa drive get a.txt -o link; gsa drive get a.txt -o /dev/null
        test -p pipe && test -L link && test -c /dev/null && cat from-pipe file; gsa drive get a.txt -o .; gsa drive get a.txt -o .; echo "exit $?"; ls`
      const { stdout, stderr } = await shell(script, env)
      expect(stdout).toMatch(/hello\nhello\na\.txt → a\.txt \(6 B\)\nexit 2\na\.txt\nfile\nfrom-pipe\nlink\npipe\n$/)
      expect(stderr).toContain('it already exists')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('settings for Google’s own libraries', () => {
  test('neither redirect a request to another host nor log a token', async ({ gsa, google }) => {
    const env = {
      ...environment(gsa, google),
      GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'evil.example',
      GOOGLE_SDK_NODE_LOGGING: '*',
      GOOGLE_APPLICATION_CREDENTIALS: '/nonexistent.json',
      NODE_DEBUG: 'google-auth-library,gaxios',
    }
    const exchange = await shell('gsa exchange - && gsa drive ls-appfolder', env, await google.createCode())
    expect(exchange.exitCode, exchange.stderr).toBe(0)
    expect(exchange.stdout + exchange.stderr).not.toMatch(/ya29\.|1\/\/0|GOCSPX-/)
  })
})
