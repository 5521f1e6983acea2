import { humanDuration } from '../core/human-duration.ts'
import { Exit } from './exit.ts'
import { otherPrograms } from './other-programs.ts'
import { type RankedCause, type Refusal, refusalCause, refusalFix } from './refusal-causes.ts'
import { row } from './row.ts'
import { typedCommand } from './typed-command.ts'

interface OAuthError {
  readonly error: string
  readonly description: string | null
}
// Google's descriptions are sentences; here they stand in brackets.
const wire = ({ error, description }: OAuthError): string =>
  description === null ? error : `${error}: ${description.replace(/\.$/, '')}`

/** Where a grant is ended by hand. `page` is that of Google, or null at another server. */
const removeApp = (page: string | null): string =>
  page === null ? 'Revoke it at the server' : `Remove the app at ${page}`

const isMalformed = ({ description }: OAuthError): boolean => /malformed/i.test(description ?? '')

const list = (items: readonly string[]): string => items.join(', ')

/** Commands to choose from, one a line. */
const choices = ({ accounts, commands }: AccountChoices): string => {
  const more = accounts.length - commands.length
  const lines = more > 0 ? [...commands, `… and ${more} more, see: gsa accounts`] : commands
  return lines.map((line) => `\n  ${line}`).join('')
}

/** The accounts that a command could mean, and what to type for each. */
interface AccountChoices {
  readonly accounts: readonly {
    readonly email: string | null
    readonly sub: string
    readonly clientId: string
    readonly store: string
  }[]
  readonly commands: readonly string[]
}

/** What ends the refusal of an administrator or of an internal app, wherever Google says it. */
const policyFix = (error: string): string | undefined =>
  error === 'admin_policy_enforced'
    ? 'Ask the Workspace administrator to trust this client id for these scopes.'
    : error === 'org_internal'
      ? 'Log in with an account of the organization that the app belongs to, or set the app to "External" (console, Audience).'
      : undefined

const emulatorClientFix = (file: string): string =>
  `Make one for the emulator: gsa emulator client-secrets --type web > ${file} (desktop for gsa login, tv for --device). Then add: --client-secrets ${file}`

type ForeignReason = 'other_machine' | 'other_user'

const whoseServer = (reason: ForeignReason): string =>
  reason === 'other_user' ? 'which another user of this machine runs' : 'which runs on another machine'

