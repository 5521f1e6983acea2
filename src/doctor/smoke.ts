import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { googleApi, type GoogleApi } from '../api/call.ts'
import { accessTokenSource } from '../credentials/access.ts'
import { refresh } from '../credentials/refresh.ts'
import { accountName, chooseAccount, deleteAccount, loadCredential } from '../credentials/accounts.ts'
import type { Grant } from '../credentials/grant.ts'
import { memoryKeyCache } from '../credentials/key-cache.ts'
import { keychainStore } from '../credentials/keychain-store.ts'
import { login } from '../credentials/login.ts'
import { redeemCode } from '../credentials/redeem-code.ts'
import { revoke } from '../credentials/revoke.ts'
import { memoryStorage, probeStorage, type Storage } from '../credentials/storage.ts'
import { deleteFile, fileId, fileNamed, getFile, listAppFolder } from '../drive/app-folder.ts'
import { copyContent } from '../drive/download.ts'
import { putStream } from '../drive/upload.ts'
import { answerConsent, type Emulator, startEmulator } from '../emulator/index.ts'
import { Exit, Failure, isFailure, Secret } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import { type AuthorizationServer, authorizationServer } from '../oauth/authorization-server.ts'
import type { OAuthClient } from '../oauth/client.ts'
import { verifyIdToken } from '../oauth/id-token.ts'
import { type KeyCache, serverJwks } from '../oauth/jwks.ts'
import { defaultScopes } from '../oauth/scopes.ts'
import { NotAvailable, present, type Step } from './checklist.ts'

/** What the steps of the smoke test share. */
export interface SmokeState {
  readonly http: Http
  readonly signal: AbortSignal
  /** Unix time in milliseconds. */
  readonly now: () => number
  readonly keyCache: KeyCache
  storage: Storage
  emulator?: Emulator
  server?: AuthorizationServer
  login?: Grant
  api?: GoogleApi
  content?: Buffer
}

/** A state to run {@link smokeSteps} with. Call {@link endSmoke} afterwards, whatever happened. */
export function smokeState(http: Http, signal: AbortSignal, now: () => number): SmokeState {
  return { http, signal, now, keyCache: memoryKeyCache(), storage: memoryStorage(new Map()) }
}

/** Stops the emulator, and removes from the keychain what the smoke test left there. */
export async function endSmoke({ emulator, storage }: SmokeState): Promise<void> {
  try {
    await Promise.allSettled(storage.index.read().accounts.map((left) => deleteAccount(storage, left)))
  } finally {
    await emulator?.close()
  }
}

const fileName = 'gsa-smoke.txt'

/** The whole flow on an emulator of its own: no configuration, no network, no browser. */
export const smokeSteps: readonly Step<SmokeState>[] = [
  { name: 'keychain', title: 'The keychain takes a secret and gives it back', run: keychainStep },
  {
    name: 'emulator',
    title: 'A local Google starts on a free port',
    run: async (state) => {
      state.emulator = await startEmulator({ port: 0 })
      state.server = await authorizationServer(state.http, state.emulator.issuer)
      return state.emulator.issuer
    },
  },
  { name: 'login', title: 'Log in through the loopback listener', needs: ['emulator'], run: loginStep },
  { name: 'exchange', title: 'Exchange a code of an Android app', needs: ['emulator'], run: exchangeStep },
  { name: 'id-token', title: 'Verify the ID token, and refuse a forged one', needs: ['login'], run: idTokenStep },
  {
    name: 'stored',
    title: 'Read the refresh token back from the store',
    needs: ['login'],
    run: async (state) => {
      const { key, refreshToken } = present(state.login)
      const { refreshToken: stored } = await loadCredential(state.storage, account(state, key))
      demand(
        refreshToken.value !== undefined && stored?.equals(refreshToken.value) === true,
        'the store holds another refresh token',
      )
      return `in the ${state.storage.secrets.name}`
    },
  },
  {
    name: 'refresh',
    title: 'Get a new access token with it',
    needs: ['stored'],
    run: async (state) => {
      const before = present(state.login)
      const grant = await refresh(refreshing(state), account(state, before.key))
      demand(!grant.accessToken.value.equals(before.accessToken.value), 'the access token is the old one')
      return `ends ${grant.accessToken.expiresAt ?? 'at an unknown time'}`
    },
  },
  {
    name: 'drive-ls',
    title: 'List the app folder',
    needs: ['refresh'],
    run: async (state) => {
      state.api = googleApi({
        http: state.http,
        root: new URL(present(state.emulator).driveUrl),
        tokens: accessTokenSource(refreshing(state), account(state, present(state.login).key), 0),
        signal: state.signal,
      })
      return `${await countFiles(state.api)} files`
    },
  },
  {
    name: 'drive-put',
    title: 'Put a file there',
    needs: ['drive-ls'],
    run: async (state) => {
      state.content = randomBytes(4096)
      const stream = Readable.from([state.content])
      await putStream(present(state.api), {
        name: fileName,
        replacedId: undefined,
        stream,
        onProgress: () => undefined,
      })
      demand((await countFiles(present(state.api))) === 1, 'the file is not in the list')
      return `${state.content.length} bytes`
    },
  },
  {
    name: 'drive-get',
    title: 'Get it back unchanged',
    needs: ['drive-put'],
    run: async (state) => {
      const api = present(state.api)
      const chunks: Buffer[] = []
      const file = await fileNamed(api, fileName)
      await copyContent(api, { file, onProgress: () => undefined }, async (piece) => {
        chunks.push(piece)
        return Promise.resolve()
      })
      demand(Buffer.concat(chunks).equals(present(state.content)), 'the content differs')
      return 'same bytes'
    },
  },
  { name: 'drive-rm', title: 'Remove it', needs: ['drive-put'], run: removeStep },
  {
    name: 'revoke',
    title: 'Revoke, and prove that the refresh token is refused',
    needs: ['refresh'],
    run: async (state) => {
      const { key } = present(state.login)
      await revoke(refreshing(state), account(state, key), state.signal)
      demand(
        !state.storage.index.read().accounts.some(({ sub, clientId }) => sub === key.sub && clientId === key.clientId),
        'the account is still listed',
      )
      return 'refused, and deleted here'
    },
  },
]

