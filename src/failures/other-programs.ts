import { Exit } from './exit.ts'
import { row } from './row.ts'

const authorizationPage = {
  redirect_uri_not_registered: row<{ redirectUri: string | null }>(
    Exit.Refused,
    ({ redirectUri }) =>
      `The redirect URI of the authorization request${redirectUri === null ? '' : `, ${redirectUri},`} is not registered for this client (redirect_uri_mismatch).`,
    () =>
      'Register it in the console (Clients, your client, "Authorized redirect URIs") exactly as it is sent: scheme, host, port, path, trailing slash. For a port that changes, use a "Desktop app" client, which needs no registration.',
  ),
  redirect_uri_not_secure: row(
    Exit.Refused,
    () => 'The redirect URI breaks a rule of Google: it is neither https nor an address of this machine.',
    () => 'Use https://…, or in development http://127.0.0.1:PORT or http://localhost:PORT.',
  ),
  redirect_uri_private_address: row(
    Exit.Refused,
    () => 'The redirect URI has a private IP address (10.…, 172.16.…, 192.168.…), which Google does not take.',
    () => 'Open the app as http://localhost:PORT and register that, or give it a public name with https.',
  ),
  redirect_scheme_not_allowed: row(
    Exit.Refused,
    () =>
      'A redirect URI with a scheme of an app (com.example.app:/…) was sent with a client of type "Web application".',
    () =>
      'In the app, use a client of the type Android or iOS. If a backend needs the code, ask for a serverAuthCode instead: gsa snippet android',
  ),
  custom_scheme_disabled: row(
    Exit.Refused,
    () => 'The Android client may not use a redirect URI with a scheme of its own, which Google has switched off.',
    () =>
      "Ask with Google's AuthorizationClient instead (gsa snippet android). To stay with the scheme: console, Clients, your Android client, Advanced settings, Enable custom URI scheme.",
  ),
  oob_flow_blocked: row(
    Exit.Refused,
    () => 'The program asks for a code to copy (urn:ietf:wg:oauth:2.0:oob), which Google has switched off.',
    () =>
      'Update the program to one that listens on 127.0.0.1, as gsa login does; where the browser is on another machine: gsa login --start',
  ),
  loopback_flow_blocked: row(
    Exit.Refused,
    () =>
      'A redirect to this machine was asked for with a client of type Android, iOS or Chrome, which may not have one.',
    () => 'Create a client of the type "Desktop app" in the same project, and use its JSON.',
  ),
  authorization_request_cut: row<{ parameter: string }>(
    Exit.Refused,
    ({ parameter }) =>
      `The authorization request came without ${parameter}: as a rule its URL was cut, by a shell at the first "&" or by a line break.`,
    () =>
      'Put the URL in quotes, or copy the whole of it. On Windows, open it with rundll32 url.dll,FileProtocolHandler instead of start.',
  ),
  authorization_request_malformed: row(
    Exit.Refused,
    () =>
      'Google showed its "unknown error" page: the authorization request is malformed, or something failed on its side.',
    () => 'Try once more in a private window. If it stays, look for empty or doubled parameters in the URL.',
  ),
  client_id_missing: row(
    Exit.Refused,
    () => 'The request has no client_id: a variable was empty, or the body was not sent as a form.',
    () =>
      'Print the request without its secrets: client_id must be there, and a body needs Content-Type: application/x-www-form-urlencoded.',
  ),
  scope_invalid: row<{ scopes: string | null }>(
    Exit.Refused,
    ({ scopes }) =>
      `Google does not know ${scopes === null ? 'one of the scopes that were asked for' : `these scopes, or does not offer them to this client: ${scopes}`} (invalid_scope).`,
    () =>
      'Write each in full (https://www.googleapis.com/auth/drive.appdata), without a trailing slash and with one space between two; the list is at https://developers.google.com/identity/protocols/oauth2/scopes',
  ),
  interaction_required: row(
    Exit.LoginRequired,
    () => 'Nobody may be asked in this request (prompt=none), but the user has to sign in or consent.',
    () => 'Ask again without prompt=none.',
  ),
  app_in_testing: row(
    Exit.Refused,
    () => 'The app is in "Testing", and this account is not one of its test users (access_denied).',
    () => 'In the console under Audience, add the account to the test users, or publish the app.',
  ),
  app_not_verified: row(
    Exit.Refused,
    () => 'The app asks for sensitive scopes and was not verified by Google.',
    () =>
      'If it is your own: "Advanced", then "Go to …". For others, have it verified, or ask for less (drive.appdata, openid and email need no verification).',
  ),
  app_blocked: row(
    Exit.Refused,
    () => 'Google blocks this app: it was not verified and asks for scopes that are too sensitive for that.',
    () =>
      'Ask for less (drive.appdata or drive.file instead of drive), have the app verified, or in a Workspace make it "Internal" (console, Audience).',
  ),
  app_disabled: row(
    Exit.Refused,
    () => 'Google has switched off sign-in for this app until it is verified.',
    () => 'Only its owner can end this: console, Verification Center. Until then use a client of another project.',
  ),
  app_internal_only: row(
    Exit.Refused,
    () => 'The app is "Internal": only accounts of its own Workspace may use it (org_internal).',
    () => 'Sign in with an account of that Workspace, or set the app to "External" (console, Audience).',
  ),
  webview_blocked: row(
    Exit.Refused,
    () => 'The sign-in page was opened inside an app, in a web view, where Google refuses it (disallowed_useragent).',
    () =>
      'Open it in the browser of the system: Credential Manager or Custom Tabs on Android, GoogleSignIn or ASWebAuthenticationSession on iOS.',
  ),
  loopback_unreachable: row<{ address: string }>(
    Exit.Refused,
    ({ address }) =>
      `The browser came back to ${address}, where no program listens: it has ended, or runs on another machine.`,
    () =>
      'Start the login again and leave it running. If the browser is on another machine: gsa login --start, then gsa login --finish with the address that it ended on.',
  ),
}

