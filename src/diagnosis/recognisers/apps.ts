import { all, known, type Recogniser, says } from './recogniser.ts'
import { isOnly, isStatus } from './status-numbers.ts'

const noNetwork = { host: 'Google', problem: 'the device has no connection (NETWORK_ERROR, 7)' }

/** Recognises errors in Android, iOS and web apps, and in their backends. */
export const apps: readonly Recogniser[] = [
  known('android_app_not_registered', 'certain', isStatus(10, 28_444), {}),
  known('android_sign_in_failed', 'certain', isStatus(12_500), {}),
  known('android_sign_in_cancelled', 'certain', isStatus(12_501), {}),
  known(
    'android_sign_in_cancelled',
    'likely',
    all(isStatus(16), (e) => !/28433/.test(e.text)),
    {},
  ),
  known('android_sign_in_running', 'certain', isStatus(12_502), {}),
  known('android_sign_in_running', 'certain', /SIGN_IN_CURRENTLY_IN_PROGRESS/, {}),
  known('android_sign_in_required', 'certain', isStatus(4), {}),
  known('android_play_services_unusable', 'certain', isStatus(1, 2, 3, 9), {}),
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
  known(
    'code_missing',
    'certain',
    /(server_?auth_?code)["']?\s?(?:=>|[:=]|is|was)\s?(?:Optional\()?["']?(null|nil|undefined|None|<null>)/i,
    (_, [, name = '', value = '']) => ({ found: `${name} is ${value}` }),
  ),
  known('origin_not_registered', 'certain', says('origin_mismatch'), ({ text }) => ({
    origin: /origin=(https?:\/\/[\w.:-]{1,100})/.exec(text)?.[1] ?? null,
  })),
  known('request_header_missing', 'likely', all(/X-Requested-With/i, /\b40[03]\b|missing|required|forbidden/i), {
    header: 'X-Requested-With',
    isEmpty: false,
  }),
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
    /\biss\b["']? (?:missing|parameter missing|not present) (?:from|in)|unexpected ["']?iss["']?(?: \(issuer\))? (?:response )?parameter|response parameter "iss"/i,
    {},
  ),
]