const usage = {
  usage: row<{ problem: string; command: string }>(
    Exit.Usage,
    ({ problem }) => problem,
    ({ command }) => `See: ${command} --help`,
  ),
  answer_needed: row<{ question: string; flag: string }>(
    Exit.Usage,
    ({ question }) => `An answer is needed and nobody can be asked: ${question}`,
    ({ flag }) => `Give the answer as ${flag}, or run gsa on a terminal without --no-input.`,
  ),
  url_not_allowed: row<{ name: string; url: string; problem: string }>(
    Exit.Usage,
    ({ name, url, problem }) => `${name} is "${url}", ${problem}.`,
    ({ name }) =>
      name === 'GSA_EMULATOR_HOST'
        ? 'Set it to HOST:PORT of an emulator on this machine, such as 127.0.0.1:9077.'
        : `Set ${name} to an https URL, or for a server on this machine to http://127.0.0.1:PORT or http://[::1]:PORT.`,
  ),
  tls_switched_off: row<{ host: string }>(
    Exit.Usage,
    ({ host }) => `NODE_TLS_REJECT_UNAUTHORIZED=0 would let anybody pretend to be ${host}, so nothing was sent.`,
    () => 'Unset it. Behind a company proxy, set NODE_EXTRA_CA_CERTS to its CA certificate instead.',
  ),
  client_secrets_missing: row<{ usesEmulator: boolean }>(
    Exit.Usage,
    () => 'No OAuth client was given.',
    ({ usesEmulator }) =>
      usesEmulator
        ? emulatorClientFix('client_secret.json')
        : 'Download the client_secret_*.json of your client (Google Cloud console, "Google Auth Platform", Clients) and pass it: --client-secrets FILE, or set GSA_CLIENT_SECRETS.',
  ),
  client_secrets_unreadable: row<{ file: string; problem: string; usesEmulator?: boolean }>(
    Exit.Usage,
    ({ file, problem }) => `The client secrets file "${file}" cannot be read: ${problem}.`,
    ({ file, usesEmulator }) =>
      usesEmulator === true
        ? emulatorClientFix(file)
        : 'Pass the path of the client_secret_*.json that you downloaded from the console: --client-secrets FILE.',
  ),
  client_secrets_invalid: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" is not a usable client secrets file: ${problem}.`,
    () => 'Download the file again from the console (Clients, your client, "Download JSON") and do not edit it.',
  ),
  client_secrets_wrong_kind: row<{ file: string; kind: string }>(
    Exit.Usage,
    ({ file, kind }) => `"${file}" is ${kind}, not the file of an OAuth client.`,
    () =>
      'Create an OAuth client ID (type "Web application" for codes of mobile and web apps, "Desktop app" for gsa login) and download its JSON.',
  ),
  client_secrets_foreign_endpoint: row<{ file: string; member: string; url: string }>(
    Exit.Usage,
    ({ file, member, url }) =>
      `"${file}" names ${url} as its ${member}, which is not Google's, and no other server was chosen.`,
    () =>
      'For the emulator, set GSA_EMULATOR_HOST=127.0.0.1:PORT (or --issuer URL). Otherwise download the file again.',
  ),
  google_client_elsewhere: row<{ clientId: string; server: string; reason: ForeignReason }>(
    Exit.Usage,
    ({ clientId, server, reason }) =>
      `The client ${clientId} is for Google, but the server is ${server}, ${whoseServer(reason)}. Nothing was sent.`,
    ({ server }) =>
      `For Google, unset GSA_EMULATOR_HOST and GSA_ISSUER. To send its secret to that server, run the command with: --issuer ${server}`,
  ),
  google_token_elsewhere: row<{ url: string; reason: ForeignReason }>(
    Exit.Usage,
    ({ url, reason }) =>
      `The access token is for Google, but GSA_DRIVE_URL names ${url}, ${whoseServer(reason)}. Nothing was sent.`,
    () => 'Unset GSA_DRIVE_URL, or choose an account of that server with --issuer or --account.',
  ),
  client_type_unsuitable: row<{ type: string; purpose: string; needed: string }>(
    Exit.Usage,
    ({ type, purpose, needed }) => `The client is of type "${type}", but ${purpose} needs a ${needed} client.`,
    ({ needed }) => `Pass the JSON of the ${needed} client of the same project: --client-secrets FILE.`,
  ),
  loopback_redirect_uri_missing: row<{ registered: readonly string[]; wanted: string; port: number }>(
    Exit.Usage,
    ({ registered, port }) =>
      `This web client cannot log in here: none of its registered redirect URIs (${list(registered) || 'none'}) leads to ${port === 0 ? 'this machine' : `port ${port} of this machine`}.`,
    ({ wanted }) =>
      `Register ${wanted} for the client in the console and download its JSON again, or use a "Desktop app" client, which needs no registration.`,
  ),
  redirect_uri_needed: row<{ from: string }>(
    Exit.Usage,
    ({ from }) => `A code from ${from} is bound to the redirect URI that it was sent to, and none was given.`,
    () =>
      'Add --redirect-uri URI, exactly as the authorization request had it (or paste the whole redirect URL instead of the code).',
  ),
  code_missing: row<{ found: string }>(
    Exit.Usage,
    ({ found }) => `There is no authorization code in what was given: ${found}.`,
    () =>
      'The app got no code, or the value was cut. Android: ask with requestOfflineAccess(webClientId). iOS: set GIDServerClientID, and sign in with a button (a silent sign-in never brings a code). Then give the serverAuthCode it gets.',
  ),
  code_malformed: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `This is not an authorization code: ${problem}.`,
    ({ problem }) =>
      problem.startsWith('it is a refresh token')
        ? 'Nothing was sent. A refresh token is used as it is: put it into GSA_REFRESH_TOKEN, then run gsa token.'
        : 'Give the code again, whole and unchanged (it starts with 4/ and is up to 256 characters long). Nothing was sent, so it can still be used.',
  ),
  redirect_url_needed: row<{ found: string; redirectUri: string }>(
    Exit.Usage,
    ({ found }) => `This is not the address that the browser ended on: ${found}.`,
    ({ redirectUri }) =>
      `Copy the whole address from the address bar (it begins with ${redirectUri}? and has a state and a code in it), then run gsa login --finish again. The login still waits.`,
  ),
  port_busy: row<{ port: number | null }>(
    Exit.Usage,
    ({ port }) => `${port === null ? 'The port' : `Port ${port}`} is in use by another program.`,
    () => 'Stop that program, or choose another port with --port; 0 takes a free one.',
  ),
  localhost_taken: row<{ port: number }>(
    Exit.Usage,
    ({ port }) => `Another program listens on [::1]:${port}, and a browser may take that for localhost:${port}.`,
    () =>
      'Stop that program, or use 127.0.0.1 in place of localhost: in the registered redirect URI, or as the --host of gsa serve.',
  ),
  address_unavailable: row<{ address: string; problem: string }>(
    Exit.Usage,
    ({ address, problem }) => `Cannot listen on ${address}: ${problem}.`,
    () => 'Choose another address or port with --host and --port.',
  ),
  emulator_setup_invalid: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `The emulator cannot go on: ${problem}.`,
    () => 'Correct that, or leave the flag out: gsa emulator start --help',
  ),
  store_unknown: row<{ store: string }>(
    Exit.Usage,
    ({ store }) => `"${store}" is not a store that gsa knows.`,
    () =>
      'Use keychain (the default), file:PATH (an age file), helper:NAME (docker-credential-NAME), or memory (until this process ends).',
  ),
  store_does_not_last: row(
    Exit.Usage,
    () => 'A login in two steps must be remembered between them, and the memory store forgets when gsa ends.',
    () => 'Choose a store that lasts: --store keychain, --store file:PATH or --store helper:NAME.',
  ),
  account_ambiguous: row<AccountChoices & { readonly account: string | null; readonly candidates: readonly string[] }>(
    Exit.Usage,
    ({ account }) =>
      account === null
        ? 'Several accounts are stored, and none is the default.'
        : `"${account}" is the name of several stored accounts.`,
    (d) => `Choose the default one, or name one with --account in the same way:${choices(d)}`,
  ),
  account_needed: row<AccountChoices>(
    Exit.Usage,
    ({ accounts }) =>
      accounts.length === 1
        ? 'No account was named. Only one fits, but there are or were others, so gsa does not assume that you mean it.'
        : 'No account was named, and none is the default. This command does not guess.',
    (d) => `Say which account you mean:${choices(d)}`,
  ),
  file_unreadable: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" cannot be read: ${problem}.`,
    () => 'Check the path and its permissions.',
  ),
  file_unwritable: row<{ file: string; problem: string; flag?: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" cannot be written: ${problem}.`,
    ({ flag }) =>
      flag === undefined
        ? 'Choose another place with --output FILE, or --output - for standard output.'
        : `Choose another place with ${flag} FILE.`,
  ),
  input_too_long: row<{ limit: number }>(
    Exit.Usage,
    ({ limit }) => `Standard input is longer than ${limit} bytes, which is not what was asked for.`,
    () => 'Pass the part that matters: the code, the token, or the lines with the error.',
  ),
  file_invalid: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" cannot be used: ${problem}.`,
    () => 'Pass another file.',
  ),
  passphrase_unusable: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `That passphrase cannot be used: ${problem}. Nothing was made.`,
    () => 'Run the command again; four or five random words make a good one.',
  ),
  node_too_old: row<{ version: string; needed: string }>(
    Exit.Usage,
    ({ version, needed }) => `This is Node ${version}, and gsa needs ${needed} or newer.`,
    ({ needed }) => `Install a newer Node (https://nodejs.org; nvm install 22 works as well), ${needed} at the least.`,
  ),
  app_file_wrong: row<{ file: string; problem: string; remedy: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" ${problem}.`,
    ({ remedy }) => remedy,
  ),
  peer_missing: row<{ name: string }>(
    Exit.Usage,
    ({ name }) => `The package ${name} is not installed.`,
    ({ name }) => `Install it beside gsa-cli: npm install ${name}`,
  ),
  output_failed: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `The result could not be written to standard output: ${problem}.`,
    () => 'Make room, or send it elsewhere, and run the command again.',
  ),
  binary_on_terminal: row(
    Exit.Usage,
    () => 'The content is not plain text, and its control characters could change your terminal.',
    () => 'Write it to a file with -o FILE (gsa drive get), or send it to another program or a file: gsa … > FILE',
  ),
  secret_misplaced: row<{ where: string; kind: string }>(
    Exit.Usage,
    ({ where, kind }) => `${where} was given a secret (${kind}), which does not belong there. Nothing was sent.`,
    ({ kind }) =>
      kind === 'authorization code'
        ? 'Pass the code on standard input: gsa exchange - < FILE'
        : kind === 'refresh token'
          ? 'To use a refresh token, set GSA_REFRESH_TOKEN. Delete this one from the history of your shell.'
          : kind === 'client secret' || kind.startsWith('JSON')
            ? 'Pass the name of the client_secret_*.json file. Delete the secret from the history of your shell.'
            : 'Leave it out, and delete it from the history of your shell.',
  ),
  redirect_uri_invalid: row<{ problem: string }>(
    Exit.Usage,
    ({ problem }) => `--redirect-uri is not a redirect URI: ${problem}. Nothing was sent.`,
    () =>
      'To use the address that the browser ended on, paste the whole of it as the code: gsa exchange -. Otherwise pass the redirect URI exactly as registered.',
  ),
  store_not_for_environment_token: row<{ command: string }>(
    Exit.Usage,
    ({ command }) => `GSA_REFRESH_TOKEN is set, and while it is, no store is touched; ${command} works on one.`,
    () => 'Unset GSA_REFRESH_TOKEN and run the command again.',
  ),
  file_changed: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `"${file}" changed while it was sent: ${problem}. What had been sent was given up.`,
    () => 'Run it again when nobody writes to the file, or put a copy of it.',
  ),
  upload_of_other_content: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) =>
      `An upload of "${file}" was begun and not finished, and the file has changed since: ${problem}.`,
    () => 'To forget the unfinished upload and send the file as it is now, add --restart.',
  ),
  upload_running: row<{ file: string; owner: string }>(
    Exit.Usage,
    ({ file, owner }) => `${owner.charAt(0).toUpperCase()}${owner.slice(1)} is at an upload of "${file}" right now.`,
    () => 'Wait until it is done, or give this one another name: --name NAME.',
  ),
  upload_not_resumable: row<{ problem: string }>(
    Exit.Network,
    ({ problem }) => `The upload was lost on the way: ${problem}.`,
    () => 'What came from standard input cannot be read again. Run the command again, or put a file, which is resumed.',
  ),
  file_name_ambiguous: row<{ name: string; ids: readonly string[] }>(
    Exit.Usage,
    ({ name, ids }) => `The app folder has ${ids.length} files named "${name}": ${list(ids)}.`,
    () => 'Say which one: --id ID (names are not unique in Drive).',
  ),
  api_address_foreign: row<{ url: string; root: string }>(
    Exit.Usage,
    ({ url, root }) => `The access token is not sent to "${url}": it is for ${root}.`,
    () => 'Give a path such as /drive/v3/files, or the https address of a Google API (https://NAME.googleapis.com/…).',
  ),
  drive_url_needed: row<{ issuer: string }>(
    Exit.Usage,
    ({ issuer }) =>
      `The account belongs to ${issuer}, and no Drive of that server was named, so its token is not sent to Google's.`,
    () => 'Set GSA_EMULATOR_HOST=HOST:PORT for the emulator, or GSA_DRIVE_URL=URL.',
  ),
}

