import { invalidCredentials } from '../answers/drive-errors.ts'
import { downloadElsewhere } from '../answers/drive-request-errors.ts'
import type { Call, Reply } from '../http/reply.ts'
import type { LocalGoogle } from '../local-google.ts'
import { findAccessToken } from '../records/access-tokens.ts'
import { originsOf } from '../records/origins.ts'
import { isMedia } from './typed-parameters.ts'

/** Returns the token in the header of a Drive request; Drive insists on the capital of `Bearer`. */
export function driveToken({ headers }: Call): string | undefined {
  return /^Bearer +(\S+) *$/.exec(headers.authorization ?? '')?.[1]
}

/** Returns whether a request is for the content of a file, which Google serves by other rules than JSON. */
export function isDownload({ method, path, query }: Call): boolean {
  if (method !== 'GET') return false
  return path.endsWith('/export') ? query.get('alt')?.toLowerCase() !== 'json' : isMedia(query)
}

/**
 * Returns the response to a download in a batch: a redirect to where Google serves content (evidence B11). The query of
 * the batch is added to that of the call.
 * @throws Refused with 401 for a bad token; without one, the redirect is the same.
 */
export function downloadInBatch(google: LocalGoogle, outer: Call, call: Call): Reply {
  const token = driveToken(call)
  if (token !== undefined && findAccessToken(google, token) === undefined) throw invalidCredentials()
  const added = [...outer.query].filter(([name]) => !call.query.has(name))
  const query = [call.rawQuery, new URLSearchParams(added).toString()].filter((part) => part !== '').join('&')
  return downloadElsewhere(`${originsOf(google.issuer).www}/download${call.path}${query && `?${query}`}`)
}
