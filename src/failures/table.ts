import { humanDuration } from '../core/human-duration.ts'
import { storePlace } from '../core/store-place.ts'
import { Exit } from './exit.ts'
import { otherPrograms } from './other-programs.ts'
import { type RankedCause, type Refusal, refusalCause, refusalFix } from './refusal-causes.ts'
import { row } from './row.ts'
import { typedCommand } from './typed-command.ts'

interface OAuthError {
  readonly error: string
  readonly description: string | null
}
// Google's descriptions end with a full stop, which does not fit inside parentheses.
const wire = ({ error, description }: OAuthError): string =>
  description === null ? error : `${error}: ${description.replace(/\.$/, '')}`

/** Where users see the apps with access to their account. `page` is Google's, or null for another server. */
const appsAt = (page: string | null): string =>
  page === null ? 'in your account settings at that server' : `at ${page}`
const ownSettings = 'use your account settings at the server'

/** Whether the code came from gsa login --finish: its app is gsa itself, and only that login can use it (PKCE). */
interface FromTwoSteps {
  readonly isTwoStep?: boolean
}
const startAgain = 'Log in again, and finish with the address where the browser ends in that login: gsa login --start'

const isMalformed = ({ description }: OAuthError): boolean => /malformed/i.test(description ?? '')

// The console's term, and the member of the client secrets file.
const clientTypes: Readonly<Record<string, string>> = {
  web: '"Web application" (web)',
  installed: '"Desktop app" (installed)',
}
const consoleType = (type: string): string => clientTypes[type] ?? type

const list = (items: readonly string[]): string => items.join(', ')

/** Lists commands to choose from, one per line. */
const choices = ({ accounts, commands }: AccountChoices): string => {
  const more = accounts.length - commands.length
  const lines = more > 0 ? [...commands, `… and ${more} more, see: gsa accounts`] : commands
  return lines.map((line) => `\n  ${line}`).join('')
}

/** The accounts that a command could mean, with the command to type for each. */
interface AccountChoices {
  readonly accounts: readonly {
    readonly email: string | null
    readonly sub: string
    readonly clientId: string
    readonly store: string
  }[]
  readonly commands: readonly string[]
}

/** Returns the fix for an administrator's policy or an internal app, at whichever endpoint Google reports it. */
const policyFix = (error: string): string | undefined =>
  error === 'admin_policy_enforced'
    ? 'Ask your Workspace administrator to trust this client ID for these scopes.'
    : error === 'org_internal'
      ? 'Log in with an account of the organization that owns the app, or set the user type to "External" in the console (Google Auth Platform > Audience).'
      : undefined

const emulatorClientFix = (file: string): string =>
  `Create one for the emulator: gsa emulator client-secrets --type web > ${file} (desktop for gsa login, tv for --device). Then add: --client-secrets ${file}`

const pageOfClients = 'in the console (Google Auth Platform > Clients)'
const asJson = '{"web":{"client_id":"…","client_secret":"…"}}'

/** The fixes for a client secrets file, by the kind of its problem. */
const clientFileFixes = {
  add_secret: () =>
    'Add a secret in the console (Google Auth Platform > Clients > your client > Client secrets > Add secret) and download the JSON immediately: Google shows a secret only once.',
  decode: (file: string) => `Decode it, and pass the result: base64 -d < ${typedCommand([file])} > client_secret.json`,
  write_json: () =>
    `Write its client ID and secret as JSON: ${asJson}, with "installed" instead of "web" for a "Desktop app". Then pass that file.`,
  wrap: () =>
    'Wrap the whole content in {"web": …} if the client is a "Web application", or in {"installed": …} if it is a "Desktop app".',
  unwrap: () => 'Keep only the object with the member "web" or "installed", and remove everything around it.',
  repair: () =>
    `Correct it in an editor. This is enough: ${asJson}, with "installed" instead of "web" for a "Desktop app".`,
  decrypt: () => 'Decrypt or fetch it first, with the tool that your repository uses. Then pass the result.',
  unpack: () => 'Unpack it, and pass the client_secret_*.json that it contains.',
  from_kubernetes: () =>
    String.raw`Decode the file in it: kubectl get secret NAME -o jsonpath='{.data.client_secret\.json}' | base64 -d > client_secret.json (with the name of its entry). Then pass that file.`,
  copy_id: () =>
    `Nothing was sent. Copy the client ID ${pageOfClients}: it looks like 123-abc.apps.googleusercontent.com. For the client of another server, add --issuer URL.`,
  save_json: () =>
    `Open the client ${pageOfClients}, add a secret there, and choose "Download JSON" instead of saving the page.`,
} as const

/** The name of a fix for a client secrets file. */
export type ClientFileFix = keyof typeof clientFileFixes

const whereIdTokenIs = 'the member id_token of a token response, or idToken in an app'

/** The fixes for a text in place of an ID token, and for a token of another issuer. */
const idTokenFixes = {
  access_token: () => `Pass the ID token of the same login: ${whereIdTokenIs}. The scope openid requests one.`,
  authorization_code: () =>
    'Exchange the code, which also verifies the ID token of the response: gsa exchange. A code works only once.',
  refresh_token: () => `Pass the ID token of the same login: ${whereIdTokenIs}. Never send a refresh token to others.`,
  client_secret: () =>
    `Pass an ID token: ${whereIdTokenIs}. The client secret belongs only in the client secrets file.`,
  client_id: () => `Pass an ID token: ${whereIdTokenIs}. To name the expected client, use --audience CLIENT_ID.`,
  no_id_token: () =>
    'Request the scope openid. In an app, configure the ID of your web client (serverClientId, webClientId) and sign in again.',
  jwt_access_token: () =>
    `Pass the ID token of the same login: ${whereIdTokenIs}. Only the API that an access token is for can verify it.`,
  service_account: () =>
    'A service account sends it to the token endpoint to get a token. To get an ID token of a service account: gcloud auth print-identity-token --audiences=AUDIENCE',
  custom_token: () =>
    'An app signs in to Firebase with it (signInWithCustomToken) and gets a Firebase ID token. Verify that with the Firebase Admin SDK (verifyIdToken).',
  firebase: () =>
    'Verify it with the Firebase Admin SDK (verifyIdToken, verifySessionCookie). For gsa, pass the ID token that the app got from Google before it signed in to Firebase.',
  encrypted: () =>
    `Only its receiver can decrypt it. Google signs ID tokens and does not encrypt them. Pass that one: ${whereIdTokenIs}.`,
  other_token: () => `Pass the ID token: ${whereIdTokenIs}.`,
  object_name: () =>
    `Print the token itself, not the object that contains it: ${whereIdTokenIs}, or tokenString on iOS.`,
  no_value: () =>
    `Print the token itself: ${whereIdTokenIs}. If that is empty, request the scope openid, and configure the ID of your web client in the app.`,
  decoded: () =>
    'Only the token itself can be verified. Pass it as it was before it was decoded: three parts separated by dots, the first of which begins with eyJ.',
  shortened: () =>
    'A log or a terminal shortened it. Copy the token from the response itself, for example into a file, and run: gsa id-token verify - < FILE',
  several: () => 'Pass only the ID token, or the text with its name (id_token or idToken) before it.',
  other_issuer: (name: string) =>
    `The token claims to be from ${name}, not from the expected issuer. Verify it with its issuer's keys (--issuer URL), or pass an ID token that Google issued.`,
  google_issuer: () =>
    'The token claims to be from Google, but gsa uses another server: unset GSA_EMULATOR_HOST and GSA_ISSUER, and leave out --issuer.',
  emulator_issuer: () =>
    'The token claims to be from a test server. To verify it with the keys of an emulator, set GSA_EMULATOR_HOST=HOST:PORT.',
} as const

/** The name of a fix for a text in place of an ID token. */
export type IdTokenHint = keyof typeof idTokenFixes

type ForeignReason = 'other_machine' | 'other_user'

const whoseServer = (reason: ForeignReason): string =>
  reason === 'other_user' ? 'which another user on this machine runs' : 'which runs on another machine'

// Where each language gets its trusted certificates from.
const trustCommands: Readonly<Record<string, string>> = {
  JavaScript: 'set NODE_EXTRA_CA_CERTS to its CA certificate',
  Python: 'set REQUESTS_CA_BUNDLE and SSL_CERT_FILE to a bundle with its CA certificate',
  PHP: 'set curl.cainfo and openssl.cafile in php.ini to a bundle with its CA certificate',
  Java: 'add its CA certificate to the trust store of Java: keytool -importcert -cacerts',
  Go: 'add its CA certificate to the system, or set SSL_CERT_FILE',
  Ruby: 'set SSL_CERT_FILE to a bundle with its CA certificate',
  'C#': 'add its CA certificate to the trust store of the system',
}