const network = {
  unreachable: row<{ host: string; problem: string }>(
    Exit.Network,
    ({ host, problem }) => `${host} cannot be reached: ${problem}.`,
    ({ host }) =>
      host.startsWith('127.') || host.startsWith('[::1]')
        ? 'Start the server on that port (for the emulator: gsa emulator start), or point GSA_EMULATOR_HOST at the one that runs.'
        : 'Check the network connection, and HTTPS_PROXY if it is set, and try again; what is stored was left as it was.',
  ),
  timed_out: row<{ host: string; seconds: number }>(
    Exit.Network,
    ({ host, seconds }) => `${host} gave no complete answer within ${humanDuration(seconds * 1000)}.`,
    () => 'Try again; what is stored was left as it was.',
  ),
  tls_failed: row<{ host: string; problem: string }>(
    Exit.Network,
    ({ host, problem }) => `The TLS connection to ${host} is not trusted: ${problem}.`,
    () =>
      'Behind a company proxy, set NODE_EXTRA_CA_CERTS to its CA certificate (never switch verification off). Otherwise check the clock.',
  ),
  proxy_refused: row<{ host: string; status: number }>(
    Exit.Network,
    ({ host, status }) => `The proxy did not open a tunnel to ${host} (HTTP status ${status}).`,
    ({ status }) =>
      status === 407
        ? 'It wants a name and a password: HTTPS_PROXY=http://NAME:PASSWORD@HOST:PORT'
        : 'Check HTTPS_PROXY, or exempt the host with NO_PROXY.',
  ),
  invalid_answer: row<{ host: string; problem: string }>(
    Exit.Network,
    ({ host, problem }) => `${host} gave an answer that cannot be used: ${problem}.`,
    () =>
      'Look for a proxy or captive portal in between: gsa doctor. --debug shows each request and answer without secrets.',
  ),
  rate_limited: row<{ service: string; reason: string | null; retryAfterSeconds: number | null }>(
    Exit.Network,
    ({ service, reason }) => `${service} turned the request away: too many in a short time (${reason ?? '429'}).`,
    ({ retryAfterSeconds, reason }) =>
      `Wait ${retryAfterSeconds === null ? 'a few minutes' : humanDuration(retryAfterSeconds * 1000)} and run it again${reason === 'userRateLimitExceeded' ? '; the limit is that of this user, so do less at once' : '; the quota of the project is in the console (APIs & Services, Quotas)'}.`,
  ),
  server_failed: row<{ host: string; status: number; retryAfterSeconds?: number | null }>(
    Exit.Network,
    ({ host, status }) => `${host} answered with HTTP status ${status}.`,
    ({ retryAfterSeconds }) =>
      `Wait ${retryAfterSeconds == null || retryAfterSeconds < 60 ? 'a minute' : humanDuration(retryAfterSeconds * 1000)} and try again; what is stored was left as it was.`,
  ),
  code_fate_unknown: row<{ host: string; problem: string }>(
    Exit.Network,
    ({ host, problem }) => `The code was sent to ${host}, but no usable answer came back: ${problem}.`,
    () => 'Get a new code and try again.',
  ),
}

