import { chmodSync, chownSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { type Gsa, test } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'
import { asUser } from '../support/other-user.ts'
import { needs } from '../support/system-parts.ts'

const passphrase = 'correct horse battery staple'

/** Returns settings for an age file in the test's folder, with its passphrase elsewhere. */
function ageFile(gsa: Gsa): { GSA_STORE: string; GSA_STORE_PASSPHRASE_FILE: string } {
  mkdirSync(join(gsa.folder, 'keys'), { recursive: true })
  return {
    GSA_STORE: `file:${join(gsa.folder, 'store', 'secrets.age')}`,
    GSA_STORE_PASSPHRASE_FILE: gsa.file('keys/passphrase', `${passphrase}\n`),
  }
}

/** Installs a memory store whose n-th write fails, like a keychain that locks meanwhile. */
function failingMemory(gsa: Gsa, at: number): void {
  const write = gsa.memory.set.bind(gsa.memory)
  let writes = 0
  gsa.memory.set = (key, value) => {
    if (key.startsWith('credential ') && ++writes === at) {
      // It returns something other than what was written, as a failing store looks from outside.
      return write(key, 'damaged')
    }
    return write(key, value)
  }
}

const exchange = async (
  gsa: Gsa,
  google: Emulator,
  env: Record<string, string | undefined> = {},
): Promise<{ exitCode: number; stderr: string }> =>
  gsa.run('exchange', '-', { stdin: await google.createCode({ forceRefreshToken: true }), env })

describe('the age file store', () => {
  test('of another user is refused before sending a token that a server may replace', async ({ gsa, google, skip }) => {
    needs({ skip }, 'files of another user')
    const env = ageFile(gsa)
    const file = env.GSA_STORE.slice('file:'.length)
    expect((await exchange(gsa, google, env)).exitCode).toBe(0)
    google.arm({ on: 'token', fault: 'rotate-refresh-token' })
    const refused = await asUser(1234, gsa.folder, async () => {
      process.seteuid?.(0)
      chmodSync(file, 0o644)
      chownSync(file, 1235, 1235)
      process.seteuid?.(1234)
      return gsa.run('refresh', '--json', { env })
    })
    expect([refused.exitCode, refused.error['code']], refused.stderr).toEqual([7, 'store_file_unusable'])
    expect(refused.error['cause']).toContain('it belongs to another user (uid 1235)')
    const root = await gsa.run('refresh', '--json', { env: { ...env, GSA_TRUST_CONFIG_DIR: '1' } })
    expect(root.exitCode, root.stderr).toBe(0)
    expect(root.json).toMatchObject({ refreshToken: { rotated: true } })
    expect(statSync(file).uid).toBe(1235)
  })

  test('keeps accounts beside those in other stores', async ({ gsa, google }) => {
    const env = ageFile(gsa)
    const first = await exchange(gsa, google, env)
    expect(first.exitCode, first.stderr).toBe(0)
    const { GSA_STORE_PASSPHRASE_FILE } = env
    // The account knows its store, so the store need not be named again.
    const refresh = await gsa.run('refresh', '--json', { env: { GSA_STORE: undefined, GSA_STORE_PASSPHRASE_FILE } })
    expect(refresh.exitCode, refresh.stderr).toBe(0)
    expect(refresh.json).toMatchObject({ refreshToken: { stored: true, store: env.GSA_STORE } })
    expect(readFileSync(env.GSA_STORE.slice('file:'.length)).subarray(0, 21).toString()).toBe('age-encryption.org/v1')
  })

  test('asks for the passphrase on a terminal, twice for a new file', async ({ gsa, google }) => {
    const { GSA_STORE } = ageFile(gsa)
    const env = { GSA_STORE, GSA_STORE_PASSPHRASE_FILE: undefined }
    const made = await gsa.run('exchange', await google.createCode(), '--yes', {
      env,
      typing: [
        [/New passphrase for .*secrets\.age/, `${passphrase}\r`],
        [/Repeat the passphrase/, `${passphrase}\r`],
      ],
    })
    expect(made.exitCode, made.stderr).toBe(0)
    const opened = await gsa.run('refresh', { env, typing: [[/Passphrase of .*secrets\.age/, `${passphrase}\r`]] })
    expect(opened.exitCode, opened.stderr).toBe(0)
    const wrong = await gsa.run('refresh', { env, typing: [[/Passphrase of/, 'wrong\r']] })
    expect(wrong.exitCode).toBe(7)
    expect(wrong.stderr).toContain('The passphrase does not open')
    const differing = await gsa.run('exchange', await google.createCode(), '--yes', {
      env: { ...env, GSA_STORE: `${GSA_STORE}2` },
      typing: [
        [/New passphrase/, 'one\r'],
        [/Repeat the passphrase/, 'two\r'],
      ],
    })
    expect(differing.exitCode).toBe(2)
    expect(differing.stderr).toContain('the two entries differ')
    expect(differing.stderr).toContain('This passphrase is short')
    expect(made.stderr).not.toContain('short')
  })

  test('names the variable when it cannot ask, and refuses a passphrase beside the store', async ({ gsa, google }) => {
    const env = ageFile(gsa)
    const silent = await gsa.run('exchange', '-', '--json', {
      stdin: await google.createCode(),
      env: { ...env, GSA_STORE_PASSPHRASE_FILE: undefined },
    })
    expect(silent.exitCode).toBe(2)
    expect(silent.error).toMatchObject({ code: 'answer_needed', details: { flag: 'GSA_STORE_PASSPHRASE_FILE=FILE' } })
    mkdirSync(join(gsa.folder, 'store'), { recursive: true })
    const beside = gsa.file('store/passphrase', passphrase)
    const refused = await gsa.run('exchange', '-', '--json', {
      stdin: await google.createCode(),
      env: { ...env, GSA_STORE_PASSPHRASE_FILE: beside },
    })
    expect(refused.exitCode).toBe(2)
    expect(refused.error['code']).toBe('passphrase_file_unusable')
    expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
  })
})

describe('a store that fails after the code was used', () => {
  test('exits with 7 and says that the code is used up', async ({ gsa, google }) => {
    failingMemory(gsa, 1)
    const result = await gsa.run('exchange', '-', '--json', { stdin: await google.createCode() })
    expect(result.exitCode).toBe(7)
    expect(result.error['code']).toBe('not_stored_after_exchange')
    expect(result.error['fix']).toContain('--force-consent')
  })

  test('can be retried by the user at the terminal', async ({ gsa, google }) => {
    failingMemory(gsa, 1)
    const result = await gsa.run('exchange', await google.createCode(), '--yes', {
      typing: [[/What do you want to do\?/, '\r']],
    })
    expect(result.exitCode, result.stderr).toBe(0)
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('can be replaced by an encrypted file', async ({ gsa, google }) => {
    failingMemory(gsa, 1)
    const { GSA_STORE, GSA_STORE_PASSPHRASE_FILE } = ageFile(gsa)
    const path = GSA_STORE.slice('file:'.length)
    const down = '\u001b[B'
    const result = await gsa.run('exchange', await google.createCode(), '--yes', {
      env: { GSA_STORE_PASSPHRASE_FILE },
      typing: [
        [/What do you want to do\?/, `${down}\r`],
        [/Path of the file/, `${path}\r`],
      ],
    })
    expect(result.exitCode, result.stderr).toBe(0)
    const refresh = await gsa.run('refresh', { env: { GSA_STORE, GSA_STORE_PASSPHRASE_FILE } })
    expect(refresh.exitCode, refresh.stderr).toBe(0)
  })

  test('lets you print the token, or give it up', async ({ gsa, google }) => {
    failingMemory(gsa, 1)
    const down = '\u001b[B'
    const shown = await gsa.run('exchange', await google.createCode(), '--yes', {
      typing: [[/What do you want to do\?/, `${down}${down}\r`]],
      printsSecrets: true,
    })
    expect(shown.exitCode).toBe(0)
    expect(shown.stderr).toMatch(/ada@example\.com: 1\/\/0[\w-]+/)
    failingMemory(gsa, 1)
    const up = '\u001b[A'
    const givenUp = await gsa.run('exchange', await google.createCode({ forceRefreshToken: true }), '--yes', {
      typing: [[/What do you want to do\?/, `${up}\r`]],
    })
    expect(givenUp.exitCode).toBe(7)
  })
})

describe('a store that cannot save a rotated refresh token', () => {
  test('is noticed before using a token that will rotate', async ({ gsa, google }) => {
    const env = ageFile(gsa)
    await exchange(gsa, google, env)
    google.arm({ on: 'token', fault: 'rotate-refresh-token', times: 10 })
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    const before = google.requests().length
    // A folder in the place of the store's next version: the store is readable, but not writable.
    const obstacle = `${env.GSA_STORE.slice('file:'.length)}.tmp`
    mkdirSync(obstacle)
    const stopped = await gsa.run('refresh', '--json', { env })
    expect(stopped.exitCode).toBe(7)
    expect(
      google
        .requests()
        .slice(before)
        .filter(({ path }) => path === '/token'),
    ).toEqual([])
    rmdirSync(obstacle)
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  })

  test('is reported when it is too late', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    google.arm({ on: 'token', fault: 'rotate-refresh-token', times: 10 })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
    failingMemory(gsa, 1)
    const lost = await gsa.run('refresh', '--json')
    expect(lost.exitCode).toBe(7)
    expect(lost.error).toMatchObject({ code: 'rotated_token_not_stored', details: { account: 'ada@example.com' } })
    expect(lost.error['fix']).toContain('gsa login')
  })
})

test("a persistent store remembers the server's public keys", async ({ gsa, google }) => {
  const { env } = lastingStore(gsa)
  await exchange(gsa, google, env)
  for (let run = 0; run < 2; run++) expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
  expect(google.requests().filter(({ path }) => path === '/oauth2/v3/certs')).toHaveLength(1)
  // However often the keys are replaced, a token that comes directly from the server is verified.
  for (let rotation = 0; rotation < 2; rotation++) {
    await google.rotateKeys({ retire: true })
    expect((await gsa.run('refresh', { env })).exitCode).toBe(0)
    expect((await exchange(gsa, google, env)).exitCode).toBe(0)
  }
})

describe('the account list', () => {
  test('is rebuilt from the store when it is damaged', async ({ gsa, google }) => {
    const env = ageFile(gsa)
    await exchange(gsa, google, env)
    const list = join(gsa.folder, 'home/gsa/accounts.json')
    for (const damage of ['{"version":1', '[]']) {
      writeFileSync(list, damage)
      const refused = await gsa.run('refresh', '--json', { env })
      expect(refused.exitCode).toBe(7)
      expect(refused.error).toMatchObject({
        code: 'index_damaged',
        fix: expect.stringContaining('gsa accounts rebuild') as string,
      })
      const rebuilt = await gsa.run('accounts', 'rebuild', '--json', { env })
      expect(rebuilt.json).toMatchObject({ found: [{ sub: '110000000000000000001', email: 'ada@example.com' }] })
      expect((await gsa.run('refresh', '--account', 'ada@example.com', { env })).exitCode).toBe(0)
    }
  })

  test('is made again from an item that does not say when its refresh token came', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const item = [...gsa.memory.keys()].find((name) => name.startsWith('credential ')) ?? ''
    gsa.memory.set(item, gsa.memory.get(item)?.replace(/,"obtained_at":"[^"]+"/, '') ?? '')
    gsa.memory.delete('accounts')
    expect((await gsa.run('accounts', 'rebuild')).exitCode).toBe(0)
    expect((await gsa.run('accounts')).stdout).toContain('ada@example.com')
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })

  test('keeps its information when rebuilt without need', async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const before = await gsa.run('whoami', '--json')
    expect((await gsa.run('accounts', 'rebuild')).stdout).toContain('ada@example.com')
    const after = await gsa.run('whoami', '--json')
    expect(after.json['claims']).toEqual(before.json['claims'])
  })
})

describe("a newer version's data format", () => {
  const commands = [['token', '--min-ttl', '2h'], ['refresh'], ['export', '--format', 'json'], ['revoke', '--yes']]

  test('is refused and left unchanged: the account list', async ({ gsa, google }) => {
    const env = ageFile(gsa)
    await exchange(gsa, google, env)
    const list = join(gsa.folder, 'home/gsa/accounts.json')
    const newer = readFileSync(list, 'utf8').replace('"version": 1', '"version": 2')
    writeFileSync(list, newer)
    for (const command of [...commands, ['logout'], ['accounts']]) {
      const refused = await gsa.run(...command, '--json', { env })
      expect([refused.exitCode, refused.error['code']], command.join(' ')).toEqual([7, 'index_damaged'])
    }
    expect((await exchange(gsa, google, env)).exitCode).toBe(7)
    expect(readFileSync(list, 'utf8')).toBe(newer)
  })

  test('is refused and left unchanged: the refresh token in the store', async ({ gsa, google }) => {
    await exchange(gsa, google)
    const item = [...gsa.memory.keys()].find((name) => name.startsWith('credential ')) ?? ''
    const newer = gsa.memory.get(item)?.replace('{"v":1', '{"v":2') ?? ''
    gsa.memory.set(item, newer)
    for (const command of commands) {
      const refused = await gsa.run(...command, '--json')
      expect([refused.exitCode, refused.error['code']], command.join(' ')).toEqual([7, 'stored_value_invalid'])
    }
    expect(gsa.memory.get(item)).toBe(newer)
  })

  test.for(['listed', 'not listed'])(
    'is named, and does not keep a rebuild from listing the other accounts (%s)',
    async (place, { gsa, google }) => {
      await exchange(gsa, google)
      const item = [...gsa.memory.keys()].find((name) => name.startsWith('credential ')) ?? ''
      gsa.memory.set(item, '{"v":2}')
      await gsa.run('exchange', '-', { stdin: await google.createCode({ account: 'grace@corp.example' }) })
      if (place === 'not listed') gsa.memory.delete('accounts')
      const { exitCode, stdout, stderr } = await gsa.run('accounts', 'rebuild')
      expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/: grace@corp\.example\n$/)])
      expect(stderr).toContain('The entry for 110000000000000000001 of client 100000000001-web')
      const listed = (await gsa.run('accounts')).stdout
      expect([listed.includes('ada@example.com'), listed.includes('grace@corp.example')]).toEqual([
        place === 'listed',
        true,
      ])
      expect(gsa.memory.get(item)).toBe('{"v":2}')
    },
  )
})

describe('a store with a maximum item length', () => {
  test.for([
    [2000, 0],
    [700, 7],
  ] as const)(
    'of %d characters fails an exchange with %d before sending a code whose tokens it could not store',
    async ([limit, exitCode], { gsa, google }) => {
      const { env } = lastingStore(gsa, 'files', limit)
      expect((await exchange(gsa, google, env)).exitCode).toBe(exitCode)
      expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(exitCode === 0 ? 1 : 0)
    },
  )
})

describe('a clock', () => {
  test("set back a year makes the cached token's age unknown, and loses nothing", async ({ gsa, google }) => {
    await gsa.run('exchange', '-', { stdin: await google.createCode() })
    const aYearAgo = (): number => Date.now() - 365 * 86_400_000
    const before = google.requests().length
    const result = await gsa.run('token', '--json', { now: aYearAgo, printsSecrets: true })
    expect(google.requests().length).toBeGreaterThan(before)
    expect(result.exitCode).toBe(6)
    expect(result.error).toMatchObject({
      code: 'id_token_invalid',
      details: { check: 'iat' },
      fix: expect.stringContaining('clock') as string,
    })
    expect((await gsa.run('refresh')).exitCode).toBe(0)
  })
})
