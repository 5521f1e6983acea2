import type { FailureDetails } from '../../failures/table.ts'
import type { Facts } from '../facts.ts'
import { all, known, type Recogniser, says } from './recogniser.ts'
import { isOnly } from './status-numbers.ts'

const service = ({ text }: Facts): string =>
  /drive/i.test(text) ? 'Drive' : (/\b([a-z-]{2,40}\.googleapis\.com)\b/.exec(text)?.[1] ?? 'the API')
/** Matches if no host is named, or one of Google's: other servers also have rate limits. */
const maybeGoogle = ({ namesOtherHost }: Facts): boolean => !namesOtherHost
/** Returns where to enable the API: the URL in the text, which may be truncated, or one made from its project. */
const consoleLink = ({ text }: Facts): string | null => {
  const api =
    /\b(?!console|www|oauth2)[a-z-]{2,40}\.googleapis\.com/.exec(text)?.[0] ??
    (/drive/i.test(text) ? 'drive.googleapis.com' : undefined)
  const project = /project[ =](\d{6,20})\b/.exec(text)?.[1]
  return api === undefined || project === undefined
    ? null
    : `https://console.developers.google.com/apis/api/${api}/overview?project=${project}`
}
// Google's front end prints this title, without a host.
const googlePage = /Error (50[0-4]) \([^()]{1,60}\)!!1|\b(50[0-4])\. That's an error/i
const statusLine =
  /^ ?(?:error|status|http|code|[ :])*(50[0234])\W{0,3}$|\b(50[0234])[.:]? (?:Bad Gateway|Service (?:Temporarily )?Unavailable|Internal Server Error|Gateway Time-?out|Server Error)/i
