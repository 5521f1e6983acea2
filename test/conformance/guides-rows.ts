import { pin, type Rule } from './pinned-rules.ts'

const guides = 'test/conformance/guides.test.ts'
const exchange = 'test/commands/exchange.test.ts'
const accounts = 'test/commands/accounts.test.ts'
const serve = 'test/backend/serve.test.ts'
const pastedCode = 'test/oauth/pasted-code.test.ts'
const clientSecrets = 'test/oauth/client-secrets.test.ts'
const scopes = 'test/oauth/scopes.test.ts'
const snippet = 'test/snippets/snippet.test.ts'
const backends = 'test/snippets/backends.test.ts'
const relyingParty = 'test/conformance/relying-party-rows.ts'
const keychain = 'test/keychain/keychain.test.ts'
const doctor = 'test/commands/doctor.test.ts'
const appFiles = 'test/doctor/app-files.test.ts'

/** The requirements of Google's offline-access guides for a backend, line by line, and gsa's implementation. */
export const guidesRows: readonly Rule[] = [
  {
    id: 'R1',
    rule: 'Codes from phones need a web client. gsa refuses another client, or another file, and names it.',
    code: 'src/oauth/client.ts',
    pins: [
      ...pin(serve, 'for a web client only, and says why'),
      ...pin(guides, "R1: a phone's code is not sent with a desktop client"),
      ...pin(clientSecrets, 'is a service account key', 'belongs to an Android app'),
      ...pin(doctor, 'knows what each type is for'),
    ],
  },
  {
    id: 'R2',
    rule: 'An Android app requests a code with the id of the web client.',
    code: 'src/snippets/android.ts',
    pins: pin(snippet, 'requests offline access for the web client, and handles a missing code'),
  },
  {
    id: 'R3',
    rule: 'DRIVE_APPFOLDER, drive.appfolder and similar names mean drive.appdata.',
    code: 'src/oauth/scopes.ts',
    pins: pin(scopes, 'DRIVE_APPFOLDER', 'drive.appfolder'),
  },
  {
    id: 'R4',
    rule: 'gsa always requests openid; email and userinfo.email are the same scope.',
    code: 'src/oauth/scopes.ts',
    pins: [
      ...pin(scopes, 'are compared as sets, with the names that Google returns'),
      ...pin(guides, 'R4: a login requests openid, email, profile and the app folder'),
    ],
  },
  {
    id: 'R5',
    rule: 'An app without a code prints null, nil or undefined: gsa says so and sends nothing.',
    code: 'src/oauth/pasted-code.ts',
    pins: pin(pastedCode, 'nothing is sent for', "['null', 'code_missing']"),
  },
  {
    id: 'R6',
    rule: 'An iOS app names both clients and its own URL scheme in Info.plist.',
    code: 'src/snippets/ios.ts',
    pins: [
      ...pin(snippet, 'Info.plist is a property list with both client ids and the URL scheme'),
      ...pin(appFiles, 'without a server id', 'with ids from two projects', 'without the scheme'),
    ],
  },
  {
    id: 'R7',
    rule: 'A silent sign-in on iOS returns no code.',
    code: 'src/failures/table.ts',
    pins: pin(guides, 'R7: nil in an iOS app is explained by a silent sign-in'),
  },
  {
    id: 'R8',
    rule: 'A code arrives by POST, as authCode or code, in a form, in JSON or alone; over https if it leaves the machine.',
    code: 'src/backend/code-request.ts',
    pins: pin(
      serve,
      'authCode in a form, as Android and iOS send it',
      'the bare body of the first web sample',
      "['GET', { method: 'GET' }",
      'creates a certificate',
      'says that codes travel unencrypted, unless they do not',
    ),
  },
  {
    id: 'R9',
    rule: '403 without X-Requested-With or with an empty one, before gsa reads the body.',
    code: 'src/backend/request-checks.ts',
    pins: pin(
      serve,
      'a request without X-Requested-With',
      'one with an empty X-Requested-With',
      "that the guides' Android sample sends no X-Requested-With",
    ),
  },
  {
    id: 'R10',
    rule: 'gsa parses the client secrets file strictly; its endpoints must be those of Google; doctor warns if others can read it.',
    code: 'src/oauth/client.ts',
    pins: [
      ...pin(
        clientSecrets,
        'names a token endpoint elsewhere',
        'may name other endpoints when another server is chosen',
      ),
      ...pin(doctor, 'the client file'),
    ],
  },
  {
    id: 'R11',
    rule: 'The token endpoint is that of Google, or an explicitly chosen one, over https or on loopback.',
    code: 'src/http/url-rule.ts',
    pins: pin('test/http/url-rule.test.ts', 'http://'),
  },
  {
    id: 'R12',
    rule: 'The origin of the code determines the redirect URI; a mismatch names the others, and gsa does not try the code with them.',
    code: 'src/commands/exchange.ts',
    pins: [
      ...pin(exchange, 'sends the redirect URI that fits a code from %s'),
      ...pin(guides, 'R12: a mismatch names the other origins, and the code is sent once'),
    ],
  },
  {
    id: 'R13',
    rule: 'gsa parses the token response strictly: the granted scopes, the lifetime, and whether there is a refresh token.',
    code: 'src/oauth/token-endpoint.ts',
    pins: [
      ...pin('test/conformance/checklist-tokens.test.ts', 'may have the scopes in another order and under other names'),
      ...pin(exchange, "redeems an Android app's code and stores the refresh token"),
    ],
  },
  {
    id: 'R14',
    rule: 'Only the first consent returns a refresh token: gsa keeps the stored one, and each platform has a way to get a new one.',
    code: 'src/credentials/grant.ts',
    pins: [
      ...pin(
        exchange,
        'keeps the stored refresh token when a second exchange returns none, and says how to force consent',
      ),
      ...pin(guides, 'R14: the fix names the way to a new refresh token for each platform'),
    ],
  },
  {
    id: 'R15',
    rule: 'The refresh token is stored in the keychain, or not at all with --no-store.',
    code: 'src/credentials/keep-grant.ts',
    pins: [
      ...pin(keychain, 'is the only place where the tokens are'),
      ...pin(exchange, 'stores nothing with --no-store'),
    ],
  },
  {
    id: 'R16',
    rule: 'gsa refreshes the access token before it expires, including rotation; it also verifies the ID token of a refresh.',
    code: 'src/credentials/access.ts',
    pins: [
      ...pin(accounts, 'refreshes when the cached token expires too soon', 'stores a rotated refresh token'),
      ...pin(relyingParty, 'answers a refresh with an ID token for another subject'),
    ],
  },
  {
    id: 'R17',
    rule: 'The call of the guides is files.get of the app folder, under its current name.',
    code: 'src/drive/app-folder.ts',
    pins: pin(guides, "R17: gsa drive info makes the guides' call"),
  },
  {
    id: 'R18',
    rule: 'Every request names gsa and its version.',
    code: 'src/http/connect.ts',
    pins: pin(guides, 'R18: every request names gsa and its version'),
  },
  {
    id: 'R19',
    rule: 'gsa verifies the ID token of a code, and does not only parse it.',
    code: 'src/credentials/accept-tokens.ts',
    pins: [...pin(exchange, 'refuses an ID token without the requested nonce'), ...pin(relyingParty, 'signature')],
  },
  {
    id: 'R20',
    rule: 'gsa shows the eight claims of the samples; sub is the key; email_verified may be a string, and locale may be missing.',
    code: 'src/commands/shared/grant-report.ts',
    pins: pin(guides, 'R20: the claims from the samples are shown', 'R20: email_verified may be a string'),
  },
  {
    id: 'R21',
    rule: 'Code for Android uses the current API; --legacy uses that of the guides, and says that it is deprecated.',
    code: 'src/snippets/android-legacy.ts',
    pins: [
      ...pin(snippet, "['SignInActivity.kt', 'android', '--legacy']"),
      ...pin(guides, "R21: the guides' code for Android says that it is outdated"),
    ],
  },
  {
    id: 'R22',
    rule: 'GoogleSignIn-iOS before 7.1.0 has no privacy manifest.',
    code: 'src/snippets/ios.ts',
    pins: [
      ...pin(guides, 'R22: the code for iOS names the oldest usable version'),
      ...pin(appFiles, 'with the one before it'),
    ],
  },
  {
    id: 'R23',
    rule: 'This repository does not copy the texts and the code of the guides.',
    code: 'src/snippets/snippet.ts',
    pins: pin(guides, 'R23 and R24: no snippet repeats the samples or uses what they used'),
  },
  {
    id: 'R24',
    rule: 'gsa does not use the discontinued libraries of the samples.',
    code: 'src/snippets/snippet.ts',
    pins: pin(guides, 'R23 and R24: no snippet repeats the samples or uses what they used'),
  },
  {
    id: 'Android sign-in',
    rule: 'Credential Manager returns an ID token and no code; it needs the web client id and a nonce.',
    code: 'src/snippets/android.ts',
    pins: pin(guides, 'Android sign-in: Credential Manager gets the web client id and a nonce'),
  },
  {
    id: 'Android authorization',
    rule: 'AuthorizationClient with requestOfflineAccess returns the code.',
    code: 'src/snippets/android.ts',
    pins: pin(snippet, 'requests offline access for the web client, and handles a missing code'),
  },
  {
    id: 'iOS',
    rule: 'signIn with additionalScopes, and a later addScopes, return a code, which may be nil.',
    code: 'src/snippets/ios.ts',
    pins: pin(guides, 'iOS: signIn and addScopes may return a code, and a missing code has its own error'),
  },
  {
    id: 'Web pop-up',
    rule: 'The code client of Google Identity Services posts code with X-Requested-With; gsa exchanges it with postmessage.',
    code: 'src/snippets/web.ts',
    pins: [
      ...pin(snippet, 'for the web is a page whose script is JavaScript, whatever a scope contains'),
      ...pin(backends, "$platform redeems an app's code, then one from the pop-up"),
      ...pin(serve, 'code in a form, as the web pop-up sends it'),
    ],
  },
  {
    id: 'Web redirect',
    rule: 'gsa exchanges a code from a redirect with exactly that redirect URI.',
    code: 'src/oauth/pasted-code.ts',
    pins: pin(exchange, 'takes the redirect URI from a pasted redirect URL'),
  },
  {
    id: 'Play Games',
    rule: 'A server-side access code of Play Games is an Android code.',
    code: 'src/commands/exchange.ts',
    pins: pin(guides, 'Play Games: its code is exchanged like an Android code'),
  },
  {
    id: 'Server libraries',
    rule: 'Backends use the current Google libraries for what they do well: verifying ID tokens.',
    code: 'src/snippets/node.ts',
    pins: pin(backends, "$platform redeems an app's code, then one from the pop-up", '$platform sends a code once'),
  },
  {
    id: 'Time-based access',
    rule: 'If access is limited in time, gsa says when the refresh token expires.',
    code: 'src/credentials/grant.ts',
    pins: pin(guides, "Time-based access: a refresh token's expiry is shown, and gsa warns of it"),
  },
]

/** The lines of the guides, then their current replacements. */
export const guidesIds: readonly string[] = [
  ...Array.from({ length: 24 }, (_, at) => `R${at + 1}`),
  'Android sign-in',
  'Android authorization',
  'iOS',
  'Web pop-up',
  'Web redirect',
  'Play Games',
  'Server libraries',
  'Time-based access',
]