const loginRequired = {
  nothing_stored: row<{
    others: readonly string[]
    account?: string | null
    /** What hides the accounts that are stored, each with the flag or variable that chose it. */
    chosen?: readonly string[]
    chosenBy?: readonly string[]
    stored?: readonly string[]
  }>(
    Exit.LoginRequired,
    ({ others, account, chosen = [], stored = [] }) =>
      others.length === 0
        ? 'No account is stored.'
        : `${account == null ? 'No account' : `"${account}"`} is ${account == null ? '' : 'not '}stored for ${chosen.join(' and ') || 'this client and server'}. Stored: ${list(stored.length > 0 ? stored : others)}.`,
    ({ others, chosenBy = [] }) =>
      others.length === 0 || chosenBy.length === 0
        ? 'Log in with: gsa login --client-secrets FILE (or exchange a code of your app with: gsa exchange --client-secrets FILE). If a login was cut off, list what the store holds: gsa accounts rebuild'
        : `To use a stored account, ${chosenBy.map((by) => (by.startsWith('--') ? `leave out ${by}` : `correct or unset ${by}`)).join(' and ')}. To add one here: gsa login --client-secrets FILE`,
  ),
  account_not_stored: row<{ account: string; stored: readonly string[] }>(
    Exit.LoginRequired,
    ({ account, stored }) => `"${account}" is not stored; stored: ${list(stored) || 'nothing'}.`,
    ({ account }) => `Log in with: ${typedCommand(['gsa', 'login', '--login-hint', account])}`,
  ),
  credential_lost: row<{ account: string; store: string }>(
    Exit.LoginRequired,
    ({ account, store }) => `${account} is listed, but its credential is no longer in the ${store}.`,
    () => 'Log in again with: gsa login',
  ),
  no_refresh_token: row<{ account: string | null; refusal?: (Refusal & { readonly at: string }) | null }>(
    Exit.LoginRequired,
    ({ account, refusal }) =>
      refusal == null
        ? account === null
          ? 'There is no refresh token: none came, because Google gives a web client one only at the first consent, or it was not kept.'
          : `No refresh token is stored for ${account}: none came (Google gives a web client one only at the first consent), or it was refused and removed.`
        : refusalCause(refusal, ` on ${refusal.at.slice(0, 10)} and removed`),
    ({ refusal }) =>
      refusal == null
        ? 'Ask for consent again: gsa login --force-consent, or in the app requestOfflineAccess(webClientId, true) on Android and prompt: "consent" on the web.'
        : refusalFix(refusal),
  ),
  no_token_to_revoke: row<{ account: string; page: string | null; remove: string }>(
    Exit.LoginRequired,
    ({ account }) =>
      `gsa cannot revoke the access to ${account}: no refresh token and no valid access token is stored. Nothing was deleted.`,
    ({ page, remove }) => `${removeApp(page)}, then delete the account here: ${remove}`,
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
    () => 'Consent was denied in the browser, and nothing was stored.',
    () => 'Run gsa login again and choose Allow.',
  ),
  device_code_expired: row<{ seconds: number }>(
    Exit.LoginRequired,
    ({ seconds }) =>
      `The code expired before it was approved, after ${humanDuration(seconds * 1000)}, and nothing was stored.`,
    () => 'Run gsa login --device again, and enter the new code at the address that it shows.',
  ),
  device_code_refused: row<OAuthError>(
    Exit.LoginRequired,
    (d) => `The device code is no longer good (${wire(d)}): it was used, or what was approved was taken back.`,
    () => 'Nothing was stored. Run gsa login --device again for a new code.',
  ),
  device_login_timed_out: row<{ seconds: number }>(
    Exit.LoginRequired,
    ({ seconds }) => `The code was not approved within ${humanDuration(seconds * 1000)}, and nothing was stored.`,
    () =>
      'Run gsa login --device again for a new code; without --timeout it waits for as long as the code lives (at Google half an hour).',
  ),
  login_timed_out: row<{ seconds: number }>(
    Exit.LoginRequired,
    ({ seconds }) => `No answer came from the browser within ${humanDuration(seconds * 1000)}, and nothing was stored.`,
    () =>
      'Run gsa login again; --timeout 10m waits longer. If the page said "Error 403: access_denied", add the account as a test user first (console, Audience); paste any other error into gsa explain. If the browser is on another machine: gsa login --start, then gsa login --finish.',
  ),
  no_pending_login: row<{ store: string }>(
    Exit.LoginRequired,
    ({ store }) =>
      `No login waits to be finished here (store: ${store}): it was begun on another machine, by another user or with another store, or it was finished already.`,
    () =>
      'Run gsa login --finish where gsa login --start was run, with the same --store; or begin again: gsa login --start',
  ),
  pending_login_expired: row<{ minutes: number }>(
    Exit.LoginRequired,
    ({ minutes }) =>
      `The login was begun ${humanDuration(minutes * 60_000)} ago, and it could be finished for ten minutes.`,
    () => 'Begin again: gsa login --start',
  ),
}

