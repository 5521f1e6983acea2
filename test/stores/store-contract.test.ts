import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { ageFileStore } from '../../src/stores/age-file-store.ts'
import { type SecretStore, setAndCompare } from '../../src/stores/secret-store.ts'
import { needs } from '../support/system-parts.ts'
import { buildStoreProcess, type StoreProcesses } from './run-store-process.ts'
import { type StoreGround, storeKinds } from './store-kinds.ts'
import type { StoreOutcome } from './store-process.ts'

// As long as real account names.
const client = '100000000001-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com'
const account = `https://accounts.google.com ${client} 110000000000000000001`
const credential = `credential ${account}`
const accessToken = `access-token ${account}`

const values = {
  'a line of JSON': JSON.stringify({ v: 1, refresh_token: '1//0e"\\/\'`$(id)%s' }),
  'letters of the world': ' Zoë 漢字 😀 ʻokina ',
  '1200 characters': 'ya29.'.padEnd(1200, 'aB3-_'),
} as const

let processes: StoreProcesses
beforeAll(async () => {
  processes = await buildStoreProcess()
})
afterAll(() => processes.end())

describe.each(storeKinds)('the store: $kind', ({ kind, parts, many, start }) => {
  let ground: StoreGround | undefined
  let the: StoreGround
  beforeEach(async (context) => {
    needs(context, ...parts)
    the = ground ??= await start()
  })
  afterEach(async () => {
    const store = the.open()
    for (const item of await store.items()) await store.delete(item)
  })
  afterAll(async () => ground?.end())

  const contents = async (): Promise<Record<string, string | undefined>> => {
    const store = the.open()
    const names = (await store.items()).toSorted()
    const found: Record<string, string | undefined> = {}
    for (const item of names) found[item] = (await store.get(item))?.reveal()
    return found
  }

  test('a probe leaves nothing behind, and changes nothing', async () => {
    const store = the.open()
    await store.probe()
    expect(await contents()).toEqual({})
    await store.set(credential, new Secret('one'))
    await store.probe()
    expect(await contents()).toEqual({ [credential]: 'one' })
  })

  test('a missing item is undefined, and deleting it returns false', async () => {
    const store = the.open()
    expect(await store.get(credential)).toBeUndefined()
    expect(await store.delete(credential)).toBe(false)
    expect(await store.items()).toEqual([])
  })

  test('a stored item can be read and compared, replaced, listed and deleted; other items stay', async () => {
    const store = the.open()
    await setAndCompare(store, credential, new Secret('one'))
    await setAndCompare(store, accessToken, new Secret('token'))
    await setAndCompare(store, credential, new Secret('two'))
    expect(await contents()).toEqual({ [credential]: 'two', [accessToken]: 'token' })
    expect(await store.delete(credential)).toBe(true)
    expect(await store.get(credential)).toBeUndefined()
    expect(await contents()).toEqual({ [accessToken]: 'token' })
  })

  test.each(Object.entries(values))('%s come back unchanged', async (_, value) => {
    const store = the.open()
    await setAndCompare(store, credential, new Secret(value))
    expect((await the.open().get(credential))?.reveal()).toBe(value)
  })

  test('similar names are different items', async () => {
    const names = ['probe', 'Probe', 'a/b', 'a b', 'a%20b', 'ä:../..']
    const store = the.open()
    const wanted: Record<string, string> = {}
    for (const item of names.slice(0, Math.min(many, names.length))) {
      wanted[item] = `value of ${item}`
      await store.set(item, new Secret(`value of ${item}`))
    }
    expect(await contents()).toEqual(wanted)
  })

  test("two objects see each other's changes", async () => {
    const [one, other] = [the.open(), the.open()]
    await one.set(credential, new Secret('one'))
    expect((await other.get(credential))?.reveal()).toBe('one')
    await other.set(credential, new Secret('two'))
    expect((await one.get(credential))?.reveal()).toBe('two')
    await one.delete(credential)
    expect(await other.get(credential)).toBeUndefined()
  })

  test('many items are all present', async () => {
    const store = the.open()
    const names = Array.from({ length: many }, (_, number) => `${credential}${number}`)
    for (const item of names) await store.set(item, new Secret(`value of ${item}`))
    const found = await the.open().items()
    expect(found.toSorted()).toEqual(names.toSorted())
  })

  test('different items that several objects and processes set at the same time are all present', async () => {
    const writers = ['a', 'b', 'c', 'd'].map((writer) => ({
      [`${writer} 1`]: `${writer}1`,
      [`${writer} 2`]: `${writer}2`,
    }))
    const { shared, env } = the
    const inThisProcess = async (set: Readonly<Record<string, string>>): Promise<StoreOutcome> => {
      const store = the.open()
      for (const [item, value] of Object.entries(set)) await store.set(item, new Secret(value))
      return { failure: null }
    }
    const outcomes = await Promise.all(
      writers.map(async (set, number) =>
        number === 0 || shared === null ? inThisProcess(set) : processes.run({ store: shared, set }, env),
      ),
    )
    expect(outcomes).toEqual(writers.map(() => ({ failure: null })))
    expect(await contents()).toEqual(Object.assign({}, ...writers))
  })

  test('is fast enough for a user who waits', async () => {
    await the.open().set(credential, new Secret('one'))
    expect(Math.max(...Object.values(await costs(kind, the.open, 3)))).toBeLessThan(5_000)
  })
})

test('an age file costs, with its default work factor, at least as much as guessing must', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-cost-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const passphrase = async (): Promise<Secret> => Promise.resolve(new Secret('correct horse'))
  const waiting = { signal: new AbortController().signal }
  const { read, write, probe } = await costs(
    'age file with its work factor',
    () => ageFileStore({ file: join(folder, 'store.age'), passphrase, waiting }),
    1,
  )
  expect(Math.max(read, write, probe)).toBeLessThan(10_000)
  expect(read).toBeGreaterThan(50)
})

/**
 * Prints and returns the operations' costs, in milliseconds of processor time, which a busy machine does not change:
 * the median of so many runs, each by a new object, as by a new process. docs/stores.md has the numbers.
 */
async function costs(
  kind: string,
  open: () => SecretStore,
  times: number,
): Promise<Readonly<Record<'read' | 'write' | 'probe', number>>> {
  const costOf = async (work: (store: SecretStore) => Promise<unknown>): Promise<number> => {
    const found: number[] = []
    for (let time = 0; time < times; time++) {
      const store = open()
      const started = process.cpuUsage()
      await work(store)
      const { user, system } = process.cpuUsage(started)
      found.push((user + system) / 1000)
    }
    return found.toSorted((a, b) => a - b)[Math.floor(times / 2)] ?? NaN
  }
  const write = await costOf(async (store) => store.set(credential, new Secret('1//0e'.padEnd(200, 'x'))))
  const read = await costOf(async (store) => store.get(credential))
  const probe = await costOf(async (store) => store.probe())
  const shown = Object.entries({ read, write, probe }).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
  process.stdout.write(`${kind}: ${shown.join(', ')}\n`)
  return { read, write, probe }
}
