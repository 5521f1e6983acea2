import { Exit } from './exit.ts'
import { row } from './row.ts'

// For a text that has only the title of Google's error page (isOnlyTitle), the cause is a guess.
const passTheDetails = 'To be certain, click "error details" on the page and pass those lines: gsa explain -'

const authorizationPage = {
  redirect_uri_not_registered: row<{ redirectUri: string | null; isOnlyTitle?: boolean }>(
    Exit.Refused,
    ({ redirectUri }) =>
      `The redirect URI of the authorization request${redirectUri === null ? '' : `, ${redirectUri},`} is not registered for this client (redirect_uri_mismatch).`,
    ({ isOnlyTitle }) =>
      isOnlyTitle === true
        ? `Add it to "Authorized redirect URIs" (Google Auth Platform > Clients > your client). ${passTheDetails}`
        : 'Add it to "Authorized redirect URIs" (Google Auth Platform > Clients > your client), exactly as sent, with port and trailing slash. If the port changes, use a "Desktop app" client (no registration).',
  ),
  redirect_uri_not_secure: row<{ isOnlyTitle?: boolean }>(
    Exit.Refused,
    () => 'Google rejects the redirect URI, because it is neither https nor an address of this machine.',
    ({ isOnlyTitle }) =>
      isOnlyTitle === true
        ? `Use https://… or, in development, http://localhost:PORT. ${passTheDetails}`
        : 'Use https://… or, in development, http://127.0.0.1:PORT or http://localhost:PORT.',
  ),
  redirect_uri_private_address: row(
    Exit.Refused,
    () => 'The redirect URI has a private IP address (10.…, 172.16.…, 192.168.…), which Google does not accept.',
    () =>
      'Open the app at http://localhost:PORT and register that address, or give the app a public host name with https.',
  ),
  redirect_scheme_not_allowed: row(
    Exit.Refused,
    () => 'A redirect URI with an app scheme (com.example.app:/…) was sent with a "Web application" client.',
    () =>
      'Use an Android or iOS client in the app. If a backend needs the code, request a serverAuthCode instead: gsa snippet android',
  ),
  custom_scheme_disabled: row(
    Exit.Refused,
    () => 'The Android client uses a redirect URI with a custom scheme, which Google has disabled.',
    () =>
      "Use Google's AuthorizationClient: gsa snippet android. To keep the scheme, enable it in the console (Google Auth Platform > Clients > your client > Advanced settings > Enable custom URI scheme).",
  ),
  oob_flow_blocked: row(
    Exit.Refused,
    () => 'The program requests a code to copy (urn:ietf:wg:oauth:2.0:oob), which Google has disabled.',
    () =>
      'Update the program to a version that listens on 127.0.0.1, as gsa login does. If the browser is on another machine: gsa login --start',
  ),
  loopback_flow_blocked: row(
    Exit.Refused,
    () => 'An Android, iOS or Chrome client requested a redirect to this machine, which these types cannot use.',
    () =>
      'Create a "Desktop app" client in the same project (console: Google Auth Platform > Clients) and use its JSON.',
  ),
  authorization_request_cut: row<{ parameter: string | null }>(
    Exit.Refused,
    ({ parameter }) =>
      `The authorization request ${parameter === null ? 'is incomplete' : `has no ${parameter}`}. Usually its URL was truncated, by a shell at the first "&" or by a line break.`,
    () =>
      'Quote the URL, or copy all of it. On Windows, open it with rundll32 url.dll,FileProtocolHandler instead of start.',
  ),
  authorization_request_malformed: row(
    Exit.Refused,
    () => 'Google showed its "unknown error" page: the authorization request is malformed, or Google itself failed.',
    () => 'Try again in a private window. If it fails again, look for empty or duplicate parameters in the URL.',
  ),
  client_id_missing: row(
    Exit.Refused,
    () => 'The request has no client_id. Either a variable was empty, or the body was not sent as a form.',
    () =>
      'Print the request without its secrets and check it: it needs a client_id and, with a body, Content-Type: application/x-www-form-urlencoded.',
  ),
  scope_invalid: row<{ scopes: string | null }>(
    Exit.Refused,
    ({ scopes }) =>
      `Google does not know ${scopes === null ? 'one of the requested scopes' : `these scopes, or does not offer them to this client: ${scopes}`} (invalid_scope).`,
    () =>
      'Write each scope in full, without a trailing slash, and separate scopes with one space. For the list, see https://developers.google.com/identity/protocols/oauth2/scopes',
  ),
  interaction_required: row(
    Exit.LoginRequired,
    () => 'The request forbids any prompt (prompt=none), but the user has to sign in or consent.',
    () => 'Send the request again without prompt=none.',
  ),
  app_in_testing: row(
    Exit.Refused,
    () => 'The app is in "Testing", and this account is not one of its test users (access_denied).',
    () =>
      'Add the account to the test users in the console (Google Auth Platform > Audience), or publish the app there.',
  ),
  app_not_verified: row(
    Exit.Refused,
    () => 'The app requests sensitive scopes, and Google has not verified it.',
    () =>
      'If the app is yours, click "Advanced", then "Go to …". For other users, have it verified or request fewer scopes (drive.appdata, openid and email need no verification).',
  ),
  app_blocked: row(
    Exit.Refused,
    () => 'Google blocks this app, because it requests very sensitive scopes and is not verified.',
    () =>
      'Request fewer scopes (drive.appdata or drive.file instead of drive), have the app verified, or in a Workspace make it "Internal" in the console (Google Auth Platform > Audience).',
  ),
  app_disabled: row(
    Exit.Refused,
    () => 'Google has disabled sign-in for this app until it is verified.',
    () =>
      'Only the owner of the app can fix this, in the console (Google Auth Platform > Verification Center). Until then, use a client of another project.',
  ),
  app_internal_only: row(
    Exit.Refused,
    () => 'The app is "Internal": only accounts of its own Workspace may use it (org_internal).',
    () =>
      'Sign in with an account of that Workspace, or make the app "External" in the console (Google Auth Platform > Audience).',
  ),
  webview_blocked: row(
    Exit.Refused,
    () =>
      'The sign-in page was opened in a web view inside an app, which Google does not allow (disallowed_useragent).',
    () =>
      'Open it in the system browser: with Credential Manager or Custom Tabs on Android, with GoogleSignIn or ASWebAuthenticationSession on iOS.',
  ),
  loopback_unreachable: row<{ address: string }>(
    Exit.Refused,
    ({ address }) =>
      `The browser returned to ${address}, but no program listens there. It has exited, or runs on another machine.`,
    () =>
      'Start the login again and leave it running. If the browser is on another machine: gsa login --start, then gsa login --finish with the address it ended on.',
  ),
}

