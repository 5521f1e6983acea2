import { describe, expect, test } from 'vitest'
import { type Account, memoryAccountIndex, unknownHistory } from '../../src/accounts/account-index.ts'
import { accountState } from '../../src/accounts/account-state.ts'
import { type AccountStorage, memoryStorage } from '../../src/accounts/account-storage.ts'
import { cacheAccessToken, readAccessToken } from '../../src/accounts/cached-access-token.ts'
import { credentialItem, serializeCredential } from '../../src/accounts/credential.ts'
import { listedAccount, readCredential } from '../../src/accounts/locate-credential.ts'
import { accountMover, type Move } from '../../src/accounts/move-account.ts'
import { Secret } from '../../src/core/secret.ts'
import { Failure } from '../../src/failures/index.ts'
import { googleIssuer } from '../../src/oauth/authorization-server.ts'
import { createDpopKey } from '../../src/oauth/dpop-key.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'

const key = { issuer: googleIssuer, clientId: '1-a.apps.googleusercontent.com', sub: '1' }
const client = { type: 'installed', clientId: key.clientId, clientSecret: new Secret('s'), redirectUris: [] } as const
const [monday, tuesday] = ['2026-05-04T00:00:00.000Z', '2026-05-05T00:00:00.000Z']
const dpopKey = createDpopKey()

/** Stops a process at the given number of steps from now. */
interface Killer {
  stepsLeft: number
}

/** Stores a and b with one list, and other with a list of its own. Each operation is a step. */
interface Machine {
  readonly killer: Killer
  at(store: string): AccountStorage
}

function newMachine(): Machine {
  const killer = { stepsLeft: Number.POSITIVE_INFINITY }
  const lists = new Map(['shared', 'own'].map((name) => [name, new Map<string, string>()]))
  const stores = new Map(['a', 'b', 'other'].map((name) => [name, new Map<string, string>()]))
  const at = (name: string): AccountStorage => {
    const list = lists.get(name === 'other' ? 'own' : 'shared') ?? new Map<string, string>()
    return {
      ...memoryStorage(new Map()),
      secrets: stepping(memoryStore(stores.get(name) ?? new Map<string, string>(), name), killer),
      index: stepping(memoryAccountIndex(list), killer),
      listIdentity: list,
      at,
    }
  }
  return { killer, at }
}

/** Returns an object whose functions are steps. */
function stepping<T extends object>(object: T, killer: Killer): T {
  return new Proxy(object, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver)
      if (typeof member !== 'function') return member
      return (...args: readonly unknown[]) => {
        if (killer.stepsLeft-- <= 0) throw new Error('killed')
        return member.apply(target, args) as unknown
      }
    },
  })
}

/** Stores the account with a refresh token. */
async function keep(storage: AccountStorage, token: string | undefined, obtainedAt: string | null): Promise<void> {
  const refreshToken = token === undefined ? undefined : new Secret(token)
  const credential = { key, client, email: 'ada@example.com', refreshToken, dpopKey, obtainedAt }
  await storage.secrets.set(credentialItem(key), serializeCredential(credential))
  await cacheAccessToken(storage.secrets, credential, {
    value: new Secret(`ya29.${token}`),
    issuedAt: monday,
    expiresAt: null,
  })
}

function entry(store: string, more: Partial<Account> = {}): Account {
  const rest = { clientType: 'installed', redirectUris: [], claims: { sub: '1', email: 'ada@example.com' } } as const
  const history = { isBound: true, refreshTokenObtainedAt: monday, refreshTokenUsedAt: tuesday }
  return { ...key, ...rest, ...unknownHistory, ...history, store, hasRefreshToken: true, ...more }
}

/** Returns an account in store a, with two refresh tokens elsewhere if they are given. */
async function machineWith(inB?: readonly [token: string, obtainedAt: string | null]): Promise<Machine> {
  const machine = newMachine()
  await keep(machine.at('a'), 'old', monday)
  await machine.at('a').index.put(entry('a', inB === undefined ? {} : { otherStores: ['b'] }))
  if (inB !== undefined) await keep(machine.at('b'), ...inB)
  return machine
}

const moveTo = (machine: Machine, to: string, more: Partial<Move> = {}): Move => ({
  source: machine.at('a'),
  destination: machine.at(to),
  from: undefined,
  isCopy: false,
  ...more,
})

async function tokenIn(machine: Machine, store: string): Promise<string | undefined> {
  return (await readCredential(machine.at(store), key))?.refreshToken?.reveal()
}