const refused = {
  code_refused: row<OAuthError>(
    Exit.Refused,
    (d) =>
      isMalformed(d)
        ? `The code was refused (${wire(d)}): it was cut, changed, or encoded once more than it should be.`
        : `The code was refused (${wire(d)}): it was used before, is older than ten minutes, or belongs to another client.`,
    (d) =>
      isMalformed(d)
        ? 'Give the whole code, unchanged: gsa exchange asks for it, so that no shell changes it. If it is lost, get a new one from the app.'
        : 'Get a new code from the app and exchange it once, with the client that the app named as its server client.',
  ),
  code_used_before: row<{ sentAt: string }>(
    Exit.Refused,
    ({ sentAt }) =>
      `This code was sent from here before (${sentAt}), and a code works once. Google revokes the first tokens when a code is reused, so gsa did not send it again.`,
    () => 'If that time worked, there is nothing to do: gsa accounts. If not, get a new code from the app.',
  ),
  code_verifier_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `The code was refused because of PKCE (${wire(d)}).`,
    ({ description }) =>
      description !== null && description.includes('not needed')
        ? 'Get a new code and leave --code-verifier-file out: this app asks without PKCE.'
        : 'Get a new code, and pass the verifier of the request that it came from: --code-verifier-file FILE.',
  ),
  redirect_uri_mismatch: row<{ sent: string; from: string | null }>(
    Exit.Refused,
    ({ sent, from }) =>
      from === null
        ? 'The redirect URI that was sent with the code is not the one that it was made for (redirect_uri_mismatch).'
        : `The code was made for another redirect URI than ${sent === '' ? 'the empty one' : `"${sent}"`}, which was sent as for a code from ${from} (redirect_uri_mismatch).`,
    ({ sent, from }) =>
      from === null
        ? 'Get a new code, and send what it was made for: an empty redirect_uri with codes of Android and iOS, postmessage with those of the web pop-up, else the redirect_uri of the authorization request. gsa exchange --from ORIGIN does it for you.'
        : sent === ''
          ? 'Get a new code. If it comes from the web pop-up: gsa exchange --from web-popup; from a redirect: gsa exchange --from web --redirect-uri URI'
          : sent === 'postmessage'
            ? 'Get a new code. If it comes from a phone: gsa exchange --from android. (The Python sample of the guides sends postmessage with codes of phones, too, and fails like this.)'
            : 'Get a new code, and give the redirect URI of its request letter by letter, with port and last slash: --redirect-uri URI',
  ),
  client_refused: row<OAuthError & { readonly clientId: string }>(
    Exit.Refused,
    (d) => `The client ${d.clientId} was refused (${wire(d)}).`,
    ({ error, description }) =>
      error === 'deleted_client'
        ? 'Restore the client in the console (possible for 30 days) or create a new one; its tokens are gone.'
        : error === 'disabled_client'
          ? 'Enable the client in the console.'
          : /not found/i.test(description ?? '')
            ? 'Compare the id with those in the console (Clients), and download the JSON of the right one.'
            : /secret/i.test(description ?? '')
              ? 'Add a secret to the client in the console (Clients) and download its JSON again: Google shows each secret only once.'
              : 'Compare the id with the console (Clients), add a secret to the client there, and download its JSON again.',
  ),
  client_not_authorized: row<OAuthError & { readonly clientId: string }>(
    Exit.Refused,
    (d) => `The code or token was issued to another client than ${d.clientId} (${wire(d)}).`,
    () => 'Use the client secrets file of the client that asked for it: --client-secrets FILE.',
  ),
  client_type_refused: row<OAuthError & { readonly clientId: string }>(
    Exit.Refused,
    (d) => `The client ${d.clientId} may not log in with a device code (${wire(d)}).`,
    () =>
      'Create an OAuth client of the type "TVs and Limited Input devices" in the same project (console, Clients) and pass its JSON: --client-secrets FILE. The file of a desktop client looks the same, but does not work here.',
  ),
  device_scope_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `Not all of the scopes may be asked for with a device code (${wire(d)}).`,
    () =>
      'Google allows email, openid, profile, drive.appdata, drive.file, youtube and youtube.readonly. For others log in through the browser: gsa login',
  ),
  device_login_unsupported: row<{ issuer: string }>(
    Exit.Refused,
    ({ issuer }) => `${issuer} has no login with a device code: it names no device_authorization_endpoint.`,
    () => 'Log in through the browser: gsa login',
  ),
  authorization_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `The authorization server refused the request (${wire(d)}).`,
    ({ error }) => policyFix(error) ?? 'Run gsa login again; --debug shows the request.',
  ),
  token_request_refused: row<OAuthError>(
    Exit.Refused,
    (d) => `The token endpoint refused the request (${wire(d)}).`,
    ({ error }) => policyFix(error) ?? 'Run it again with --debug to see the request and the answer without secrets.',
  ),
  revocation_refused: row<OAuthError & { readonly page: string | null }>(
    Exit.Refused,
    (d) => `The server refused to revoke (${wire(d)}); the local copy was deleted, the grant may still stand.`,
    ({ page }) => `${removeApp(page)}.`,
  ),
  smoke_file_left: row<{ name: string; id: string; problem: string }>(
    Exit.Network,
    ({ name, problem }) => `The file "${name}" of the smoke test could not be removed from the app folder: ${problem}.`,
    ({ id }) => `Remove it when Drive answers again: gsa drive rm --id ${id} --yes`,
  ),
  revocation_not_sent: row<{ problem: string; page: string | null }>(
    Exit.Network,
    ({ problem }) => `The grant was not revoked (${problem}); the local copy was deleted, the grant still stands.`,
    ({ page }) => `${removeApp(page)}.`,
  ),
  revocation_proof_failed: row<{ account: string; problem: string; page: string | null }>(
    Exit.Network,
    ({ account, problem }) =>
      `The server accepted the revocation for ${account}, and the local copy was deleted; it could not be proven, because ${problem}.`,
    ({ page }) => `${page === null ? 'Check at the server' : `Check at ${page}`} that the app is gone.`,
  ),
  revocation_unproven: row<{ account: string; page: string | null }>(
    Exit.Refused,
    ({ account }) => `The server accepted the revocation for ${account}, but the refresh token still works.`,
    ({ page }) =>
      page === null
        ? 'It may take a few minutes: check at the server that the app is gone.'
        : `Google may need a few minutes. Check at ${page} that the app is gone.`,
  ),
  drive_file_not_found: row<{ name: string }>(
    Exit.Refused,
    ({ name }) => `The app folder has no file "${name}".`,
    () =>
      'See what is there: gsa drive ls-appfolder. Files are visible only to clients of the project that wrote them, and to the account they were written for.',
  ),
  scope_insufficient: row<{ service: string; message: string }>(
    Exit.Refused,
    ({ service, message }) => `The access token lacks a scope that ${service} wants for this (${message}).`,
    ({ service }) =>
      service === 'Drive'
        ? 'Log in again and leave the Drive box ticked: gsa login --force-consent'
        : 'Log in again with the scope that the call needs: gsa login --scope openid --scope email --scope SCOPE',
  ),
  api_not_enabled: row<{ service: string; link: string | null }>(
    Exit.Refused,
    ({ service }) =>
      `The ${service === 'Drive' ? 'Google Drive API' : `API at ${service}`} is not enabled in the project of this client.`,
    ({ link }) => `Enable it${link === null ? ' in the console' : ` at ${link}`}, wait a few minutes, and try again.`,
  ),
  access_token_refused: row<{ service: string; message: string }>(
    Exit.Refused,
    ({ service, message }) => `${service} does not accept the access token, nor the one after it (${message}).`,
    () => 'Log in again: gsa login. If it goes on, find out what is wrong: gsa doctor',
  ),
  daily_limit_reached: row<{ service: string }>(
    Exit.Refused,
    ({ service }) => `The project of this client has used up its requests to ${service} for today.`,
    () =>
      'Wait until midnight in California, when the count begins anew, or raise the quota in the console (APIs & Services, Quotas).',
  ),
  drive_storage_full: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `The account has no space left in Drive (${message}).`,
    () => 'Free some space in Drive, or remove files: gsa drive rm NAME',
  ),
  drive_file_of_another_app: row<{ name: string; message: string }>(
    Exit.Refused,
    ({ name, message }) => `This app may not use the file "${name}" (${message}).`,
    () => 'Use the client of the project that wrote the file: --client-secrets FILE of one of its clients.',
  ),
  drive_forbidden_by_policy: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `The administrator of the Workspace does not let this app use Drive (${message}).`,
    () => 'Ask the administrator to allow Drive apps, and this client id: Admin console, Apps, Drive and Docs.',
  ),
  drive_not_for_app_folder: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `Files of the app folder cannot be shared, moved or trashed (${message}).`,
    () => 'Delete for good instead: gsa drive rm NAME',
  ),
  drive_folder_full: row<{ message: string }>(
    Exit.Refused,
    ({ message }) => `The account or the folder holds as many files as Drive allows (${message}).`,
    () => 'Remove some: gsa drive ls-appfolder --order-by createdTime, then gsa drive rm NAME',
  ),
  drive_not_downloadable: row<{ name: string; message: string }>(
    Exit.Refused,
    ({ name, message }) => `"${name}" cannot be downloaded (${message}).`,
    () => 'Only files with content of their own can; see its type with gsa drive ls-appfolder --long.',
  ),
  upload_refused: row<{ status: number; problem: string }>(
    Exit.Refused,
    ({ status, problem }) => `Drive broke the upload off (${status}: ${problem}).`,
    () => 'Run the same command again; it begins anew. --debug shows the requests without secrets.',
  ),
  api_refused: row<{ service: string; status: number; reason: string | null; message: string }>(
    Exit.Refused,
    ({ service, status, reason, message }) =>
      `${service} refused (${status}${reason === null ? '' : ` ${reason}`}): ${message}.`,
    () => 'Run it again with --debug to see the request and the answer without secrets.',
  ),
  api_path_unknown: row<{ host: string; path: string; method: string; status: number }>(
    Exit.Refused,
    ({ host, path, method, status }) =>
      status === 405
        ? `${host} does not accept ${method} at ${path} (HTTP status 405).`
        : status === 410
          ? `What was at ${path} on ${host} is gone (HTTP status 410).`
          : `There is nothing at ${path} on ${host} (HTTP status ${status}).`,
    () =>
      'Compare the path and the method with the reference of the API, for Drive: https://developers.google.com/workspace/drive/api/reference/rest/v3',
  ),
  redirect_uri_unregistered: row<{ clientId: string; sent: string }>(
    Exit.Refused,
    ({ clientId, sent }) =>
      `The server does not know ${sent} as a redirect URI of the client ${clientId} (redirect_uri_mismatch).`,
    () =>
      'Register it in the console (Clients, your client, "Authorized redirect URIs"), to the letter, and download the JSON of the client again. A change may take some minutes to arrive.',
  ),
  smoke_failed: row<{ problem: string }>(
    Exit.Refused,
    ({ problem }) => `A step of the smoke test did not find what it should: ${problem}.`,
    () =>
      'Run it again with --debug, which shows each request and answer without secrets. Where it happens on the local Google, it is a bug of gsa: please report it.',
  ),
}

