import { Exit } from '../exit.ts'
import { row } from '../row.ts'

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

/** Errors of the token endpoint that `gsa` itself never causes, and of the libraries that call it. */
export const tokenEndpointRows = {
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
  token_endpoint_wrong: row(
    Exit.Refused,
    () => 'The token request went to a wrong address or used a wrong method.',
    () =>
      'Send it with POST to https://oauth2.googleapis.com/token. Read the address from https://accounts.google.com/.well-known/openid-configuration rather than typing it.',
  ),
  exchange_failed_at_provider: row(
    Exit.Refused,
    () => "Your sign-in service (Supabase, Auth0, Keycloak …) could not exchange Google's code and does not say why.",
    () =>
      'Usually its client secret is wrong or belongs to another client ID: paste the ID and the secret again. Its logs contain the error code of Google; pass that to gsa explain.',
  ),
  insecure_transport: row(
    Exit.Refused,
    () =>
      'The library refuses an address with http://. Behind a proxy that terminates TLS, the app sees http although users see https.',
    () =>
      'Forward the scheme (X-Forwarded-Proto) and trust that proxy in the app. For local development only, set OAUTHLIB_INSECURE_TRANSPORT=1.',
  ),
  dynamic_registration_unsupported: row(
    Exit.Refused,
    () => 'The program tries to register itself as a client (RFC 7591), which Google does not offer.',
    () =>
      "Create a client in the console (Google Auth Platform > Clients), register the program's callback URL for it, and enter its ID and secret in the settings of the program.",
  ),
  gmail_smtp_refused: row(
    Exit.Refused,
    () =>
      'The mail server refused the sign-in: the token is for another address, lacks the mail scope, or is not an access token.',
    () =>
      'Request https://mail.google.com/ and send an access token for exactly this address (XOAUTH2). Or use an app password: https://myaccount.google.com/apppasswords. Gmail rejects the account password.',
  ),
}