const listedIn = async (machine: Machine, store: string): Promise<Account | undefined> =>
  listedAccount(machine.at(store), key)

describe.each(['b', 'other'])('an account that moves to %s', (to) => {
  test('is stored and listed there with its key, its access token and its history, and nowhere else', async () => {
    const machine = await machineWith()
    expect(await accountMover(moveTo(machine, to))(key)).toEqual({ outcome: 'moved', copiesLeft: [] })
    const moved = await readCredential(machine.at(to), key)
    expect(moved).toMatchObject({ obtainedAt: monday, email: 'ada@example.com' })
    expect(moved?.refreshToken?.reveal()).toBe('old')
    expect(moved?.dpopKey?.d.reveal()).toBe(dpopKey.d.reveal())
    expect((await readAccessToken(machine.at(to).secrets, key))?.value.reveal()).toBe('ya29.old')
    const listed = await listedIn(machine, to)
    expect(listed).toEqual(entry(to))
    expect(accountState(listed!, Date.parse(tuesday)).state).toBe('connected')
    expect(await machine.at('a').secrets.items()).toEqual([])
    expect(await listedIn(machine, 'a')).toEqual(to === 'b' ? entry('b') : undefined)
    expect(await machine.at(to).secrets.items()).toHaveLength(2)
  })

  test.each<readonly [string, Partial<Move>, readonly [string, string] | undefined, string]>([
    ['is complete', {}, undefined, 'old'],
    ['has left the named store', { from: 'a' }, undefined, 'old'],
    ['has the newer refresh token there', {}, ['newer', tuesday], 'newer'],
    ['has its own refresh token, which is newer', {}, ['older', '2026-05-03T00:00:00.000Z'], 'old'],
  ])('%s after a move that was killed at any step was repeated', async (_, more, there, expected) => {
    let steps = 0
    for (let isKilled = true; isKilled; steps++) {
      const at = `after ${steps} steps`
      const machine = await machineWith()
      if (there !== undefined) await keep(machine.at(to), ...there)
      machine.killer.stepsLeft = steps
      const first = accountMover(moveTo(machine, to, more))(key)
      const error = await first.then(
        () => undefined,
        (reason: Error) => reason.message,
      )
      machine.killer.stepsLeft = Number.POSITIVE_INFINITY
      isKilled = error !== undefined
      expect(error ?? 'killed', at).toBe('killed')
      expect([await tokenIn(machine, to), await tokenIn(machine, 'a')], at).toContain(expected)
      await accountMover(moveTo(machine, to, more))(key)
      expect(await tokenIn(machine, to), at).toBe(expected)
      const obtainedAt = expected === 'newer' ? tuesday : monday
      expect(await listedIn(machine, to), at).toEqual(entry(to, { refreshTokenObtainedAt: obtainedAt }))
      expect(await machine.at('a').secrets.items(), at).toEqual([])
      expect((await listedIn(machine, 'a'))?.store, at).toBe(to === 'b' ? 'b' : undefined)
    }
    expect(steps).toBeGreaterThan(10)
  })

  test('stays in the old store, too, when a copy is left', async () => {
    const machine = await machineWith()
    expect(await accountMover(moveTo(machine, to, { isCopy: true }))(key)).toMatchObject({ outcome: 'moved' })
    expect([await tokenIn(machine, 'a'), await tokenIn(machine, to)]).toEqual(['old', 'old'])
    expect(await listedIn(machine, to)).toMatchObject(
      to === 'b' ? { store: 'b', otherStores: ['a'] } : { store: 'other' },
    )
    expect(await listedIn(machine, 'a')).toEqual(to === 'b' ? entry('b', { otherStores: ['a'] }) : entry('a'))
    expect(await accountMover(moveTo(machine, to, { isCopy: true }))(key)).toMatchObject({ outcome: 'nothing' })
  })

  test('has nothing to do the second time', async () => {
    const machine = await machineWith()
    await accountMover(moveTo(machine, to))(key)
    expect(await accountMover(moveTo(machine, to))(key)).toEqual({ outcome: 'nothing', copiesLeft: [] })
    expect(await listedIn(machine, to)).toEqual(entry(to))
  })

  test.each([
    ['the newer refresh token there', 'new', tuesday, 'kept', 'new'],
    ['its own refresh token, which is newer', 'older', '2026-05-03T00:00:00.000Z', 'moved', 'old'],
    ['its own refresh token, if the age of the one there is unknown', 'ageless', null, 'moved', 'old'],
    ['its own refresh token, if there is none', undefined, null, 'moved', 'old'],
  ])('has %s', async (_, token, obtainedAt, outcome, expected) => {
    const machine = await machineWith()
    await keep(machine.at(to), token, obtainedAt)
    const other = { refreshTokenObtainedAt: obtainedAt, hasRefreshToken: token !== undefined }
    if (to === 'other') await machine.at(to).index.put(entry(to, other))
    else await machine.at('a').index.put(entry('a', { otherStores: ['b'] }))
    expect(await accountMover(moveTo(machine, to))(key)).toMatchObject({ outcome })
    expect(await tokenIn(machine, to)).toBe(expected)
    expect(await listedIn(machine, to)).toEqual(
      entry(to, { refreshTokenObtainedAt: expected === 'new' ? tuesday : monday }),
    )
    expect(await machine.at('a').secrets.items()).toEqual([])
  })

  test('leaves every store that it is in, and keeps the newest refresh token', async () => {
    const machine = await machineWith(to === 'b' ? undefined : ['newer', tuesday])
    expect(await accountMover(moveTo(machine, to))(key)).toMatchObject({ outcome: 'moved' })
    expect(await tokenIn(machine, to)).toBe(to === 'b' ? 'old' : 'newer')
    expect(await listedIn(machine, to)).toMatchObject({ store: to, otherStores: [] })
    for (const name of ['a', ...(to === 'b' ? [] : ['b'])]) expect(await machine.at(name).secrets.items()).toEqual([])
  })
})

