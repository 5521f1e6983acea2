import * as fc from 'fast-check'
import { describe, expect } from 'vitest'
import { memoryAccountIndex } from '../../src/accounts/account-index.ts'
import { type AccountStorage, memoryStorage } from '../../src/accounts/account-storage.ts'
import { chooseAccount } from '../../src/accounts/choose-account.ts'
import { credentialItem } from '../../src/accounts/credential.ts'
import { locateCredential } from '../../src/accounts/locate-credential.ts'
import { rebuildIndex } from '../../src/accounts/rebuild-index.ts'
import { Secret } from '../../src/core/secret.ts'
import { keepGrant } from '../../src/credentials/keep-grant.ts'
import { refresh } from '../../src/credentials/refresh.ts'
import { isFailure } from '../../src/failures/index.ts'
import type { Http, HttpRequest, HttpResponse } from '../../src/http/request.ts'
import { googleIssuer } from '../../src/oauth/authorization-server.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'
import { property } from './property.ts'

// One account in the stores a, b and c. gsa always uses a working refresh token if any store has one.

const key = { issuer: googleIssuer, clientId: '1-a.apps.googleusercontent.com', sub: '1' }
const client = { type: 'installed', clientId: key.clientId, clientSecret: new Secret('s'), redirectUris: [] } as const

interface Machine {
  readonly stores: ReadonlyMap<string, Map<string, string>>
  readonly index: Map<string, string>
  /** The refresh tokens that the server accepts. */
  readonly alive: Set<string>
  at(store: string): AccountStorage
}

function newMachine(): Machine {
  const stores = new Map(['a', 'b', 'c'].map((name) => [name, new Map<string, string>()]))
  const index = new Map<string, string>()
  const at = (name: string): AccountStorage => ({
    ...memoryStorage(new Map()),
    secrets: memoryStore(stores.get(name) ?? new Map<string, string>(), name),
    index: memoryAccountIndex(index),
    at,
  })
  return { stores, index, alive: new Set(), at }
}

let serial = 0

type Step = readonly [
  action:
    | 'login'
    | 'login without a refresh token'
    | 'killed login'
    | 'rebuild'
    | 'token dies'
    | 'item is deleted'
    | 'refresh',
  store: string,
]

const actions: Readonly<Record<Step[0], (machine: Machine, store: string) => Promise<unknown>>> = {
  login: async (machine, store) => keep(machine, machine.at(store), true),
  'login without a refresh token': async (machine, store) => keep(machine, machine.at(store), false),
  // The secret is written, the list is not.
  'killed login': async (machine, store) => {
    const storage = machine.at(store)
    let updates = 0
    const put: AccountStorage['index']['put'] = async (account) => {
      // For a listed account, the store is noted first.
      if (++updates === ((await storage.index.read()).accounts.length > 0 ? 2 : 1)) throw new Error('killed')
      return storage.index.put(account)
    }
    await keep(machine, { ...storage, index: { ...storage.index, put } }, true).catch((error: Error) =>
      expect(error.message).toBe('killed'),
    )
    // Only a rebuild can find an account that was never listed.
    if ((await storage.index.read()).accounts.length === 0) await rebuildIndex(storage)
  },
  rebuild: async (machine, store) => rebuildIndex(machine.at(store)),
  'token dies': async (machine, store) => machine.alive.delete(tokenIn(machine, store) ?? ''),
  'item is deleted': async (machine, store) => machine.at(store).secrets.delete(credentialItem(key)),
  refresh: async (machine) => refreshed(machine),
}

async function keep({ alive }: Machine, storage: AccountStorage, brings: boolean): Promise<void> {
  const token = `1//0${++serial}`
  if (brings) alive.add(token)
  await keepGrant(storage, {
    key,
    client,
    dpopKey: undefined,
    tokens: {
      accessToken: new Secret('ya29.a'),
      expiresInSeconds: 3600,
      refreshToken: brings ? new Secret(token) : undefined,
      refreshTokenExpiresInSeconds: undefined,
      idToken: undefined,
      scopes: [],
    },
    idToken: undefined,
    requestedScopes: [],
    obtainedAt: new Date(1_700_000_000_000 + serial * 1000).toISOString(),
    accessTokenExpiresAt: null,
    refreshTokenExpiresAt: null,
  })
}

function tokenIn({ stores }: Machine, store: string): string | undefined {
  const value = stores.get(store)?.get(credentialItem(key))
  return value === undefined ? undefined : (JSON.parse(value) as { refresh_token?: string }).refresh_token
}

function answering(answer: (request: HttpRequest) => HttpResponse): Http {
  return {
    send: async (request) => Promise.resolve(answer(request)),
    open: () => Promise.reject(new Error('not used')),
  }
}

/** Does what `gsa refresh` does without flags. Returns whether it worked. */
async function refreshed(machine: Machine): Promise<boolean> {
  const list = await machine.at('a').index.read()
  if (list.accounts.length === 0) return false
  const account = chooseAccount(list, { account: undefined, issuer: undefined, clientId: undefined })
  const http = answering(({ form }) => {
    const sent = form?.['refresh_token']
    const isAlive = sent instanceof Secret && machine.alive.has(sent.reveal())
    const body = isAlive
      ? { access_token: 'ya29.b', token_type: 'Bearer', expires_in: 3600 }
      : { error: 'invalid_grant', error_description: 'Token has been expired or revoked.' }
    return {
      status: isAlive ? 200 : 400,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    }
  })
  const storage = machine.at(account.store)
  const server = { issuer: googleIssuer, tokenEndpoint: new URL('https://oauth2.googleapis.com/token') }
  try {
    await refresh(
      {
        http,
        storage,
        server: async () => server as never,
        keyCache: undefined as never,
        defer: (work) => work(),
        now: Date.now,
      },
      account,
    )
    return true
  } catch (error) {
    if (
      ['refresh_token_refused', 'no_refresh_token', 'credential_lost'].some((code) => isFailure(error, code as never))
    )
      return false
    throw error
  }
}

const steps = fc.array(
  fc.tuple(fc.constantFrom(...(Object.keys(actions) as Step[0][])), fc.constantFrom('a', 'b', 'c')),
  { maxLength: 12 },
)

describe('an account in several stores', () => {
  property('is refreshed with a working token if any of its stores has one', steps, async (sequence) => {
    const machine = newMachine()
    for (const [action, store] of sequence) await actions[action](machine, store)
    const list = await machine.at('a').index.read()
    expect(list.accounts.length).toBeLessThanOrEqual(1)
    const isAlive = ['a', 'b', 'c'].some((store) => machine.alive.has(tokenIn(machine, store) ?? ''))
    if (list.accounts.length > 0) expect(await refreshed(machine)).toBe(isAlive)
  })

  property('is listed the same by every further rebuild', steps, async (sequence) => {
    const machine = newMachine()
    for (const [action, store] of sequence) await actions[action](machine, store)
    for (const store of ['a', 'b', 'c']) {
      await rebuildIndex(machine.at(store))
      const once = machine.index.get('accounts')
      await rebuildIndex(machine.at(store))
      expect(machine.index.get('accounts')).toBe(once)
    }
    const [account] = (await machine.at('a').index.read()).accounts
    const held = ['a', 'b', 'c'].map((store) => tokenIn(machine, store)).filter((token) => token !== undefined)
    if (held.length === 0) return
    const { credential } = await locateCredential(machine.at(account!.store), account!)
    expect(held).toContain(credential.refreshToken?.reveal())
  })
})
