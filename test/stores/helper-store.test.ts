import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { Failure } from '../../src/failures/index.ts'
import { helperStore } from '../../src/stores/helper-store.ts'
import type { SecretStore } from '../../src/stores/secret-store.ts'
import { runGsa } from '../support/built-gsa.ts'
import { failureOf } from '../support/failure-of.ts'
import { type KeyringSession, startKeyringSession } from '../support/keyring-session.ts'
import { needs } from '../support/system-parts.ts'
import { makePasswordStore, type PasswordStore } from './password-store.ts'

const item = 'credential https://accounts.google.com client 110000000000000000001'
const secret = '1//0e-the-refresh-token-of-ada'
const { signal } = new AbortController()

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-helper-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface FakeOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
}

/** Returns a store that uses docker-credential-fake, which is this shell script. $1 is the action. */
function fakeStore(script: string, { env = {}, ...options }: FakeOptions = {}): SecretStore {
  const folder = newFolder()
  const program = join(folder, 'docker-credential-fake')
  writeFileSync(program, `#!/bin/sh\n${script}\n`)
  chmodSync(program, 0o755)
  const path = `${folder}${delimiter}${process.env['PATH']}`
  return helperStore({ helper: 'fake', env: { ...env, PATH: path }, signal, ...options })
}

async function safeFailureOf(work: Promise<unknown>): Promise<Failure> {
  const failure = await failureOf(() => work)
  expect(failure.message).not.toContain(secret)
  return failure
}

const works = {
  probe: (store: SecretStore) => store.probe(),
  get: (store: SecretStore) => store.get(item),
  'get of a missing item': (store: SecretStore) => store.get('missing'),
  set: (store: SecretStore) => store.set(item, new Secret(secret)),
  delete: (store: SecretStore) => store.delete(item),
  'delete of a missing item': (store: SecretStore) => store.delete('missing'),
} as const