const tokenEndpoint = {
  client_secret_missing: row(
    Exit.Refused,
    () => 'The token request has no client_secret; Google wants it from Web and Desktop clients even with PKCE.',
    () =>
      'Send the client_secret of the downloaded JSON. In an app, where it could not stay secret, use a client of the type Android or iOS.',
  ),
  client_credentials_conflict: row(
    Exit.Refused,
    () => 'One request names two clients: another one in its Authorization header than in its body.',
    () => 'Send client_id and client_secret in one place only: in the body, or as basic authorization.',
  ),
  account_gone: row(
    Exit.Refused,
    () => 'The account that the token belongs to was deleted or disabled.',
    () => 'Log in with another account, or have this one restored (Workspace: Admin console, Users).',
  ),
  refresh_token_as_code: row(
    Exit.Refused,
    () => 'A refresh token (1//…) was sent where an authorization code (4/…) belongs.',
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
    () => 'The user has not yet entered the code of the device login; this is no failure.',
    () => 'Ask again after the interval of the device answer, five seconds longer after each slow_down.',
  ),
  token_not_revocable: row(
    Exit.Refused,
    () => 'The token is not valid: it has expired or was revoked before.',
    () => 'Nothing is left to revoke with it. That the app is gone shows at https://myaccount.google.com/connections',
  ),
  service_account_not_delegated: row(
    Exit.Refused,
    () => 'The service account may not act for users with these scopes: domain-wide delegation is missing.',
    () =>
      'An administrator enters its client id and the scopes: Admin console, Security, API controls, Domain-wide delegation. A personal account needs gsa login instead.',
  ),
  service_account_clock_wrong: row(
    Exit.Refused,
    () => 'The signed request of the service account (JWT) is dated wrong, or is to live for more than an hour.',
    () => 'Set the clock of the machine or the container (timedatectl set-ntp true), and try again.',
  ),
  service_account_key_refused: row(
    Exit.Refused,
    () => 'The signature of the service account is not valid: its key was deleted, or was damaged on the way.',
    () =>
      'Make a new key (console, IAM & Admin, Service Accounts, Keys); from an environment variable, turn every \\n of private_key back into a line break.',
  ),
  session_state_lost: row(
    Exit.VerificationFailed,
    () => 'The state that came back is not in the session: its cookie is lost, or the answer was used twice.',
    () =>
      'Use one address throughout (not localhost here and 127.0.0.1 there), one session store for all workers, and begin again at the sign-in page.',
  ),
  scope_changed: row(
    Exit.Refused,
    () =>
      'The library stops because other scopes were granted than asked for: Google adds openid and writes email and profile in full, or a box was left unticked.',
    () =>
      'Ask for openid, https://www.googleapis.com/auth/userinfo.email and …/userinfo.profile under these names. OAUTHLIB_RELAX_TOKEN_SCOPE=1 goes on; then check the granted scopes yourself.',
  ),
  iss_parameter_refused: row(
    Exit.Refused,
    () => 'The library refuses the parameter iss, which Google now adds to its answers (RFC 9207).',
    () =>
      'Update the library, or take authorization_response_iss_parameter_supported from the discovery document of Google.',
  ),
}

