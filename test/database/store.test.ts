import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test as plain } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { serving } from '../backend/serving.ts'
import { type Gsa, type Run, type RunOptions, test, withGsa } from '../support/harness.ts'

import { sharedPostgres } from '../support/shared-postgres.ts'

const server = sharedPostgres()

/** A new database, and gsa with it as its store. */
interface Store {
  readonly name: string
  readonly url: string
  readonly run: (...args: readonly (string | RunOptions)[]) => Promise<Run>
  readonly exchange: (options?: RunOptions & { readonly account?: string }) => Promise<Run>
}

type Variables = Readonly<Record<string, string | undefined>>

async function newStore(gsa: Gsa, google: Emulator, variables: Variables): Promise<Store> {
  const { name, url } = await server().createDatabase()
  const run: Store['run'] = async (...args) => {
    const options = args.find((arg) => typeof arg !== 'string')
    const env = { GSA_STORE: `postgres:${url}`, ...variables, ...options?.env }
    return gsa.run(...args.filter((arg) => typeof arg === 'string'), { ...options, env })
  }
  const exchange: Store['exchange'] = async ({ account = 'ada@example.com', ...options } = {}) =>
    run('exchange', '-', '--json', { stdin: await google.createCode({ account }), ...options })
  return { name, url, run, exchange }
}

const newKey = (bytes = 32): string => randomBytes(bytes).toString('base64')

/** Writes a key file; returns the variables that name it. */
function keyIn(gsa: Gsa, text = newKey(), mode = 0o600): { readonly GSA_STORE_KEY_FILE: string } {
  const file = gsa.file(`${randomBytes(4).toString('hex')}.key`, text === '' ? '' : `${text}\n`)
  chmodSync(file, mode)
  return { GSA_STORE_KEY_FILE: file }
}

const succeeds = (run: Run): Run => {
  expect(run.exitCode, run.stderr).toBe(0)
  return run
}

