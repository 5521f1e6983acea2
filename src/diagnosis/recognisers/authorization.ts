import type { Facts } from '../facts.ts'
import { all, grantIs, known, type Recogniser, says, wire } from './recogniser.ts'

const onPage = ({ isAuthorizationPage }: Facts): boolean => isAuthorizationPage
const notOnPage = ({ isAuthorizationPage }: Facts): boolean => !isAuthorizationPage
const redirectUri = ({ text }: Facts): string | null =>
  /redirect_uri["']?\s?[=:]\s?["']?((?:https?|[a-z][\w.+-]{2,60}):\/{0,2}[\w.:/[\]~-]{1,200})/i.exec(text)?.[1] ?? null
const scopesIn = ({ text }: Facts): string | null =>
  /invalid=\[([^\]]{1,400})\]/.exec(text)?.[1] ?? /scopes cannot be shown: \[([^\]]{1,400})\]/.exec(text)?.[1] ?? null

const loopbackAddress = ({ text }: Facts): { readonly address: string } => ({
  address: /\b(?:localhost|127\.0\.0\.1)(?::\d{2,5})?\b/.exec(text)?.[0] ?? 'this machine',
})

// The page says this about many redirect URIs, without the reason.
const keepingAppsSecure = /OAuth 2\.0 policy for keeping apps secure/i