const verification = {
  state_mismatch: row<{ seconds: number }>(
    Exit.VerificationFailed,
    ({ seconds }) =>
      `Only answers that belong to another login arrived (wrong state), and no right one within ${humanDuration(seconds * 1000)}.`,
    () => 'Close old consent pages, run gsa login again, and use the page that it opens.',
  ),
  answer_of_another_login: row(
    Exit.VerificationFailed,
    () => 'The address belongs to another login: its state is not that of the login that waits here.',
    () =>
      'Log in at the address that the last gsa login --start printed, and copy the address that the browser ends on. Then run gsa login --finish again; the login still waits.',
  ),
  authorization_response_invalid: row<{ problem: string }>(
    Exit.VerificationFailed,
    ({ problem }) => `The answer that the browser brought back cannot be trusted: ${problem}.`,
    () =>
      'Nothing was stored. Run gsa login again; if it happens again, something between the browser and the server changes the answer.',
  ),
  id_token_invalid: row<{ check: string; expected: string; found: string; isCodeUsed?: boolean }>(
    Exit.VerificationFailed,
    ({ check, expected, found, isCodeUsed }) =>
      `The ID token is not valid: ${check} should be ${expected}, but is ${found}.${isCodeUsed === true ? ' Nothing was stored.' : ''}`,
    ({ check }) =>
      check === 'aud'
        ? 'Check which client id the app asks with: it must name your web client id as its server client id.'
        : check === 'exp' || check === 'iat' || check === 'nbf'
          ? 'Check the clock of this machine, and get a new token.'
          : 'Do not trust this token; get a new one from the server it claims to come from.',
  ),
  clock_wrong: row<{ host: string; seconds: number }>(
    Exit.VerificationFailed,
    ({ host, seconds }) =>
      `The clock of this machine is ${humanDuration(Math.abs(seconds) * 1000)} ${seconds > 0 ? 'ahead of' : 'behind'} that of ${host}, which is too much to verify an ID token by.`,
    () =>
      'Set the clock, and let it be kept right (Linux: timedatectl set-ntp true; macOS and Windows: date and time settings).',
  ),
  account_unexpected: row<{ expected: string; found: string }>(
    Exit.VerificationFailed,
    ({ expected, found }) =>
      `The code belongs to ${found}, not to ${expected}. The tokens were thrown away, and the grant still stands.`,
    ({ expected }) => `Get a code while signed in as ${expected}, or leave out --expect-email.`,
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
        ? `You declined to store ${account}: its tokens were revoked and thrown away.`
        : `You declined to store ${account}: its tokens were thrown away, and the grant still stands${problem === null ? '' : ` because it could not be revoked (${problem})`}.`,
    ({ grant, page }) =>
      grant === 'revoked'
        ? 'Get a code of the account that you expect.'
        : `Get a code of the account that you expect. To end the grant: ${page ?? 'revoke it at the server'}`,
  ),
  account_changed: row<{ expected: string; found: string }>(
    Exit.VerificationFailed,
    ({ expected, found }) => `The server answered a refresh for account ${expected} with an ID token for ${found}.`,
    () => 'The new access token was not used. Do not use this server until the reason is known.',
  ),
  content_mismatch: row<{ name: string; expected: string; found: string; left: 'nothing' | 'damaged' }>(
    Exit.VerificationFailed,
    ({ name, expected, found }) => `The content of "${name}" has the MD5 ${found}, but Drive reports ${expected}.`,
    ({ left }) =>
      left === 'nothing'
        ? 'Nothing was kept under that name. Try again.'
        : 'What is in Drive now is not what was sent. Put it again, with --replace.',
  ),
}

const storeChoices = '--store file:PATH (an encrypted file) or --store helper:NAME'
const otherStores = `You can also choose another store: ${storeChoices}.`

