import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, vi } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { makeNamedPipe } from '../support/named-pipe.ts'
import { asUser } from '../support/other-user.ts'
import { needs } from '../support/system-parts.ts'

beforeEach(({ skip }) => needs({ skip }, 'owners and modes of files'))

const stranger = 1234
const configOf = (gsa: Gsa): string => join(gsa.folder, 'home/gsa')

/** Stores Ada's account in a persistent store; returns its settings. */
async function storedAccount(gsa: Gsa, google: Emulator): Promise<Record<string, string>> {
  const { env } = lastingStore(gsa)
  const run = await gsa.run('exchange', '-', { stdin: await google.createCode(), env })
  expect(run.exitCode, run.stderr).toBe(0)
  return env
}

function pathsToToken(google: Emulator): string[] {
  return google
    .requests()
    .map(({ path }) => path)
    .filter((path) => path === '/token')
}

interface Case {
  readonly of: string
  readonly needsRoot?: boolean
  /** Damages something in the configuration folder; returns the path that gsa complains about. */
  readonly spoil: (config: string) => string
  readonly cause: RegExp
  readonly fix: RegExp
}

const cases: readonly Case[] = [
  {
    of: 'a world-writable folder',
    spoil: (config) => (chmodSync(config, 0o777), config),
    cause: /can be changed by other users \(mode 0777\)/,
    fix: /run: chmod 700 \S+\/home\/gsa \(or/,
  },
  {
    of: 'a folder that a group of several users may write to',
    needsRoot: true,
    spoil(config) {
      chownSync(config, 0, stranger)
      chmodSync(config, 0o770)
      return config
    },
    cause: /\(mode 0770\)/,
    fix: /chmod 700/,
  },
  {
    of: 'a world-writable folder with the sticky bit',
    spoil: (config) => (chmodSync(config, 0o1777), config),
    cause: /\(mode 1777\)/,
    fix: /chmod 700/,
  },
  {
    of: 'a folder that another user may replace',
    spoil: (config) => (chmodSync(join(config, '..'), 0o777), join(config, '..')),
    cause: /home" can be changed by other users \(mode 0777\)/,
    fix: /Run: chmod go-w \S+\/home, or set GSA_CONFIG_DIR/,
  },
  {
    of: "another user's folder",
    needsRoot: true,
    spoil: (config) => (chownSync(config, stranger, stranger), config),
    cause: /belongs to another user \(uid 1234; gsa runs as uid 0\)/,
    fix: /set GSA_CONFIG_DIR to a folder of your own, or: chown -R 0 \S+\/home\/gsa \(or/,
  },
  {
    of: "a folder in another user's folder",
    needsRoot: true,
    spoil: (config) => (chownSync(join(config, '..'), stranger, stranger), join(config, '..')),
    cause: /belongs to another user/,
    fix: /Run gsa as that user, or set GSA_CONFIG_DIR/,
  },
  {
    of: "a folder behind another user's link",
    needsRoot: true,
    spoil(config) {
      renameSync(config, `${config}.real`)
      symlinkSync(`${config}.real`, config)
      lchownSync(config, stranger, stranger)
      return config
    },
    cause: /belongs to another user/,
    fix: /set GSA_CONFIG_DIR/,
  },
  {
    of: 'a world-writable account list',
    spoil: (config) => (chmodSync(join(config, 'accounts.json'), 0o666), join(config, 'accounts.json')),
    cause: /accounts\.json" can be changed by other users \(mode 0666\)/,
    fix: /chmod 600 \S+\/accounts\.json/,
  },
  {
    of: "another user's account list",
    needsRoot: true,
    spoil: (config) => (chownSync(join(config, 'accounts.json'), stranger, stranger), join(config, 'accounts.json')),
    cause: /belongs to another user \(uid 1234\)/,
    fix: /rm \S+\/accounts\.json/,
  },
  {
    of: 'a named pipe in place of the account list',
    spoil(config) {
      rmSync(join(config, 'accounts.json'))
      makeNamedPipe(join(config, 'accounts.json'))
      return join(config, 'accounts.json')
    },
    cause: /is a named pipe, not a file/,
    fix: /rm \S+\/accounts\.json/,
  },
  {
    of: 'world-writable server keys',
    spoil: (config) => (chmodSync(join(config, 'keys'), 0o777), join(config, 'keys')),
    cause: /keys" can be changed by other users/,
    fix: /chmod 700/,
  },
  {
    of: 'locks that any user may remove',
    spoil: (config) => (chmodSync(join(config, 'locks'), 0o777), join(config, 'locks')),
    cause: /locks" can be changed by other users/,
    fix: /chmod 700/,
  },
]

describe('gsa refresh exits with 7, and sends nothing, at', () => {
  test.for(cases)('$of', async ({ needsRoot, spoil, cause, fix }, { gsa, google, skip }) => {
    if (needsRoot === true) needs({ skip }, 'files of another user')
    const env = await storedAccount(gsa, google)
    const path = spoil(configOf(gsa))
    const before = pathsToToken(google).length
    const run = await gsa.run('refresh', '--json', { env })
    expect(run.exitCode, run.stderr).toBe(7)
    expect(run.error).toMatchObject({ code: 'config_not_private', details: { path } })
    expect(run.error['cause']).toMatch(cause)
    expect(run.error['fix']).toMatch(fix)
    expect(pathsToToken(google)).toHaveLength(before)
  })

  test('marks of used codes that any user may delete, before the code is sent', async ({ gsa, google }) => {
    const env = await storedAccount(gsa, google)
    chmodSync(join(configOf(gsa), 'used-codes'), 0o777)
    const before = pathsToToken(google).length
    const run = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode(), env })
    expect([run.exitCode, run.error['code']]).toEqual([7, 'config_not_private'])
    expect(pathsToToken(google)).toHaveLength(before)
  })
})

