import { apiReply, missingCredential, Refused, whatIsExpected } from '../http/reply.ts'

/** One item of `error.errors`. */
interface ErrorItem {
  readonly message: string
  /** `global` unless said otherwise. */
  readonly domain: string
  readonly reason: string
  readonly location?: string
  readonly locationType?: 'parameter' | 'header'
  readonly extendedHelp?: string
}

interface DriveError {
  readonly status: number
  readonly message: string
  readonly item: Partial<ErrorItem> & { readonly reason: string }
  /** The canonical status and its details, which only front-end errors carry. */
  readonly canonical?: {
    readonly status: string
    readonly reason?: string
    readonly metadata?: Readonly<Record<string, string>>
  }
  readonly headers?: Readonly<Record<string, string>>
}

/** A Drive v3 error as Google writes it (evidence B8): code, message, errors, and for some also status and details. */
export function driveError({ status, message, item, canonical, headers }: DriveError): Refused {
  const error = {
    code: status,
    message,
    errors: [{ message: item.message ?? message, domain: 'global', ...item }],
    ...(canonical === undefined
      ? {}
      : {
          status: canonical.status,
          ...(canonical.reason && {
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: canonical.reason,
                domain: 'googleapis.com',
                metadata: canonical.metadata,
              },
            ],
          }),
        }),
  }
  return new Refused(apiReply(status, { error }, headers))
}

const parameter = (location: string): { readonly location: string; readonly locationType: 'parameter' } => ({
  location,
  locationType: 'parameter',
})

const header = { location: 'Authorization', locationType: 'header' } as const
const realm = 'Bearer realm="https://accounts.google.com/"'

/** No file with that id that this app may see. */
export function fileNotFound(id: string): Refused {
  const message = `File not found: ${id}.`
  return driveError({ status: 404, message, item: { reason: 'notFound', ...parameter('fileId') } })
}

/** A parameter whose value cannot be read: `q`, `pageToken`, `pageSize`, … */
export function invalidValue(name: string): Refused {
  return driveError({ status: 400, message: 'Invalid Value', item: { reason: 'invalid', ...parameter(name) } })
}

/** `fields` names something that is not there. */
export function invalidFieldSelection(field: string): Refused {
  const message = `Invalid field selection ${field}`
  return driveError({ status: 400, message, item: { reason: 'invalidParameter', ...parameter('fields') } })
}

/** `about.get` answers nothing unless told what. */
export function fieldsRequired(): Refused {
  const message = "The 'fields' parameter is required for this method."
  return driveError({ status: 400, message, item: { reason: 'required', ...parameter('fields') } })
}

/** The request body is not the JSON it should be. */
export function parseError(): Refused {
  return driveError({ status: 400, message: 'Parse Error', item: { reason: 'parseError' } })
}

/** A request that makes no sense for another reason. */
export function badRequest(message: string): Refused {
  return driveError({ status: 400, message, item: { reason: 'badRequest' } })
}

/** No access token in the request; `method` is the API's own name for it. */
export function loginRequired(method: string): Refused {
  return driveError({
    status: 401,
    message: missingCredential,
    item: { message: 'Login Required.', reason: 'required', ...header },
    canonical: { status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_MISSING', metadata: driveMethod(method) },
    headers: { 'www-authenticate': realm },
  })
}

/** An access token that is expired, revoked or never was one. */
export function invalidCredentials(): Refused {
  return driveError({
    status: 401,
    message: `Request had invalid authentication credentials. ${whatIsExpected}`,
    item: { message: 'Invalid Credentials', reason: 'authError', ...header },
    canonical: { status: 'UNAUTHENTICATED' },
    headers: { 'www-authenticate': `${realm}, error="invalid_token"` },
  })
}

/** A good token without any scope that the method accepts. */
export function insufficientScope(method: string, scopes: readonly string[]): Refused {
  return driveError({
    status: 403,
    message: 'Request had insufficient authentication scopes.',
    item: { message: 'Insufficient Permission', reason: 'insufficientPermissions' },
    canonical: {
      status: 'PERMISSION_DENIED',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      metadata: driveMethod(method),
    },
    headers: { 'www-authenticate': `${realm}, error="insufficient_scope", scope="${scopes.join(' ')}"` },
  })
}

/** A token that opens Drive, but not every space the list asks for. */
export function spacesNotGranted(): Refused {
  const message = 'The granted scopes do not give access to all of the requested spaces.'
  return driveError({ status: 403, message, item: { reason: 'insufficientScopes', ...parameter('spaces') } })
}

/** A `drive.appdata` token that tries to create in My Drive. */
export function parentNotPermitted(): Refused {
  const message = 'Insufficient permissions for the specified parent.'
  return driveError({ status: 403, message, item: { reason: 'insufficientParentPermissions' } })
}

/** Something that the folder itself does not allow: deleting or changing it. */
export function fileNotPermitted(): Refused {
  const message = 'The user does not have sufficient permissions for this file.'
  return driveError({ status: 403, message, item: { reason: 'insufficientFilePermissions' } })
}

/** Sharing, copying, moving out, creating Google documents: not in the app folder. */
export function notInAppDataFolder(
  message = 'Method not supported for files within the Application Data folder.',
): Refused {
  return driveError({ status: 403, message, item: { reason: 'notSupportedForAppDataFolderFiles' } })
}

/** Files in the app folder are deleted for good or not at all. */
export function notTrashable(): Refused {
  return notInAppDataFolder('Files within the Application Data folder cannot be trashed.')
}

/** A folder has no bytes. */
export function notDownloadable(): Refused {
  const message = 'Only files with binary content can be downloaded. Use Export with Docs Editors files.'
  return driveError({ status: 403, message, item: { reason: 'fileNotDownloadable', ...parameter('alt') } })
}

/** A folder cannot be copied. */
export function notCopyable(): Refused {
  const message = 'This file cannot be copied by the user.'
  return driveError({ status: 403, message, item: { reason: 'cannotCopyFile' } })
}

/** An id made by `generateIds` that already has its file. */
export function fileIdInUse(): Refused {
  const message = 'A file already exists with the provided ID.'
  return driveError({ status: 409, message, item: { reason: 'fileIdInUse', ...parameter('id') } })
}

/** No room for that many bytes. */
export function storageQuotaExceeded(): Refused {
  const message = "The user's Drive storage quota has been exceeded."
  return driveError({ status: 403, message, item: { domain: 'usageLimits', reason: 'storageQuotaExceeded' } })
}

/** Media and multipart uploads end at 5 MB. */
export function uploadTooLarge(): Refused {
  const item = { reason: 'uploadTooLarge' }
  return driveError({ status: 413, message: 'Request Too Large', item })
}

/** What a failing back end says. */
export function backendError(status: number): Refused {
  return driveError({ status, message: 'Backend Error', item: { reason: 'backendError' } })
}

function driveMethod(method: string): Readonly<Record<string, string>> {
  return { service: 'drive.googleapis.com', method: `google.apps.drive.v3.${method}` }
}