async function keychainStep(state: SmokeState): Promise<string> {
  const keychain: Storage = { ...memoryStorage(new Map()), secrets: keychainStore() }
  try {
    await probeStorage(keychain)
  } catch (error) {
    if (error instanceof Failure && error.exitCode === Exit.Store)
      throw new NotAvailable(`${error.causeText} Going on in memory.`)
    throw error
  }
  state.storage = keychain
  return 'written, read back, deleted'
}

async function loginStep(state: SmokeState): Promise<string> {
  let browser: Promise<{ status: number }> | undefined
  const grant = await login(redeeming(state, 'desktop'), {
    scopes: defaultScopes,
    port: 0,
    timeoutMs: 30_000,
    loginHint: undefined,
    forceConsent: false,
    expectEmail: undefined,
    signal: state.signal,
    visit: (url) => {
      browser = answerConsent(url.href, { decision: 'allow' })
      // Judged below, after the login; a browser that fails must not end the process before that.
      browser.catch(() => undefined)
    },
    onIgnored: () => undefined,
    pageFor: (outcome) =>
      'grant' in outcome
        ? { status: 200, title: 'Logged in', message: 'The smoke test goes on.' }
        : { status: 400, title: 'Failed', message: outcome.failure.causeText },
  })
  demand((await browser)?.status === 200, 'the browser did not end on the result page')
  demand(grant.refreshToken.stored, 'no refresh token was stored')
  demand(grant.idToken !== null, 'no ID token came')
  state.login = grant
  return accountName({ claims: grant.claims, sub: grant.key.sub })
}

async function exchangeStep(state: SmokeState): Promise<string> {
  const code = await present(state.emulator).createCode({ platform: 'android' })
  const grant = await redeemCode(redeeming(state, 'web'), {
    code: new Secret(code),
    redirectUri: '',
    from: 'android',
    requestedScopes: defaultScopes,
  })
  demand(grant.refreshToken.stored, 'no refresh token was stored')
  try {
    await redeemCode(redeeming(state, 'web'), {
      code: new Secret(code),
      redirectUri: '',
      from: 'android',
      requestedScopes: [],
    })
  } catch (error) {
    if (isFailure(error, 'code_used_before')) return 'works once, and is not sent a second time'
    throw error
  }
  throw new Failure('smoke_failed', { problem: 'the code worked twice' })
}

async function idTokenStep(state: SmokeState): Promise<string> {
  const { idToken, key } = present(state.login)
  const { value } = present(idToken ?? undefined)
  const jwks = await serverJwks({
    http: state.http,
    server: present(state.server),
    keyCache: state.keyCache,
    now: state.now,
  })
  const expected = { issuers: [key.issuer], audience: key.clientId, now: state.now() / 1000 }
  const { header } = verifyIdToken(value, jwks, expected)
  const [head, payload, signature = ''] = value.reveal().split('.')
  const forged = new Secret(`${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`)
  try {
    verifyIdToken(forged, jwks, expected)
  } catch (error) {
    if (isFailure(error, 'id_token_invalid'))
      return `${String(header['alg'])}, key ${String(header['kid']).slice(0, 8)}…`
    throw error
  }
  throw new Failure('smoke_failed', { problem: 'a forged ID token was accepted' })
}

async function removeStep(state: SmokeState): Promise<string> {
  const api = present(state.api)
  const id = fileId(await fileNamed(api, fileName))
  await deleteFile(api, id)
  try {
    await getFile(api, id)
  } catch (error) {
    if (isFailure(error, 'drive_file_not_found')) return 'gone'
    throw error
  }
  throw new Failure('smoke_failed', { problem: 'the file is still there' })
}

function redeeming(state: SmokeState, type: 'web' | 'desktop'): Parameters<typeof redeemCode>[0] {
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
    now: state.now,
  }
}

function refreshing({ http, keyCache, storage, now, server }: SmokeState): Parameters<typeof refresh>[0] {
  return {
    http,
    keyCache,
    defer: (work) => work(),
    storage,
    now,
    server: () => Promise.resolve(present(server)),
  }
}

function account({ storage }: SmokeState, { issuer, clientId, sub }: Grant['key']): ReturnType<typeof chooseAccount> {
  return chooseAccount(storage.index.read(), { account: sub, issuer, clientId })
}

async function countFiles(api: GoogleApi): Promise<number> {
  let count = 0
  for await (const page of listAppFolder(api)) count += page.length
  return count
}

function demand(condition: boolean, otherwise: string): void {
  if (!condition) throw new Failure('smoke_failed', { problem: otherwise })
}
