import { insufficientScope, invalidCredentials, loginRequired } from '../answers/drive-errors.ts'
import { invalidArgument, invalidKey, keyMissing, noBearerToken } from '../answers/drive-request-errors.ts'
import { type DriveFault, driveFaults } from '../faults/drive-faults.ts'
import { type Call, queryToken, Refused, withRetryAfter } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { findAccessToken } from '../records/access-tokens.ts'
import { projectOf } from '../records/built-in.ts'
import { createFolder, type Folder, type Space } from '../records/folder.ts'
import { driveAppdata } from '../records/scopes.ts'
import { type AccessToken, ownerKey } from '../records/state.ts'
import type { Viewer } from './resource.ts'
import { driveToken, isDownload } from './download-request.ts'
import { isMedia, refuseWrongTypes } from './typed-parameters.ts'

/** A Drive request whose token has been checked. */
export interface DriveCall {
  readonly google: LocalGoogle
  readonly call: Call
  readonly token: AccessToken
  readonly folder: Folder
  /** Returns whether the token has access to a space. */
  opens(space: Space): boolean
}

const driveRoot = 'https://www.googleapis.com/auth/drive'
const myDriveScopes = ['', '.file', '.readonly', '.metadata', '.metadata.readonly'].map((ending) => driveRoot + ending)
/** The scopes accepted by methods that change something. */
export const writeScopes = [driveRoot, driveAppdata, `${driveRoot}.file`]
/** The scopes accepted by methods that only read. */
export const readScopes = [...myDriveScopes, driveAppdata]

/**
 * Checks the access token of a Drive request (evidence B8): the header or a parameter (RFC 6750 section 2), then the
 * scopes.
 * @throws Refused with 400, 401 or 403.
 */
export function authorizeDrive(google: LocalGoogle, call: Call, method: string, access: 'read' | 'write'): DriveCall {
  refuseParameters(call)
  const downloads = isDownload(call)
  const value = driveToken(call) ?? (downloads ? undefined : queryToken(call))
  const token = value === undefined ? undefined : findAccessToken(google, value)
  if (value !== undefined && token === undefined) throw invalidCredentials()
  if (token === undefined) {
    if (!downloads) throw loginRequired(method)
    throw call.headers.authorization === undefined ? keyMissing() : noBearerToken()
  }
  const accepted = access === 'read' ? readScopes : writeScopes
  if (!accepted.some((scope) => token.scopes.has(scope))) throw insufficientScope(method, accepted)
  refuseWrongTypes(method, call.query)
  if (isMedia(call.query) && !/Get$|Export$/.test(method))
    throw invalidArgument('Unsupported alt type "media" for non byte stream request.')
  refuseByFault(google, call, { method, access, accepted, clientId: token.clientId, isDownload: downloads })
  return driveCallOf(google, call, token, access)
}

/**
 * Checks the parameters that every method has.
 * @throws Refused with 400 for a key in another form than Google's, an unknown `alt`, and an unknown `$.xgafv`.
 */
function refuseParameters({ query }: Call): void {
  // Searching URLSearchParams takes long, even if there is nothing to find.
  if (query.size === 0) return
  const format = query.getAll('$.xgafv').at(-1) ?? '1'
  if (format !== '1' && format !== '2')
    throw invalidArgument(`Invalid query parameters. Invalid value '${format}' for system query parameter : $.xgafv`)
  const alt = query.get('alt') || 'json'
  if (!/^(?:json|media)$/i.test(alt)) throw invalidArgument(`Invalid value "${alt}" for query parameter 'alt'`)
  const key = query.get('key')
  if (key && !/^AIza[\w-]{35}$/.test(key)) throw invalidKey()
}

/** Returns a request authorized by a token that has already been checked. */
export function driveCallOf(
  google: LocalGoogle,
  call: Call,
  token: AccessToken,
  access: 'read' | 'write' = 'write',
): DriveCall {
  const ofMyDrive = access === 'read' ? myDriveScopes : writeScopes.filter((scope) => scope !== driveAppdata)
  return {
    google,
    call,
    token,
    folder: folderOf(google, token.clientId, token.account.sub),
    opens: (space) =>
      space === 'appDataFolder' ? token.scopes.has(driveAppdata) : ofMyDrive.some((scope) => token.scopes.has(scope)),
  }
}

/** @throws Refused when a fault of Drive strikes this request */
function refuseByFault(
  google: LocalGoogle,
  call: Call,
  about: {
    readonly method: string
    readonly access: 'read' | 'write'
    readonly accepted: readonly string[]
    readonly clientId: string
    readonly isDownload: boolean
  },
): void {
  const isUpload = call.path.includes('/upload/')
  const [, fileId] = /\/files\/([^/]+)/.exec(call.path) ?? []
  const request = {
    ...about,
    project: projectOf(about.clientId),
    fileId: fileId === 'generateIds' ? undefined : fileId,
    isUpload,
  }
  const surface = isUpload ? 'upload' : 'drive'
  const fault = google.faults.take<DriveFault>(surface, driveFaults, ({ fits }) => fits?.(request) ?? true)
  if (fault !== undefined) throw new Refused(withRetryAfter(fault.answer(request), fault.seconds))
}

/** Returns the files of a user in a client's project, creating the folder at first use. */
export function folderOf(google: LocalGoogle, clientId: string, sub: string): Folder {
  const key = ownerKey(clientId, sub)
  const existing = google.state.folders.get(key)
  if (existing !== undefined) return existing
  const folder = createFolder(google.mint.derivedId('1appdata', key), google.mint.derivedId('0A', key))
  google.state.folders.set(key, folder)
  return folder
}

/** Returns the viewer of files in this request. */
export function viewerOf({ google, token }: DriveCall): Viewer {
  return { account: token.account, nowMs: google.clock.now() }
}