const usage = {
  usage: row<{ problem: string; command: string }>(
    Exit.Usage,
    ({ problem }) => problem,
    ({ command }) => `See: ${command} --help`,
  ),
  answer_needed: row<{ question: string; flag: string }>(
    Exit.Usage,
    ({ question }) => `gsa needs an answer but cannot ask here: ${question}`,
    ({ flag }) => `Use ${flag}, or run gsa in a terminal without --no-input.`,
  ),
  url_not_allowed: row<{ name: string; url: string; problem: string }>(
    Exit.Usage,
    ({ name, url, problem }) => `${name} is "${url}", ${problem}.`,
    ({ name }) =>
      name === 'GSA_EMULATOR_HOST'
        ? 'Set it to the HOST:PORT of an emulator on this machine, such as 127.0.0.1:9077. For one with --tls on any machine, set it to https://HOST:PORT.'
        : `Set ${name} to an https URL, or to http://127.0.0.1:PORT or http://[::1]:PORT for a server on this machine.`,
  ),
  tls_switched_off: row<{ host: string }>(
    Exit.Usage,
    ({ host }) => `NODE_TLS_REJECT_UNAUTHORIZED=0 would let anyone impersonate ${host}, so nothing was sent.`,
    () => 'Unset it. Behind a company proxy, set NODE_EXTRA_CA_CERTS to the CA certificate of the proxy instead.',
  ),
  client_secrets_missing: row<{ usesEmulator: boolean }>(
    Exit.Usage,
    () => 'No OAuth client was specified.',
    ({ usesEmulator }) =>
      usesEmulator
        ? emulatorClientFix('client_secret.json')
        : 'Download the JSON of your client from the Google Cloud console (Google Auth Platform > Clients). Then pass it with --client-secrets FILE, or set GSA_CLIENT_SECRETS.',
  ),
  client_secrets_unreadable: row<{ file: string; problem: string; usesEmulator?: boolean }>(
    Exit.Usage,
    ({ file, problem }) => `Cannot read the client secrets file "${file}": ${problem}.`,
    ({ file, problem, usesEmulator }) =>
      usesEmulator === true
        ? emulatorClientFix(problem === 'it does not exist' ? file : 'client_secret.json')
        : 'Pass the path of the client_secret_*.json file that you downloaded from the console: --client-secrets FILE',
  ),
  client_secrets_invalid: row<{ file: string; problem: string; remedy?: ClientFileFix | undefined }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" is not a usable client secrets file: ${problem}.`,
    ({ file, remedy }) =>
      remedy !== undefined && Object.hasOwn(clientFileFixes, remedy)
        ? clientFileFixes[remedy](file)
        : `Use the file exactly as you downloaded it. If it is lost, add a secret ${pageOfClients} and download the JSON immediately: later downloads have no secret.`,
  ),
  client_secrets_wrong_kind: row<{ file: string; kind: string; wanted?: 'service_account' | 'client' }>(
    Exit.Usage,
    ({ file, kind, wanted }) =>
      wanted === undefined
        ? `"${file}" is ${kind}, not an OAuth client secrets file.`
        : wanted === 'service_account'
          ? 'The program expects the key file of a service account, but was given a file of another kind, such as that of an OAuth client.'
          : 'The program expects the client secrets file of a web or desktop client, but was given a file of another kind.',
    ({ wanted }) =>
      wanted === 'service_account'
        ? 'Create a key (console: IAM & Admin > Service Accounts > Keys) and pass its JSON, which has client_email and private_key. To act as a user instead, use a client library for user credentials.'
        : 'Create an OAuth client ("Web application" for codes from mobile and web apps, "Desktop app" for gsa login) and download its JSON.',
  ),
  client_secrets_foreign_endpoint: row<{ file: string; member: string; url: string }>(
    Exit.Usage,
    ({ file, member, url }) =>
      `"${file}" sets ${member} to ${url}, which is not a Google address, and no other server was chosen.`,
    () =>
      'For the emulator, set GSA_EMULATOR_HOST=127.0.0.1:PORT (or pass --issuer URL). Otherwise, use the file exactly as you downloaded it.',
  ),
  google_client_elsewhere: row<{ clientId: string; server: string; reason: ForeignReason }>(
    Exit.Usage,
    ({ clientId, server, reason }) =>
      `The client ${clientId} is a Google client, but the server is ${server}, ${whoseServer(reason)}. Nothing was sent.`,
    ({ server }) =>
      `To use Google, unset GSA_EMULATOR_HOST and GSA_ISSUER. To send the client secret to that server, add: --issuer ${server}`,
  ),
  google_token_elsewhere: row<{ url: string; reason: ForeignReason }>(
    Exit.Usage,
    ({ url, reason }) =>
      `The access token is for Google, but GSA_DRIVE_URL is ${url}, ${whoseServer(reason)}. Nothing was sent.`,
    () => 'Unset GSA_DRIVE_URL, or choose an account of that server with --issuer URL or --account NAME.',
  ),
  client_type_unsuitable: row<{ type: string; purpose: string; needed: string }>(
    Exit.Usage,
    ({ type, purpose, needed }) =>
      `The client is of type ${consoleType(type)}, but ${purpose} needs ${consoleType(needed)}.`,
    ({ needed }) => `Pass the JSON of a ${consoleType(needed)} client in the same project: --client-secrets FILE`,
  ),
  loopback_redirect_uri_missing: row<{ registered: readonly string[]; wanted: string; port: number }>(
    Exit.Usage,
    ({ registered, port }) =>
      `This web client cannot log in here: none of its registered redirect URIs (${list(registered) || 'none'}) points to ${port === 0 ? 'this machine' : `port ${port} of this machine`}.`,
    ({ wanted }) =>
      `Register ${wanted} for the client ${pageOfClients}, and add it to redirect_uris in its file. Or use a "Desktop app" client, which needs no registration.`,
  ),
  redirect_uri_needed: row<{ from: string; found?: string; candidates?: readonly string[] }>(
    Exit.Usage,
    ({ from, found }) =>
      found === undefined
        ? `The redirect URI of this code is missing: a code from ${from === 'web' ? 'a redirect' : from} must be exchanged with the URI that it was sent to.`
        : `This code comes from a redirect (${found}), and gsa does not know the redirect URI that it was sent to.`,
    ({ found, candidates = [] }) =>
      candidates.length > 0
        ? `Add the one of the authorization request. The text has parts of ${list(candidates)}: --redirect-uri ${candidates[0]}`
        : `Add --redirect-uri URI exactly as in the authorization request, or paste the whole redirect URL.${found === undefined ? '' : ' If the code is from the web pop-up: --from web-popup'}`,
  ),
  code_missing: row<{ found: string }>(
    Exit.Usage,
    ({ found }) => `The input contains no authorization code: ${found}.`,
    () =>
      'Pass the serverAuthCode of your app. If it gets none: on Android, call requestOfflineAccess(webClientId); on iOS, set GIDServerClientID and sign in with a button (silent sign-in returns no code).',
  ),
  code_malformed: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `gsa cannot use this as an authorization code: ${problem}.`,
    ({ problem }) =>
      problem.startsWith('it is a refresh token')
        ? 'Nothing was sent. A refresh token needs no exchange: set GSA_REFRESH_TOKEN to it, then run gsa token.'
        : problem.includes('several codes')
          ? 'Pass only the last code of your app. Nothing was sent, so all of them are unchanged.'
          : 'Pass the whole code, unchanged (it starts with 4/ and has up to 256 characters). Nothing was sent, so the code is still valid.',
  ),
  redirect_url_needed: row<{ found: string; redirectUri: string }>(
    Exit.Usage,
    ({ found }) => `This is not the address that your browser ended on: ${found}.`,
    ({ redirectUri }) =>
      `Copy the whole address from the address bar: ${redirectUri}?… with state and code. Then run gsa login --finish again. The login is still pending.`,
  ),
  port_busy: row<{ port: number | null }>(
    Exit.Usage,
    ({ port }) => `${port === null ? 'The port' : `Port ${port}`} is already in use.`,
    () =>
      'Stop the program that uses it (perhaps another gsa), or choose another port: --port PORT (0 picks a free one)',
  ),
  localhost_taken: row<{ port: number }>(
    Exit.Usage,
    ({ port }) =>
      `Another program listens on [::1]:${port}, and a browser may connect to it when it opens localhost:${port}.`,
    () =>
      'Stop that program, or use 127.0.0.1 instead of localhost, in the registered redirect URI or in gsa serve --host.',
  ),
  address_unavailable: row<{ address: string; problem: string }>(
    Exit.Usage,
    ({ address, problem }) => `Cannot listen on ${address}: ${problem}.`,
    () => 'Choose another address or port: --host HOST --port PORT',
  ),
  emulator_setup_invalid: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `The emulator cannot continue: ${problem}.`,
    () => 'Fix that, or leave out the flag or variable. See: gsa emulator start --help',
  ),
  emulator_issuer_differs: row<{ host: string; issuer: string }>(
    Exit.Usage,
    ({ host, issuer }) => `The emulator at ${host} has the issuer ${issuer}, which programs of Google's refuse.`,
    () => 'Start it with: gsa emulator start --issuer https://accounts.google.com',
  ),
  emulator_not_impersonating: row<{ host: string }>(
    Exit.Usage,
    ({ host }) => `The emulator at ${host} does not stand in for Google's hosts.`,
    () => 'Start it with: gsa emulator start --impersonate',
  ),
  program_not_started: row<{ program: string; problem: string }>(
    Exit.Usage,
    ({ program, problem }) => `"${program}" cannot be started (${problem}).`,
    () => 'Check its name and that it is executable.',
  ),
  namespace_refused: row<{ reason: string; change: string }>(
    Exit.Usage,
    ({ reason }) => `gsa cannot give the program a hosts file and certificates of its own: ${reason}.`,
    ({ change }) => `${change}. If the program reads proxy variables, leave out --namespace.`,
  ),
  store_unknown: row<{ store: string }>(
    Exit.Usage,
    ({ store }) => `"${store}" is not a store that gsa supports.`,
    () =>
      'Use keychain (the default), file:PATH (an encrypted file), helper:NAME (docker-credential-NAME), postgres:URL (a database for several machines), or memory (until gsa exits).',
  ),
  store_does_not_last: row(
    Exit.Usage,
    () => 'A two-step login must be stored between its steps, but the memory store lasts only until gsa exits.',
    () => 'Choose a persistent store: --store keychain, --store file:PATH or --store helper:NAME',
  ),
  account_ambiguous: row<AccountChoices & { readonly account: string | null; readonly candidates: readonly string[] }>(
    Exit.Usage,
    ({ account }) =>
      account === null
        ? 'Several accounts are stored, and none of them is the default.'
        : `"${account}" matches several stored accounts.`,
    (d) =>
      `Set the default account with one of these commands, or name one for this command only with --account:${choices(d)}`,
  ),
  account_needed: row<AccountChoices>(
    Exit.Usage,
    ({ accounts }) =>
      accounts.length === 1
        ? 'No account was specified. Only one matches, but others exist or existed, so gsa does not assume that you mean it.'
        : 'Several accounts are stored, none was specified, and none is the default.',
    (d) => `Specify the account:${choices(d)}`,
  ),
  file_name_as_text: row<{ path: string; platform: string }>(
    Exit.Usage,
    ({ path }) => `"${path}" is the name of a file, but gsa explain needs the text in it.`,
    ({ path, platform }) =>
      platform === 'win32'
        ? `Pass its content: ${typedCommand(['type', path], 'win32')} | gsa explain -`
        : `Pass its content: gsa explain - < ${typedCommand([path], 'linux')}`,
  ),
  file_unreadable: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `Cannot read "${file}": ${problem}.`,
    () => 'Check the path and the permissions of the file.',
  ),
  file_unwritable: row<{ file: string; problem: string; flag?: string }>(
    Exit.Usage,
    ({ file, problem }) => `Cannot write "${file}": ${problem}.`,
    ({ flag }) =>
      flag === undefined
        ? 'Choose another file with --output FILE, or use --output - for standard output.'
        : `Choose another file: ${flag} FILE`,
  ),
  input_too_long: row<{ limit: number }>(
    Exit.Usage,
    ({ limit }) => `Standard input is longer than ${limit} bytes, which is more than this command expects.`,
    () => 'Pass only the relevant part: the code, the token, or the lines with the error.',
  ),
  file_invalid: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `Cannot use "${file}": ${problem}.`,
    () => 'Pass a different file.',
  ),
  passphrase_unusable: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `This passphrase cannot be used: ${problem}. Nothing was created.`,
    () => 'Run the command again with another passphrase, such as four or five random words.',
  ),
  node_too_old: row<{ version: string; needed: string }>(
    Exit.Usage,
    ({ version, needed }) => `gsa needs Node ${needed} or newer, but this is Node ${version}.`,
    ({ needed }) => `Install Node ${needed} or newer from https://nodejs.org, or run: nvm install 22`,
  ),
  app_file_wrong: row<{ file: string; problem: string; remedy: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" ${problem}.`,
    ({ remedy }) => remedy,
  ),
  peer_missing: row<{ name: string }>(
    Exit.Usage,
    ({ name }) => `The package ${name} is not installed.`,
    ({ name }) => `Install it next to gsa-cli: npm install ${name}`,
  ),
  output_failed: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `Cannot write the result to standard output: ${problem}.`,
    () => 'Free up space or redirect the output elsewhere, then run the command again.',
  ),
  store_has_no_tables: row<{ command: string }>(
    Exit.Usage,
    ({ command }) => `${command} is for PostgreSQL stores, but none is chosen.`,
    () => 'Choose it: --store postgres:URL (or set GSA_STORE).',
  ),
  database_url_invalid: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `The URL in --store postgres:URL (GSA_STORE) cannot be used: ${problem}.`,
    () =>
      'Use postgres:postgresql://USER@HOST:5432/DATABASE, with the password in PGPASSWORD, or only postgres: with the PG… variables.',
  ),
  database_pool_too_small: row(
    Exit.Usage,
    () => 'The pool has one connection, but gsa needs two: one for its locks, and one for everything else.',
    () => 'Create the pool with more: new Pool({ max: 10 })',
  ),
  database_not_encrypted: row<{ host: string }>(
    Exit.Usage,
    ({ host }) => `The database on ${host} would be reached without TLS, although it is on another machine.`,
    () =>
      'Use sslmode=verify-full in its URL (sslrootcert=FILE for a private CA). If the network is trusted, add --allow-plain-text-database.',
  ),
  binary_on_terminal: row(
    Exit.Usage,
    () => 'The content is not plain text, and its control characters could affect your terminal.',
    () => 'Write it to a file with -o FILE (gsa drive get), or redirect or pipe the output: gsa … > FILE',
  ),
  secret_misplaced: row<{ where: string; kind: string }>(
    Exit.Usage,
    ({ where, kind }) => `${where} contains a secret (${kind}), which does not belong there. Nothing was sent.`,
    ({ kind }) =>
      kind === 'authorization code'
        ? 'Pass the code on standard input: gsa exchange - < FILE'
        : kind === 'refresh token'
          ? 'To use a refresh token, set GSA_REFRESH_TOKEN. Delete this one from your shell history.'
          : kind === 'client secret' || kind.startsWith('JSON')
            ? 'Pass the path of the client_secret_*.json file. Delete the secret from your shell history.'
            : `Remove the ${kind} from there, and delete it from your shell history and settings files.`,
  ),
  redirect_uri_invalid: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `--redirect-uri is not a redirect URI: ${problem}. Nothing was sent.`,
    () =>
      'Pass the redirect URI exactly as registered. To use the address that your browser ended on, paste the whole address as the code: gsa exchange -',
  ),
  store_not_for_environment_token: row<{ command: string }>(
    Exit.Usage,
    ({ command }) => `${command} needs a store, but gsa uses none while GSA_REFRESH_TOKEN is set.`,
    () => 'Unset GSA_REFRESH_TOKEN and run the command again.',
  ),
  file_changed: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" changed during the upload: ${problem}. The upload was cancelled.`,
    () => 'Run the command again when no program writes to the file, or upload a copy of it.',
  ),
  upload_of_other_content: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" has changed since its unfinished upload: ${problem}.`,
    () => 'To discard the unfinished upload and send the current file, add --restart.',
  ),
  upload_running: row<{ file: string; owner: string }>(
    Exit.Usage,
    ({ file, owner }) => `${owner.charAt(0).toUpperCase()}${owner.slice(1)} is uploading "${file}" right now.`,
    () => 'Wait until it has finished, or use another name: --name NAME',
  ),
  upload_not_resumable: row<{ problem: string }>(
    Exit.Network,
    ({ problem }) => `The upload cannot be resumed: ${problem}.`,
    () => 'gsa cannot read standard input twice. Run the command again, or upload a file, which gsa can resume.',
  ),
  file_name_ambiguous: row<{ name: string; ids: readonly string[] }>(
    Exit.Usage,
    ({ name, ids }) => `The app folder has ${ids.length} files named "${name}": ${list(ids)}.`,
    () => 'Choose one with --id ID (names are not unique in Drive).',
  ),
  api_address_foreign: row<{ url: string; root: string }>(
    Exit.Usage,
    ({ url, root }) => `The access token is for ${root}, so gsa does not send it to "${url}".`,
    () => 'Pass a path such as /drive/v3/files, or the https URL of a Google API (https://NAME.googleapis.com/…).',
  ),
  drive_url_needed: row<{ issuer: string }>(
    Exit.Usage,
    ({ issuer }) =>
      `The account belongs to ${issuer}, but no Drive URL is set for that server. gsa does not send its token to Google.`,
    () => 'For the emulator, set GSA_EMULATOR_HOST=HOST:PORT; for another server, set GSA_DRIVE_URL=URL.',
  ),
}