/** Returns the advice for a platform; a platform that nobody named gets what fits all. */
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
    ({ problem }) => `There is no keychain here: ${problem}.`,
    ({ platform }) =>
      byPlatform(platform, {
        darwin: `Check it with: security default-keychain. ${otherStores}`,
        win32: `Log on with a password, not with an SSH key, or choose another store: ${storeChoices}.`,
        linux: `Start one (on a server: dbus-run-session with gnome-keyring-daemon --unlock), or choose another store: ${storeChoices}.`,
      }),
  ),
  keychain_silent: row(
    Exit.Store,
    () => 'The keychain is there, but does not answer.',
    () => 'Restart the keyring daemon (or answer the prompt that it may be showing), and run the command again.',
  ),
  keychain_unsupported: row<{ platform: string }>(
    Exit.Store,
    ({ platform }) => `The keychain module @napi-rs/keyring is not installed for this platform (${platform}).`,
    () => `Reinstall without --omit=optional, or choose another store: ${storeChoices}.`,
  ),
  keychain_locked: row<{ problem: string; platform: string }>(
    Exit.Store,
    ({ problem }) => `The keychain is locked or refuses access: ${problem}.`,
    ({ platform }) =>
      byPlatform(platform, {
        darwin: 'Unlock it (over SSH: security unlock-keychain) and run the command again.',
        win32: 'Unlock it (log on to Windows) and run the command again.',
        linux: 'Unlock it (log in to the desktop, or unlock the "login" keyring) and run the command again.',
        unknown:
          'Unlock it (log in to the desktop, or unlock the "login" keyring; on macOS: security unlock-keychain) and run the command again.',
      }),
  ),
  keychain_denied: row<{ problem: string }>(
    Exit.Store,
    ({ problem }) => `Access to the keychain was denied: ${problem}.`,
    () => 'Run the command again, and allow the access when the keychain asks.',
  ),
  keychain_failed: row<{ problem: string }>(
    Exit.Store,
    ({ problem }) => `The keychain failed: ${problem}.`,
    () => `Check the keychain with its own program. ${otherStores}`,
  ),
  value_too_long: row<{ store: string; limit: number }>(
    Exit.Store,
    ({ store, limit }) =>
      `The client secret and the refresh token are longer than an item of the ${store} can be: ${limit.toLocaleString('en')} characters.`,
    () => 'Choose a store without this limit: --store file:PATH (an encrypted file).',
  ),
  store_read_back_differs: row<{ store: string }>(
    Exit.Store,
    ({ store }) => `The ${store} did not give back what was written to it.`,
    () => 'Nothing can be trusted to rest there. Check the keychain with its own program, then run the command again.',
  ),
  stored_value_invalid: row<{ store: string; account: string }>(
    Exit.Store,
    ({ store, account }) => `What the ${store} holds for ${account} was not written by this version of gsa.`,
    ({ account }) => `Remove it with: ${typedCommand(['gsa', 'accounts', 'remove', account])}. Then log in again.`,
  ),
  not_stored_after_exchange: row<{ store: string; problem: string; consentAgain: string; page: string | null }>(
    Exit.Store,
    ({ store, problem }) =>
      `The code was exchanged, but the refresh token could not be kept in the ${store}: ${problem}`,
    ({ consentAgain, page }) =>
      `Make the store work, then get a new refresh token: ${consentAgain}. To end the grant of the lost one: ${page ?? 'revoke it at the server'}`,
  ),
  rotated_token_not_stored: row<{ account: string; problem: string }>(
    Exit.Store,
    ({ account, problem }) =>
      `The server replaced the refresh token of ${account}, and the new one could not be kept: ${problem}`,
    () => 'The old one is no longer valid. Make the store work, then log in again: gsa login',
  ),
  index_damaged: row<{ path: string }>(
    Exit.Store,
    ({ path }) => `"${path}" is not a list of accounts that this version of gsa wrote.`,
    () => 'Make it again from what the store holds: gsa accounts rebuild',
  ),
  lock_busy: row<{ purpose: string; owner: string; file: string }>(
    Exit.Store,
    ({ purpose, owner }) => `${owner} does ${purpose} and has not come to an end for more than two minutes.`,
    ({ file }) => `See what that process waits for, and end it. If there is none, remove "${file}".`,
  ),
  lock_lost: row<{ purpose: string }>(
    Exit.Store,
    ({ purpose }) =>
      `While this process was suspended, another machine took over its lock (${purpose}), so nothing was written.`,
    () => 'Run the command again.',
  ),
  passphrase_file_unusable: row<{ file: string; problem: string }>(
    Exit.Usage,
    ({ file, problem }) => `The passphrase file "${file}" cannot be used: ${problem}.`,
    () =>
      'Put the passphrase on one line of a file that only you can read, in another folder than the store, and name it in GSA_STORE_PASSPHRASE_FILE.',
  ),
  passphrase_wrong: row<{ file: string }>(
    Exit.Store,
    ({ file }) => `The passphrase does not open "${file}"; the file was left as it was.`,
    () =>
      'Try again with the passphrase that it was made with (GSA_STORE_PASSPHRASE_FILE, or the prompt). If it is the right one, the first lines of the file are damaged: restore it from a backup.',
  ),
  store_file_damaged: row<{ file: string; problem: string }>(
    Exit.Store,
    ({ file, problem }) => `"${file}" is damaged or not a store of gsa: ${problem}. It was left as it was.`,
    () => 'Restore it from a backup, or log in again with another file: gsa login --store file:PATH',
  ),
  store_file_unusable: row<{ file: string; problem: string }>(
    Exit.Store,
    ({ file, problem }) => `The store "${file}" cannot be used: ${problem}.`,
    () => 'Check its permissions and the space on its disk; what was in it is still there.',
  ),
  helper_missing: row<{ helper: string }>(
    Exit.Store,
    ({ helper }) => `There is no program docker-credential-${helper} on the PATH.`,
    () =>
      'Install it (Debian: golang-docker-credential-helpers), or choose another store: --store keychain or --store file:PATH.',
  ),
  helper_failed: row<{ helper: string; problem: string }>(
    Exit.Store,
    ({ helper, problem }) => `docker-credential-${helper} failed: ${problem}.`,
    () => 'Make it work by itself first (unlock its keychain, set up its password store), then run the command again.',
  ),
  config_unusable: row<{ path: string; problem: string }>(
    Exit.Store,
    ({ path, problem }) => `"${path}" cannot be used: ${problem}.`,
    () => 'Fix its permissions or content, or set GSA_CONFIG_DIR to a folder that you can write to.',
  ),
  config_not_private: row<{ path: string; problem: string; remedy: string }>(
    Exit.Store,
    ({ path, problem }) => `"${path}" ${problem}, so gsa does not trust its content.`,
    ({ remedy }) => `${remedy} (or trust all who can write there: GSA_TRUST_CONFIG_DIR=1)`,
  ),
}