describe('a PostgreSQL store', () => {
  test('is set up by the first command, and works for every other', async ({ gsa, google }) => {
    const { run, exchange, url } = await newStore(gsa, google, keyIn(gsa))
    const { host, pathname } = new URL(url)
    expect(succeeds(await exchange()).json).toMatchObject({
      refreshToken: { stored: true, store: `postgres://${host}${pathname}` },
    })
    succeeds(await run('token', { printsSecrets: true }))
    for (const words of ['refresh', 'whoami', 'accounts', 'accounts use ada@example.com', 'drive ls-appfolder'])
      succeeds(await run(...words.split(' ')))
    expect((await run('store', 'status', '--json')).json).toMatchObject({
      schemaVersion: 1,
      accounts: { connected: 1, needsLogin: 0, unknown: 0 },
      locks: [],
    })
    succeeds(await run('revoke', '--yes'))
    expect((await run('accounts', '--json')).json).toMatchObject({ accounts: [] })
    // The list of this machine is another one.
    expect((await gsa.run('accounts', '--json')).json).toMatchObject({ accounts: [] })
  })

  test('sends a code once, whichever machine got it first', async ({ gsa, google }) => {
    const { run } = await newStore(gsa, google, keyIn(gsa))
    const stdin = await google.createCode()
    mkdirSync(join(gsa.folder, 'other'))
    succeeds(await run('exchange', '-', { stdin }))
    const again = await run('exchange', '-', '--json', { stdin, env: { GSA_CONFIG_DIR: join(gsa.folder, 'other') } })
    expect(again.error).toMatchObject({ code: 'code_used_before', details: { codeState: 'unknown' } })
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('keeps the refresh token of a login that brought none', async ({ gsa, google }) => {
    const { run, exchange } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    expect(succeeds(await exchange()).json).toMatchObject({ refreshToken: { received: false, stored: true } })
    succeeds(await run('refresh'))
  })

  test('keeps a bound token with its key', async ({ gsa, google }) => {
    const { run } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await run('exchange', '-', '--dpop', { stdin: await google.createCode() }))
    expect(succeeds(await run('refresh', '--json')).json).toMatchObject({ refreshToken: { bound: true } })
  })

  test('refuses to delete an account that nobody chose, after another was removed', async ({ gsa, google }) => {
    const { run, exchange } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    succeeds(await exchange({ account: 'grace@corp.example' }))
    expect((await run('logout', '--json')).error).toMatchObject({ code: 'account_needed' })
    succeeds(await run('logout', '--account', 'ada@example.com'))
    expect((await run('logout', '--json')).error).toMatchObject({ code: 'account_needed' })
    expect((await run('refresh', '--json')).json).toMatchObject({ account: { email: 'grace@corp.example' } })
  })

  test('is listed again from its secrets', async ({ gsa, google }) => {
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    await server().query('delete from gsa.accounts', name)
    expect((await run('accounts', '--json')).json).toMatchObject({ accounts: [] })
    succeeds(await run('accounts', 'rebuild'))
    expect((await run('accounts', '--json')).json).toMatchObject({
      accounts: [{ account: { email: 'ada@example.com' }, state: 'unknown' }],
    })
    succeeds(await run('refresh'))
    expect((await run('accounts', '--json')).json).toMatchObject({ accounts: [{ state: 'connected' }] })
  })

  test('takes its key from a command, which gets no refresh token of gsa', async ({ gsa, google }) => {
    const GSA_STORE_KEY_COMMAND = `test -z "$GSA_REFRESH_TOKEN" && echo ${newKey()}`
    const { exchange } = await newStore(gsa, google, { GSA_STORE_KEY_COMMAND })
    succeeds(await exchange())
  })
})

describe('a store key', () => {
  plain.each<[problem: string, key: (gsa: Gsa) => Variables, code: string, cause: RegExp]>([
    ['is missing', () => ({}), 'store_key_missing', /needs a key/],
    ['is half a key', (gsa) => keyIn(gsa, newKey(16)), 'store_key_unusable', /has 16 bytes instead of 32/],
    ['is a passphrase', (gsa) => keyIn(gsa, 'correct horse!'), 'store_key_unusable', /is not base64/],
    ['is empty', (gsa) => keyIn(gsa, ''), 'store_key_unusable', /is empty/],
    ['has a bad second line', (gsa) => keyIn(gsa, `${newKey()}\nx`), 'store_key_unusable', /its line 2/],
    ['can be read by others', (gsa) => keyIn(gsa, newKey(), 0o644), 'store_key_unusable', /chmod 600/],
    ['can be read by a group', (gsa) => keyIn(gsa, newKey(), 0o640), 'store_key_unusable', /mode 0640/],
    ['is in no file', () => ({ GSA_STORE_KEY_FILE: '/nowhere/key' }), 'store_key_unusable', /does not exist/],
    [
      'is printed by no command',
      () => ({ GSA_STORE_KEY_COMMAND: 'echo no access >&2; exit 3' }),
      'store_key_unusable',
      /status 3 \(no access\)/,
    ],
    [
      'has two sources',
      (gsa) => ({ ...keyIn(gsa), GSA_STORE_KEY_COMMAND: 'true' }),
      'store_key_unusable',
      /both are set/,
    ],
    ['belongs to another store', (gsa) => keyIn(gsa), 'store_key_wrong', /needs the store key with the ID/],
  ])('that %s is refused with exit code 7, and changes nothing', async (_, key, code, cause) => {
    await withGsa(async (gsa, google) => {
      const right = keyIn(gsa)
      const { run, exchange, name } = await newStore(gsa, google, right)
      succeeds(await exchange())
      const before = await server().query('select * from gsa.items, gsa.accounts, gsa.store', name)
      const none = { GSA_STORE_KEY_FILE: undefined, GSA_STORE_KEY_COMMAND: undefined }
      for (const words of ['token', 'refresh', 'accounts', 'logout']) {
        const { exitCode, error } = await run(words, '--json', { env: { ...none, ...key(gsa) } })
        expect([words, exitCode, error['code']]).toEqual([words, 7, code])
        expect(error['cause']).toMatch(cause)
      }
      const requests = google.requests().length
      const refused = await exchange({ account: 'grace@corp.example', env: { ...none, ...key(gsa) } })
      expect(refused.error).toMatchObject({ code, exitCode: 7, details: { codeState: 'unused' } })
      expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
      expect(google.requests().length).toBeLessThanOrEqual(requests + 2)
      expect(await server().query('select * from gsa.items, gsa.accounts, gsa.store', name)).toEqual(before)
    })
  })

  test('that was replaced a moment ago leaves the code of a running backend unused', async ({ gsa, google }) => {
    const [oldKey, key] = [newKey(), newKey()]
    const old = keyIn(gsa, oldKey)
    const { url, run, exchange } = await newStore(gsa, google, old)
    succeeds(await exchange())
    const answer = await serving(
      gsa,
      [],
      async ({ post }) => {
        succeeds(await run('store', 'rotate-key', '--new-key-file', keyIn(gsa, key).GSA_STORE_KEY_FILE))
        const { status, json } = await post({ authCode: await google.createCode() })
        expect([status, json]).toEqual([
          500,
          { error: expect.objectContaining({ code: 'store_key_wrong', codeState: 'unused' }) as unknown },
        ])
      },
      { env: { GSA_STORE: `postgres:${url}`, ...old } },
    )
    expect(answer.exitCode).toBe(130)
    expect(google.requests().filter(({ path }) => path === '/token')).toHaveLength(1)
  })

  test('is replaced while programs with both keys write', async ({ gsa, google }) => {
    const [oldKey, key] = [newKey(), newKey()]
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa, oldKey))
    succeeds(await exchange())
    succeeds(await exchange({ account: 'grace@corp.example' }))
    const both = keyIn(gsa, `${oldKey}\n${key}`)
    const newFile = keyIn(gsa, key)
    const over = new AbortController()
    const writing = ['ada@example.com', 'grace@corp.example'].map(async (account) => {
      let times = 0
      for (; !over.signal.aborted || times < 3; times++)
        succeeds(await run('refresh', '--account', account, { env: both }))
    })
    for (let times = 0; times < 3; times++)
      succeeds(await run('store', 'rotate-key', '--new-key-file', newFile.GSA_STORE_KEY_FILE, { env: both }))
    over.abort()
    await Promise.all(writing)
    const keys = await server().query('select key_id from gsa.items union select key_id from gsa.accounts', name)
    expect(keys).toHaveLength(1)
    succeeds(await run('refresh', '--account', 'ada@example.com', { env: newFile }))
  })

  test('is not claimed for a store by looking into it', async ({ gsa, google }) => {
    const { run, exchange } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await run('accounts', { env: keyIn(gsa) }))
    succeeds(await exchange())
    expect((await run('accounts', '--json', { env: keyIn(gsa) })).error).toMatchObject({ code: 'store_key_wrong' })
  })

  test('is not replaced by a file with both', async ({ gsa, google }) => {
    const old = newKey()
    const { run, exchange } = await newStore(gsa, google, keyIn(gsa, old))
    succeeds(await exchange())
    const both = keyIn(gsa, `${old}\n${newKey()}`).GSA_STORE_KEY_FILE
    expect((await run('store', 'rotate-key', '--new-key-file', both, '--json')).error).toMatchObject({ exitCode: 2 })
    const same = await run('store', 'rotate-key', '--new-key-file', keyIn(gsa, old).GSA_STORE_KEY_FILE)
    expect(succeeds(same).stdout).toContain('has the key')
  })

  test('is not replaced in tables of another version', async ({ gsa, google }) => {
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    await server().query('update gsa.store set schema_version = 99', name)
    const rotated = await run('store', 'rotate-key', '--json', '--new-key-file', keyIn(gsa).GSA_STORE_KEY_FILE)
    expect(rotated.error).toMatchObject({ code: 'store_schema_newer', exitCode: 7 })
    expect(await server().query('select count(distinct key_id)::int as n from gsa.items', name)).toEqual([{ n: 1 }])
  })

  test('is replaced in all other rows if one cannot be read, which is named', async ({ gsa, google }) => {
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    await server().query("update gsa.accounts set key_id = 'dead'", name)
    await server().query(
      "insert into gsa.used_codes values ('abc', gen_random_uuid(), now(), 'dead', null, '\\x00')",
      name,
    )
    const { exitCode, stderr } = await run('store', 'rotate-key', '--new-key-file', keyIn(gsa).GSA_STORE_KEY_FILE)
    expect([exitCode, stderr]).toEqual([7, expect.stringContaining('gsa.accounts')])
    expect(stderr).toContain('abc in gsa.used_codes')
    expect(await server().query('select count(distinct key_id)::int as n from gsa.items', name)).toEqual([{ n: 1 }])
  })

  test('is replaced, and no program needs the old one', async ({ gsa, google }) => {
    const [oldKey, key] = [newKey(), newKey()]
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa, oldKey))
    succeeds(await exchange())
    succeeds(await exchange({ account: 'grace@corp.example' }))
    const both = { env: keyIn(gsa, `${oldKey}\n${key}`) }
    const rotated = succeeds(
      await run('store', 'rotate-key', '--json', '--new-key-file', keyIn(gsa, key).GSA_STORE_KEY_FILE),
    )
    expect(rotated.json['rows']).toBeGreaterThanOrEqual(4)
    for (const env of [both.env, keyIn(gsa, key)])
      for (const account of ['ada@example.com', 'grace@corp.example'])
        succeeds(await run('refresh', '--account', account, { env }))
    expect((await run('token', '--account', 'ada@example.com', '--json')).error).toMatchObject({
      code: 'store_key_wrong',
      exitCode: 7,
    })
    expect(Object.keys((await run('store', 'status', '--json')).json['rowsByKey'] as object)).toEqual([
      rotated.json['to'],
    ])
    // After an interruption, it continues; when it is complete, it changes nothing.
    const items = await server().query('select * from gsa.items order by name', name)
    const again = await run('store', 'rotate-key', '--json', '--new-key-file', keyIn(gsa, key).GSA_STORE_KEY_FILE)
    expect(succeeds(again).json).toMatchObject({ rows: 0 })
    expect(await server().query('select * from gsa.items order by name', name)).toEqual(items)
  })
})