/** The fix for a missing parameter. Where the value comes from differs, so each has its own. */
const parameterFixes: Readonly<Record<string, string>> = {
  redirect_uri:
    'Send the URI of the authorization request. For a code of an Android or iOS app, send an empty one (redirect_uri=), and for the web pop-up redirect_uri=postmessage. Or let gsa send it: gsa exchange',
  code: 'Send code=… in the form-encoded body. If your variable is empty, the app sends the code under another name, or gets none. For the code of the app, run: gsa snippet android',
  device_code: 'Send the device_code of the device response with each poll. Or let gsa do it: gsa login --device',
  scope:
    'Send scope=… with each scope in full, separated by one space: scope=openid https://www.googleapis.com/auth/drive.appdata',
  token: 'Send token=… with a refresh or access token in a form-encoded body. Or let gsa do it: gsa revoke',
  assertion: 'Send assertion=… with the signed JWT of the service account in a form-encoded body.',
}

const tokenEndpoint = {
  request_incomplete: row<{ request: string; parameter: string | null }>(
    Exit.Refused,
    ({ request, parameter }) =>
      `The ${request} request ${parameter === null ? 'is incomplete' : `has no ${parameter}`}. Either a variable was empty, or the body was not sent as a form.`,
    ({ parameter }) =>
      parameter === null
        ? 'Send code, client_id, client_secret, redirect_uri and grant_type in a body with Content-Type: application/x-www-form-urlencoded. Or let gsa send it: gsa exchange'
        : (parameterFixes[parameter] ??
          `Send ${parameter} in a body with Content-Type: application/x-www-form-urlencoded. To check, print the request without its secrets.`),
  ),
  client_secret_missing: row(
    Exit.Refused,
    () =>
      'The token request has no client_secret. Google requires it for "Web application" and "Desktop app" clients, even with PKCE.',
    () =>
      'Send the client_secret from the downloaded JSON. In an app, where it would not stay secret, use an Android or iOS client.',
  ),
  client_credentials_conflict: row(
    Exit.Refused,
    () => 'The request names two clients: one in its Authorization header and a different one in its body.',
    () => 'Send client_id and client_secret in one place only: in the body, or as basic authentication.',
  ),
  account_gone: row(
    Exit.Refused,
    () => 'The account of this token was deleted or disabled.',
    () => 'Log in with another account, or have this one restored (Workspace: Admin console > Users).',
  ),
  refresh_token_as_code: row(
    Exit.Refused,
    () => 'A refresh token (1//…) was sent instead of an authorization code (4/…).',
    () =>
      'Use the refresh token grant: gsa refresh, or in the Node client setCredentials({ refresh_token }) instead of getToken(…).',
  ),
  grant_type_refused: row(
    Exit.Refused,
    () => 'The token request has no grant_type, or one that Google does not know.',
    () => 'Send grant_type=authorization_code or grant_type=refresh_token in a form-encoded body.',
  ),
  authorization_pending: row(
    Exit.LoginRequired,
    () => 'The user has not yet entered the code of the device login. This is not a failure.',
    () => 'Try again after the interval in the device response, and wait five seconds longer after each slow_down.',
  ),
  token_not_revocable: row(
    Exit.Refused,
    () => 'The token is not valid: it has expired or was revoked before.',
    () => 'There is nothing left to revoke. To see that the app is gone, open https://myaccount.google.com/connections',
  ),
  service_account_not_delegated: row(
    Exit.Refused,
    () => 'The service account is not allowed to act for users with these scopes: domain-wide delegation is missing.',
    () =>
      'Ask an administrator to add its client ID and scopes (Admin console > Security > API controls > Domain-wide delegation). For a personal account, use gsa login instead.',
  ),
  service_account_clock_wrong: row(
    Exit.Refused,
    () => 'The signed request of the service account (JWT) has the wrong time, or is valid for more than an hour.',
    () => 'Set the clock of the machine or container (timedatectl set-ntp true) and try again.',
  ),
  service_account_key_refused: row(
    Exit.Refused,
    () => 'The signature of the service account is invalid: its key was deleted, or damaged in transit.',
    () =>
      'Create a new key (console: IAM & Admin > Service Accounts > Keys). If it comes from an environment variable, turn each \\n in private_key back into a line break.',
  ),
  session_state_lost: row(
    Exit.VerificationFailed,
    () => 'The returned state is not in the session: the session cookie was lost, or the response was used twice.',
    () =>
      'Use one address everywhere (not both localhost and 127.0.0.1) and one session store for all workers. Then start again at the sign-in page.',
  ),
  scope_changed: row(
    Exit.Refused,
    () =>
      'The granted scopes differ from the requested ones, so the library stops. Google adds openid and writes email and profile in full, or a box was left unticked.',
    () =>
      'Request openid, https://www.googleapis.com/auth/userinfo.email and …/userinfo.profile by these names. Or set OAUTHLIB_RELAX_TOKEN_SCOPE=1 and check the granted scopes yourself.',
  ),
  iss_parameter_refused: row(
    Exit.Refused,
    () => 'The library rejects the iss parameter, which Google now adds to its responses (RFC 9207).',
    () =>
      "Update the library, or load authorization_response_iss_parameter_supported from Google's discovery document.",
  ),
}

