import type { Facts } from '../facts.ts'
import { all, known, type Recogniser, requestIs, says } from './recogniser.ts'

const requestIsInvalid =
  /Access blocked: ?.{1,80}'s request is invalid|(?:this|the) app's request is invalid|sent an invalid request\b|doesn't comply with Google's OAuth 2\.0 policy/i
const authorizationError =
  /Access blocked: ?(?:authori[sz]ation error\b|["']?\s?$)|^ ?Access blocked[.:]? ?$|Authorization Error .{0,300}Error 40\d/i
const onPage = ({ isAuthorizationPage, description, text }: Facts): boolean =>
  description === undefined && (isAuthorizationPage || /That's an error/i.test(text))
const invalidRequest = all(says('invalid_request'), onPage)
// RFC 6749 has the same code for both endpoints.
const onlyCode = all(
  says('invalid_request'),
  (e) => !onPage(e) && !e.namesOtherHost,
  ({ description = '' }) => /^(?:Bad Request.?)?$/i.test(description),
  ({ text, isGoogle, library }) =>
    isGoogle || library !== undefined || /^ ?(?:\{ ?["']error["']:)? ?["'`(]?invalid_request\b.{0,60}$/.test(text),
)
const anyTitle = (facts: Facts): boolean => authorizationError.test(facts.text) || invalidRequest(facts) !== false
const isOnlyTitle = true

/**
 * Recognises titles of Google's error page, which many errors share: the usual causes. They apply only to a text in
 * which no other recogniser finds anything.
 */
export const pageTitles: readonly Recogniser[] = [
  known(
    'redirect_uri_not_registered',
    'likely',
    all(requestIsInvalid, (e) => invalidRequest(e) === false),
    {
      redirectUri: null,
      isOnlyTitle,
    },
  ),
  known('redirect_uri_not_secure', 'possible', requestIsInvalid, { isOnlyTitle }),
  known('redirect_uri_not_secure', 'likely', anyTitle, { isOnlyTitle }),
  known('authorization_request_cut', 'possible', anyTitle, { parameter: null }),
  known('authorization_request_cut', 'possible', requestIsInvalid, { parameter: null }),
  known('oob_flow_blocked', 'possible', anyTitle, {}),
  known(
    'client_refused',
    'possible',
    all(authorizationError, (e) => invalidRequest(e) === false),
    {
      error: 'invalid_client',
      description: null,
      clientId: 'of this request',
    },
  ),
  known('request_incomplete', 'possible', onlyCode, { request: 'token', parameter: null }),
  known('authorization_request_cut', 'possible', all(onlyCode, requestIs(undefined)), { parameter: null }),
  known('redirect_uri_not_secure', 'possible', all(onlyCode, requestIs(undefined)), { isOnlyTitle }),
  known(
    'authorization_refused',
    'likely',
    /Your (?:institution|organi[sz]ation)'s admin needs to review|access_not_configured/i,
    { error: 'admin_policy_enforced', description: null },
  ),
]