const network = {
  unreachable: row<{ host: string; problem: string }>(
    Exit.Network,
    ({ host, problem }) => `${host} cannot be reached: ${problem}.`,
    ({ host, problem }) =>
      problem.startsWith('the device')
        ? 'Connect the device to the internet, then try again.'
        : host.startsWith('127.') || host.startsWith('[::1]')
          ? 'Start the server on that port (for the emulator: gsa emulator start), or set GSA_EMULATOR_HOST to the one that is running.'
          : 'Check your network connection, and HTTPS_PROXY if it is set. Then try again; stored data is unchanged.',
  ),
  timed_out: row<{ host: string; seconds: number }>(
    Exit.Network,
    ({ host, seconds }) => `${host} sent no complete response within ${humanDuration(seconds * 1000)}.`,
    () => 'Try again; stored data is unchanged.',
  ),
  tls_failed: row<{ host: string; problem: string; language?: string | undefined }>(
    Exit.Network,
    ({ host, problem }) => `The TLS connection to ${host} is not trusted: ${problem}.`,
    ({ language }) =>
      `Behind a company proxy, ${trustCommands[language ?? ''] ?? trustCommands['JavaScript']} (never disable verification). Otherwise, check the clock.`,
  ),
  proxy_refused: row<{ host: string; status: number }>(
    Exit.Network,
    ({ host, status }) => `The proxy rejected the connection to ${host} (HTTP status ${status}).`,
    ({ status }) =>
      status === 407
        ? 'The proxy needs a user name and password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT'
        : 'Check HTTPS_PROXY, or add the host to NO_PROXY.',
  ),
  invalid_answer: row<{ host: string; problem: string }>(
    Exit.Network,
    ({ host, problem }) => `${host} sent an unusable response: ${problem}.`,
    () =>
      'Look for a proxy or captive portal in between: gsa doctor. --debug shows each request and response without secrets.',
  ),
  rate_limited: row<{ service: string; reason: string | null; retryAfterSeconds: number | null }>(
    Exit.Network,
    ({ service, reason }) => `${service} rejected the request: too many requests in a short time (${reason ?? '429'}).`,
    ({ retryAfterSeconds, reason }) =>
      `Wait ${retryAfterSeconds === null ? 'a few minutes' : humanDuration(retryAfterSeconds * 1000)} and run the command again. ${reason === 'userRateLimitExceeded' ? 'The limit is per user, so run fewer commands at the same time' : 'The console shows the quota of the project (APIs & Services > Quotas)'}.`,
  ),
  server_failed: row<{ host: string; status: number; retryAfterSeconds?: number | null }>(
    Exit.Network,
    ({ host, status }) => `${host} responded with HTTP status ${status}.`,
    ({ retryAfterSeconds }) =>
      `Wait ${retryAfterSeconds == null || retryAfterSeconds < 60 ? 'a minute' : humanDuration(retryAfterSeconds * 1000)} and try again; stored data is unchanged.`,
  ),
  code_fate_unknown: row<FromTwoSteps & { readonly host: string; readonly problem: string }>(
    Exit.Network,
    ({ host, problem }) => `The code was sent to ${host}, but no usable response came back: ${problem}.`,
    ({ isTwoStep }) =>
      `${isTwoStep === true ? 'Begin again: gsa login --start' : 'Get a new code and try again'}. If it happens again, look for a proxy in between: gsa doctor`,
  ),
}

