import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { storePlace } from '../core/store-place.ts'
import { type AccountStorage, memoryStorage, probeStorage } from '../accounts/account-storage.ts'
import { listedAccount, loadCredential } from '../accounts/locate-credential.ts'
import { googleApi, type GoogleApi } from '../api/call.ts'
import { accessTokenSource } from '../credentials/access.ts'
import { refresh } from '../credentials/refresh.ts'
import { revoke } from '../credentials/revoke.ts'
import { deleteFile, fileId, fileNamed, getFile, listAppFolder } from '../drive/app-folder.ts'
import { copyContent } from '../drive/download.ts'
import { putStream } from '../drive/upload.ts'
import { startEmulator } from '../emulator/index.ts'
import { Exit, Failure, isFailure } from '../failures/index.ts'
import { authorizationServer } from '../oauth/authorization-server.ts'
import { keychainStore } from '../stores/keychain-store.ts'
import { NotAvailable, present, type Step } from './checklist.ts'
import { exchangeStep, idTokenStep, loginStep } from './emulator-smoke-sign-in.ts'
import { account, demand, type EmulatorSmokeState, refreshing } from './emulator-smoke-state.ts'

const fileName = 'gsa-smoke.txt'

/** The whole flow on a private emulator, without configuration, network or browser. */
export const emulatorSmokeSteps: readonly Step<EmulatorSmokeState>[] = [
  { name: 'keychain', title: 'The keychain stores a secret and returns it', run: keychainStep },
  {
    name: 'emulator',
    title: 'Start the emulator on a free port',
    run: async (state) => {
      state.emulator = await startEmulator({ port: 0 })
      state.server = await authorizationServer(state.http, state.emulator.issuer)
      return state.emulator.issuer
    },
  },
  { name: 'login', title: 'Log in through the loopback listener', needs: ['emulator'], run: loginStep },
  { name: 'exchange', title: 'Exchange the code of an Android app', needs: ['emulator'], run: exchangeStep },
  { name: 'id-token', title: 'Verify the ID token, and refuse a forged one', needs: ['login'], run: idTokenStep },
  {
    name: 'stored',
    title: 'Read the refresh token back from the store',
    needs: ['login'],
    run: async (state) => {
      const { key, refreshToken } = present(state.login)
      const { refreshToken: stored } = await loadCredential(state.storage, await account(state, key))
      demand(
        refreshToken.value !== undefined && stored?.equals(refreshToken.value) === true,
        'the store contains another refresh token',
      )
      return storePlace(state.storage.secrets.name)
    },
  },
  {
    name: 'refresh',
    title: 'Get a new access token with it',
    needs: ['stored'],
    run: async (state) => {
      const before = present(state.login)
      const grant = await refresh(refreshing(state), await account(state, before.key))
      demand(!grant.accessToken.value.equals(before.accessToken.value), 'the access token did not change')
      return `expires ${grant.accessToken.expiresAt ?? 'at an unknown time'}`
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
        tokens: accessTokenSource(refreshing(state), await account(state, present(state.login).key), 0),
        signal: state.signal,
      })
      return `${await countFiles(state.api)} files`
    },
  },
  {
    name: 'drive-put',
    title: 'Upload a file',
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
    title: 'Download it unchanged',
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
      return 'identical'
    },
  },
  { name: 'drive-rm', title: 'Delete it', needs: ['drive-put'], run: removeStep },
  {
    name: 'revoke',
    title: 'Revoke access, and check that the token is rejected',
    needs: ['refresh'],
    run: async (state) => {
      const { key } = present(state.login)
      await revoke(refreshing(state), await account(state, key), state.signal)
      demand((await listedAccount(state.storage, key)) === undefined, 'the account is still listed')
      return 'rejected, and deleted here'
    },
  },
]

async function keychainStep(state: EmulatorSmokeState): Promise<string> {
  const keychain: AccountStorage = { ...memoryStorage(new Map()), secrets: keychainStore(state.waiting) }
  try {
    await probeStorage(keychain)
  } catch (error) {
    const isUnusable = isFailure(error, 'config_unusable') || isFailure(error, 'config_not_private')
    if (error instanceof Failure && error.exitCode === Exit.Store && !isUnusable)
      throw new NotAvailable(`${error.causeText} Using memory instead.`)
    throw error
  }
  state.storage = keychain
  return 'written, read back, deleted'
}

async function removeStep(state: EmulatorSmokeState): Promise<string> {
  const api = present(state.api)
  const id = fileId(await fileNamed(api, fileName))
  await deleteFile(api, id)
  try {
    await getFile(api, id)
  } catch (error) {
    if (isFailure(error, 'drive_file_not_found')) return 'deleted'
    throw error
  }
  throw new Failure('smoke_failed', { problem: 'the file is still there' })
}

async function countFiles(api: GoogleApi): Promise<number> {
  let count = 0
  for await (const page of listAppFolder(api)) count += page.length
  return count
}