test('a forged ID token is not verified with a key that another user planted', async ({ gsa, google }) => {
  const env = await storedAccount(gsa, google)
  const run = async () => gsa.run('id-token', 'verify', '-', '--json', { stdin: 'e30.e30.e30', env })
  expect((await run()).exitCode).toBe(6)
  chmodSync(join(configOf(gsa), 'keys'), 0o777)
  const refused = await run()
  expect([refused.exitCode, refused.error['code']]).toEqual([7, 'config_not_private'])
})

test("another user's key is not read, but fetched again", async ({ gsa, google, skip }) => {
  needs({ skip }, 'files of another user')
  const env = await storedAccount(gsa, google)
  const keys = join(configOf(gsa), 'keys')
  for (const name of readdirSync(keys)) {
    writeFileSync(join(keys, name), '{"keys":[]}')
    chownSync(join(keys, name), stranger, stranger)
  }
  const fetched = (): number => google.requests().filter(({ path }) => path === '/oauth2/v3/certs').length
  const before = fetched()
  expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  expect(fetched()).toBe(before + 1)
})

describe('the configuration folder may be', () => {
  test.for<readonly [string, (config: string) => void]>([
    ['readable by others', (config) => chmodSync(config, 0o755)],
    ['backed up with hard links', (config) => linkSync(join(config, 'accounts.json'), join(config, '../backup.json'))],
    ['in a folder with the sticky bit, such as /tmp', (config) => chmodSync(join(config, '..'), 0o1777)],
    [
      'behind your own link, as a dotfile manager creates it',
      (config) => {
        renameSync(config, `${config}.real`)
        symlinkSync('gsa.real', config)
      },
    ],
  ])('%s', async ([, arrange], { gsa, google }) => {
    const env = await storedAccount(gsa, google)
    arrange(configOf(gsa))
    const run = await gsa.run('refresh', { env })
    expect(run.exitCode, run.stderr).toBe(0)
  })

  test('anything if you vouch for it, but gsa still does not follow a link in it', async ({ gsa, google }) => {
    const env = { ...(await storedAccount(gsa, google)), GSA_TRUST_CONFIG_DIR: '1' }
    // Other tests in this process must not find it trusted: only this test uses the path.
    chmodSync(configOf(gsa), 0o777)
    if (process.geteuid?.() === 0) chownSync(configOf(gsa), stranger, stranger)
    const run = await gsa.run('refresh', { env })
    expect(run.exitCode, run.stderr).toBe(0)
    const list = join(configOf(gsa), 'accounts.json')
    renameSync(list, `${list}.real`)
    symlinkSync(`${list}.real`, list)
    const refused = await gsa.run('refresh', '--json', { env })
    expect([refused.exitCode, refused.error['code']]).toEqual([7, 'config_unusable'])
    expect(refused.error['cause']).toBe(
      `Cannot use "${list}": it is a symbolic link; replace it with the file itself: cp ${list} ${list}.new && mv ${list}.new ${list}.`,
    )
  })

  test('created with a umask that lets your private group write', async ({ gsa, google, skip }) => {
    needs({ skip }, 'files of another user')
    const env = await storedAccount(gsa, google)
    const [own, others] = await asUser(stranger, gsa.folder, async () => {
      chmodSync(configOf(gsa), 0o775)
      const first = await gsa.run('whoami', { env })
      chmodSync(configOf(gsa), 0o777)
      return [first, await gsa.run('whoami', { env })]
    })
    expect(own.exitCode, own.stderr).toBe(0)
    expect(others.exitCode).toBe(7)
  })
})