const loginRequired = {
  nothing_stored: row<{
    others: readonly string[]
    account?: string | null
    /** The choices that exclude the stored accounts, each with the flag or variable that made it. */
    chosen?: readonly string[]
    chosenBy?: readonly string[]
    stored?: readonly string[]
  }>(
    Exit.LoginRequired,
    ({ others, account, chosen = [], stored = [] }) =>
      others.length === 0
        ? 'No account is stored.'
        : `${account == null ? 'No account' : `"${account}"`} is ${account == null ? '' : 'not '}stored for ${chosen.join(' and ') || 'this client and server'}. Stored accounts: ${list(stored.length > 0 ? stored : others)}.`,
    ({ others, chosenBy = [] }) =>
      others.length === 0 || chosenBy.length === 0
        ? 'Log in: gsa login --client-secrets FILE (or exchange a code of your app: gsa exchange --client-secrets FILE). If the account list was lost: gsa accounts rebuild'
        : `To use a stored account, ${chosenBy.map((by) => (by.startsWith('--') ? `leave out ${by}` : `correct or unset ${by}`)).join(' and ')}. To add one here: gsa login --client-secrets FILE`,
  ),
  account_not_stored: row<{ account: string; stored: readonly string[] }>(
    Exit.LoginRequired,
    ({ account, stored }) => `"${account}" is not stored. Stored accounts: ${list(stored) || 'none'}.`,
    ({ account }) => `Log in: ${typedCommand(['gsa', 'login', '--login-hint', account])}`,
  ),
  credential_lost: row<{ account: string; store: string }>(
    Exit.LoginRequired,
    ({ account, store }) => `${account} is listed, but its credential is no longer ${storePlace(store)}.`,
    () => 'Log in again: gsa login',
  ),
  no_refresh_token: row<{ account: string | null; refusal?: (Refusal & { readonly at: string }) | null }>(
    Exit.LoginRequired,
    ({ account, refusal }) =>
      refusal == null
        ? account === null
          ? 'There is no refresh token: it was not stored, or none was issued (Google gives a web client one only at the first consent).'
          : `No refresh token is stored for ${account}: none was issued (Google gives a web client one only at the first consent), or it was rejected and removed.`
        : refusalCause(refusal, ` on ${refusal.at.slice(0, 10)} and removed`),
    ({ refusal }) =>
      refusal == null
        ? 'Ask for consent again: gsa login --force-consent. In your app: requestOfflineAccess(webClientId, true) on Android, prompt: "consent" on the web.'
        : refusalFix(refusal),
  ),
  no_token_to_revoke: row<{ account: string; page: string | null; remove: string }>(
    Exit.LoginRequired,
    ({ account }) =>
      `gsa cannot revoke access to ${account}: neither a refresh token nor a valid access token is stored. Nothing was deleted.`,
    ({ page, remove }) => `Remove the app ${appsAt(page)}, then delete the account here: ${remove}`,
  ),
  refresh_token_refused: row<
    Refusal & {
      readonly subtype: string | null
      readonly removed: boolean
      readonly causes: readonly RankedCause[]
      readonly clockAheadSeconds: number | null
    }
  >(
    Exit.LoginRequired,
    (d) => refusalCause(d),
    (d) => refusalFix(d),
  ),
  consent_denied: row(
    Exit.LoginRequired,
    () => 'Consent was denied in the browser. Nothing was stored.',
    () => 'Run gsa login again and choose Allow.',
  ),
  device_code_expired: row<{ seconds: number }>(
    Exit.LoginRequired,
    ({ seconds }) => `The code expired after ${humanDuration(seconds * 1000)} without approval. Nothing was stored.`,
    () => 'Run gsa login --device again and enter the new code at the address that it shows.',
  ),
  device_code_refused: row<OAuthError>(
    Exit.LoginRequired,
    (d) => `The device code is no longer valid (${wire(d)}): it was already used, or its approval was withdrawn.`,
    () => 'Nothing was stored. Get a new code: gsa login --device',
  ),
  device_login_timed_out: row<{ seconds: number }>(
    Exit.LoginRequired,
    ({ seconds }) => `The code was not approved within ${humanDuration(seconds * 1000)}. Nothing was stored.`,
    () =>
      'Get a new code: gsa login --device. Without --timeout, gsa waits until the code expires (at Google, after half an hour).',
  ),
  login_timed_out: row<{ seconds: number }>(
    Exit.LoginRequired,
    ({ seconds }) => `The browser login was not completed within ${humanDuration(seconds * 1000)}. Nothing was stored.`,
    () =>
      'Try again. --timeout 10m waits longer; gsa login --start is for a browser on another machine. If the page said access_denied, add a test user (console: Audience). For other errors, run: gsa explain',
  ),
  no_pending_login: row<{ store: string }>(
    Exit.LoginRequired,
    ({ store }) =>
      `No login is pending here (store: ${store}). It was started on another machine, by another user or with another store, or it is already finished.`,
    () =>
      'Run gsa login --finish where you ran gsa login --start, with the same --store. Or start again: gsa login --start',
  ),
  pending_login_expired: row<{ minutes: number }>(
    Exit.LoginRequired,
    ({ minutes }) =>
      `The login was started ${humanDuration(minutes * 60_000)} ago, but it must be finished within ten minutes.`,
    () => 'Start again: gsa login --start',
  ),
}

