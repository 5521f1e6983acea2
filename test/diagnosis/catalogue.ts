import type { FailureCode } from '../../src/failures/index.ts'

/** A failure that developers meet: its visible text and expected diagnosis, or why there is nothing to paste. */
type Row = { readonly code: FailureCode; readonly texts: readonly string[] } | { readonly never: string }

const row = (code: FailureCode, ...texts: readonly string[]): Row => ({ code, texts })
const grant = (description: string): string =>
  JSON.stringify({ error: 'invalid_grant', error_description: description })
const drive = (code: number, reason: string, message: string): string =>
  JSON.stringify({ error: { code, message, errors: [{ message, domain: 'global', reason }] } }, null, 1)

/** The known failures by number. */
export const catalogue: Readonly<Record<number, Row>> = {
  1: row('no_refresh_token', '{"access_token":"ya29.a0Abc","expires_in":3599,"scope":"openid","token_type":"Bearer"}'),
  2: row(
    'no_refresh_token',
    'Error: No refresh token is set.',
    'Error: No refresh token or refresh handler callback is set.',
    'google.auth.exceptions.RefreshError: The credentials do not contain the necessary fields need to refresh the access token. You must specify refresh_token, token_uri, client_id, and client_secret.',
    'LogicException: refresh token must be passed in or set as part of setAccessToken',
    'Error: No access, refresh token or API key is set.',
  ),
  3: row(
    'redirect_uri_mismatch',
    'Error while exchanging serverAuthCode: {"error":"redirect_uri_mismatch","error_description":"Bad Request"}',
    'redirect_uri_mismatch',
  ),
  4: row(
    'redirect_uri_mismatch',
    'POST https://oauth2.googleapis.com/token grant_type=authorization_code 400 {"error": "redirect_uri_mismatch", "error_description": "Bad Request"}',
  ),
  5: row(
    'redirect_uri_not_registered',
    'Error 400: redirect_uri_mismatch',
    'Fout 400: redirect_uri_mismatch\nRequestgegevens: redirect_uri=http://127.0.0.1:52817/callback',
  ),
  6: row(
    'redirect_uri_not_registered',
    "You can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy. redirect_uri_mismatch redirect_uri=http://localhost:8080",
  ),
  7: row(
    'code_refused',
    grant('Malformed auth code.'),
    'oauth2client.client.FlowExchangeError: invalid_grantMalformed auth code.',
  ),
  8: row('code_refused', grant('Bad Request')),
  9: row('code_refused', grant('Code was already redeemed.')),
  10: row('code_verifier_refused', grant('Missing code verifier.')),
  11: row('code_verifier_refused', grant('Invalid code verifier.')),
  12: row('code_verifier_refused', grant('code_verifier or verifier is not needed.')),
  13: row('refresh_token_refused', grant('Token has been expired or revoked.')),
  14: row(
    'refresh_token_refused',
    '{"error":"invalid_grant","error_description":"reauth related error (invalid_rapt)","error_uri":"https://support.google.com/a/answer/9368756","error_subtype":"invalid_rapt"}',
    "google.auth.exceptions.RefreshError: ('invalid_grant: reauth related error (rapt_required)', {})",
  ),
  15: row('account_gone', grant('Account has been deleted')),
  16: row(
    'client_refused',
    '{"error":"invalid_client","error_description":"The OAuth client was not found."}',
    'Error 401: invalid_client\nThe OAuth client was not found.',
  ),
  17: row(
    'client_refused',
    '{"error":"invalid_client","error_description":"Unauthorized"}',
    '{"error":"invalid_client","error_description":"The provided client secret is invalid."}',
  ),
  18: row('client_secret_missing', '{"error":"invalid_request","error_description":"client_secret is missing."}'),
  19: row('client_not_authorized', '{"error":"unauthorized_client","error_description":"Unauthorized"}'),
  20: row(
    'client_refused',
    '{"error":"deleted_client","error_description":"The OAuth client was deleted."}',
    'Fehler 401: deleted_client',
  ),
  21: row('client_refused', '{"error":"disabled_client","error_description":"The OAuth client was disabled."}'),
  22: row(
    'scope_invalid',
    'Error 400: invalid_scope Some requested scopes were invalid. {valid=[openid], invalid=[drive.appdata]}',
    'Some requested scopes cannot be shown: [https://www.googleapis.com/auth/drive/]',
  ),
  23: row(
    'device_scope_refused',
    '{"error":"invalid_scope","error_description":"Invalid device flow scope: https://www.googleapis.com/auth/calendar"}',
    'POST https://oauth2.googleapis.com/device/code 400 {"error":"invalid_scope"}',
  ),
  24: row(
    'app_in_testing',
    'Access blocked: demo has not completed the Google verification process. The app is currently being tested, and can only be accessed by developer-approved testers. Error 403: access_denied',
    '오류 403: access_denied',
  ),
  25: row(
    'app_in_testing',
    'The developer hasn’t given you access to this app. It’s currently being tested and it hasn’t been verified by Google.',
  ),
  26: row('consent_denied', 'http://127.0.0.1:41999/oauth2callback?error=access_denied&state=abc', 'access_denied'),
  27: row('app_not_verified', 'Google hasn’t verified this app', "This app isn't verified"),
  28: row('app_internal_only', 'Error 403: org_internal', '错误 403：org_internal'),
  29: row('authorization_refused', '{"error":"admin_policy_enforced"}', 'Error 400: admin_policy_enforced'),
  30: row(
    'oob_flow_blocked',
    'Error 400: invalid_request\nThe out-of-band (OOB) flow has been blocked in order to keep users secure.',
  ),
  31: row('custom_scheme_disabled', 'Custom URI scheme is not enabled for your Android client.'),
  32: row('webview_blocked', 'Error 403: disallowed_useragent'),
  33: row('authorization_request_cut', 'Required parameter is missing: response_type'),
  34: row(
    'scope_insufficient',
    drive(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.'),
    'reason: "ACCESS_TOKEN_SCOPE_INSUFFICIENT"',
  ),
  35: row(
    'scope_insufficient',
    drive(403, 'insufficientScopes', 'The granted scopes do not give access to all of the requested spaces.'),
  ),
  36: row(
    'api_not_enabled',
    drive(
      403,
      'accessNotConfigured',
      'Google Drive API has not been used in project 123456 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=123456 then retry.',
    ),
  ),
  37: row('drive_file_not_found', drive(404, 'notFound', 'File not found: .')),
  38: row(
    'drive_not_for_app_folder',
    drive(
      403,
      'notSupportedForAppDataFolderFiles',
      'Method not supported for files within the Application Data folder.',
    ),
  ),
  39: row(
    'drive_file_of_another_app',
    drive(
      403,
      'appNotAuthorizedToFile',
      'The user has not granted the app 123456 read access to the file 1a2B3c4D5e6F7g.',
    ),
    drive(403, 'fileAccess', 'No access'),
  ),
  40: row('access_token_invalid', drive(401, 'authError', 'Invalid Credentials')),
  41: row(
    'rate_limited',
    drive(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded'),
    'HTTP 429 Too Many Requests',
  ),
  42: row('id_token_invalid', 'Error: Wrong recipient, payload audience != requiredAudience'),
  43: { never: 'the token is accepted, so nothing is printed' },
  44: row('id_token_invalid', 'Error: Token used too late, 1700003600.2 > 1700000000: {"iss":"accounts.google.com"}'),
  45: row(
    'clock_wrong',
    "ValueError: Token used too early, 1700000000 < 1700000003. Check that your computer's clock is set correctly.",
  ),
  46: row('id_token_key_unknown', 'Error: No pem found for envelope: {"alg":"RS256","kid":"ab12","typ":"JWT"}'),
  47: row(
    'client_of_another_project',
    'invalid_audience: The audience client and the client need to be in the same project.',
  ),
  48: row('code_missing', 'serverAuthCode: nil', 'signIn done, serverAuthCode = Optional(nil)'),
  49: row(
    'ios_url_scheme_missing',
    "reason: 'Your app is missing support for the following URL schemes: com.googleusercontent.apps.123-abc'",
  ),
  50: row(
    'android_app_not_registered',
    'com.google.android.gms.common.api.ApiException: 10: ',
    'DEVELOPER_ERROR',
    '[28444] Developer console is not set up correctly.',
  ),
  51: row('android_wrong_server_client', 'ApiException: 8: [28405] This is an Android client id'),
  52: row('code_missing', '{"user":{"id":"1"},"serverAuthCode":null}', 'serverAuthCode=null'),
  53: row(
    'origin_not_registered',
    '[GSI_LOGGER]: The given origin is not allowed for the given client ID.',
    'Error 400: origin_mismatch',
    'idpiframe_initialization_failed: Not a valid origin for the client: http://localhost:3000 has not been registered',
  ),
  54: row('request_header_missing', '403 Forbidden: X-Requested-With header is missing'),
  55: row(
    'iss_parameter_refused',
    "The 'iss' parameter cannot be used when 'authorization_response_iss_parameter_supported' is not supported by the server configuration.",
  ),
  56: row(
    'loopback_unreachable',
    '127.0.0.1 refused to connect.',
    "This site can't be reached\nlocalhost refused to connect.\nERR_CONNECTION_REFUSED",
  ),
  57: row(
    'port_busy',
    'Error: listen EADDRINUSE: address already in use 127.0.0.1:8790',
    'OSError: [Errno 98] Address already in use',
  ),
  58: row('unreachable', 'getaddrinfo ENOTFOUND oauth2.googleapis.com', 'connect ECONNREFUSED 142.250.1.95:443'),
  59: row(
    'keychain_missing',
    'Cannot autolaunch D-Bus without X11 $DISPLAY',
    'The name org.freedesktop.secrets was not provided by any .service files',
  ),
  60: { never: 'other programs lose access, and what they print is row 13' },
  61: { never: 'the oldest token is dropped without a word, and what its user sees is row 13' },
  62: { never: 'the library says nothing when it loses the token, and what follows is row 13' },
  63: row('app_blocked', 'This app is blocked. This app tried to access sensitive info in your Google Account.'),
  64: row(
    'redirect_uri_private_address',
    'Error 400: invalid_request\ndevice_id and device_name are required for private IP: http://192.168.1.20:3000/callback',
  ),
  65: row('loopback_flow_blocked', 'The loopback flow has been blocked in order to keep users secure.'),
  66: row('redirect_scheme_not_allowed', "Custom scheme URIs are not allowed for 'WEB' client type."),
  67: row(
    'client_id_missing',
    'Missing required parameter: client_id',
    '{"error":"invalid_request","error_description":"Could not determine client ID from request."}',
  ),
  68: row('android_sign_in_failed', 'com.google.android.gms.common.api.ApiException: 12500: '),
  69: row(
    'android_no_credential',
    'androidx.credentials.exceptions.NoCredentialException: No credentials available',
    '[28433] Cannot find a matching credential.',
  ),
  70: row('session_state_lost', '(mismatching_state) CSRF Warning! State not equal in request and response.'),
  71: row(
    'scope_changed',
    'Warning: Scope has changed from "email profile" to "openid https://www.googleapis.com/auth/userinfo.email".',
  ),
  72: row(
    'drive_storage_full',
    drive(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded."),
  ),
  73: row('keychain_locked', 'User interaction is not allowed.', 'OSStatus error -25308'),
  74: row(
    'service_account_clock_wrong',
    grant(
      'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    ),
  ),
  75: row(
    'client_credentials_conflict',
    '{"error":"invalid_request","error_description":"Credentials in post body and basic Authorization header do not match"}',
  ),
  76: row('authorization_request_malformed', 'https://accounts.google.com/info/unknownerror'),
  77: row('refresh_token_as_code', 'oauth2Client.getToken("1//0gAbcDefGhiJkl")\nGaxiosError: invalid_grant'),
  78: row(
    'keychain_value_too_long',
    "Attribute 'password encoded as UTF-16' is longer than platform limit of 2560 chars",
    "pywintypes.error: (1783, 'CredWrite', 'The stub received bad data.')",
  ),
  79: row('keychain_full', 'Credential Manager: WinError 1816: Not enough quota is available to process this command.'),
  80: row(
    'browser_missing',
    'webbrowser.Error: could not locate runnable browser',
    'Error: spawn xdg-open ENOENT',
    'exec: "xdg-open": executable file not found in $PATH',
  ),
  81: row(
    'port_reserved',
    'Error: listen EACCES: permission denied 127.0.0.1:8085',
    'PermissionError: [WinError 10013] An attempt was made to access a socket in a way forbidden by its access permissions',
  ),
  82: row('server_client_id_missing', 'RNGoogleSignin: offline use requires server web ClientID'),
  83: row('android_account_reauth_failed', '[16] Account reauth failed.'),
  84: row('ios_client_id_missing', 'No active configuration. Make sure GIDClientID is set in Info.plist.'),
  85: row('ios_keychain_entitlement', 'Error Domain=com.google.GIDSignIn Code=-2 "keychain error"'),
  86: row('ios_app_check', 'GIDSignIn: App Check token could not be fetched: The attestation failed.'),
  87: row(
    'fedcm_refused',
    '[GSI_LOGGER]: FedCM get() rejects with NetworkError: Error retrieving a token.',
    'Not signed in with the identity provider.',
  ),
  88: row('keyring_passphrase_needed', 'gpg: signing failed: Inappropriate ioctl for device'),
  89: row('advanced_protection', 'Error 400: policy_enforced'),
  90: row('app_sign_in_rate_limit', 'Error 403: rate_limit_exceeded\nRequest details: access_type=offline'),
  91: row('scope_missing', 'Error 400: invalid_request\nMissing required parameter: scope'),
  92: row(
    'quota_project_missing',
    'The drive.googleapis.com API requires a quota project, which is not set by default.',
  ),
  93: row(
    'quota_project_forbidden',
    'Caller does not have required permission to use project demo-1. Grant the caller the roles/serviceusage.serviceUsageConsumer role',
    '"reason": "USER_PROJECT_DENIED"',
  ),
  94: row(
    'adc_missing',
    'google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found.',
    'Could not load the default credentials.',
    'google: could not find default credentials.',
  ),
  95: row('id_token_nonce_mismatch', 'Passed nonce and nonce in id_token should either both exist or not.'),
  96: row('id_token_stale', 'ID Token issued at 1767225600 is stale to sign-in.'),
  97: row('insecure_transport', '(insecure_transport) OAuth 2 MUST utilize https.'),
  98: row(
    'token_endpoint_wrong',
    'The requested URL /o/oauth2/tokens was not found on this server.',
    'POST https://accounts.google.com/o/oauth2/v2/auth',
  ),
  99: row(
    'client_file_as_user_file',
    'Authorized user info was not in the expected format, missing fields refresh_token, client_id, client_secret.',
  ),
  100: row('exchange_failed_at_provider', 'Unable to exchange external code: [authorization code]'),
  101: row('gmail_smtp_refused', '535-5.7.8 Username and Password not accepted.'),
  102: row('dpop_nonce_wanted', '{"error":"use_dpop_nonce","error_description":"A nonce is required"}'),
  103: row('dpop_proof_refused', '{"error":"invalid_dpop_proof"}'),
  104: row(
    'dynamic_registration_unsupported',
    'Error: Incompatible auth server: does not support dynamic client registration',
  ),
  105: row(
    'loopback_blocked_by_browser',
    'has been blocked by CORS policy: Permission was denied for this request to access the `loopback` address space.',
  ),
  106: row(
    'client_deleted_unused',
    'This OAuth client will be deleted because it has not been used for over 6 months.',
  ),
  107: row('redirect_uri_malformed', 'Invalid parameter value for redirect_uri: Missing scheme: localhost/callback'),
  108: row(
    'third_party_cookies_blocked',
    '{"error":"idpiframe_initialization_failed","details":"Cookies are not enabled in current environment."}',
  ),
}

/** Findings beyond the numbered rows. */
export const siblings: readonly (readonly [code: FailureCode, text: string])[] = [
  ['refresh_token_refused', 'RefreshError: invalid_grant: Bad Request'],
  [
    'service_account_not_delegated',
    'unauthorized_client: Client is unauthorized to retrieve access tokens using this method',
  ],
  ['app_disabled', 'Sign in with Google temporarily disabled for this app'],
  ['access_token_missing', 'Request is missing required authentication credential. Expected OAuth 2 access token'],
  ['access_token_missing', "Method doesn't allow unregistered callers (callers without established identity)."],
  ['audience_not_a_client', 'invalid_audience: Audience is not a valid client ID.'],
  ['keychain_locked', 'failed to unlock correct collection "/org/freedesktop/secrets/collection/login"'],
  ['keychain_locked', 'Object does not exist at path "/org/freedesktop/secrets/collection/login"'],
  ['tls_failed', 'self-signed certificate in certificate chain'],
  ['tls_failed', 'request to https://oauth2.googleapis.com/token failed, reason: SELF_SIGNED_CERT_IN_CHAIN'],
  ['android_sign_in_cancelled', 'com.google.android.gms.common.api.ApiException: 12501: '],
  ['service_account_without_storage', 'Service Accounts do not have storage quota. Leverage shared drives instead.'],
  ['popup_not_opened', 'popup_failed_to_open'],
  ['popup_closed', 'popup_closed_by_user'],
  [
    'redirect_uri_not_secure',
    "doesn't comply with Google's OAuth 2.0 policy https://developers.google.com/identity/protocols/oauth2/policies#secure-response-handling",
  ],
  ['drive_not_for_app_folder', 'Files within the Application Data folder cannot be trashed.'],
  ['token_not_revocable', '{"error":"invalid_token","error_description":"Token expired or revoked"}'],
  ['keychain_silent', 'keychain_silent'],
]
