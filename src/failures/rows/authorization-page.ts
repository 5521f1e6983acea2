import { Exit } from '../exit.ts'
import { row } from '../row.ts'

// For a text that has only the title of Google's error page (isOnlyTitle), the cause is a guess.
const passTheDetails = 'To be certain, click "error details" on the page and pass those lines: gsa explain -'

/** Errors on Google's pages, and in the browser on the way back. */
export const authorizationPageRows = {
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
  scope_missing: row(
    Exit.Refused,
    () => 'The authorization request has no scope.',
    () =>
      'Add one: scope=openid email https://www.googleapis.com/auth/drive.appdata, URL-encoded. If your code sets it from a variable, check that it is not empty. With gsa: gsa login --scope drive.appdata',
  ),
  app_sign_in_rate_limit: row(
    Exit.Refused,
    () =>
      'The app has reached its limit for new users, so Google stops sign-ins (rate_limit_exceeded). API quotas are unrelated.',
    () =>
      'The owner of the app can request a higher limit or have the app verified in the console (Google Auth Platform > Audience). Until then, try again tomorrow, or use your own client.',
  ),
  advanced_protection: row(
    Exit.Refused,
    () => 'The account is enrolled in Advanced Protection, which allows only a few apps (policy_enforced).',
    () =>
      'Use an account without Advanced Protection, or scopes that it allows. In a Workspace, an administrator can trust the client ID (Admin console > Security > API controls).',
  ),
  loopback_blocked_by_browser: row(
    Exit.Refused,
    () => 'The browser blocks a request from a public page to this machine (local network access).',
    () =>
      'Serve the page over https, and allow local network access for it in the site settings. Redirects to http://127.0.0.1 are not affected, only requests that a script sends.',
  ),
  client_deleted_unused: row(
    Exit.Refused,
    () => 'Google deletes OAuth clients that are unused for six months. This one was deleted or soon will be.',
    () =>
      'Use it before the date in the warning, with gsa login or gsa refresh. For 30 days, a deleted client can be restored in the console (Google Auth Platform > Clients).',
  ),
  redirect_uri_malformed: row<{ problem: string }>(
    Exit.Refused,
    ({ problem }) => `Google rejects the redirect URI of the authorization request as malformed: ${problem}.`,
    () =>
      'Write an absolute URL: http://localhost:3000/callback in development, otherwise https with a public host name. For an app scheme, write com.googleusercontent.apps.…:/PATH with one slash.',
  ),
}