const refused = {
  code_refused: row<OAuthError & FromTwoSteps>(
    Exit.Refused,
    (d) =>
      isMalformed(d)
        ? `The code was rejected (${wire(d)}): it was truncated, changed, or URL-encoded once too often.`
        : `The code was rejected (${wire(d)}): it was already used, is older than ten minutes, or belongs to another client.`,
    (d) =>
      d.isTwoStep === true
        ? isMalformed(d)
          ? 'Run gsa login --finish again and paste the whole address, up to its last character. Or begin again: gsa login --start'
          : startAgain
        : isMalformed(d)
          ? 'Run gsa exchange and paste the whole code at the prompt, where no shell can change it. If you no longer have the code, get a new one from the app.'
          : 'Get a new code from the app and exchange it once, with the client that the app uses as its server client.',
  ),
  code_used_before: row<FromTwoSteps & { readonly sentAt: string }>(
    Exit.Refused,
    ({ sentAt }) =>
      `gsa already sent this code (${sentAt}). Google revokes the first tokens when a code is reused, so gsa did not send it again.`,
    ({ isTwoStep }) =>
      isTwoStep === true
        ? 'If that login succeeded, you are done: see the account with gsa accounts. Otherwise, log in again: gsa login --start'
        : 'If that exchange succeeded, you are done: see the account with gsa accounts. Otherwise, get a new code from the app.',
  ),
  code_verifier_refused: row<OAuthError & FromTwoSteps>(
    Exit.Refused,
    (d) =>
      `The code was rejected because of PKCE (${wire(d)})${d.isTwoStep === true ? ': it may belong to another login' : ''}.`,
    ({ description, isTwoStep }) =>
      isTwoStep === true
        ? startAgain
        : description !== null && description.includes('not needed')
          ? 'Get a new code and leave out --code-verifier-file: this app does not use PKCE.'
          : 'Get a new code and pass the code verifier of its authorization request: --code-verifier-file FILE',
  ),
  redirect_uri_mismatch: row<FromTwoSteps & { readonly sent: string; readonly from: string | null }>(
    Exit.Refused,
    ({ sent, from }) =>
      from === null
        ? 'The code was issued for a different redirect URI than the one sent with it (redirect_uri_mismatch).'
        : `The code was issued for a different redirect URI (redirect_uri_mismatch): gsa sent ${sent === '' ? 'an empty one' : `"${sent}"`}, as for a code from ${from}.`,
    ({ sent, from, isTwoStep }) =>
      isTwoStep === true
        ? startAgain
        : from === null
          ? 'Get a new code and say where it comes from: gsa exchange --from android (or ios, or web-popup). For a code from a redirect: --from web --redirect-uri URI, with the URI of the authorization request.'
          : sent === ''
            ? 'Get a new code. If it comes from the web pop-up: gsa exchange --from web-popup. From a redirect: gsa exchange --from web --redirect-uri URI'
            : sent === 'postmessage'
              ? 'Get a new code. If it comes from a phone: gsa exchange --from android. (The Python sample in the Google guides also sends postmessage with codes from phones, and fails the same way.)'
              : 'Get a new code and pass the exact redirect URI of its request, including port and trailing slash: --redirect-uri URI',
  ),
  client_refused: row<OAuthError & { readonly clientId: string }>(
    Exit.Refused,
    (d) => `The client ${d.clientId} was rejected (${wire(d)}).`,
    ({ error, description }) =>
      error === 'deleted_client'
        ? 'Restore the client in the console (Google Auth Platform > Clients; possible for 30 days) or create a new one. Then log in again: the old tokens no longer work.'
        : error === 'disabled_client'
          ? 'Enable the client in the console (Google Auth Platform > Clients).'
          : /not found/i.test(description ?? '')
            ? `Compare the client ID with those ${pageOfClients}. Pass the file of the right client. If you have none, add a secret there and download the JSON immediately.`
            : /secret/i.test(description ?? '')
              ? `Add a secret to the client ${pageOfClients} and download the JSON immediately: later downloads have no secret.`
              : `Compare the client ID with those ${pageOfClients}. If it is correct, add a secret there and download the JSON immediately: later downloads have no secret.`,
  ),
  client_not_authorized: row<OAuthError & { readonly clientId: string }>(
    Exit.Refused,
    (d) => `The code or token was issued to a client other than ${d.clientId} (${wire(d)}).`,
    () => 'Pass the JSON of the client that requested it: --client-secrets FILE',
  ),
  client_type_refused: row<OAuthError & { readonly clientId: string }>(
    Exit.Refused,
    (d) => `The client ${d.clientId} cannot be used for a device login (${wire(d)}).`,
    () =>
      'Create a "TVs and Limited Input devices" client in the same project and pass its JSON: --client-secrets FILE. The JSON of a "Desktop app" client looks the same but does not work here.',
  ),
  device_scope_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `Some of the scopes are not allowed in a device login (${wire(d)}).`,
    () =>
      'Google allows email, openid, profile, drive.appdata, drive.file, youtube and youtube.readonly. For other scopes, log in through the browser: gsa login',
  ),
  device_login_unsupported: row<{ issuer: string }>(
    Exit.Refused,
    ({ issuer }) =>
      `${issuer} does not support device login: its discovery document has no device_authorization_endpoint.`,
    () => 'Log in through the browser: gsa login',
  ),
  authorization_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `The authorization server rejected the request (${wire(d)}).`,
    ({ error }) => policyFix(error) ?? 'Run gsa login again with --debug to see the request.',
  ),
  token_request_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `The token endpoint rejected the request (${wire(d)}).`,
    ({ error }) =>
      policyFix(error) ?? 'Run the command again with --debug to see the request and response without secrets.',
  ),
  dpop_proof_missing: row(
    Exit.Refused,
    () => 'The refresh token is bound to a key (DPoP), and the request had no proof of that key.',
    () =>
      'Send the header DPoP at every refresh, with a new proof by the key of the exchange. If the key is gone, the user must sign in again (with gsa: gsa login --dpop).',
  ),
  dpop_needed: row<OAuthError>(
    Exit.Refused,
    ({ error }) => `The server accepts this client only with DPoP (${error}).`,
    () => 'Add --dpop, or set GSA_DPOP=1: gsa then binds the refresh token to a key.',
  ),
  dpop_refused: row<
    OAuthError & {
      /** Whether the server has given a nonce that can be used. */
      readonly hasNonce: boolean
      readonly seconds: number
      readonly isAhead: boolean
      readonly isBehind: boolean
    }
  >(
    Exit.Refused,
    ({ error, description, hasNonce }) =>
      error === 'use_dpop_nonce'
        ? hasNonce
          ? 'The server asked for a nonce in the DPoP proof, and did not accept the one that it gave (use_dpop_nonce).'
          : 'The server asked for a nonce in the DPoP proof, but gave none that can be used (DPoP-Nonce header).'
        : `The server rejected the DPoP proof (${wire({ error, description })}).`,
    ({ seconds, isAhead, isBehind }) =>
      isAhead || isBehind
        ? `Set the clock of this machine, which is ${humanDuration(seconds * 1000)} ${isAhead ? 'ahead of' : 'behind'} the server's. Then try again.`
        : 'Try again. If it happens again, log in without --dpop, and report it with the output of --debug.',
  ),
  bound_token_not_portable: row<{ account: string; way: 'export' | 'GSA_REFRESH_TOKEN' }>(
    Exit.Usage,
    ({ account, way }) =>
      way === 'export'
        ? `The refresh token of ${account} is bound to a key that stays in the store (DPoP), so no other program can use it.`
        : 'The refresh token in GSA_REFRESH_TOKEN is bound to a key (DPoP), which the variable does not contain.',
    ({ account, way }) =>
      way === 'export'
        ? `Let programs ask gsa for access tokens: ${typedCommand(['gsa', 'token', '--account', account])}. Or get a token without a key: gsa login --force-consent, without --dpop.`
        : 'Use the stored account instead: unset GSA_REFRESH_TOKEN. For a machine without a store, log in without --dpop and export that token.',
  ),
  revocation_refused: row<OAuthError & { readonly page: string | null }>(
    Exit.Refused,
    (d) =>
      `The server rejected the revocation (${wire(d)}). gsa deleted its copy of the refresh token, but the app may still have access.`,
    ({ page }) => `Remove the app ${appsAt(page)}.`,
  ),
  smoke_file_left: row<{ name: string; id: string; problem: string }>(
    Exit.Network,
    ({ name, problem }) => `The smoke test could not remove its file "${name}" from the app folder: ${problem}.`,
    ({ id }) => `Remove it when this account can use Drive again: gsa drive rm --id ${id} --yes`,
  ),
  revocation_not_sent: row<{ problem: string; page: string | null }>(
    Exit.Network,
    ({ problem }) =>
      `Access was not revoked (${problem}). gsa deleted its copy of the refresh token, but the app still has access.`,
    ({ page }) => `Remove the app ${appsAt(page)}.`,
  ),
  revocation_proof_failed: row<{ account: string; problem: string; page: string | null }>(
    Exit.Network,
    ({ account, problem }) =>
      `The server accepted the revocation for ${account}, and gsa deleted its copy of the token, but could not verify the revocation: ${problem}.`,
    ({ page }) => `Check ${appsAt(page)} that the app is no longer listed.`,
  ),
  revocation_unproven: row<{ account: string; page: string | null }>(
    Exit.Refused,
    ({ account }) => `The server accepted the revocation for ${account}, but the refresh token still works.`,
    ({ page }) =>
      `${page === null ? 'This may take' : 'Google may need'} a few minutes. Check ${appsAt(page)} that the app is no longer listed.`,
  ),
  drive_file_not_found: row<{ name: string; isAnywhere?: boolean }>(
    Exit.Refused,
    ({ name, isAnywhere }) =>
      isAnywhere === true
        ? `Drive has no file "${name}" that this account and this client can see.`
        : `The app folder has no file "${name}".`,
    ({ isAnywhere }) =>
      isAnywhere === true
        ? 'Check the ID. Share the file with the account or the service account, pass supportsAllDrives=true for shared drives, and note that drive.file hides files of other apps.'
        : 'List its files: gsa drive ls-appfolder. A file is visible only to its account, and only to clients of the project that wrote it.',
  ),
  scope_insufficient: row<{ service: string; message: string }>(
    Exit.Refused,
    ({ service, message }) => `The access token lacks a scope that ${service} requires for this request (${message}).`,
    ({ service }) =>
      service === 'Drive'
        ? 'Log in again and tick the Drive box on the consent page: gsa login --force-consent'
        : 'Log in again with the required scope: gsa login --scope openid --scope email --scope SCOPE',
  ),
  api_not_enabled: row<{ service: string; link: string | null }>(
    Exit.Refused,
    ({ service }) =>
      `The ${service === 'Drive' ? 'Google Drive API' : `API at ${service}`} is not enabled in this client's project.`,
    ({ link }) => `Enable it${link === null ? ' in the console' : ` at ${link}`}, wait a few minutes, and try again.`,
  ),
  access_token_refused: row<{ service: string; message: string }>(
    Exit.Refused,
    ({ service, message }) => `${service} rejected the access token, and the refreshed one too (${message}).`,
    () => 'Log in again: gsa login. If that does not help, run: gsa doctor',
  ),
  daily_limit_reached: row<{ service: string }>(
    Exit.Refused,
    ({ service }) => `This client's project has used up its daily quota of requests to ${service}.`,
    () =>
      'Wait until midnight Pacific Time, when the quota resets, or raise it in the console (APIs & Services > Quotas).',
  ),
  drive_storage_full: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `The account has no space left in Drive (${message}).`,
    () => 'Free up space in Drive, or remove files: gsa drive rm NAME',
  ),
  drive_file_of_another_app: row<{ name: string; message: string }>(
    Exit.Refused,
    ({ name, message }) => `This app is not allowed to use the file "${name}" (${message}).`,
    () => 'Log in with a client of the project whose app created the file: gsa login --client-secrets FILE',
  ),
  drive_forbidden_by_policy: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `The Workspace administrator does not allow this app to use Drive (${message}).`,
    () => 'Ask the administrator to allow Drive apps and this client ID (Admin console > Apps > Drive and Docs).',
  ),
  drive_not_for_app_folder: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `Files in the app folder cannot be shared, moved or trashed (${message}).`,
    () => 'Delete the file permanently instead: gsa drive rm NAME',
  ),
  drive_folder_full: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `The account or folder already has the maximum number of files that Drive allows (${message}).`,
    () => 'Remove some files: gsa drive ls-appfolder --order-by createdTime, then gsa drive rm NAME',
  ),
  drive_not_downloadable: row<{ name: string; message: string }>(
    Exit.Refused,
    ({ name, message }) => `"${name}" cannot be downloaded (${message}).`,
    ({ message }) =>
      /malware|spam|abus/i.test(message)
        ? 'gsa does not download a file that Drive considers harmful. Its owner can delete it: gsa drive rm NAME'
        : 'Google Docs, Sheets, folders and shortcuts have no content to download. See the type with: gsa drive ls-appfolder --long',
  ),
  upload_refused: row<{ status: number; problem: string }>(
    Exit.Refused,
    ({ status, problem }) => `Drive aborted the upload (${status}: ${problem}).`,
    () => 'Run the command again; the upload starts over. --debug shows the requests without secrets.',
  ),
  api_refused: row<{ service: string; status: number; reason: string | null; message: string }>(
    Exit.Refused,
    ({ service, status, reason, message }) =>
      `${service} rejected the request (${status}${reason === null ? '' : ` ${reason}`}): ${message}.`,
    ({ status }) =>
      status === 404
        ? 'Check the id. A file of another account or project is reported in the same way. To see the response: --debug'
        : 'Run the command again with --debug to see the request and response without secrets.',
  ),
  api_path_unknown: row<{ host: string; path: string; method: string; status: number }>(
    Exit.Refused,
    ({ host, path, method, status }) =>
      status === 405
        ? `${host} does not accept ${method} at ${path} (HTTP status 405).`
        : status === 410
          ? `The resource at ${path} on ${host} no longer exists (HTTP status 410).`
          : `There is nothing at ${path} on ${host} (HTTP status ${status}).`,
    () =>
      'Compare the path and method with the API reference. For Drive: https://developers.google.com/workspace/drive/api/reference/rest/v3',
  ),
  redirect_uri_unregistered: row<{ clientId: string; sent: string }>(
    Exit.Refused,
    ({ clientId, sent }) =>
      `${sent} is not a registered redirect URI of the client ${clientId} (redirect_uri_mismatch).`,
    () =>
      'Add exactly this URI to "Authorized redirect URIs" (Google Auth Platform > Clients > your client), and to redirect_uris in the client secrets file. The change can take a few minutes.',
  ),
  answers_differ: row<{ different: number; command: string }>(
    Exit.Refused,
    ({ different }) => `The servers respond differently to ${different} ${different === 1 ? 'request' : 'requests'}.`,
    ({ command }) =>
      `If the emulator differs from Google, report it. Attach this file, which has no secrets: ${command} > compare.json`,
  ),
  comparison_incomplete: row<{ failed: number; command: string }>(
    Exit.Network,
    ({ failed }) => `${failed} ${failed === 1 ? 'request' : 'requests'} could not be compared; nothing else differs.`,
    ({ command }) => `The report says why. Fix that, then try again: ${command}`,
  ),
  smoke_failed: row<{ problem: string }>(
    Exit.Refused,
    ({ problem }) => `A step of the smoke test failed: ${problem}.`,
    () =>
      'Run it again with --debug to see each request and response without secrets. If it fails on the emulator, it is a bug in gsa: please report it.',
  ),
}