const requests = {
  request_path_unknown: row<{ path: string; wanted: string }>(
    Exit.Refused,
    ({ path, wanted }) => `There is nothing at ${path}; codes are taken at ${wanted}.`,
    ({ wanted }) => `Send the code to ${wanted}, with this host and port before it.`,
  ),
  request_method_refused: row<{ method: string }>(
    Exit.Refused,
    ({ method }) => `A code is sent with POST, and this request is a ${method}.`,
    () => 'Send it with POST, in the body: what is in a URL ends up in logs.',
  ),
  request_host_foreign: row<{ host: string }>(
    Exit.Refused,
    ({ host }) =>
      host === ''
        ? 'The request does not say which host it is for.'
        : `The request is for the host "${host}", which is not this one.`,
    () =>
      'Use one of the addresses that gsa serve printed: a name that leads here by accident could be that of a hostile page.',
  ),
  request_origin_foreign: row<{ origin: string }>(
    Exit.Refused,
    ({ origin }) => `The request comes from a page of another origin (${origin}).`,
    ({ origin }) =>
      /^https?:/.test(origin)
        ? `If that page is yours: gsa serve --allow-origin ${origin}`
        : 'Open the page from a server, such as http://localhost:3000, and let it in: gsa serve --allow-origin http://localhost:3000',
  ),
  request_header_missing: row<{ header: string; isEmpty: boolean }>(
    Exit.Refused,
    ({ header, isEmpty }) =>
      `The request has ${isEmpty ? `an empty ${header} header` : `no ${header} header`}, so it could be forged by a foreign page.`,
    () =>
      'Send X-Requested-With: XMLHttpRequest with the code. (The backends of the guides ask for it; the Android sample of the same guides does not send it.)',
  ),
  request_user_foreign: row(
    Exit.Refused,
    () => 'The request comes from another user of this machine.',
    () =>
      'Run the app as the user of gsa serve, or start gsa serve --token and send the X-Pairing-Token that it prints.',
  ),
  pairing_token_refused: row<{ isMissing: boolean }>(
    Exit.Refused,
    ({ isMissing }) =>
      isMissing
        ? 'The request has no X-Pairing-Token header, which tells your app from others.'
        : 'The X-Pairing-Token of the request is not the one of this run.',
    () => 'Send X-Pairing-Token with the value that gsa serve printed when it started; it is new each time.',
  ),
  request_type_refused: row<{ type: string }>(
    Exit.Refused,
    ({ type }) =>
      type === '' ? 'The request does not say what its body is.' : `A body of type "${type}" is not taken here.`,
    () =>
      'Send application/x-www-form-urlencoded (authCode=… or code=…), application/json, or the bare code as application/octet-stream.',
  ),
  request_too_long: row<{ limit: number }>(
    Exit.Refused,
    ({ limit }) => `The request has a body of more than ${limit} bytes.`,
    () => 'Send the code and the ID token alone.',
  ),
  request_too_slow: row<{ seconds: number }>(
    Exit.Refused,
    ({ seconds }) => `The request was not complete within ${humanDuration(seconds * 1000)}.`,
    () => 'Send headers and body in one go, with a Content-Length that fits. The code was not sent on.',
  ),
  request_body_invalid: row<{ problem: string }>(
    Exit.Refused,
    ({ problem }) => `The body of the request cannot be used: ${problem}.`,
    () =>
      'Send authCode=… (Android, iOS) or code=… (web pop-up) as a form or as JSON. Nothing was sent on, so the code is still good.',
  ),
  code_in_wrong_field: row<{ field: 'code' | 'authCode'; sent: string }>(
    Exit.Refused,
    ({ field, sent }) =>
      `The code does not fit the field "${field}", which is exchanged with ${sent === '' ? 'an empty redirect URI' : `the redirect URI ${sent}`} (redirect_uri_mismatch).`,
    ({ field }) =>
      field === 'code'
        ? 'If it comes from Android or iOS, get a new one and send it as authCode. (The Python sample of the guides sends postmessage with codes of phones, too, and fails like this.)'
        : 'If it comes from the web pop-up, get a new one and send it as code.',
  ),
  server_stopping: row(
    Exit.Interrupted,
    () => 'gsa serve is stopping.',
    () => 'Start gsa serve and send the code again.',
  ),
  id_token_of_another_account: row<{ expected: string; found: string }>(
    Exit.VerificationFailed,
    ({ expected, found }) =>
      `The code belongs to ${found}, and the ID token that came with it to ${expected}. Nothing was stored.`,
    () => 'Send the code and the ID token of one and the same sign-in.',
  ),
}

const others = {
  unknown_failure: row(
    Exit.Refused,
    () => 'No failure that gsa knows is in this text.',
    () =>
      'Give more of it: the whole body or log with the line that says "error". If it is about Google sign-in or Drive, please report the text, without its tokens.',
  ),
  bug: row<{ problem: string }>(
    Exit.Bug,
    ({ problem }) => `gsa met something it did not expect (${problem}).`,
    () => 'This is a bug. Please report it with the command that you ran and this line.',
  ),
  interrupted_after_exchange: row<{ consentAgain: string }>(
    Exit.Interrupted,
    () => 'Interrupted after the code was used; nothing was stored.',
    ({ consentAgain }) =>
      `The grant still stands. To store it after all: ${consentAgain} (or a new code from the app, with consent asked again).`,
  ),
  interrupted_before_removal: row<{ name: string; id: string; problem: string }>(
    Exit.Interrupted,
    ({ name, problem }) => `Interrupted, and the file "${name}" could not be removed from the app folder: ${problem}.`,
    ({ id }) => `Remove it when Drive answers again: gsa drive rm --id ${id} --yes`,
  ),
  interrupted: row(
    Exit.Interrupted,
    () => 'Interrupted.',
    () => 'Nothing is left half done; run the command again when you like.',
  ),
}

/**
 * Every way in which `gsa` fails on purpose. Closed: a new failure is a new row here, with
 * its exit code, cause and fix.
 */
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

/** The name of a row: the `error.code` of JSON output. */
export type FailureCode = keyof typeof failureTable

/** What a row needs to know to word its cause and fix; printed as `error.details`. */
export type FailureDetails<Code extends FailureCode> = Parameters<(typeof failureTable)[Code]['cause']>[0]
