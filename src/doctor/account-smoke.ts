import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { storePlace } from '../core/store-place.ts'
import type { Account } from '../accounts/account-index.ts'
import { accountName } from '../accounts/account-names.ts'
import { loadCredential } from '../accounts/locate-credential.ts'
import { googleApi, type GoogleApi } from '../api/call.ts'
import { accessTokenSource } from '../credentials/access.ts'
import type { Grant } from '../credentials/grant.ts'
import type { OpenAccount } from '../credentials/open-credentials.ts'
import { refresh } from '../credentials/refresh.ts'
import { deleteFile, type DriveFile, fileId, fileNamed, generateFileId, getFile } from '../drive/app-folder.ts'
import { copyContent } from '../drive/download.ts'
import { putStream } from '../drive/upload.ts'
import { Failure, isFailure, problemOf } from '../failures/index.ts'
import type { Http } from '../http/request.ts'
import { fullScope, missingScopes, shortScope } from '../oauth/scopes.ts'
import { NotAvailable, present, type Step } from './checklist.ts'

/** The options of an account's smoke test. */
interface AccountSmokeOptions {
  /** Opens the account to test, with its client. */
  readonly account: () => Promise<OpenAccount>
  /** Returns the Drive server that its token may be sent to. @throws Failure `drive_url_needed` */
  readonly driveUrl: (account: Account) => URL
  /** For requests that only read; aborted by {@link signal}. */
  readonly http: Http
  /** For requests that create or delete the file; never aborted, so that its existence is certain. */
  readonly lastingHttp: Http
  readonly signal: AbortSignal
  /** Called before each wait for a retry. */
  readonly onWait: (failure: Failure, seconds: number) => void
}

/** The state that the steps share. Mutable: each step stores values for later ones. */
export interface AccountSmokeState extends AccountSmokeOptions {
  opened?: OpenAccount
  grant?: Grant
  api?: GoogleApi
  /** {@link api} for requests that must not be aborted. */
  lastingApi?: GoogleApi
  /** The uploaded file. Set before the upload, until the file is known to be deleted. */
  put?: { readonly id: string; readonly name: string; readonly content: Buffer }
  found?: DriveFile
}

const driveScope = fullScope('drive.appdata')

/** The first step for a stored account. */
const storeStep: Step<AccountSmokeState> = {
  name: 'store',
  title: 'Read its refresh token from the store',
  needs: ['account'],
  run: async (state) => {
    const { account, refreshing } = present(state.opened)
    const { refreshToken } = await loadCredential(refreshing.storage, account)
    if (refreshToken === undefined) throw new Failure('no_refresh_token', { account: accountName(account) })
    return storePlace(account.store)
  },
}

/**
 * The flow of an existing account, from its refresh token to a file in its app folder. It asks nothing, revokes
 * nothing, and touches only the file that it uploads and deletes. Always call {@link endAccountSmoke} afterwards.
 * @param isStored whether its refresh token is in a store, and not in the environment
 */
export function accountSmokeSteps(isStored: boolean): readonly Step<AccountSmokeState>[] {
  return [
    {
      name: 'account',
      title: 'Find the account and its client',
      run: async (state) => {
        state.opened = await state.account()
        const { account } = state.opened
        return `${accountName(account)}, client ${account.clientId}`
      },
    },
    ...(isStored ? [storeStep] : []),
    {
      name: 'refresh',
      title: 'Get an access token with the refresh token',
      needs: [isStored ? 'store' : 'account'],
      run: refreshStep,
    },
    { name: 'scope', title: 'drive.appdata is granted', needs: ['refresh'], run: scopeStep },
    {
      name: 'drive-info',
      title: 'Open the app folder',
      needs: ['scope'],
      run: folderStep,
    },
    { name: 'drive-put', title: 'Upload a small file', needs: ['scope', 'drive-info'], run: putStep },
    {
      name: 'drive-ls',
      title: 'Find it in the list',
      needs: ['scope', 'drive-put'],
      run: async (state) => {
        const { id, name } = present(state.put)
        state.found = await fileNamed(present(state.api), name)
        if (fileId(state.found) !== id)
          throw new Failure('smoke_failed', { problem: 'the list shows the file with another id' })
        return 'found by name'
      },
    },
    { name: 'drive-get', title: 'Download it unchanged', needs: ['scope', 'drive-ls'], run: getStep },
    { name: 'drive-rm', title: 'Delete it', needs: ['scope'], run: removeStep },
  ]
}

