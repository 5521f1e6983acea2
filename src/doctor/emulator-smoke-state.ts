import { type AccountStorage, memoryStorage } from '../accounts/account-storage.ts'
import { chooseAccount } from '../accounts/choose-account.ts'
import type { Account } from '../accounts/account-index.ts'
import { deleteAccount } from '../accounts/delete-account.ts'
import type { GoogleApi } from '../api/call.ts'
import { Secret } from '../core/secret.ts'
import type { Grant } from '../credentials/grant.ts'
import { memoryKeyCache } from '../credentials/key-cache.ts'
import type { redeemCode } from '../credentials/redeem-code.ts'
import type { refresh } from '../credentials/refresh.ts'
import type { Emulator } from '../emulator/index.ts'
import { Failure } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import type { AuthorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import type { KeyCache } from '../oauth/jwks.ts'
import type { KeychainWaiting } from '../stores/keychain-store.ts'
import { present } from './checklist.ts'

/** The state that the smoke test's steps share. Mutable: each step stores values for later ones. */
export interface EmulatorSmokeState {
  readonly http: Http
  readonly signal: AbortSignal
  readonly waiting: KeychainWaiting
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly keyCache: KeyCache
  storage: AccountStorage
  emulator?: Emulator
  server?: AuthorizationServer
  login?: Grant
  api?: GoogleApi
  content?: Buffer
}

/** Returns a state for `emulatorSmokeSteps`. Always call {@link endEmulatorSmoke} afterwards. */
export function emulatorSmokeState(http: Http, waiting: KeychainWaiting, now: () => number): EmulatorSmokeState {
  return { http, signal: waiting.signal, waiting, now, keyCache: memoryKeyCache(), storage: memoryStorage(new Map()) }
}

/** Stops the emulator, and deletes the smoke test's accounts from the keychain. */
export async function endEmulatorSmoke({ emulator, storage }: EmulatorSmokeState): Promise<void> {
  try {
    const { accounts } = await storage.index.read()
    await Promise.allSettled(accounts.map((left) => deleteAccount(storage, left)))
  } finally {
    await emulator?.close()
  }
}

/** Returns the context to redeem a code with a client of the emulator. */
export function redeeming(state: EmulatorSmokeState, type: 'web' | 'desktop'): Parameters<typeof redeemCode>[0] {
  const { clients } = present(state.emulator)
  const { clientId, clientSecret } = present(clients.find((client) => client.type === type))
  const client: OAuthClient = {
    type: type === 'web' ? 'web' : 'installed',
    clientId,
    clientSecret: new Secret(clientSecret),
    redirectUris: [],
  }
  return {
    http: state.http,
    keyCache: state.keyCache,
    defer: (work) => work(),
    server: present(state.server),
    client,
    storage: state.storage,
    usedCodes: state.storage.usedCodes,
    now: state.now,
  }
}

/** Returns the context to refresh, revoke and get access tokens. */
export function refreshing({
  http,
  keyCache,
  storage,
  now,
  server,
}: EmulatorSmokeState): Parameters<typeof refresh>[0] {
  return {
    http,
    keyCache,
    defer: (work) => work(),
    storage,
    now,
    server: () => Promise.resolve(present(server)),
  }
}

/** Returns the account with this key. */
export async function account(
  { storage }: EmulatorSmokeState,
  { issuer, clientId, sub }: Grant['key'],
): Promise<Account> {
  return chooseAccount(await storage.index.read(), { account: sub, issuer, clientId })
}

/** Fails the step unless the condition holds. @throws Failure `smoke_failed` */
export function demand(condition: boolean, otherwise: string): void {
  if (!condition) throw new Failure('smoke_failed', { problem: otherwise })
}