const verification = {
  state_mismatch: row<{ seconds: number }>(
    Exit.VerificationFailed,
    ({ seconds }) =>
      `All responses that arrived within ${humanDuration(seconds * 1000)} belong to another login (wrong state).`,
    () => 'Close old consent pages, run gsa login again, and use the page that it opens.',
  ),
  answer_of_another_login: row(
    Exit.VerificationFailed,
    () => 'The address belongs to another login: its state does not match the login that is pending here.',
    () =>
      'Log in at the address that the last gsa login --start printed and copy the address that the browser ends on. Then run gsa login --finish again. The login is still pending.',
  ),
  authorization_response_invalid: row<{ problem: string }>(
    Exit.VerificationFailed,
    ({ problem }) => `The response from the browser cannot be trusted: ${problem}.`,
    () =>
      'Nothing was stored. Run gsa login again. If it fails again, look for a browser extension or a proxy that changes the address.',
  ),
  id_token_invalid: row<{
    check: string
    expected: string
    found: string
    isCodeUsed?: boolean
    hint?: IdTokenHint | undefined
    claimed?: { readonly iss: string; readonly aud: string }
    issuerName?: string
  }>(
    Exit.VerificationFailed,
    ({ check, expected, found, isCodeUsed, claimed }) =>
      [
        check === 'its kind'
          ? `This is ${found}, not an ID token.`
          : check === 'the text'
            ? `The text has ${found}, and gsa cannot tell which one is the ID token.`
            : `The ID token is invalid: ${check} should be ${expected}, but is ${found}.`,
        ...(typeof claimed === 'object' ? [`Claimed, not verified: iss ${claimed.iss}, aud ${claimed.aud}.`] : []),
        ...(isCodeUsed === true ? ['Nothing was stored.'] : []),
      ].join(' '),
    ({ check, hint, issuerName }) =>
      hint !== undefined && Object.hasOwn(idTokenFixes, hint)
        ? idTokenFixes[hint](issuerName ?? 'another issuer')
        : check === 'aud'
          ? 'Check the client ID in the app: its server client ID must be your web client ID.'
          : check === 'exp' || check === 'iat' || check === 'nbf'
            ? 'Check the clock of this machine and get a new token.'
            : check === 'kid'
              ? 'Get a new one from the app, or with gsa login. Do not trust this one: another server signed it, or the server has replaced its keys.'
              : 'Do not trust this token. Get a new one from the app, or with gsa login.',
  ),
  clock_wrong: row<{ host: string; seconds: number | null }>(
    Exit.VerificationFailed,
    ({ host, seconds }) =>
      seconds === null
        ? `The clock of this machine differs from that of ${host}, too far off to verify an ID token.`
        : `The clock of this machine is ${humanDuration(Math.abs(seconds) * 1000)} ${seconds > 0 ? 'ahead of' : 'behind'} that of ${host}, too far off to verify an ID token.`,
    () =>
      'Set the clock and synchronize it automatically (Linux: timedatectl set-ntp true; macOS and Windows: date and time settings).',
  ),
  account_unexpected: row<{ expected: string; found: string }>(
    Exit.VerificationFailed,
    ({ expected, found }) =>
      `The code belongs to ${found}, not to ${expected}. The tokens were discarded, but the grant still exists.`,
    ({ expected, found }) =>
      `Get a code while signed in as ${expected}, or leave out --expect-email. The next code of ${found} brings a refresh token only with new consent.`,
  ),
  account_declined: row<{
    account: string
    grant: 'stands' | 'revoked'
    problem: string | null
    page: string | null
  }>(
    Exit.VerificationFailed,
    ({ account, grant, problem }) =>
      grant === 'revoked'
        ? `You declined to store ${account}. Its tokens were revoked and discarded.`
        : `You declined to store ${account}. Its tokens were discarded, but the grant still exists${problem === null ? '' : ` because gsa could not revoke it (${problem})`}.`,
    ({ grant, page }) =>
      grant === 'revoked'
        ? 'Get a code from the account that you expect.'
        : `Get a code from the account that you expect. To revoke access: ${page ?? ownSettings}`,
  ),
  account_changed: row<{ expected: string; found: string }>(
    Exit.VerificationFailed,
    ({ expected, found }) => `The server responded to a refresh for account ${expected} with an ID token for ${found}.`,
    () => 'The new access token was not used. Do not use this server until you know the reason.',
  ),
  content_mismatch: row<{ name: string; expected: string; found: string; left: 'nothing' | 'damaged' }>(
    Exit.VerificationFailed,
    ({ name, expected, found }) => `The content of "${name}" has the MD5 ${found}, but Drive reports ${expected}.`,
    ({ left }) =>
      left === 'nothing'
        ? 'The download was damaged, so gsa discarded it; a file of that name is unchanged. Run the command again.'
        : 'The file in Drive differs from the one that was sent. Upload it again with --replace.',
  ),
}

const storeChoices = '--store file:PATH (an encrypted file) or --store helper:NAME'
const otherStores = `Or choose another store: ${storeChoices}`

/** Returns the advice for a platform; an unknown platform gets advice that fits all. */
function byPlatform(
  platform: string,
  advice: Readonly<Record<'linux' | 'darwin' | 'win32', string>> & { readonly unknown?: string },
): string {
  if (platform === 'darwin' || platform === 'win32') return advice[platform]
  return platform === 'linux' ? advice.linux : (advice.unknown ?? advice.linux)
}