const failing = ({ text, host, status }: Facts): FailureDetails<'server_failed'> => {
  const [, ...numbers] = googlePage.exec(text) ?? statusLine.exec(text) ?? []
  const named = Number(numbers.find((number) => number !== undefined) ?? status ?? /\b50[0234]\b/.exec(text)?.[0])
  return {
    host: host ?? (googlePage.test(text) ? 'Google' : 'The server'),
    status: named >= 500 ? named : /unavailable|not available/i.test(text) ? 503 : 500,
  }
}
const fileNamed = ({ text }: Facts): string =>
  /File not found: ?([\w.-]{1,100}?)\.?(?=["' ,]|$)/.exec(text)?.[1] ?? 'asked for'

/** Recognises errors from Drive and other APIs. */
export const apis: readonly Recogniser[] = [
  known(
    'access_token_missing',
    'certain',
    /Request is missing required authentication credential|CREDENTIALS_MISSING|doesn't allow unregistered callers|dailyLimitExceededUnreg|Limit for Unauthenticated Use/i,
    {},
  ),
  known('scope_insufficient', 'certain', /do not give access to all of the requested spaces/i, {
    service: 'Drive',
    message: 'The granted scopes do not give access to all of the requested spaces',
  }),
  known(
    'api_refused',
    'certain',
    /API_KEY_\w{3,30}_BLOCKED|Requests (?:from|to) .{1,80} are blocked|(?<!\w)insufficientFilePermissions(?!\w)|User does not have (?:sufficient|any) permissions? for|The caller does not have permission/i,
    (e) => ({
      service: service(e),
      status: e.status ?? 403,
      reason: null,
      message: 'neither the account nor the key has permission for it',
    }),
  ),
  known(
    'scope_insufficient',
    'certain',
    /insufficient authentication scopes|ACCESS_TOKEN_SCOPE_INSUFFICIENT|(?<!\w)insufficientPermissions(?!\w)|Insufficient Permission: /i,
    (facts) => ({
      service: service(facts),
      message: 'Request had insufficient authentication scopes',
    }),
  ),
  known('scope_insufficient', 'likely', /(?<!\w)insufficient_scope(?!\w)/, (facts) => ({
    service: service(facts),
    message: 'insufficient_scope',
  })),
  known(
    'api_not_enabled',
    'certain',
    /has not been used in project|Access Not Configured|(?<!\w)accessNotConfigured|SERVICE_DISABLED/i,
    (facts) => ({
      service: service(facts),
      link: consoleLink(facts),
    }),
  ),
  known(
    'drive_not_for_app_folder',
    'certain',
    /notSupportedForAppDataFolderFiles|files within the Application Data folder/i,
    { message: 'notSupportedForAppDataFolderFiles' },
  ),
  known(
    'drive_file_of_another_app',
    'certain',
    /appNotAuthorizedToFile|has not granted the app \S{1,40} \w+ access to the file/i,
    (facts) => ({
      name: /file ["']?([\w-]{10,60})/.exec(facts.text)?.[1] ?? 'asked for',
      message: 'appNotAuthorizedToFile',
    }),
  ),
  known('drive_file_of_another_app', 'likely', /(?<!\w)fileAccess(?!\w)/, {
    name: 'asked for',
    message: 'no permission for the file',
  }),
  known('service_account_without_storage', 'certain', /Service Accounts do not have storage quota/i, {}),
  known(
    'drive_storage_full',
    'certain',
    /(?<!\w)storageQuotaExceeded|storage quota has been exceeded|exceeded (?:their|your|the)(?: user'?s)? (?:Drive )?storage quota/i,
    {
      message: 'storageQuotaExceeded',
    },
  ),
  known(
    'drive_forbidden_by_policy',
    'certain',
    /(?<!\w)domainPolicy(?!\w)|domain administrators have disabled Drive apps|disabled by your (?:domain )?administrator/i,
    { message: 'domainPolicy' },
  ),
  known(
    'drive_folder_full',
    'certain',
    /numChildrenInNonRootLimitExceeded|activeItemCreationLimitExceeded|teamDrive\w{0,20}LimitExceeded|file limit for this (?:shared drive|folder|account)/,
    {
      message: 'too many files',
    },
  ),
  known(
    'drive_not_downloadable',
    'certain',
    /(?<!\w)(?:fileNotDownloadable|cannotDownloadAbusiveFile|downloadQuotaExceeded|exportSizeLimitExceeded|fileNotExportable)(?!\w)/,
    (e, [words]) => ({
      name: fileNamed(e),
      message: words === 'cannotDownloadAbusiveFile' ? 'Drive considers it malware or spam' : words,
    }),
  ),
  known('daily_limit_reached', 'certain', /(?<!\w)dailyLimitExceeded(?!Unreg)|Daily Limit Exceeded/i, (e) => ({
    service: service(e),
  })),
  known('daily_limit_reached', 'likely', /quota exceeded.{0,120}(?:per|a) day\b/i, (e) => ({
    service: service(e),
  })),
  known('rate_limited', 'certain', /(?<!\w)userRateLimitExceeded|User Rate Limit Exceeded/i, (e) => ({
    service: service(e),
    reason: 'userRateLimitExceeded',
    retryAfterSeconds: null,
  })),
  known('rate_limited', 'certain', /(?<!\w)(?:sharing)?rateLimitExceeded(?!\w)/, (e) => ({
    service: service(e),
    reason: 'rateLimitExceeded',
    retryAfterSeconds: null,
  })),
  known('rate_limited', 'likely', /Rate Limit Exceeded|rate_limit_exceeded/i, (e) => ({
    service: service(e),
    reason: null,
    retryAfterSeconds: null,
  })),
  known('rate_limited', 'possible', all(/\b429\b|Too Many Requests|RESOURCE_EXHAUSTED/i, maybeGoogle), (e) => ({
    service: service(e),
    reason: null,
    retryAfterSeconds: null,
  })),
  known('drive_file_not_found', 'certain', all(/File not found: ?[^ ]{0,100}/, /notFound|\b404\b/), (e) => ({
    name: fileNamed(e),
    isAnywhere: !/app ?(?:data)? ?folder/i.test(e.text),
  })),
  known('access_token_missing', 'likely', /Login Required\b/i, {}),
  known(
    'access_token_invalid',
    'certain',
    all(
      /Request had invalid authentication credentials|\bACCESS_TOKEN_EXPIRED\b/i,
      (e) => says('invalid_grant')(e) === false,
    ),
    {},
  ),
  known(
    'access_token_invalid',
    'likely',
    /\bUNAUTHENTICATED\b|(?<!\w)authError(?!\w|[ =])|error="?invalid_token|401\b.{0,40}Invalid Credentials/,
    {},
  ),
  known(
    'access_token_invalid',
    'likely',
    /\(token_expired\)|oauthlib.{0,400}TokenExpiredError|Authentication session is not defined/,
    {},
  ),
  known('access_token_invalid', 'possible', /Invalid Credentials/i, {}),
  known(
    'access_token_invalid',
    'possible',
    all(says('invalid_token'), (e) => !/Token expired or revoked/i.test(e.text)),
    {},
  ),
  known('server_failed', 'certain', googlePage, failing),
  known(
    'server_failed',
    'likely',
    all(
      /(?<!\w)(?:backendError|internalError)(?!\w)|\b50[0234]\b/,
      ({ text, host }) => host?.endsWith('.com') === true || /backendError/.test(text),
    ),
    failing,
  ),
  known(
    'server_failed',
    'likely',
    all(
      /The server encountered (?:an|a temporary) error and could not complete your request|The service you requested is not available at this time|"error": ?"internal_failure"|(?<!\w)temporarily_unavailable(?!\w)|\bService (?:is )?(?:currently|temporarily) unavailable\b/i,
      maybeGoogle,
    ),
    failing,
  ),
  known('server_failed', 'possible', all(/(?<!resource )\btemporarily unavailable\b/i, maybeGoogle), failing),
  known('access_token_invalid', 'possible', isOnly(401), {}),
  known('scope_insufficient', 'possible', isOnly(403), { service: 'the API', message: 'HTTP status 403' }),
  known('api_not_enabled', 'possible', isOnly(403), { service: 'the address of your request', link: null }),
  known('server_failed', 'possible', all(statusLine, maybeGoogle), failing),
]
