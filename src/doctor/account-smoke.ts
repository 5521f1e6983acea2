import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
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

/** What the smoke test of an account needs to know of the run. */
interface AccountSmokeOptions {
  /** The account that is meant, with its client. */
  readonly account: () => Promise<OpenAccount>
  /** The Drive that its token may be sent to. @throws Failure `drive_url_needed` */
  readonly driveUrl: (account: Account) => URL
  /** Ends with {@link signal}: for what only reads. */
  readonly http: Http
  /** Does not: what makes or removes a file comes to its end, so that it is known whether there is one. */
  readonly lastingHttp: Http
  readonly signal: AbortSignal
  /** Told before each wait for another attempt. */
  readonly onWait: (failure: Failure, seconds: number) => void
}

/** What the steps share. Mutable: each step leaves here what later ones need. */
export interface AccountSmokeState extends AccountSmokeOptions {
  opened?: OpenAccount
  grant?: Grant
  api?: GoogleApi
  /** The same for what must come to its end. */
  lastingApi?: GoogleApi
  /** What may be in the app folder, from before it is sent until it is known to be gone. */
  put?: { readonly id: string; readonly name: string; readonly content: Buffer }
  found?: DriveFile
}

const driveScope = fullScope('drive.appdata')

/** What comes first with an account that is stored. */
const storeStep: Step<AccountSmokeState> = {
  name: 'store',
  title: 'Read its refresh token from the store',
  needs: ['account'],
  run: async (state) => {
    const { account, refreshing } = present(state.opened)
    const { refreshToken } = await loadCredential(refreshing.storage, account)
    if (refreshToken === undefined) throw new Failure('no_refresh_token', { account: accountName(account) })
    return `in the ${account.store}`
  },
}

/**
 * The flow of an account that is there, from its refresh token to a file in its app folder. Nothing is asked,
 * nothing is revoked, and no file is touched but the one that it puts and removes. Call {@link endAccountSmoke}
 * afterwards, whatever happened.
 * @param isStored whether its refresh token rests in a store, and not in the environment
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
      title: 'The app folder answers',
      needs: ['scope'],
      run: folderStep,
    },
    { name: 'drive-put', title: 'Put a small file there', needs: ['scope', 'drive-info'], run: putStep },
    {
      name: 'drive-ls',
      title: 'Find it in the list',
      needs: ['scope', 'drive-put'],
      run: async (state) => {
        const { id, name } = present(state.put)
        state.found = await fileNamed(present(state.api), name)
        if (fileId(state.found) !== id)
          throw new Failure('smoke_failed', { problem: 'the list has the file under another id' })
        return 'by its name'
      },
    },
    { name: 'drive-get', title: 'Get it back unchanged', needs: ['scope', 'drive-ls'], run: getStep },
    { name: 'drive-rm', title: 'Remove it', needs: ['scope'], run: removeStep },
  ]
}

/** Removes the file of a run that was interrupted. @throws Failure `interrupted_before_removal` */
export async function endAccountSmoke(state: AccountSmokeState): Promise<void> {
  if (state.put !== undefined) await remove(state, state.put, 'interrupted_before_removal')
}

async function refreshStep(state: AccountSmokeState): Promise<string> {
  const { account, refreshing } = present(state.opened)
  const grant = await refresh(refreshing, account)
  state.grant = grant
  const { claims, key, idToken, accessToken } = grant
  const verified =
    idToken === null ? 'no ID token came' : `ID token of ${accountName({ claims, sub: key.sub })} verified`
  return `ends ${accessToken.expiresAt ?? 'at an unknown time'}, ${verified}`
}

function scopeStep(state: AccountSmokeState): string {
  const { granted } = present(state.grant).scopes
  // A server need not name the scopes that were asked for (RFC 6749 section 5.1); then Drive knows.
  if (granted.length === 0) return 'the server does not say'
  const names = granted.map(shortScope).join(' ')
  // Nobody who reads a green report expects that Drive was left out; to test a token alone there is gsa refresh.
  if (missingScopes([driveScope], granted).length > 0)
    throw new Failure('scope_insufficient', {
      service: 'Drive',
      message: `drive.appdata was not granted, but ${names}`,
    })
  return names
}

async function folderStep(state: AccountSmokeState): Promise<string> {
  const { driveUrl, http, lastingHttp, signal, onWait } = state
  const { account, refreshing } = present(state.opened)
  // One for both: after an interruption no store is asked for a token any more.
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
    throw new Failure('smoke_failed', { problem: `what came back has the MD5 ${md5}, and ${expected} was sent` })
  return `MD5 ${md5}`
}

// Whatever became of the steps before: a file that was sent and not heard of may be there all the same.
async function removeStep(state: AccountSmokeState): Promise<string> {
  const { put } = state
  if (put === undefined) throw new NotAvailable('nothing was put')
  if (!(await remove(state, put, 'smoke_file_left'))) throw new NotAvailable('it is not there')
  return 'gone'
}

/** Gives whether it was there. */
async function remove(
  state: AccountSmokeState,
  { id, name }: NonNullable<AccountSmokeState['put']>,
  otherwise: 'smoke_file_left' | 'interrupted_before_removal',
): Promise<boolean> {
  // Tried as often as makes sense, once.
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