const storeFailed = {
  keychain_missing: row<{ problem: string; platform: string }>(
    Exit.Store,
    ({ problem }) => `No keychain is available: ${problem}.`,
    ({ platform }) =>
      byPlatform(platform, {
        darwin: `Check it: security default-keychain. ${otherStores}`,
        win32: `Log on with a password, not with an SSH key, or choose another store: ${storeChoices}`,
        linux: `Start one (on a server: dbus-run-session with gnome-keyring-daemon --unlock), or choose another store: ${storeChoices}`,
      }),
  ),
  keychain_silent: row(
    Exit.Store,
    () => 'The keychain does not respond.',
    () => 'Answer the prompt that it may be showing, or restart the keyring daemon. Then run the command again.',
  ),
  keychain_unsupported: row<{ platform: string }>(
    Exit.Store,
    ({ platform }) => `The keychain module @napi-rs/keyring is not installed for this platform (${platform}).`,
    () => `Reinstall without --omit=optional, or choose another store: ${storeChoices}`,
  ),
  keychain_locked: row<{ problem: string; platform: string }>(
    Exit.Store,
    ({ problem }) => `The keychain is locked or denies access: ${problem}.`,
    ({ platform }) =>
      byPlatform(platform, {
        darwin: 'Unlock it (over SSH: security unlock-keychain), then run the command again.',
        win32: 'Unlock it (log on to Windows), then run the command again.',
        linux: 'Unlock it (log in to the desktop, or unlock the "login" keyring), then run the command again.',
        unknown:
          'Unlock it (log in to the desktop, or unlock the "login" keyring; on macOS: security unlock-keychain), then run the command again.',
      }),
  ),
  keychain_denied: row<{ problem: string }>(
    Exit.Store,
    ({ problem }) => `Access to the keychain was denied: ${problem}.`,
    () => 'Run the command again and allow access when the keychain asks.',
  ),
  keychain_failed: row<{ problem: string }>(
    Exit.Store,
    ({ problem }) => `The keychain failed: ${problem}.`,
    () => `Check the keychain with its own program. ${otherStores}`,
  ),
  value_too_long: row<{ store: string; limit: number }>(
    Exit.Store,
    ({ store, limit }) =>
      `The client secret and the refresh token are too long to be stored ${storePlace(store)}: ${limit.toLocaleString('en')} characters per item.`,
    () => 'Choose a store without this limit: --store file:PATH (an encrypted file)',
  ),
  store_read_back_differs: row<{ store: string }>(
    Exit.Store,
    ({ store }) => `The value that gsa stored ${storePlace(store)} was different when gsa read it back.`,
    ({ store }) =>
      store === 'keychain'
        ? `This keychain is unreliable. Check it with its own program, or choose another store: ${storeChoices}`
        : 'This store is unreliable, so gsa does not use it. Choose another: --store keychain or --store file:PATH',
  ),
  stored_value_invalid: row<{ store: string; account: string }>(
    Exit.Store,
    ({ store, account }) =>
      `The entry for ${account} ${storePlace(store)} is damaged, or was written by another version of gsa.`,
    ({ account }) => `Remove it: ${typedCommand(['gsa', 'accounts', 'remove', account])}. Then log in again: gsa login`,
  ),
  accounts_not_moved: row<{
    moved: number
    kept: number
    failed: readonly { readonly account: string; readonly code: string; readonly problem: string }[]
    /** The account and the problem of each. */
    problems: readonly string[]
  }>(
    Exit.Store,
    ({ moved, kept, problems }) =>
      `Some accounts could not be moved (${problems.length} of ${moved + kept + problems.length}): ${problems.slice(0, 3).join('; ')}${problems.length > 3 ? '; …' : '.'}`,
    () => 'They are still in their old store. Fix the problem, then run the command again; --json lists all of them.',
  ),
  not_stored_after_exchange: row<{ store: string; problem: string; consentAgain: string; page: string | null }>(
    Exit.Store,
    ({ store, problem }) =>
      `The code was exchanged, but the refresh token could not be stored ${storePlace(store)}: ${problem}`,
    ({ consentAgain, page }) =>
      `Repair that store or choose another (--store), then get a new refresh token: ${consentAgain}. To revoke the lost one: ${page ?? ownSettings}`,
  ),
  rotated_token_not_stored: row<{ account: string; problem: string }>(
    Exit.Store,
    ({ account, problem }) =>
      `The server replaced the refresh token of ${account}, but the new one could not be stored: ${problem}`,
    () => 'The old token is no longer valid. Repair or unlock that store, then log in again: gsa login',
  ),
  index_damaged: row<{ path: string }>(
    Exit.Store,
    ({ path }) => `The account list "${path}" is damaged, or was written by another version of gsa.`,
    () => 'Rebuild it from the store: gsa accounts rebuild',
  ),
  lock_busy: row<{ purpose: string; owner: string; file: string }>(
    Exit.Store,
    ({ purpose, owner }) => `For over two minutes, ${owner} has held the lock (${purpose}).`,
    ({ file }) => `Check what that process is waiting for, and stop it. If there is no such process, remove "${file}".`,
  ),
  lock_lost: row<{ purpose: string }>(
    Exit.Store,
    ({ purpose }) =>
      `While this process was suspended, another machine started work on the same data (${purpose}), so gsa wrote nothing.`,
    () => 'Run the command again.',
  ),
  passphrase_file_unusable: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `The passphrase file "${file}" cannot be used: ${problem}.`,
    () =>
      'Put the passphrase on one line of a file that only you can read, outside the folder of the store, and set GSA_STORE_PASSPHRASE_FILE to its path.',
  ),
  passphrase_wrong: row<{ file: string }>(
    Exit.Store,
    ({ file }) => `The passphrase does not open "${file}". The file is unchanged.`,
    () =>
      'Try again with the passphrase that created the file (GSA_STORE_PASSPHRASE_FILE, or the prompt). If it is correct, the first lines of the file are damaged: restore a backup.',
  ),
  store_file_damaged: row<{ file: string; problem: string }>(
    Exit.Store,
    ({ file, problem }) => `"${file}" is damaged or not a gsa store: ${problem}. The file is unchanged.`,
    () => 'Restore a backup, or log in again with another file: gsa login --store file:PATH',
  ),
  store_file_unusable: row<{ file: string; problem: string }>(
    Exit.Store,
    ({ file, problem }) => `Cannot use the store "${file}": ${problem}.`,
    () => 'Check the path, its permissions and the free disk space. Nothing was changed there.',
  ),
  helper_missing: row<{ helper: string }>(
    Exit.Store,
    ({ helper }) => `The program docker-credential-${helper} is not on the PATH.`,
    () =>
      'Install it (Debian: golang-docker-credential-helpers), or choose another store: --store keychain or --store file:PATH',
  ),
  helper_failed: row<{ helper: string; problem: string }>(
    Exit.Store,
    ({ helper, problem }) => `docker-credential-${helper} failed: ${problem}.`,
    () =>
      'Make the helper work on its own first (unlock its keychain, set up its password store), then run the command again.',
  ),
  database_unreachable: row<{ database: string; problem: string }>(
    Exit.Store,
    ({ database, problem }) => `Cannot reach the database ${database}: ${problem}.`,
    () =>
      'Check that the database runs and accepts connections from here. For its address and password, see docs/fleet.md.',
  ),
  database_refused: row<{ database: string; problem: string }>(
    Exit.Store,
    ({ database, problem }) => `The database ${database} refused the connection: ${problem}.`,
    () => 'Check the user and the database in --store postgres:URL, and the password, in PGPASSWORD or in GSA_STORE.',
  ),
  database_not_permitted: row<{ database: string; problem: string }>(
    Exit.Store,
    ({ database, problem }) => `The database ${database} does not permit this: ${problem}.`,
    () =>
      'Check the role in --store. gsa store migrate needs the owner of the tables. Other commands need the permissions that docs/fleet-role.sql grants.',
  ),
  database_read_only: row<{ database: string }>(
    Exit.Store,
    ({ database }) => `The database ${database} is read-only, so gsa cannot store anything there.`,
    () => 'Connect to the primary, not to a replica. After a failover, check what the name of the database leads to.',
  ),
  database_full: row<{ database: string; problem: string }>(
    Exit.Store,
    ({ database, problem }) => `The database ${database} is out of space or memory: ${problem}.`,
    () =>
      'Make room, then run the command again. gsa sends nothing that cannot be repeated before it can store the result.',
  ),
  database_tls_failed: row<{ database: string; problem: string }>(
    Exit.Store,
    ({ database, problem }) => `No trusted TLS connection to the database ${database}: ${problem}.`,
    () =>
      'Name the file with the certificate of its CA in the URL (sslrootcert=FILE), and use the name in the certificate. If the server has no TLS, switch it on. See docs/fleet.md.',
  ),
  database_failed: row<{ database: string; problem: string }>(
    Exit.Store,
    ({ database, problem }) => `The database ${database} reported an error: ${problem}.`,
    () => "Look it up in the database's log.",
  ),
  store_schema_missing: row<{ database: string }>(
    Exit.Store,
    ({ database }) => `The database ${database} has no tables of gsa, or this role may not create them.`,
    () =>
      'As a role that may create them: gsa store migrate --store postgres:postgresql://gsa_owner@HOST/DATABASE (see docs/fleet.md)',
  ),
  store_schema_old: row<{ database: string; found: number; known: number }>(
    Exit.Store,
    ({ database, found, known }) =>
      `The tables in ${database} have version ${found}, but this gsa needs version ${known}. Nothing was changed.`,
    () => 'Upgrade them: gsa store migrate',
  ),
  store_schema_newer: row<{ database: string; found: number; known: number }>(
    Exit.Store,
    ({ database, found, known }) =>
      `The tables in ${database} have version ${found}, but this gsa only knows version ${known}. Nothing was changed.`,
    () => 'Upgrade gsa to the version of the others that use this store.',
  ),
  store_lock_busy: row<{ purpose: string; owner: string; seconds: number }>(
    Exit.Store,
    ({ purpose, owner, seconds }) => `For ${seconds} seconds, ${owner} has held the lock (${purpose}).`,
    () => 'Check what that process is waiting for, and stop it: its lock ends with it.',
  ),
  store_key_missing: row(
    Exit.Store,
    () => 'A PostgreSQL store needs a key, because gsa encrypts everything before it leaves this process.',
    () =>
      'Set GSA_STORE_KEY_FILE to a file with the key, or GSA_STORE_KEY_COMMAND to a command that prints it. For a new store: (umask 077; openssl rand -base64 32 > store.key)',
  ),
  store_key_unusable: row<{ source: string; problem: string }>(
    Exit.Store,
    ({ source, problem }) => `The store key in ${source} cannot be used: ${problem}. Nothing was read or changed.`,
    ({ source }) =>
      source.startsWith('the output')
        ? 'Run the command yourself: it must print 32 bytes in base64, as openssl rand -base64 32 does.'
        : 'A store key is 32 bytes in base64, in a file with mode 0600, as made by: openssl rand -base64 32',
  ),
  store_key_changing: row<{ database: string }>(
    Exit.Store,
    ({ database }) =>
      `The key of ${database} was replaced again and again while gsa tried to write. Nothing was changed.`,
    () => 'Run one gsa store rotate-key at a time, then run the command again.',
  ),
  store_key_wrong: row<{ database: string; needed: string; ids: readonly string[] }>(
    Exit.Store,
    ({ database, needed, ids }) =>
      `${database} needs the store key with the ID ${needed}, but this process has ${ids.join(' and ')}. Nothing was changed.`,
    () =>
      'Set GSA_STORE_KEY_FILE or GSA_STORE_KEY_COMMAND to the key of this store. If it was replaced with gsa store rotate-key, use the new one.',
  ),
  store_row_damaged: row<{ database: string; row: string }>(
    Exit.Store,
    ({ database, row: name }) =>
      `In ${database}, the row ${name} was changed by another program, or holds what belongs to another row. gsa does not use it.`,
    () => 'Find out who can write to the database. Restore the row from a backup, or delete it and log in again.',
  ),
  config_unusable: row<{ path: string; problem: string }>(
    Exit.Store,
    ({ path, problem }) => `Cannot use "${path}": ${problem}.`,
    () => 'Fix its permissions or content, or set GSA_CONFIG_DIR to a folder that you can write to.',
  ),
  config_not_private: row<{ path: string; problem: string; remedy: string }>(
    Exit.Store,
    ({ path, problem }) => `"${path}" ${problem}, so gsa does not trust its content.`,
    ({ remedy }) => `${remedy} (or trust everyone who can write there: GSA_TRUST_CONFIG_DIR=1)`,
  ),
}

