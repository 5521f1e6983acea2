import { apiReply, type Refused, type Reply } from '../http/reply.ts'
import { parameter as at, authorizationHeader, badRequest, driveError } from './drive-errors.ts'

/** Returns the error for a batch without a boundary or without calls. */
export function batchUnreadable(size: number): Refused {
  return badRequest(`Failed to parse batch request, error:  0 items. Received batch body: (${size}) bytes redacted`)
}

/** Returns the error for each call of a batch beyond the hundredth. */
export function tooManyInBatch(): Refused {
  const message = 'Exceeds allowed inner batch requests soft limit. Please retry.'
  return driveError({ status: 403, message, item: { reason: 'forbidden' } })
}

/** Returns the response to a download in a batch: a redirect, with headers of its own. */
export function downloadElsewhere(location: string): Reply {
  const canonical = { status: 'UNKNOWN' }
  const { reply } = driveError({ status: 302, message: 'Unknown Error.', item: { reason: 'backendError' }, canonical })
  // Google gives no length, although the response has a body.
  return { ...reply, headers: { 'content-length': '0', 'content-type': 'application/json; charset=UTF-8', location } }
}

/** Returns the error for an update with `parents`. */
export function parentsNotWritable(): Refused {
  return notWritable(
    'The parents field is not directly writable in update requests. Use the addParents and removeParents parameters instead.',
  )
}

/** Returns the error for an update with a member that clients cannot write. */
export function notWritable(message = 'The resource body includes fields which are not directly writable.'): Refused {
  return driveError({ status: 403, message, item: { reason: 'fieldNotWritable' } })
}

/** Returns the error for a file that would be in several folders. */
export function severalParents(): Refused {
  const message = 'Increasing the number of parents is not allowed'
  return driveError({ status: 403, message, item: { reason: 'cannotAddParent' } })
}

/** Returns the error for a download without a token. */
export function keyMissing(): Refused {
  return driveError({ status: 403, message: 'The request is missing a valid API key.', item: { reason: 'forbidden' } })
}

/** Returns the error for a download whose `Authorization` header has no bearer token. */
export function noBearerToken(): Refused {
  const item = { reason: 'authError', ...authorizationHeader }
  return driveError({ status: 401, message: 'Invalid Credentials', item })
}

/** Returns an error of the upload server, which has other line breaks than all other errors, and none at the end. */
export function uploadServerError(status: number, message: string, reason: string): Reply {
  const item = `{\n      "message": "${message}",\n      "domain": "global",\n      "reason": "${reason}"\n    }`
  const body = `{\n  "error": {\n    "code": ${status},\n    "message": "${message}",\n    "errors": [${item}]\n  }\n}`
  return { ...apiReply(status, {}), body }
}

/** Returns the error for parameter values of a wrong type. */
export function invalidTypes(
  fieldViolations: readonly { readonly field: string; readonly description: string }[],
): Refused {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations }]
  return driveError({
    status: 400,
    message: fieldViolations.map(({ description }) => description).join('\n'),
    item: { domain: undefined, reason: 'invalid' },
    canonical: { status: 'INVALID_ARGUMENT', details },
  })
}

/** Returns the error for a parameter of every API that has a wrong value. */
export function invalidArgument(message: string): Refused {
  return driveError({
    status: 400,
    message,
    item: { reason: 'badRequest' },
    canonical: { status: 'INVALID_ARGUMENT' },
  })
}

/** Returns the error for a list with the files of shared drives, but without `supportsAllDrives`. */
export function sharedDrivesNotSupported(): Refused {
  const message = 'The supportsAllDrives parameter was not set to true.'
  return driveError({ status: 403, message, item: { reason: 'supportsTeamDrivesRequired' } })
}

/** Returns the error for `acknowledgeAbuse` without a download. */
export function nothingToAcknowledge(): Refused {
  const message = 'The acknowledgeAbuse parameter is only applicable for download requests.'
  return driveError({ status: 403, message, item: { reason: 'invalidAbuseAcknowledgment', ...at('acknowledgeAbuse') } })
}

/** Returns the error for an `orderBy` with the same key twice. */
export function duplicateSortKeys(): Refused {
  const message = 'The orderBy parameter cannot contain duplicate sort keys.'
  return driveError({ status: 403, message, item: { reason: 'orderByContainsDuplicateSortKeys', ...at('orderBy') } })
}

/** Returns the error for an `orderBy` with a `fullText` term in `q`. */
export function fullTextNotSortable(): Refused {
  const message =
    'Sorting is not supported for queries with fullText terms. Results are always in descending relevance order.'
  return driveError({ status: 403, message, item: { reason: 'forbidden', ...at('orderBy') } })
}

/** Returns the error for an `orderBy` in which `starred` is not the first key. */
export function starredNotFirst(): Refused {
  return driveError({ status: 500, message: 'Internal Error', item: { reason: 'internalError' } })
}

/** Returns the error for a `key` that is not an API key. */
export function invalidKey(): Refused {
  return driveError({
    status: 400,
    message: 'API key not valid. Please pass a valid API key.',
    item: { reason: 'badRequest' },
    canonical: {
      status: 'INVALID_ARGUMENT',
      reason: 'API_KEY_INVALID',
      metadata: { service: 'drive.googleapis.com' },
    },
  })
}