/** Recognises errors on Google's pages, and in their redirects. */
export const authorization: readonly Recogniser[] = [
  known('oob_flow_blocked', 'certain', /out-of-band \(OOB\) flow has been blocked|\bOOB flow\b.{0,60}blocked/i, {}),
  known('oob_flow_blocked', 'likely', all(/urn:ietf:wg:oauth:2\.0:oob/, /invalid_request|Access blocked|comply/i), {}),
  known(
    'loopback_flow_blocked',
    'certain',
    /loopback flow has been blocked|(?:localhost|loopback) UR[IL]s? (?:is|are) not allowed for/i,
    {},
  ),
  known('custom_scheme_disabled', 'certain', /Custom URI scheme is not (?:enabled|supported)/i, {}),
  known('redirect_scheme_not_allowed', 'certain', /Custom scheme UR[IL]s are not allowed/i, {}),
  known('redirect_uri_private_address', 'certain', /device_id and device_name are required/i, {}),
  known('webview_blocked', 'certain', says('disallowed_useragent'), {}),
  known('app_internal_only', 'certain', says('org_internal'), {}),
  known(
    'app_internal_only',
    'certain',
    /can only be used within its organi[sz]ation|restricted to users within its organi[sz]ation/i,
    {},
  ),
  known('authorization_refused', 'certain', says('admin_policy_enforced'), wire('admin_policy_enforced')),
  known(
    'app_in_testing',
    'certain',
    /has not completed the Google verification process|developer-approved testers|currently being tested|hasn't given you access to this app/i,
    {},
  ),
  known(
    'app_blocked',
    'certain',
    /tried to access sensitive info|此应用(?:试图|尝试)访问|hat versucht, auf (?:vertrauliche|sensible)|tenté d'accéder à des (?:informations|données) sensibles|intentado acceder a información|tentou acessar informações|機密情報.{0,20}アクセス|пыталось получить доступ к конфиденциальн/i,
    {},
  ),
  known('app_blocked', 'likely', /This app is blocked/i, {}),
  known('app_disabled', 'certain', /Sign in with Google temporarily disabled/i, {}),
  known(
    'app_not_verified',
    'certain',
    /Google hasn't verified this app|Google hat diese App nicht überprüft|Google n'a pas (?:validé|vérifié) cette appli|Google no ha verificado esta app|Google no verificó esta app|O Google não verificou este app|Google 尚未验证此应用|未经 Google 验证|このアプリは Google で確認されていません|Google не проверил|This app isn't verified|This app hasn't been verified/i,
    {},
  ),
  known(
    'authorization_request_malformed',
    'certain',
    /accounts\.google\.com\/info\/unknownerror|server cannot process the request because it is malformed|Сервер не может обработать запрос из-за синтаксических ошибок/i,
    {},
  ),
  known('authorization_request_cut', 'likely', /Invalid parameter value for redirect_uri: Missing authority/i, {
    parameter: 'complete redirect_uri',
  }),
  known(
    'authorization_refused',
    'likely',
    /Conflict params: [\w, ]{1,60}|Parameter not allowed for this message type: \w{1,40}|Invalid response_type: [\w& ]{1,40}/i,
    (_, [words]) => ({ error: 'invalid_request', description: words.trim() }),
  ),
  known('token_request_refused', 'likely', /Invalid value for ["']audience["']/, (_, [words]) => ({
    error: 'invalid_request',
    description: words.replaceAll('"', "'"),
  })),
  known(
    'redirect_uri_malformed',
    'certain',
    /Invalid parameter value for redirect_uri: ?(?! ?Missing authority)([^:"\]}]{3,80})/i,
    (_, [, problem = '']) => ({
      problem: problem.trim(),
    }),
  ),
  known('redirect_uri_not_secure', 'certain', /secure-response-handling/, {}),
  known('redirect_uri_not_secure', 'likely', keepingAppsSecure, { isOnlyTitle: true }),
  known('custom_scheme_disabled', 'possible', keepingAppsSecure, {}),
  known('oob_flow_blocked', 'possible', keepingAppsSecure, {}),
  known(
    'redirect_uri_not_registered',
    'certain',
    /redirect URI in the request.{0,300}(?:does|did) not match the ones authorized|register the redirect URI in the Google Cloud Console/i,
    (facts) => ({
      redirectUri:
        /redirect URI in the request[,:]? ?(https?:[\w.:/[\]~-]{1,200}?),? /i.exec(facts.text)?.[1] ??
        redirectUri(facts),
    }),
  ),
  known('redirect_uri_not_registered', 'certain', all(says('redirect_uri_mismatch'), onPage), (facts) => ({
    redirectUri: redirectUri(facts),
  })),
  known('redirect_uri_mismatch', 'certain', all(says('redirect_uri_mismatch'), notOnPage, grantIs('code')), {
    sent: '',
    from: null,
  }),
  known('redirect_uri_mismatch', 'likely', all(says('redirect_uri_mismatch'), notOnPage), { sent: '', from: null }),
  known('redirect_uri_not_registered', 'possible', all(says('redirect_uri_mismatch'), notOnPage), (facts) => ({
    redirectUri: redirectUri(facts),
  })),
  known('device_scope_refused', 'certain', /Invalid device flow scope/i, wire('invalid_scope')),
  known('scope_invalid', 'certain', /requested scopes (?:were invalid|cannot be shown)/i, (e) => ({
    scopes: scopesIn(e),
  })),
  known(
    'device_scope_refused',
    'likely',
    all(says('invalid_scope'), /device(?:_|\/)code|device flow/i),
    wire('invalid_scope'),
  ),
  known('scope_invalid', 'likely', says('invalid_scope'), (e) => ({ scopes: scopesIn(e) })),
  known('interaction_required', 'likely', /(?<![A-Za-z_])(?:interaction_required|immediate_failed)(?![a-z_])/, {}),
  known('interaction_required', 'likely', /(?<![A-Za-z_])(?:login_required|consent_required)(?![a-z_])/, {}),
  known('app_in_testing', 'likely', all(says('access_denied'), onPage), {}),
  known(
    'consent_denied',
    'likely',
    all(says('access_denied'), notOnPage, (e) => says('invalid_client')(e) === false),
    {},
  ),
  known('app_in_testing', 'possible', all(says('access_denied'), notOnPage), {}),
  known('device_code_expired', 'likely', says('expired_token'), { seconds: 1800 }),
  known('authorization_pending', 'certain', /(?<![A-Za-z_])authorization_pending(?![a-z_])/, {}),
  known('authorization_pending', 'likely', /(?<![A-Za-z_])slow_down(?![a-z_])/, {}),
  known(
    'loopback_unreachable',
    'likely',
    /(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{2,5})? ?(?:refused to connect|took too long to respond|拒绝了|で接続が拒否|hat die Verbindung abgelehnt|a refusé de se connecter|a refusé la connexion|(?:ha )?rechaz[oó]|se recusou a|recusou|отказал|non ha (?:accettato|consentito))|ERR_CONNECTION_REFUSED|can't (?:establish a connection|connect) to the server.{0,80}(?:localhost|127\.0\.0\.1)/i,
    loopbackAddress,
  ),
  known(
    'loopback_unreachable',
    'possible',
    /^(?=.{0,2000}[?&]code=) ?https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{2,5})?\/[^ ]{0,200}\?[^?]{0,2000}$/,
    loopbackAddress,
  ),
]
