import { all, known, type Recogniser, says } from './recogniser.ts'

/** Recognises errors in Android, iOS and web apps, and in their backends. */
export const apps: readonly Recogniser[] = [
  known('android_wrong_server_client', 'certain', /\[28405\]/, {}),
  known(
    'android_app_not_registered',
    'certain',
    /(?:ApiException|common\.api\.\w{1,3}): 10\b|DEVELOPER_ERROR|\[28444\]|Developer console is not set up correctly|UNREGISTERED_ON_API_CONSOLE/,
    {},
  ),
  known('android_app_not_registered', 'likely', /Account reauth failed/i, {}),
  known(
    'android_sign_in_failed',
    'certain',
    /(?:ApiException|common\.api\.\w{1,3}): 12500\b|statusCode=12500|SIGN_IN_FAILED/,
    {},
  ),
  known('android_sign_in_cancelled', 'certain', /(?:ApiException|common\.api\.\w{1,3}): 12501\b|SIGN_IN_CANCELLED/, {}),
  known(
    'android_sign_in_cancelled',
    'likely',
    /ApiException: 16\b(?!: ?.?\[?28433)|GetCredentialCancellationException|TYPE_USER_CANCELED|com\.google\.GIDSignIn.{0,20}-5\b/,
    {},
  ),
  known('android_no_credential', 'certain', /\[28433\]|Cannot find a matching credential|NoCredentialException/, {}),
  known('android_wrong_server_client', 'possible', /ApiException: 8\b/, {}),
  known('android_no_credential', 'likely', /No credentials available/, {}),
  known('ios_url_scheme_missing', 'certain', /missing support for the following URL schemes/i, {}),
  known(
    'code_missing',
    'certain',
    /(server_?auth_?code)["']?\s?(?:=>|[:=]|is|was)\s?(?:Optional\()?["']?(null|nil|undefined|None|<null>)/i,
    (_, [, name = '', value = '']) => ({ found: `${name} is ${value}` }),
  ),
  known(
    'origin_not_registered',
    'certain',
    /given origin is not allowed for the given client ID|Not a valid origin for the client|idpiframe_initialization_failed/i,
    ({ text }) => ({
      origin:
        /Not a valid origin for the client: (https?:\/\/[\w.:-]{1,100})/i.exec(text)?.[1]?.replace(/[.:]$/, '') ?? null,
    }),
  ),
  known('origin_not_registered', 'certain', says('origin_mismatch'), ({ text }) => ({
    origin: /origin=(https?:\/\/[\w.:-]{1,100})/.exec(text)?.[1] ?? null,
  })),
  known('popup_not_opened', 'certain', /popup_failed_to_open|popup_blocked_by_browser|Failed to open popup window/, {}),
  known('popup_closed', 'certain', /popup_closed(?:_by_user)?|Popup window closed/i, {}),
  known('request_header_missing', 'likely', all(/X-Requested-With/i, /\b40[03]\b|missing|required|forbidden/i), {
    header: 'X-Requested-With',
    isEmpty: false,
  }),
  known('session_state_lost', 'certain', /mismatching_state|CSRF Warning! State not equal/i, {}),
  known('session_state_lost', 'likely', /csrf_detected|OAuth state mismatch|state parameter mismatch/i, {}),
  known('scope_changed', 'certain', /Scope has changed from/i, {}),
  known(
    'iss_parameter_refused',
    'certain',
    /authorization_response_iss_parameter_supported' is not supported|'iss' parameter cannot be used/i,
    {},
  ),
  known(
    'iss_parameter_refused',
    'likely',
    /unexpected ["']?iss["']?(?: \(issuer\))? (?:response )?parameter|response parameter "iss"/i,
    {},
  ),
]
