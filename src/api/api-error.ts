import { isJsonObject, type JsonObject, parseJsonObject, stringMember } from '../core/json.ts'
import { Failure, masked } from '../failures/index.ts'
import { retryAfterSeconds } from '../http/answer-times.ts'
import type { HttpResponse } from '../http/request.ts'

/** The request details that a failure needs. */
export interface Asked {
  readonly url: URL
  readonly method: string
  /** The requested file, by name or ID. */
  readonly file?: string | undefined
}

/** The error in a Google API's response: its message, and the reason that distinguishes one 403 from another. */
interface ApiError {
  readonly message: string
  readonly reason: string | null
  readonly link: string | null
}

/** Returns the failure for an error response of a Google API (Drive guide, resolve errors). */
export function apiFailure(response: HttpResponse, asked: Asked): Failure {
  const { status } = response
  const { host } = asked.url
  const error = apiErrorOf(response)
  const wait = retryAfterSeconds(response)
  if (error !== undefined && isRateLimit(status, error.reason))
    return new Failure('rate_limited', { service: serviceAt(asked.url), reason: error.reason, retryAfterSeconds: wait })
  if (status === 511) return signInWanted(host, status)
  if (status >= 500 || status === 429) return new Failure('server_failed', { host, status, retryAfterSeconds: wait })
  if (error !== undefined) return refusal(status, error, asked)
  if (status === 404 || status === 405 || status === 410)
    return new Failure('api_path_unknown', { host, path: masked(asked.url.pathname), method: asked.method, status })
  // Google's front end refuses requests in HTML, or without a body.
  if (status >= 400) return refusal(status, { message: 'it gives no reason', reason: null, link: null }, asked)
  return new Failure('invalid_answer', { host, problem: `HTTP status ${status} without an error of a Google API` })
}

// A captive portal's status (RFC 6585 section 6).
function signInWanted(host: string, status: number): Failure {
  return new Failure('invalid_answer', { host, problem: `HTTP status ${status}: the network wants you to sign in` })
}

function isRateLimit(status: number, reason: string | null): boolean {
  return status === 429 || (status === 403 && /^(?:user|sharing)?rateLimitExceeded$/i.test(reason ?? ''))
}

function refusal(status: number, { message, reason, link }: ApiError, { url, file = '' }: Asked): Failure {
  const service = serviceAt(url)
  const code = status === 401 ? 'access_token_refused' : codeOfReason.get(reason ?? '')
  const isOfNoFile = code === 'drive_file_not_found' && file === ''
  return code === undefined || isOfNoFile
    ? new Failure('api_refused', { service, status, reason, message })
    : new Failure(code, { service, message, link, name: file })
}

/** Maps the reasons of refusals to failures (Drive guide, resolve errors). Rate limits are handled before. */
const reasons = [
  ['notFound', 'drive_file_not_found'],
  ['insufficientPermissions', 'scope_insufficient'],
  ['insufficientScopes', 'scope_insufficient'],
  ['ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'scope_insufficient'],
  ['accessNotConfigured', 'api_not_enabled'],
  ['SERVICE_DISABLED', 'api_not_enabled'],
  ['dailyLimitExceeded', 'daily_limit_reached'],
  ['storageQuotaExceeded', 'drive_storage_full'],
  ['appNotAuthorizedToFile', 'drive_file_of_another_app'],
  ['insufficientFilePermissions', 'drive_file_of_another_app'],
  ['domainPolicy', 'drive_forbidden_by_policy'],
  ['notSupportedForAppDataFolderFiles', 'drive_not_for_app_folder'],
  ['numChildrenInNonRootLimitExceeded', 'drive_folder_full'],
  ['activeItemCreationLimitExceeded', 'drive_folder_full'],
  ['fileNotDownloadable', 'drive_not_downloadable'],
  ['cannotDownloadAbusiveFile', 'drive_not_downloadable'],
] as const
const codeOfReason = new Map<string, (typeof reasons)[number][1]>(reasons)

/** Returns the common name of the API at this URL. */
function serviceAt({ host, pathname }: URL): string {
  return /^(?:\/upload)?\/drive\//.test(pathname) ? 'Drive' : host
}

function apiErrorOf({ body }: HttpResponse): ApiError | undefined {
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
  return isJsonObject(value) ? value : undefined
}

function firstObject(value: unknown): JsonObject | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : undefined
  return isJsonObject(first) ? first : undefined
}