describe('a changed row', () => {
  plain.each<[change: string, sql: string]>([
    [
      'another one in its place',
      `update gsa.items set (wrapped_key, box) = (select wrapped_key, box from gsa.items
         where name like '%110000000000000000002') where name like '%110000000000000000001'`,
    ],
    ['another name', "update gsa.items set name = replace(name, '0001', '0003')"],
    ['a changed byte', 'update gsa.items set box = set_byte(box, 20, get_byte(box, 20) # 1)'],
    ['a cut end', 'update gsa.items set box = substring(box for 20)'],
    ['an empty value', "update gsa.items set box = ''"],
    ['another key for its value', `update gsa.items set wrapped_key = (select wrapped_key from gsa.accounts limit 1)`],
  ])('is refused with exit code 7: %s', async (_, sql) => {
    await withGsa(async (gsa, google) => {
      const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa))
      succeeds(await exchange())
      succeeds(await exchange({ account: 'grace@corp.example' }))
      await server().query(sql, name)
      // With another name, the item of the account is gone, and the unknown one is refused.
      const words = sql.includes('set name') ? ['accounts', 'rebuild'] : ['refresh', '--account', 'ada@example.com']
      const { exitCode, stderr } = await run(...words, ...(words[0] === 'accounts' ? [] : ['--json']))
      if (words[0] === 'accounts') {
        // The entries of the list have no secret, and are left.
        expect(stderr).toContain('was not written by this version of gsa')
        return
      }
      expect([exitCode, stderr]).toEqual([7, expect.stringContaining('store_row_damaged')])
      expect(google.requests().filter(({ form }) => form['grant_type'] === 'refresh_token')).toEqual([])
    })
  })

  test('in the list stops its account, and no other', async ({ gsa, google }) => {
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    succeeds(await exchange({ account: 'grace@corp.example' }))
    await server().query(
      `update gsa.accounts set (wrapped_key, box) = (select wrapped_key, box from gsa.accounts
         where name = 'grace@corp.example') where name = 'ada@example.com'`,
      name,
    )
    expect((await run('refresh', '--account', 'ada@example.com', '--json')).error).toMatchObject({
      code: 'store_row_damaged',
      exitCode: 7,
    })
    const list = succeeds(await run('accounts', '--json'))
    expect(list.json).toMatchObject({ accounts: [{ account: { email: 'grace@corp.example' } }] })
    expect(list.stderr).toContain('The entry of 110000000000000000001')
    succeeds(await run('refresh', '--account', 'grace@corp.example'))
    // The visible account is not the only one.
    expect((await run('logout', '--json')).error).toMatchObject({ code: 'account_needed' })
    succeeds(await exchange({ account: 'grace@corp.example' }))
    // Another login replaces the entry.
    succeeds(await exchange())
    succeeds(await run('refresh', '--account', 'ada@example.com'))
  })

  test('does not confuse two accounts with the same name in the table', async ({ gsa, google }) => {
    const { run, exchange, name } = await newStore(gsa, google, keyIn(gsa))
    succeeds(await exchange())
    succeeds(await exchange({ account: 'grace@corp.example' }))
    await server().query("update gsa.accounts set name = 'ada@example.com'", name)
    expect((await run('refresh', '--account', 'grace@corp.example', '--json')).json).toMatchObject({
      account: { email: 'grace@corp.example' },
    })
    expect((await run('refresh', '--account', 'ada@example.com', '--json')).json).toMatchObject({
      account: { email: 'ada@example.com' },
    })
  })
})
