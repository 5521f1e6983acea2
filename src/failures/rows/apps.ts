import { Exit } from '../exit.ts'
import { row } from '../row.ts'

/** Errors in Android, iOS and web apps. */
export const appsRows = {
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
      'The user cancelled the sign-in (12501 or 16 on Android, -5 on iOS). On Android, an app that is not registered results in the same error.',
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
  server_client_id_missing: row(
    Exit.Refused,
    () => 'The app did not pass a server client ID to the sign-in SDK, so there is no code for a backend.',
    () =>
      'Pass the ID of the "Web application" client as serverClientId, webClientId or GIDServerClientID. Check that the variable is set in the build. See: gsa snippet android',
  ),
  android_account_reauth_failed: row(
    Exit.LoginRequired,
    () =>
      'Google Play services could not sign the account in again ([16] Account reauth failed). Usually the app is not registered with this package name and SHA-1.',
    () =>
      'Create an Android client for each SHA-1 (./gradlew signingReport; Play Console > App signing) and pass the web client ID. If both are correct, remove the account from the device and add it again.',
  ),
  ios_client_id_missing: row(
    Exit.Refused,
    () =>
      'The iOS app has no client ID: GIDClientID is missing in Info.plist, and no configuration was set before sign-in.',
    () =>
      'Add GIDClientID with the ID of the iOS client to Info.plist, or set GIDSignIn.sharedInstance.configuration before sign-in. See: gsa snippet ios',
  ),
  ios_keychain_entitlement: row(
    Exit.Refused,
    () => 'The sign-in SDK cannot use the keychain: the app has no keychain entitlement, or is not signed.',
    () =>
      'In Xcode, add the capability "Keychain Sharing" and sign the app with a team. On macOS, add the group $(AppIdentifierPrefix)com.google.GIDSignIn.',
  ),
  ios_app_check: row(
    Exit.Refused,
    () => 'App Check rejected the iOS app, so Google refuses the sign-in.',
    () =>
      'Register the app for App Attest in Firebase (App Check), call configure on GIDSignIn.sharedInstance before sign-in, and use a debug token on simulators. Or turn off enforcement for the iOS client.',
  ),
  fedcm_refused: row(
    Exit.LoginRequired,
    () =>
      'The browser blocked FedCM, which shows the sign-in prompt: FedCM is turned off, the user dismissed the prompt recently, or no Google account is signed in.',
    () =>
      'Offer a button as well (renderButton, or requestCode() for a code). To test, sign in to Google, allow third-party sign-in for the page, and reset it with the icon left of the address.',
  ),
  third_party_cookies_blocked: row(
    Exit.Refused,
    () => "The browser blocks third-party cookies, which Google's old sign-in library (gapi.auth2) needs.",
    () =>
      'Replace gapi.auth2 with Google Identity Services: gsa snippet web. To test, allow third-party cookies for the page.',
  ),
}