describe('a folder that cannot be created', () => {
  test.for([['/proc/x'], ['/proc/x/y/z'], ['/dev/null/x']])('%s is exit code 7', async ([folder], { gsa, google }) => {
    const { env } = lastingStore(gsa)
    const options = { env: { ...env, GSA_CONFIG_DIR: folder } }
    for (const command of [
      ['exchange', '-'],
      ['serve', '--https', '--once'],
    ]) {
      const run = await gsa.run(...command, '--json', { ...options, stdin: await google.createCode() })
      expect([command[0], run.exitCode, run.error['code']]).toEqual([command[0], 7, 'config_unusable'])
    }
    expect(pathsToToken(google)).toEqual([])
  })

  test('for a report is exit code 2', async ({ gsa }) => {
    const run = await gsa.run('smoke', '--json', '--junit', '/proc/x/y/report.xml')
    expect([run.exitCode, run.error['code']]).toEqual([2, 'file_unwritable'])
  })
})

describe('cleaning up used codes', () => {
  test('deletes marks and nothing else', async ({ gsa, google }) => {
    const env = await storedAccount(gsa, google)
    const folder = join(configOf(gsa), 'used-codes')
    const kept = ['notes.txt', 'A'.repeat(64), `${'a'.repeat(64)}.txt`, 'b'.repeat(64), 'c'.repeat(64), 'd'.repeat(64)]
    const longAgo = new Date(Date.now() - 7_200_000)
    for (const name of kept) writeFileSync(join(folder, name), name.startsWith('b') ? 'not empty' : '')
    rmSync(join(folder, 'c'.repeat(64)))
    mkdirSync(join(folder, 'c'.repeat(64)))
    rmSync(join(folder, 'd'.repeat(64)))
    symlinkSync('/etc/hostname', join(folder, 'd'.repeat(64)))
    for (const name of kept.slice(0, -1)) utimesSync(join(folder, name), longAgo, longAgo)
    writeFileSync(join(folder, 'e'.repeat(64)), '')
    utimesSync(join(folder, 'e'.repeat(64)), longAgo, longAgo)
    expect((await gsa.run('exchange', '-', { stdin: await google.createCode(), env })).exitCode).toBe(0)
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(kept))
    expect(readdirSync(folder)).not.toContain('e'.repeat(64))
  })

  test("does not start in another user's folder", async ({ gsa, google, skip }) => {
    needs({ skip }, 'files of another user')
    const env = await storedAccount(gsa, google)
    const [folder, elsewhere] = [join(configOf(gsa), 'used-codes'), join(gsa.folder, 'elsewhere')]
    mkdirSync(elsewhere)
    writeFileSync(join(elsewhere, 'f'.repeat(64)), '')
    utimesSync(join(elsewhere, 'f'.repeat(64)), new Date(0), new Date(0))
    rmSync(folder, { recursive: true })
    symlinkSync(elsewhere, folder)
    lchownSync(folder, stranger, stranger)
    const run = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode(), env })
    expect([run.exitCode, run.error['code']]).toEqual([7, 'config_not_private'])
    expect(readdirSync(elsewhere)).toEqual(['f'.repeat(64)])
  })
})

