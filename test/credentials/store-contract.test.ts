import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { setAndCompare } from '../../src/credentials/secret-store.ts'
import { Secret } from '../../src/failures/index.ts'
import { needs } from '../support/system-parts.ts'
import { buildStoreProcess, type StoreProcesses } from './run-store-process.ts'
import { type StoreGround, storeKinds } from './store-kinds.ts'
import type { StoreOutcome } from './store-process.ts'

// As long as names of real accounts are.
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

describe.each(storeKinds)('the store: $kind', ({ parts, many, start }) => {
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

  test('a probe leaves nothing behind, and what is there as it was', async () => {
    const store = the.open()
    await store.probe()
    expect(await contents()).toEqual({})
    await store.set(credential, new Secret('one'))
    await store.probe()
    expect(await contents()).toEqual({ [credential]: 'one' })
  })

  test('an item that is not there is undefined, and deleting it is false', async () => {
    const store = the.open()
    expect(await store.get(credential)).toBeUndefined()
    expect(await store.delete(credential)).toBe(false)
    expect(await store.items()).toEqual([])
  })

  test('what is set can be read and compared, replaced, listed and deleted; other items stay', async () => {
    const store = the.open()
    await setAndCompare(store, credential, new Secret('one'))
    await setAndCompare(store, accessToken, new Secret('token'))
    await setAndCompare(store, credential, new Secret('two'))
    expect(await contents()).toEqual({ [credential]: 'two', [accessToken]: 'token' })
    expect(await store.delete(credential)).toBe(true)
    expect(await store.get(credential)).toBeUndefined()
    expect(await contents()).toEqual({ [accessToken]: 'token' })
  })

  test.each(Object.entries(values))('%s come back as they were', async (_, value) => {
    const store = the.open()
    await setAndCompare(store, credential, new Secret(value))
    expect((await the.open().get(credential))?.reveal()).toBe(value)
  })

  test('names that are alike are different items', async () => {
    const names = ['probe', 'Probe', 'a/b', 'a b', 'a%20b', 'ä:../..']
    const store = the.open()
    const wanted: Record<string, string> = {}
    for (const item of names.slice(0, Math.min(many, names.length))) {
      wanted[item] = `value of ${item}`
      await store.set(item, new Secret(`value of ${item}`))
    }
    expect(await contents()).toEqual(wanted)
  })

  test('two objects see what the other one did', async () => {
    const [one, other] = [the.open(), the.open()]
    await one.set(credential, new Secret('one'))
    expect((await other.get(credential))?.reveal()).toBe('one')
    await other.set(credential, new Secret('two'))
    expect((await one.get(credential))?.reveal()).toBe('two')
    await one.delete(credential)
    expect(await other.get(credential)).toBeUndefined()
  })

  test('many items are all there', async () => {
    const store = the.open()
    const names = Array.from({ length: many }, (_, number) => `${credential}${number}`)
    for (const item of names) await store.set(item, new Secret(`value of ${item}`))
    const found = await the.open().items()
    expect(found.toSorted()).toEqual(names.toSorted())
  })

  test('different items that several objects and processes set at once are all there', async () => {
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
})
