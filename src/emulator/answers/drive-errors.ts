import { invalidTokenChallenge, realm } from './api-errors.ts'
import { apiReply, expiringNow, missingCredential, Refused, whatIsExpected } from '../http/reply.ts'

/** One item of `error.errors`. */
interface ErrorItem {
  readonly message: string
  /** `global` by default. */
  readonly domain: string
  readonly reason: string
  readonly location?: string
  readonly locationType?: 'parameter' | 'header'
  readonly extendedHelp?: string
}

interface DriveError {
  readonly status: number
  readonly message: string
  readonly item: Partial<Omit<ErrorItem, 'domain'>> & { readonly reason: string; readonly domain?: string | undefined }
  /** The canonical status and its details, which only front-end errors have. */
  readonly canonical?: {
    readonly status: string
    readonly reason?: string
    readonly metadata?: Readonly<Record<string, string>>
    /** Takes the place of the detail with `reason` and `metadata`. */
    readonly details?: readonly unknown[]
  }
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Returns a Drive v3 error in Google's format (evidence B8): code, message, errors, and in some cases status and
 * details.
 */
export function driveError({ status, message, item, canonical, headers }: DriveError): Refused {
  const error = {
    code: status,
    message,
    errors: [{ message: item.message ?? message, domain: 'global', ...item }],
    ...(canonical === undefined
      ? {}
      : {
          status: canonical.status,
          ...(canonical.details !== undefined && { details: canonical.details }),
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
  const reply = apiReply(status, { error }, headers)
  return new Refused(canonical === undefined ? { ...reply, headers: expiringNow(reply.headers) } : reply)
}

/** Returns the members of an error item that name a parameter. */
export const parameter = (location: string): { readonly location: string; readonly locationType: 'parameter' } => ({
  location,
  locationType: 'parameter',
})

/** The members of an error item that name the Authorization header. */
export const authorizationHeader = { location: 'Authorization', locationType: 'header' } as const

/** Returns the error for an id without a file that this app may see. */
export function fileNotFound(id: string): Refused {
  const message = `File not found: ${id}.`
  return driveError({ status: 404, message, item: { reason: 'notFound', ...parameter('fileId') } })
}

/** Returns the error for an invalid parameter value: `q`, `pageToken`, `pageSize`, … */
export function invalidValue(name: string): Refused {
  return driveError({ status: 400, message: 'Invalid Value', item: { reason: 'invalid', ...parameter(name) } })
}

/** Returns the error for an integer that is too small or too large. */
export function outOfRange(name: string, value: number, largest: number): Refused {
  const message = `Invalid value '${value}'. Values must be within the range: [value: 1\n, value: ${largest}\n]`
  return driveError({ status: 400, message, item: { reason: 'invalidParameter', ...parameter(name) } })
}

/** Returns the error for an unknown name in `fields`. */
export function invalidFieldSelection(field: string): Refused {
  const message = `Invalid field selection ${field}`
  return driveError({ status: 400, message, item: { reason: 'invalidParameter', ...parameter('fields') } })
}

/** Returns the error for a missing parameter. */
export function parameterRequired(name: string, message = `Required parameter: ${name}`): Refused {
  return driveError({ status: 400, message, item: { reason: 'required', ...parameter(name) } })
}

/** Returns the error for a request body that is not the expected JSON. */
export function parseError(): Refused {
  return driveError({ status: 400, message: 'Parse Error', item: { reason: 'parseError' } })
}

/** Returns the error for a request that is invalid for another reason. */
export function badRequest(message: string): Refused {
  return driveError({ status: 400, message, item: { reason: 'badRequest' } })
}

/** Returns the error for a request without an access token; `method` is the API's own name for the method. */
export function loginRequired(method: string): Refused {
  return driveError({
    status: 401,
    message: missingCredential,
    item: { message: 'Login Required.', reason: 'required', ...authorizationHeader },
    canonical: { status: 'UNAUTHENTICATED', reason: 'CREDENTIALS_MISSING', metadata: driveMethod(method) },
    headers: { 'www-authenticate': realm },
  })
}

/** Returns the error for an access token that is expired, revoked or never existed. */
export function invalidCredentials(): Refused {
  return driveError({
    status: 401,
    message: `Request had invalid authentication credentials. ${whatIsExpected}`,
    item: { message: 'Invalid Credentials', reason: 'authError', ...authorizationHeader },
    canonical: { status: 'UNAUTHENTICATED' },
    headers: { 'www-authenticate': invalidTokenChallenge },
  })
}

/** Returns the error for a valid token without any scope that the method accepts. */
export function insufficientScope(method: string, scopes: readonly string[]): Refused {
  return driveError({
    status: 403,
    message: 'Request had insufficient authentication scopes.',
    item: { message: 'Insufficient Permission', reason: 'insufficientPermissions' },
    canonical: {
      status: 'PERMISSION_DENIED',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      // In this error the method comes first.
      metadata: { method: '', ...driveMethod(method) },
    },
    headers: { 'www-authenticate': `${realm}, error="insufficient_scope", scope="${scopes.join(' ')}"` },
  })
}

/** Returns the error for a token with Drive access, but not to every space that the list requests. */
export function spacesNotGranted(): Refused {
  const message = 'The granted scopes do not give access to all of the requested spaces.'
  return driveError({ status: 403, message, item: { reason: 'insufficientScopes', ...parameter('spaces') } })
}

/** Returns the error for a `drive.appdata` token that tries to create in My Drive. */
export function parentNotPermitted(): Refused {
  const message = 'Insufficient permissions for the specified parent.'
  return driveError({ status: 403, message, item: { reason: 'insufficientParentPermissions' } })
}

/** Returns the error for deleting or changing the folder itself. */
export function fileNotPermitted(): Refused {
  const message = 'The user does not have sufficient permissions for this file.'
  return driveError({ status: 403, message, item: { reason: 'insufficientFilePermissions' } })
}

/**
 * Returns the error for actions that the app folder does not support: sharing, copying, moving out, Google documents.
 */
export function notInAppDataFolder(
  message = 'Method not supported for files within the Application Data folder.',
): Refused {
  return driveError({ status: 403, message, item: { reason: 'notSupportedForAppDataFolderFiles' } })
}

/** Returns the error for trashing. Files in the app folder can only be deleted permanently. */
export function notTrashable(): Refused {
  return notInAppDataFolder('Files within the Application Data folder cannot be trashed.')
}

/** Returns the error for downloading a folder. */
export function notDownloadable(): Refused {
  const message = 'Only files with binary content can be downloaded. Use Export with Docs Editors files.'
  return driveError({ status: 403, message, item: { reason: 'fileNotDownloadable', ...parameter('alt') } })
}

/** Returns the error for exporting a file that is not a Google document. */
export function notExportable(): Refused {
  const message = 'Export only supports Docs Editors files.'
  return driveError({ status: 403, message, item: { reason: 'fileNotExportable' } })
}

/** Returns the error for copying a folder. */
export function notCopyable(): Refused {
  const message = 'This file cannot be copied by the user.'
  return driveError({ status: 403, message, item: { reason: 'cannotCopyFile' } })
}

/** Returns the error for an id from `generateIds` that already has a file. */
export function fileIdInUse(): Refused {
  const message = 'A file already exists with the provided ID.'
  return driveError({ status: 409, message, item: { reason: 'fileIdInUse', ...parameter('id') } })
}

/** Returns the error for an upload that exceeds the storage limit. */
export function storageQuotaExceeded(): Refused {
  const message = "The user's Drive storage quota has been exceeded."
  return driveError({ status: 403, message, item: { domain: 'usageLimits', reason: 'storageQuotaExceeded' } })
}

/** Returns the error for metadata over a megabyte. */
export function uploadTooLarge(): Refused {
  const item = { reason: 'uploadTooLarge' }
  return driveError({ status: 413, message: 'Request Too Large', item })
}

/** Returns the error of a failing back end. */
export function backendError(status: number): Refused {
  return driveError({ status, message: 'Backend Error', item: { reason: 'backendError' } })
}

function driveMethod(method: string): Readonly<Record<string, string>> {
  return { service: 'drive.googleapis.com', method: `google.apps.drive.v3.${method}` }
}