const idToken = {
  id_token_key_unknown: row(
    Exit.VerificationFailed,
    () =>
      'The key that signed the ID token is not among the keys that your program has: they are out of date, or another issuer signed the token.',
    () =>
      'Fetch https://www.googleapis.com/oauth2/v3/certs again. To see the issuer, run gsa id-token verify. Firebase tokens (issuer securetoken.google.com) are signed with other keys.',
  ),
}

const api = {
  access_token_invalid: row(
    Exit.Refused,
    () => 'The access token has expired (it is valid for an hour) or was revoked.',
    () => 'Get a new one: gsa refresh. In scripts, call gsa token before each use. If that fails: gsa login',
  ),
  access_token_missing: row(
    Exit.Refused,
    () => 'The request has no access token, so refreshing one does not help.',
    () => 'Send one in a header: curl -H "$(gsa token --header)" URL. Or let gsa send the request: gsa api PATH',
  ),
  service_account_without_storage: row(
    Exit.Refused,
    () => 'The upload failed because a service account has no Drive storage of its own.',
    () => 'Upload as a user (gsa login, then gsa drive put FILE) or, in a Workspace organization, to a shared drive.',
  ),
}

const apps = {
  android_app_not_registered: row(
    Exit.Refused,
    () =>
      'Google does not know this Android app (DEVELOPER_ERROR): no client of the project has its package name and SHA-1, or the client ID that it passes is not a web client ID.',
    () =>
      'In the project of the web client, create an Android client for each SHA-1 (./gradlew signingReport; Play Console > App signing). In the app, pass the web client ID: gsa snippet android',
  ),
  android_wrong_server_client: row(
    Exit.Refused,
    () => 'The server client ID of the app belongs to an Android client, or to another project.',
    () =>
      'In the app, pass the ID of the "Web application" client in the same project to requestOfflineAccess. For the code, run: gsa snippet android',
  ),
  android_sign_in_failed: row(
    Exit.Refused,
    () =>
      'Sign-in failed on the device (12500). Usually the SHA-1 or the web client ID is wrong, or Google Play services is out of date.',
    () =>
      'Register the package name and SHA-1 of this build (./gradlew signingReport) in the console (Google Auth Platform > Clients), update Google Play services, and try again.',
  ),
  android_sign_in_cancelled: row(
    Exit.LoginRequired,
    () =>
      'The user cancelled the sign-in (12501 or 16), or the app is not registered, which results in the same error.',
    () =>
      'Try again and choose an account. If the dialog closes by itself, register the package name and SHA-1 of this build in the console (Google Auth Platform > Clients).',
  ),
  android_sign_in_running: row(
    Exit.LoginRequired,
    () => 'The app started a sign-in while another one was still running (12502).',
    () =>
      'Start it only once: disable the button until the first sign-in returns. For the code, run: gsa snippet android',
  ),
  android_sign_in_required: row(
    Exit.LoginRequired,
    () => 'The app signed in silently, but this user has to choose an account or consent first (SIGN_IN_REQUIRED, 4).',
    () => 'Let the user start the sign-in with a button. For the code, run: gsa snippet android',
  ),
  android_play_services_unusable: row(
    Exit.Refused,
    () => 'Google Play services is missing, disabled or out of date on this device.',
    () =>
      'Enable and update Google Play services in the Play Store app. For an Android emulator, choose a system image with Google Play.',
  ),
  android_no_credential: row(
    Exit.LoginRequired,
    () =>
      'Credential Manager found no account to offer: the device has no Google account, or none of them has used this app before.',
    () =>
      'Add a Google account to the device. To offer accounts that are new to the app, call setFilterByAuthorizedAccounts(false), as this code does: gsa snippet android',
  ),
  client_of_another_project: row(
    Exit.Refused,
    () => 'The client ID of the app and its server client ID belong to different projects (invalid_audience).',
    () => 'Use two IDs from one project (on iOS: GIDClientID and GIDServerClientID). See: gsa snippet ios',
  ),
  audience_not_a_client: row(
    Exit.Refused,
    () => 'The server client ID of the app is not a client ID.',
    () => 'Set GIDServerClientID or serverClientId to the web client ID (…apps.googleusercontent.com): gsa snippet ios',
  ),
  ios_url_scheme_missing: row(
    Exit.Refused,
    () => 'The iOS app does not declare the URL scheme that Google redirects to.',
    () =>
      'Add the reversed client ID (com.googleusercontent.apps.…) to CFBundleURLSchemes in Info.plist. To print it: gsa snippet ios',
  ),
  origin_not_registered: row<{ origin: string | null }>(
    Exit.Refused,
    ({ origin }) =>
      `The origin of the page${origin === null ? '' : `, ${origin},`} is not registered for this client (origin_mismatch).`,
    () =>
      'Add it without a path to "Authorized JavaScript origins" (Google Auth Platform > Clients > your web client). On localhost, add it both with and without the port. This can take a few minutes.',
  ),
  popup_not_opened: row(
    Exit.Refused,
    () => 'The browser did not open the sign-in window.',
    () => 'Call requestCode() directly in the click handler of a button, and allow pop-ups for the page.',
  ),
  popup_closed: row(
    Exit.LoginRequired,
    () => 'The user or the page itself closed the sign-in window before sign-in was complete.',
    () =>
      'Try again. If the window closes by itself, serve your page with Cross-Origin-Opener-Policy: same-origin-allow-popups, and register its origin in the client ("Authorized JavaScript origins").',
  ),
}

/** Failures of apps, browsers and other programs. `gsa` never throws them; `gsa explain` recognizes their texts. */
export const otherPrograms = { ...authorizationPage, ...tokenEndpoint, ...idToken, ...api, ...apps }