const requests = {
  request_path_unknown: row<{ path: string; wanted: string }>(
    Exit.Refused,
    ({ path, wanted }) => `There is nothing at ${path}. gsa serve accepts codes at ${wanted}.`,
    ({ wanted }) => `Send the code to ${wanted} on the same host and port.`,
  ),
  request_method_refused: row<{ method: string }>(
    Exit.Refused,
    ({ method }) => `A code must be sent with POST, but this request uses ${method}.`,
    () => 'Send the code with POST in the body, because URLs end up in logs.',
  ),
  request_host_foreign: row<{ host: string }>(
    Exit.Refused,
    ({ host }) =>
      host === ''
        ? 'The request has no Host header.'
        : `The request is for the host "${host}", which is not this server.`,
    () =>
      'Use one of the addresses that gsa serve printed, or allow a name of your own with gsa serve --allow-host. Another name that resolves to this machine could belong to a malicious page.',
  ),
  request_origin_foreign: row<{ origin: string }>(
    Exit.Refused,
    ({ origin }) => `The request comes from a page with another origin (${origin}).`,
    ({ origin }) =>
      /^https?:/.test(origin)
        ? `If the page is yours, allow it: gsa serve --allow-origin ${origin}`
        : 'Open the page from a web server, such as http://localhost:3000, and allow it: gsa serve --allow-origin http://localhost:3000',
  ),
  request_header_missing: row<{ header: string; isEmpty: boolean }>(
    Exit.Refused,
    ({ header, isEmpty }) =>
      `The request has ${isEmpty ? `an empty ${header} header` : `no ${header} header`}, so another site could have forged it.`,
    () =>
      'Send X-Requested-With: XMLHttpRequest with the code. (The backends in the Google guides require it, but the Android sample there does not send it.)',
  ),
  request_user_foreign: row(
    Exit.Refused,
    () => 'The request comes from another user on this machine.',
    () =>
      'Run the app as the same user as gsa serve, or start gsa serve --token and send the X-Pairing-Token that it prints.',
  ),
  pairing_token_refused: row<{ isMissing: boolean }>(
    Exit.Refused,
    ({ isMissing }) =>
      isMissing
        ? 'The request has no X-Pairing-Token header, which identifies your app.'
        : 'The X-Pairing-Token of the request does not match this run of gsa serve.',
    () =>
      'Send X-Pairing-Token with the value that gsa serve printed at startup, which changes with each start, or with the first line of its --token-file.',
  ),
  request_type_refused: row<{ type: string }>(
    Exit.Refused,
    ({ type }) =>
      type === ''
        ? 'The request of the app has no Content-Type header.'
        : `gsa serve does not accept a body of type "${type}".`,
    () =>
      'Send application/x-www-form-urlencoded (authCode=… or code=…), application/json, or only the code as application/octet-stream.',
  ),
  request_too_long: row<{ limit: number }>(
    Exit.Refused,
    ({ limit }) => `The body of the request is longer than ${limit} bytes.`,
    () => 'Send only the code and the ID token.',
  ),
  request_too_slow: row<{ seconds: number }>(
    Exit.Refused,
    ({ seconds }) => `The request was not complete within ${humanDuration(seconds * 1000)}.`,
    () => 'Send headers and body without a pause, with the correct Content-Length. The code was not forwarded.',
  ),
  request_body_invalid: row<{ problem: string }>(
    Exit.Refused,
    ({ problem }) => `The body of the request cannot be used: ${problem}.`,
    () =>
      'Send authCode=… (Android, iOS) or code=… (web pop-up) as a form or as JSON. Nothing was forwarded, so the code is still valid.',
  ),
  code_in_wrong_field: row<{ field: 'code' | 'authCode'; sent: string }>(
    Exit.Refused,
    ({ field, sent }) =>
      `This is not a code for the field "${field}": gsa exchanges such codes with ${sent === '' ? 'an empty redirect URI' : `the redirect URI ${sent}`}, and the server rejected that (redirect_uri_mismatch).`,
    ({ field }) =>
      field === 'code'
        ? 'If it comes from Android or iOS, get a new one and send it as authCode. (The Python sample in the Google guides also sends postmessage with codes from phones, and fails the same way.)'
        : 'If it comes from the web pop-up, get a new one and send it as code.',
  ),
  server_stopping: row(
    Exit.Interrupted,
    () => 'gsa serve is stopping.',
    () => 'Start gsa serve again and resend the code.',
  ),
  id_token_of_another_account: row<{ expected: string; found: string }>(
    Exit.VerificationFailed,
    ({ expected, found }) =>
      `The code belongs to ${found}, but the ID token sent with it belongs to ${expected}. Nothing was stored.`,
    () => 'Send the code and the ID token of the same sign-in.',
  ),
}

const others = {
  unknown_failure: row(
    Exit.Refused,
    () => 'gsa recognizes no error in this text.',
    () =>
      'Pass more of it: the whole body or log, including the line with "error". If it is about Google sign-in or Drive, please report it to the gsa project, without tokens.',
  ),
  bug: row<{ problem: string }>(
    Exit.Bug,
    ({ problem }) => `gsa failed unexpectedly (${problem}).`,
    () => 'This is a bug. Please report it with the command that you ran and this line.',
  ),
  interrupted_after_exchange: row<{ consentAgain: string }>(
    Exit.Interrupted,
    () => 'Interrupted after the code was used. Nothing was stored.',
    ({ consentAgain }) =>
      `The grant still exists. To store it: ${consentAgain} (or get a new code from the app, asking for consent again).`,
  ),
  interrupted_before_removal: row<{ name: string; id: string; problem: string }>(
    Exit.Interrupted,
    ({ name, problem }) => `Interrupted. The file "${name}" could not be removed from the app folder: ${problem}.`,
    ({ id }) => `Remove it when this account can use Drive again: gsa drive rm --id ${id} --yes`,
  ),
  interrupted: row(
    Exit.Interrupted,
    () => 'Interrupted.',
    () => 'Nothing is left half done. Run the command again whenever you like.',
  ),
}

/** Every way in which `gsa` fails on purpose: a new failure needs a row here, with its exit code, cause and fix. */
export const failureTable = {
  ...usage,
  ...network,
  ...loginRequired,
  ...refused,
  ...verification,
  ...storeFailed,
  ...requests,
  ...otherPrograms,
  ...others,
}

/** The name of a row: the `error.code` in JSON output. */
export type FailureCode = keyof typeof failureTable

/** The details that a row needs for its cause and fix; printed as `error.details`. */
export type FailureDetails<Code extends FailureCode> = Parameters<(typeof failureTable)[Code]['cause']>[0]
