import { all, known, type Recogniser } from './recogniser.ts'
import { refusedRefreshToken } from './refusal.ts'

const notJson =
  /no suitable HttpMessageConverter|Unexpected token '?<|invalid character '<' looking|Expecting value: line 1|JSONDecodeError|is not valid JSON|JsonReaderException|Unexpected character encountered while parsing/i
const failed = String.raw`(?:fail\w{0,4}|unable|cannot|can(?:'|no)t|could ?n(?:o|')t|error|problem)`
const refreshFailed = new RegExp(
  String.raw`token ?refresh(?:ing)? ?(?:has |was )?(?:failed|failure|error|rejected|refused)|\b${failed} (?:to |while |during )?(?:refresh|renew)\w{0,4}\b.{0,40}(?:token|credential|access|auth)|refresh\w{0,4} .{0,30}(?:token|credential)s?.{0,20}(?:failed|failure|rejected)`,
  'i',
)
const exchangeFailed =
  /Unable to exchange external code|InternalOAuthError: Failed to obtain access token|invalid_token_response|(?:fail\w{0,4}|unable|could not|couldn't|cannot|error)(?: to)? exchang\w{1,4} (?:the |an |your |authorization )*code(?: for (?:an? |the )?(?:access )?tokens?)?(?=[."' )\]}]|$)|could ?not ?get ?google ?access ?token|\bno access_?token (?:from|in|returned|received)|(?:error|fail\w{0,4}|unable|could not) (?:to )?(?:exchang\w{1,4}|get\w{0,4}|obtain\w{0,3}|retriev\w{1,4}).{0,40}(?:code|token|profile).{0,40}(?:external|identity|upstream|social|auth) ?provider|server_error.{0,60}(?:external (?:code|provider)|user profile from external)|Error getting user profile from external provider|(?:external|identity|upstream) provider.{0,60}(?:error|fail)|auth\/(?:invalid-credential|internal-error).{0,80}(?:google|oauth|code|resp)|oauth2: cannot fetch token.{0,40}external/i
const loginEnded =
  /re-?auth(?:enticat|oriz|oris)?\w{0,5} (?:is |was )?(?:required|needed|necessary)|(?:please|must|need to|have to|required to) (?:re-?(?:authenticat|authori[sz]|connect|link)|(?:log|sign) ?in again)|(?:token|credential|authori[sz]ation|session)s? (?:is |are |has |have |was )?(?:been )?(?:no longer valid|expired|revoked)/i

/**
 * Recognises texts of programs that hide the error of Google. They apply only to a text in which no other recogniser
 * finds anything, and only if it mentions Google.
 */
export const vague: readonly Recogniser[] = [
  known('exchange_failed_at_provider', 'likely', exchangeFailed, {}),
  known('refresh_token_refused', 'possible', refreshFailed, refusedRefreshToken),
  known(
    'invalid_answer',
    'possible',
    all(notJson, ({ isGoogle }) => isGoogle),
    ({ host }) => ({
      host: host ?? 'The server',
      problem: 'it is not JSON',
    }),
  ),
  known(
    'server_failed',
    'possible',
    all(
      ({ status = 0 }) => status >= 500,
      ({ isGoogle }) => isGoogle,
    ),
    ({ host, status = 500 }) => ({ host: host ?? 'The server', status }),
  ),
  known(
    'code_missing',
    'possible',
    all(
      /(?:missing|no|without(?: a)?) (?:authori[sz]ation |auth |verification )?code\b(?! ?_?verifier)|\bcode (?:parameter )?(?:is |was )?(?:null|empty|missing|undefined|not (?:found|present|provided|returned))/i,
      /oauth|callback|redeem|google/i,
    ),
    {
      found: 'the request has no code',
    },
  ),
  known(
    'no_refresh_token',
    'possible',
    /empty token found|no (?:stored |saved |valid )?token (?:was )?(?:found|stored|saved|available)|token(?: file)? (?:was )?not found/i,
    {
      account: null,
    },
  ),
  known(
    'refresh_token_refused',
    'possible',
    all(loginEnded, ({ isGoogle }) => isGoogle),
    refusedRefreshToken,
  ),
]

/** Recognises an OAuth error that has no failure of its own. */
export const otherErrors: readonly Recogniser[] = [
  known(
    'authorization_refused',
    'possible',
    ({ error = false, isGoogle, request }) => isGoogle && request === 'authorization' && error,
    ({ error = '', description = null }) => ({ error, description }),
  ),
  known(
    'token_request_refused',
    'possible',
    ({ error = false, isGoogle }) => isGoogle && error,
    ({ error = '', description = null }) => ({ error, description }),
  ),
]