describe('a helper', () => {
  test('gets secrets only on standard input, and the environment without GSA_REFRESH_TOKEN', async () => {
    const folder = newFolder()
    const script = 'echo "$@" >>"$OUT/argv"; env >>"$OUT/env"; cat /proc/$$/cmdline >>"$OUT/argv"; cat >>"$OUT/input"'
    const store = fakeStore(script, { env: { OUT: folder, GSA_REFRESH_TOKEN: secret, OTHER: 'kept' } })
    await store.set(item, new Secret(secret))
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
    expect(read('argv')).toMatch(/^store\n/)
    expect(read('argv') + read('env')).not.toContain('1//0e')
    expect(read('env')).toMatch(/^OTHER=kept$/m)
    expect(read('env')).not.toMatch(/GSA_REFRESH_TOKEN/)
    const sent = JSON.parse(read('input')) as Record<string, string>
    expect(sent).toEqual({
      ServerURL: expect.stringMatching(/^https:\/\/gsa-cli\.invalid\/[0-9a-f]{64}$/) as string,
      Username: encodeURIComponent(item),
      Secret: secret,
    })
  })

  test.each([
    ['', 'an empty entry'],
    ['.', 'a dot'],
    ['node_modules/.bin', 'a relative folder'],
  ])('in the current folder is never run: PATH has "%s" (%s)', async (entry) => {
    const folder = newFolder()
    for (const place of ['.', 'node_modules/.bin']) {
      mkdirSync(join(folder, place), { recursive: true })
      writeFileSync(join(folder, place, 'docker-credential-planted'), '#!/bin/sh\ntouch "$STOLEN"\n', { mode: 0o755 })
    }
    const stolen = join(newFolder(), 'stolen')
    const ended = await runGsa(['doctor', '--offline', '--store', 'helper:planted', '--json'], {
      folder,
      env: { PATH: [entry, '/usr/bin', '/bin'].join(delimiter), STOLEN: stolen, GSA_CONFIG_DIR: newFolder() },
    })
    expect([ended.exitCode, ended.error['code']]).toEqual([7, 'helper_missing'])
    expect(existsSync(stolen)).toBe(false)
  })

  test('that is not on the PATH is named in the failure', async () => {
    const store = helperStore({ helper: 'nobody-wrote-this', env: { PATH: newFolder() }, signal })
    for (const work of Object.values(works)) {
      const failure = await safeFailureOf(work(store))
      expect(failure).toMatchObject({ code: 'helper_missing', exitCode: 7 })
      expect(failure.causeText).toContain('docker-credential-nobody-wrote-this')
    }
  })

  test.each([
    ['says why on standard output', 'echo "the vault is sealed."; exit 1', /failed: the vault is sealed\.$/],
    ['says why on standard error', 'echo "no vault" >&2; exit 3', /failed: no vault\.$/],
    ['says nothing', 'exit 3', /failed: it ended with status 3\.$/],
    ['repeats its input', `cat; exit 1`, /failed: it ended with status 1\.$/],
    ['repeats the secret', `sed 's/.*"Secret":"//;s/".*//'; exit 1`, /failed: it ended with status 1\.$/],
    ['moves the cursor', String.raw`printf '\033[2Jgone'; exit 1`, /failed: \\u001b\[2Jgone\.$/],
    ['crashes', 'echo "panic: no keychain" >&2; exit 2', /failed: it crashed, /],
    ['is ended', 'kill -TERM $$', /failed: it was stopped by SIGTERM\.$/],
  ])('that fails and %s is a failure', async (_, script, message) => {
    const failure = await safeFailureOf(fakeStore(script).set(item, new Secret(secret)))
    expect(failure).toMatchObject({ code: 'helper_failed', exitCode: 7 })
    expect(failure.causeText).toMatch(message)
  })

  test.each([
    ['text', `echo ${secret}`, /not a JSON object/],
    ['nothing', 'true', /not a JSON object/],
    ['a list', 'echo []', /not a JSON object/],
    ['an object without a secret', 'echo {}', /no "Secret"/],
    ['a secret that is a number', `echo '{"Secret":1}'`, /no "Secret"/],
    ['endless text', 'yes', /far too long/],
  ])('that responds with %s is a failure', async (_, script, message) => {
    const failure = await safeFailureOf(fakeStore(script).get(item))
    expect(failure).toMatchObject({ code: 'helper_failed', exitCode: 7 })
    expect(failure.causeText).toMatch(message)
  })

  test('that returns another value than it was given is a failure of the probe', async () => {
    const store = fakeStore(`if [ $1 = get ]; then echo '{"Username":"gsa","Secret":"old"}'; fi`)
    expect(await safeFailureOf(store.probe())).toMatchObject({ code: 'store_read_back_differs', exitCode: 7 })
  })

  test('that says "not found" while it is not writable is a failure, not a missing item', async () => {
    const store = fakeStore(
      'if [ $1 = get ]; then echo "credentials not found in native keychain"; fi; [ $1 = list ] && echo "{}"; [ $1 = list ]',
    )
    for (const work of [...Object.values(works), (other: SecretStore) => other.items()])
      expect((await safeFailureOf(work(store))).code).toBe('helper_failed')
  })

  test('that claims to have erased an item is a failure', async () => {
    const store = fakeStore(`if [ $1 = get ]; then echo '{"Username":"gsa","Secret":"still there"}'; fi`)
    expect((await safeFailureOf(store.delete(item))).causeText).toMatch(/did not erase/)
  })

  test('that does not read its input is a failure like any other', async () => {
    const store = fakeStore('exec <&-; exit 1')
    expect((await safeFailureOf(store.set(item, new Secret('x'.repeat(200_000))))).code).toBe('helper_failed')
  })

  test('that hangs, with a child that holds its output, is killed after a while', async () => {
    const store = fakeStore('sleep 30 & sleep 30', { timeoutMs: 200 })
    const started = performance.now()
    const failure = await safeFailureOf(store.get(item))
    expect(failure.causeText).toMatch(/did not finish within 0\.2 seconds/)
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  test('that hangs during a read is stopped by an interrupt, and one that writes finishes', async () => {
    const out = newFolder()
    const interrupt = new AbortController()
    const script = `: >"$OUT/$1"
      [ $1 = get ] && exec sleep 60
      until [ -e "$OUT/interrupted" ]; do sleep 0.05; done
      echo done >"$OUT/written"`
    const store = fakeStore(script, { env: { OUT: out }, signal: interrupt.signal })
    const [reading, writing] = [safeFailureOf(store.get(item)), store.set(item, new Secret(secret))]
    await expect.poll(() => readdirSync(out).toSorted(), { timeout: 60_000 }).toEqual(['get', 'store'])
    interrupt.abort()
    expect(await reading).toMatchObject({ code: 'interrupted', exitCode: 130 })
    writeFileSync(join(out, 'interrupted'), '')
    await writing
    expect(readFileSync(join(out, 'written'), 'utf8')).toBe('done\n')
    expect(await safeFailureOf(store.delete(item))).toMatchObject({ code: 'interrupted' })
  })

  test("lists others' items as well, which are left out", async () => {
    const list = {
      'https://index.docker.io/v1/': 'ada',
      'https://gsa-cli.invalid/other': 'a',
      'https://b.example': '%',
    }
    const store = fakeStore(
      `
      case $1 in
        list) echo '${JSON.stringify(list)}' ;;
        get) if [ -e "$OUT" ]; then echo '{"Username":"gsa","Secret":"probe"}'; else echo credentials not found in native keychain; exit 1; fi ;;
        store) : >"$OUT" ;;
        erase) rm "$OUT" ;;
      esac`,
      { env: { OUT: join(newFolder(), 'item') } },
    )
    expect(await store.items()).toEqual([])
  })
})

describe('docker-credential-secretservice', () => {
  beforeEach((context) => needs(context, 'gnome-keyring', 'docker-credential-secretservice'))

  const logIn = async (mode?: '--locked' | '--nobus', keyring?: string): Promise<KeyringSession> => {
    const session = await startKeyringSession(mode, keyring)
    onTestFinished(async () => session.end())
    return session
  }
  const open = ({ env }: KeyringSession, home: string): SecretStore =>
    helperStore({ helper: 'secretservice', env: { PATH: process.env['PATH'], HOME: home, ...env }, signal })

  test('with a locked keychain fails, and claims of no item that it is missing or deleted', async () => {
    const folder = newFolder()
    const unlocked = await logIn(undefined, folder)
    await open(unlocked, folder).set(item, new Secret(secret))
    await unlocked.end()

    const locked = await logIn('--locked', folder)
    for (const work of Object.values(works))
      expect(await safeFailureOf(work(open(locked, folder)))).toMatchObject({ code: 'helper_failed', exitCode: 7 })
    expect((await safeFailureOf(works['get of a missing item'](open(locked, folder)))).causeText).toMatch(/locked/)
    await locked.end()

    const again = await logIn(undefined, folder)
    expect((await open(again, folder).get(item))?.reveal()).toBe(secret)
    expect(await open(again, folder).items()).toEqual([item])
  })

  test('without a keychain fails', async () => {
    const session = await logIn('--nobus')
    for (const work of [...Object.values(works), (store: SecretStore) => store.items()])
      expect(await safeFailureOf(work(open(session, newFolder())))).toMatchObject({
        code: 'helper_failed',
        exitCode: 7,
      })
  })
})

describe('docker-credential-pass', () => {
  let passwords: PasswordStore
  beforeEach((context) => {
    needs(context, 'docker-credential-pass')
    passwords = makePasswordStore()
    return () => passwords.end()
  })

  const open = (env = passwords.env): SecretStore => helperStore({ helper: 'pass', env, signal })
  /** Returns the only item's folder. */
  const entry = (): string => {
    const folder = join(passwords.folder, 'docker-credential-helpers')
    return join(folder, readdirSync(folder)[0] ?? 'none')
  }

  test("without the user's key fails, and claims of no item that it is missing", async () => {
    await open().set(item, new Secret(secret))
    passwords.loseKey()
    for (const work of ['get', 'probe', 'get of a missing item', 'delete of a missing item'] as const)
      expect(await safeFailureOf(works[work](open()))).toMatchObject({ code: 'helper_failed', exitCode: 7 })
  })

  test('killed during a write leaves nothing that cannot be replaced or deleted', async () => {
    const store = open()
    await store.set(item, new Secret(secret))
    const [file = ''] = readdirSync(entry())
    writeFileSync(join(entry(), file), '')
    expect((await safeFailureOf(store.get(item))).code).toBe('helper_failed')
    expect(await store.delete(item)).toBe(true)

    await store.set(item, new Secret(secret))
    rmSync(join(entry(), file))
    expect(await store.get(item)).toBeUndefined()
    await store.set(item, new Secret(secret))
    expect((await store.get(item))?.reveal()).toBe(secret)
  })

  test('that was not set up fails', async () => {
    const env = { ...passwords.env, PASSWORD_STORE_DIR: join(passwords.folder, 'none') }
    for (const work of Object.values(works))
      expect(await safeFailureOf(work(open(env)))).toMatchObject({ code: 'helper_failed', exitCode: 7 })
  })
})
