import { chmodSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { root, runProgram, startGsa, startProgram } from '../support/built-gsa.ts'
import { type Gsa, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { makeNamedPipe } from '../support/named-pipe.ts'
import { needs } from '../support/system-parts.ts'

beforeEach(({ skip }) => needs({ skip }, 'owners and modes of files'))

const environmentOf = (gsa: Gsa, google: Emulator): Record<string, string> => ({
  ...lastingStore(gsa).env,
  HOME: join(gsa.folder, 'home'),
  GSA_CONFIG_DIR: join(gsa.folder, 'home/gsa'),
  GSA_EMULATOR_HOST: new URL(google.issuer).host,
})

const emptyToken = 'e30.e30.e30'

// Every file that a command reads because you named it.
const named: readonly (readonly [string, (file: string) => readonly string[], Record<string, string>?])[] = [
  ['--client-secrets', (file) => ['exchange', '-', '--client-secrets', file]],
  ['GSA_CLIENT_SECRETS', () => ['exchange', '-'], { GSA_CLIENT_SECRETS: 'FILE' }],
  ['--code-verifier-file', (file) => ['exchange', '-', '--code-verifier-file', file]],
  ['--jwks', (file) => ['id-token', 'verify', emptyToken, '--jwks', file]],
  ['--access-token-file', (file) => ['id-token', 'verify', emptyToken, '--access-token-file', file]],
  ['api --input', (file) => ['api', 'POST', '/drive/v3/files', '--input', file]],
  ['serve --cert', (file) => ['serve', '--cert', file, '--key', file]],
  ['emulator --client-secrets', (file) => ['emulator', 'start', '--port', '0', '--client-secrets', file]],
  ['emulator --config', (file) => ['emulator', 'start', '--port', '0', '--config', file]],
]

describe('a file that you name', () => {
  test.for(named)('must not be endless as %s', async ([, command, env], { gsa, google }) => {
    const code = await google.createCode()
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const run = await gsa.run(...command('/dev/zero'), '--json', {
      stdin: code,
      env: Object.fromEntries(Object.keys(env ?? {}).map((name) => [name, '/dev/zero'])),
    })
    expect(run.exitCode, run.stderr).toBe(2)
    expect(run.error['cause']).toMatch(/it is longer than \d+ bytes/)
  })

  test.for(named)(
    'may be a pipe as %s, which gsa waits for until Ctrl-C',
    async ([, command, env], { gsa, google }) => {
      await gsa.run('exchange', '-', { stdin: await google.createCode() })
      const pipe = join(gsa.folder, 'pipe')
      makeNamedPipe(pipe)
      const run = await gsa.run(...command(pipe), {
        env: Object.fromEntries(Object.keys(env ?? {}).map((name) => [name, pipe])),
        stdin: 'never-ending',
        interruptWhen: /^/,
      })
      expect(run.exitCode, run.stderr).toBe(130)
    },
  )

  test('may come from another command in the shell', async ({ gsa, google, skip }) => {
    needs({ skip }, 'bash')
    const env = environmentOf(gsa, google)
    const line = `"${process.execPath}" "${join(root, 'bin/gsa.js')}" exchange - --yes --json --client-secrets <(cat "${gsa.webClient}")`
    const run = await runProgram('bash', ['-c', line], { env, stdin: await google.createCode() })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(run.json['clientId']).toBe('100000000001-web.apps.googleusercontent.com')
  })

  test('does not make gsa deaf to Ctrl-C', async ({ gsa, google }) => {
    const pipe = join(gsa.folder, 'pipe')
    makeNamedPipe(pipe)
    const env = { ...environmentOf(gsa, google), GSA_CLIENT_SECRETS: pipe }
    const running = startGsa(['login', '--no-browser', '--debug'], { env })
    // Continues once gsa has opened the other end, and writes nothing.
    const opened = join(gsa.folder, 'opened')
    startProgram('bash', ['-c', `exec 3> "${pipe}"; touch "${opened}"; exec sleep 100`], {})
    await expect.poll(() => existsSync(opened), { timeout: 60_000 }).toBe(true)
    running.signal('SIGINT')
    expect((await running.ended).exitCode).toBe(130)
  })
})

describe('a passphrase file', () => {
  const settings = (gsa: Gsa, name = 'keys/passphrase'): Record<string, string> => {
    for (const folder of ['keys', 'store']) mkdirSync(join(gsa.folder, folder), { recursive: true })
    return {
      GSA_STORE: `file:${join(gsa.folder, 'store/secrets.age')}`,
      GSA_STORE_PASSPHRASE_FILE: gsa.file(name, 'correct horse battery staple\n'),
    }
  }

  test.for([0o666, 0o620, 0o602])(
    'of mode %o is refused, with the command that fixes it',
    async (mode, { gsa, google }) => {
      const env = settings(gsa)
      const file = env['GSA_STORE_PASSPHRASE_FILE'] ?? ''
      chmodSync(file, mode)
      const run = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode(), env })
      expect([run.exitCode, run.error['code']]).toEqual([2, 'passphrase_file_unusable'])
      expect(run.error['cause']).toContain(`run: chmod go-w ${file}`)
      expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
    },
  )

  test.for([
    [0o600, ''],
    [0o644, 'Other users can read the passphrase file. To keep it to yourself: chmod 600 '],
  ] as const)('of mode %o is used', async ([mode, note], { gsa, google }) => {
    const env = settings(gsa)
    chmodSync(env['GSA_STORE_PASSPHRASE_FILE'] ?? '', mode)
    const run = await gsa.run('exchange', '-', { stdin: await google.createCode(), env })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(run.stderr.includes('passphrase file')).toBe(note !== '')
    expect(run.stderr).toContain(note)
  })

  test("that leads to the store's folder is refused, whatever its path looks like", async ({ gsa, google }) => {
    const env = settings(gsa, 'store/passphrase')
    symlinkSync(join(gsa.folder, 'store'), join(gsa.folder, 'alias'))
    symlinkSync(join(gsa.folder, 'store/passphrase'), join(gsa.folder, 'keys/link'))
    for (const file of ['alias/passphrase', 'keys/link']) {
      const run = await gsa.run('exchange', '-', '--json', {
        stdin: await google.createCode(),
        env: { ...env, GSA_STORE_PASSPHRASE_FILE: join(gsa.folder, file) },
      })
      expect([run.exitCode, run.error['code']]).toEqual([2, 'passphrase_file_unusable'])
    }
  })

  test('may be a pipe', async ({ gsa, google, skip }) => {
    needs({ skip }, 'bash')
    const { GSA_STORE = '' } = settings(gsa)
    const env = { ...environmentOf(gsa, google), GSA_STORE, GSA_CLIENT_SECRETS: gsa.webClient }
    const line = `GSA_STORE_PASSPHRASE_FILE=<(echo a passphrase) "${process.execPath}" "${join(root, 'bin/gsa.js')}" exchange - --yes`
    const run = await runProgram('bash', ['-c', line], { env, stdin: await google.createCode() })
    expect(run.exitCode, run.stderr).toBe(0)
    const same = { GSA_STORE, GSA_STORE_PASSPHRASE_FILE: gsa.file('keys/same', 'a passphrase') }
    expect((await gsa.run('refresh', { env: same })).exitCode).toBe(0)
  })
})

test('the report of a smoke test does not wait for a reader', async ({ gsa }) => {
  const pipe = join(gsa.folder, 'pipe')
  makeNamedPipe(pipe)
  const run = await gsa.run('smoke', '--json', '--junit', pipe)
  expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
})
