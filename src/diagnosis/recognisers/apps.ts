import { all, known, type Recogniser, says } from './recogniser.ts'
import { isOnly, isStatus } from './status-numbers.ts'

const noNetwork = { host: 'Google', problem: 'the device has no connection (NETWORK_ERROR, 7)' }

/** Recognises errors in Android, iOS and web apps, and in their backends. */
export const apps: readonly Recogniser[] = [
  known('android_app_not_registered', 'certain', isStatus(10, 28_444), {}),
  known(
    'android_app_not_registered',
    'certain',
    /DEVELOPER_ERROR|Developer console is not set up correctly|UNREGISTERED_ON_API_CONSOLE/,
    {},
  ),
  known('android_app_not_registered', 'likely', /Account reauth failed/i, {}),
  known('android_sign_in_failed', 'certain', isStatus(12_500), {}),
  known('android_sign_in_failed', 'certain', /(?<!\w)SIGN_IN_FAILED|A non-recoverable sign in failure occurred/, {}),
  known('android_sign_in_cancelled', 'certain', isStatus(12_501), {}),
  known('android_sign_in_cancelled', 'certain', /(?<!\w)SIGN_IN_CANCELLED/, {}),
  known(
    'android_sign_in_cancelled',
    'likely',
    all(isStatus(16), (e) => !/28433/.test(e.text)),
    {},
  ),
  known(
    'android_sign_in_cancelled',
    'likely',
    /GetCredentialCancellationException|TYPE_USER_CANCELED|com\.google\.GIDSignIn.{0,20}-5\b/,
    {},
  ),
  known('android_sign_in_running', 'certain', isStatus(12_502), {}),
  known('android_sign_in_running', 'certain', /SIGN_IN_CURRENTLY_IN_PROGRESS/, {}),
  known('android_sign_in_required', 'certain', isStatus(4), {}),
  known('android_sign_in_required', 'likely', /(?<!\w)SIGN_IN_REQUIRED(?!\w)/, {}),
  known('android_play_services_unusable', 'certain', isStatus(1, 2, 3, 9), {}),
  known(
    'android_play_services_unusable',
    'likely',
    /(?<!\w)SERVICE_(?:MISSING|VERSION_UPDATE_REQUIRED|INVALID)(?!\w)/,
    {},
  ),
  known('unreachable', 'likely', isStatus(7), noNetwork),
  known('unreachable', 'likely', all(/(?<!\w)NETWORK_ERROR(?!\w)/, /android|ApiException|statusCode/i), noNetwork),
  known('android_wrong_server_client', 'certain', isStatus(28_405), {}),
  known('android_no_credential', 'certain', isStatus(28_433), {}),
  known('android_wrong_server_client', 'possible', isStatus(8), {}),
  // A number alone has lost the name of its system.
  known('android_app_not_registered', 'likely', isOnly(10, 28_444), {}),
  known('android_sign_in_failed', 'likely', isOnly(12_500), {}),
  known('android_sign_in_cancelled', 'likely', isOnly(16, 12_501), {}),
  known('android_sign_in_running', 'likely', isOnly(12_502), {}),
  known('android_wrong_server_client', 'likely', isOnly(28_405), {}),
  known('android_no_credential', 'likely', isOnly(28_433), {}),
  known('unreachable', 'likely', isOnly(7), noNetwork),
  known('android_wrong_server_client', 'possible', isOnly(8), {}),
  known('android_no_credential', 'certain', /Cannot find a matching credential|NoCredentialException/, {}),
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