const idToken = {
  id_token_key_unknown: row(
    Exit.VerificationFailed,
    () =>
      'The key of the ID token is not among those at hand: they are out of date, or the token is of another issuer.',
    () =>
      'Fetch https://www.googleapis.com/oauth2/v3/certs anew. See who issued it with gsa id-token verify: a token of Firebase (securetoken.google.com) has keys of its own.',
  ),
}

const api = {
  access_token_invalid: row(
    Exit.Refused,
    () => 'The access token has expired (it lives for an hour) or was revoked.',
    () => 'Get a new one: gsa refresh. In scripts, call gsa token before each use. If that is refused: gsa login',
  ),
  access_token_missing: row(
    Exit.Refused,
    () => 'The request came without an access token, so refreshing one does not help.',
    () => 'Send it as a header: curl -H "$(gsa token --header)" URL, or let gsa do it: gsa api PATH',
  ),
  service_account_without_storage: row(
    Exit.Refused,
    () => 'A service account has no space in Drive, and what it uploads counts as its own.',
    () => 'Upload as a user (gsa login, then gsa drive put FILE), or in a Workspace to a shared drive.',
  ),
}

const apps = {
  android_app_not_registered: row(
    Exit.Refused,
    () =>
      'Google does not know this Android app: no client of the project has its package name and SHA-1, or the id that it asks with is no web client id (DEVELOPER_ERROR).',
    () =>
      'Create an Android client for each SHA-1 (./gradlew signingReport, and Play Console, App signing) in the project of the web client, and pass the web client id in the code: gsa snippet android',
  ),
  android_wrong_server_client: row(
    Exit.Refused,
    () => 'The app asks for a code with the id of an Android client, or of another project, as its server client id.',
    () => 'Pass the id of the client of type "Web application" of the same project: gsa snippet android',
  ),
  android_sign_in_failed: row(
    Exit.Refused,
    () =>
      'Sign-in failed on the device (12500): as a rule the SHA-1 or the web client id is wrong, or Google Play services are out of date.',
    () =>
      'Register package name and SHA-1 of this build (./gradlew signingReport) in the console, update Play services, and try again.',
  ),
  android_sign_in_cancelled: row(
    Exit.LoginRequired,
    () => 'The user cancelled the sign-in (12501), or the app is not registered, which looks the same.',
    () =>
      'Try again and choose an account. If it closes by itself, register package name and SHA-1 of this build in the console.',
  ),
  android_no_credential: row(
    Exit.LoginRequired,
    () => 'Credential Manager found no account to offer: none is on the device, or none has used this app before.',
    () =>
      'Add a Google account to the device, call setFilterByAuthorizedAccounts(false), and pass the web client id: gsa snippet android',
  ),
  client_of_another_project: row(
    Exit.Refused,
    () => 'The client id of the app and its server client id belong to two projects (invalid_audience).',
    () => 'Take both ids from one project: GIDClientID and GIDServerClientID on iOS; gsa snippet ios',
  ),
  audience_not_a_client: row(
    Exit.Refused,
    () => 'The server client id that the app names is no client id.',
    () =>
      'Name the web client id (…apps.googleusercontent.com) as GIDServerClientID or serverClientId: gsa snippet ios',
  ),
  ios_url_scheme_missing: row(
    Exit.Refused,
    () => 'The iOS app does not declare the URL scheme that Google leads back to.',
    () =>
      'Add the reversed client id (com.googleusercontent.apps.…) to CFBundleURLSchemes in Info.plist: gsa snippet ios prints it.',
  ),
  origin_not_registered: row<{ origin: string | null }>(
    Exit.Refused,
    ({ origin }) =>
      `The origin of the page${origin === null ? '' : `, ${origin},`} is not registered for this client (origin_mismatch).`,
    () =>
      'Add it in the console (Clients, your web client, "Authorized JavaScript origins"), without a path; on your machine both http://localhost and http://localhost:PORT. It can take a few minutes.',
  ),
  popup_not_opened: row(
    Exit.Refused,
    () => 'The browser did not open the sign-in window.',
    () => 'Call requestCode() directly in the click of a button, and allow pop-ups for the page.',
  ),
  popup_closed: row(
    Exit.LoginRequired,
    () => 'The sign-in window was closed before it was done, by the user or by the page itself.',
    () =>
      'Try again. If it closes by itself, send Cross-Origin-Opener-Policy: same-origin-allow-popups and check the JavaScript origins of the client.',
  ),
}

/**
 * What fails in apps, in browsers and in other programs. `gsa` never throws these itself:
 * `gsa explain` knows them by their texts.
 */
export const otherPrograms = { ...authorizationPage, ...tokenEndpoint, ...idToken, ...api, ...apps }
