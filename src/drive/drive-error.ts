import { Failure } from '../failures/index.ts'
import { type JsonObject, parseJsonObject, stringMember } from '../http/json.ts'
import type { HttpResponse } from '../http/request.ts'

/** What an error answer of Drive v3 says: its message, and the reason that tells one 403 from another. */
interface DriveError {
  readonly message: string
  readonly reason: string | null
  readonly link: string | null
}

/** The failure that an error answer of Drive stands for (Drive guide, resolve errors). */
export function driveFailure(response: HttpResponse, host: string, name: string): Failure {
  const { status } = response
  const error = driveErrorOf(response)
  if (error === undefined)
    return status >= 500 || status === 429
      ? new Failure('server_failed', { host, status })
      : new Failure('invalid_answer', { host, problem: `HTTP status ${status} without an error that Drive gives` })
  const { message, reason, link } = error
  const isRateLimit = status === 429 || reason === 'rateLimitExceeded' || reason === 'userRateLimitExceeded'
  if (status >= 500 || isRateLimit) return new Failure('server_failed', { host, status })
  if (status === 401) return new Failure('drive_token_refused', { message })
  if (reason === 'notFound') return new Failure('drive_file_not_found', { name })
  if (
    reason === 'insufficientPermissions' ||
    reason === 'insufficientScopes' ||
    reason === 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'
  )
    return new Failure('drive_scope_insufficient', { message })
  if (reason === 'accessNotConfigured') return new Failure('drive_api_disabled', { message, link })
  if (reason === 'storageQuotaExceeded') return new Failure('drive_storage_full', { message })
  return new Failure('drive_refused', { status, reason, message })
}

function driveErrorOf({ body }: HttpResponse): DriveError | undefined {
  const error = memberObject(parseJsonObject(body), 'error')
  if (error === undefined) return undefined
  const first = firstObject(error['errors'])
  const detail = firstObject(error['details'])
  const message = (stringMember(error, 'message') ?? 'no message').trim().replace(/\.$/, '')
  return {
    message,
    reason: stringMember(first ?? {}, 'reason') ?? stringMember(detail ?? {}, 'reason') ?? null,
    link: stringMember(first ?? {}, 'extendedHelp') ?? /https:\/\/console\.\S+/.exec(message)?.[0] ?? null,
  }
}

function memberObject(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name]
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined
}

function firstObject(value: unknown): JsonObject | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : undefined
  return first !== null && typeof first === 'object' ? (first as JsonObject) : undefined
}