describe('an account in two stores', () => {
  test('stays in the other one when only one store is left', async () => {
    const machine = await machineWith(['newer', tuesday])
    expect(await accountMover(moveTo(machine, 'other', { from: 'a' }))(key)).toMatchObject({ outcome: 'moved' })
    expect([await tokenIn(machine, 'other'), await tokenIn(machine, 'b')]).toEqual(['old', 'newer'])
    expect(await listedIn(machine, 'a')).toMatchObject({ store: 'b', otherStores: [], refreshTokenObtainedAt: null })
  })

  test('is used from the store with the newer refresh token when its old copy moves', async () => {
    const machine = await machineWith(['newer', tuesday])
    await machine.at('a').index.put(entry('b', { otherStores: ['a'], refreshTokenObtainedAt: tuesday }))
    expect(await accountMover(moveTo(machine, 'b'))(key)).toMatchObject({ outcome: 'kept' })
    expect(await tokenIn(machine, 'b')).toBe('newer')
    expect(await listedIn(machine, 'b')).toEqual(entry('b', { refreshTokenObtainedAt: tuesday }))
    expect(await machine.at('a').secrets.items()).toEqual([])
  })

  test('moves although an old copy cannot be opened, and the result names its store', async () => {
    const machine = await machineWith(['newer', tuesday])
    const source = { ...machine.at('a'), at: () => ({ ...machine.at('b'), secrets: unusable(machine.at('b')) }) }
    expect(await accountMover(moveTo(machine, 'other', { source }))(key)).toEqual({
      outcome: 'moved',
      copiesLeft: ['b'],
    })
    expect(await tokenIn(machine, 'other')).toBe('old')
    expect(await listedIn(machine, 'a')).toMatchObject({ store: 'b' })
  })
})

function unusable({ secrets }: AccountStorage): AccountStorage['secrets'] {
  return { ...secrets, name: 'b', get: () => Promise.reject(new Failure('passphrase_wrong', { file: 'b' })) }
}

describe('a move', () => {
  test('takes the default account along, unless the other list has one', async () => {
    const machine = await machineWith()
    await machine.at('a').index.setDefault(key)
    await accountMover(moveTo(machine, 'other'))(key)
    expect((await machine.at('other').index.read()).default).toEqual(key)
  })

  test('is refused between two names of one store, and loses nothing', async () => {
    const machine = await machineWith()
    const destination = { ...machine.at('a'), secrets: { ...machine.at('a').secrets, name: 'alias' } }
    await expect(accountMover(moveTo(machine, 'b', { destination }))(key)).rejects.toMatchObject({
      code: 'usage',
      causeText: 'a and alias are the same store.',
    })
    expect(await tokenIn(machine, 'a')).toBe('old')
    expect(await machine.at('a').secrets.items()).toHaveLength(2)
  })

  test('says that the credential is lost when no store has it', async () => {
    const machine = await machineWith()
    await machine.at('a').secrets.delete(credentialItem(key))
    await expect(accountMover(moveTo(machine, 'other'))(key)).rejects.toMatchObject({ code: 'credential_lost' })
    expect(await listedIn(machine, 'other')).toBeUndefined()
  })
})