describe('a code is not sent until the account list', () => {
  test('has actually been replaced', async ({ gsa, google }) => {
    const env = await storedAccount(gsa, google)
    const list = join(configOf(gsa), 'accounts.json')
    const [before, requests] = [readFileSync(list, 'utf8'), pathsToToken(google).length]
    mkdirSync(`${list}.tmp`)
    const run = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode(), env })
    expect([run.exitCode, run.error['code']]).toEqual([7, 'config_unusable'])
    expect(pathsToToken(google)).toHaveLength(requests)
    expect(readFileSync(list, 'utf8')).toBe(before)
  })

  test.for<readonly [string, (locks: string) => void]>([
    ['with mode 0500', (locks) => chmodSync(locks, 0o500)],
    [
      'created by root',
      (locks) => {
        process.seteuid?.(0)
        chownSync(locks, 0, 0)
        chmodSync(locks, 0o755)
        process.seteuid?.(stranger)
      },
    ],
  ])('and the lock folder, one %s, are writable', async ([, spoil], { gsa, google, skip }) => {
    needs({ skip }, 'files of another user')
    const env = await storedAccount(gsa, google)
    const requests = pathsToToken(google).length
    const stdin = await google.createCode()
    const run = await asUser(stranger, gsa.folder, async () => {
      spoil(join(configOf(gsa), 'locks'))
      return gsa.run('exchange', '-', '--json', { stdin, env })
    })
    expect([run.exitCode, run.error['code']], run.stderr).toEqual([7, 'config_unusable'])
    expect(run.error['cause']).toMatch(/home\/gsa\/locks\/\w+\.lock": permission denied/)
    expect(pathsToToken(google)).toHaveLength(requests)
  })

  test('can be created, and leaves no trace', async ({ gsa }) => {
    const { env } = lastingStore(gsa)
    await gsa.run('doctor', { env })
    expect(readdirSync(configOf(gsa)).filter((name) => name.startsWith('accounts'))).toEqual([])
  })
})

test('a user without a home needs only GSA_CONFIG_DIR', async ({ gsa, skip }) => {
  needs({ skip }, 'files of another user')
  vi.stubEnv('HOME', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
  const env = { HOME: undefined, XDG_CONFIG_HOME: undefined, GSA_CONFIG_DIR: undefined }
  const [without, named] = await asUser(54_321, gsa.folder, async () => [
    await gsa.run('accounts', '--json', { env }),
    await gsa.run('accounts', { env: { ...env, GSA_CONFIG_DIR: configOf(gsa) } }),
  ])
  expect([without.exitCode, without.error['code']], without.stderr).toEqual([7, 'config_unusable'])
  expect(without.error['cause']).toBe('Cannot use "~": HOME is not set, and this user has none.')
  expect(without.error['fix']).toContain('set GSA_CONFIG_DIR')
  expect(named.exitCode, named.stderr).toBe(0)
})

test('root leaves a folder to its owner, with GSA_TRUST_CONFIG_DIR=1', async ({ gsa, google, skip }) => {
  needs({ skip }, 'files of another user')
  const env = await storedAccount(gsa, google)
  rmSync(join(configOf(gsa), 'keys'), { recursive: true })
  await asUser(stranger, gsa.folder, () => Promise.resolve())
  const stdin = await google.createCode()
  const run = await gsa.run('exchange', '-', { stdin, env: { ...env, GSA_TRUST_CONFIG_DIR: '1' } })
  expect(run.exitCode, run.stderr).toBe(0)
  const owners = readdirSync(configOf(gsa), { recursive: true, encoding: 'utf8' }).map((name) => [
    name,
    statSync(join(configOf(gsa), name)).uid,
  ])
  expect(owners.filter(([, uid]) => uid !== stranger)).toEqual([])
})

test("gsa's files are private to you", async ({ gsa, google }) => {
  await storedAccount(gsa, google)
  const modes = readdirSync(configOf(gsa), { recursive: true, withFileTypes: true }).map((entry) => [
    entry.isFile() ? 'file' : 'folder',
    (statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8),
  ])
  expect(new Set(modes.map((mode) => mode.join(' ')))).toEqual(new Set(['file 600', 'folder 700']))
})