/** Deletes the file of an interrupted run. @throws Failure `interrupted_before_removal` */
export async function endAccountSmoke(state: AccountSmokeState): Promise<void> {
  if (state.put !== undefined) await remove(state, state.put, 'interrupted_before_removal')
}

async function refreshStep(state: AccountSmokeState): Promise<string> {
  const { account, refreshing } = present(state.opened)
  const grant = await refresh(refreshing, account)
  state.grant = grant
  const { claims, key, idToken, accessToken } = grant
  const verified =
    idToken === null ? 'no ID token received' : `ID token of ${accountName({ claims, sub: key.sub })} verified`
  return `expires ${accessToken.expiresAt ?? 'at an unknown time'}, ${verified}`
}

function scopeStep(state: AccountSmokeState): string {
  const { granted } = present(state.grant).scopes
  // A server may omit the scopes if it granted all of them (RFC 6749 section 5.1); Drive decides then.
  if (granted.length === 0) return 'not reported by the server'
  const names = granted.map(shortScope).join(' ')
  // A passed test must include Drive. To test only a token, there is gsa refresh.
  if (missingScopes([driveScope], granted).length > 0)
    throw new Failure('scope_insufficient', {
      service: 'Drive',
      message: `drive.appdata was not granted, only ${names}`,
    })
  return names
}

async function folderStep(state: AccountSmokeState): Promise<string> {
  const { driveUrl, http, lastingHttp, signal, onWait } = state
  const { account, refreshing } = present(state.opened)
  // Shared by both, so that no store is asked for a token after an interruption.
  const tokens = accessTokenSource(refreshing, account, 0)
  const api = googleApi({ http, root: driveUrl(account), tokens, signal, onWait })
  state.api = api
  state.lastingApi = { ...api, http: lastingHttp }
  await getFile(api, 'appDataFolder', 'id')
  return "files.get('appDataFolder')"
}

async function putStep(state: AccountSmokeState): Promise<string> {
  const id = await generateFileId(present(state.api))
  const name = `gsa-smoke-${randomBytes(8).toString('hex')}`
  const content = randomBytes(1024)
  state.put = { id, name, content }
  const stream = Readable.from([content])
  const destination = { id, name, replacedId: undefined, onProgress: () => undefined }
  await putStream(present(state.lastingApi), { ...destination, stream })
  return `${content.length} bytes, ${name}`
}

async function getStep(state: AccountSmokeState): Promise<string> {
  const hash = createHash('md5')
  const download = { file: present(state.found), onProgress: () => undefined }
  await copyContent(present(state.api), download, async (piece) => {
    hash.update(piece)
    return Promise.resolve()
  })
  const md5 = hash.digest('hex')
  const expected = createHash('md5').update(present(state.put).content).digest('hex')
  if (md5 !== expected)
    throw new Failure('smoke_failed', { problem: `the downloaded file has MD5 ${md5}, the uploaded one ${expected}` })
  return `MD5 ${md5}`
}

// Runs even if earlier steps failed: an upload without a response may have created the file.
async function removeStep(state: AccountSmokeState): Promise<string> {
  const { put } = state
  if (put === undefined) throw new NotAvailable('no file was uploaded')
  if (!(await remove(state, put, 'smoke_file_left'))) throw new NotAvailable('the file is not there')
  return 'deleted'
}

/** Deletes the file. Returns whether it existed. */
async function remove(
  state: AccountSmokeState,
  { id, name }: NonNullable<AccountSmokeState['put']>,
  otherwise: 'smoke_file_left' | 'interrupted_before_removal',
): Promise<boolean> {
  // Retries happen inside; do not delete it again at the end.
  delete state.put
  try {
    await deleteFile({ ...present(state.lastingApi), signal: new AbortController().signal }, id)
    return true
  } catch (error) {
    if (isFailure(error, 'drive_file_not_found')) return false
    if (!(error instanceof Failure)) throw error
    throw new Failure(otherwise, { id, name, problem: problemOf(error) }, { cause: error })
  }
}
