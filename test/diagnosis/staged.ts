import type { JsonObject } from '../../src/core/json.ts'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { postCode, serving } from '../backend/serving.ts'
import { generate, listed, logIn } from '../drive/app-folder.ts'
import { configure } from '../emulator/raw-http.ts'
import { freePort } from '../support/free-port.ts'
import type { Gsa, Run, RunOptions } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

/** The output of a run that failed or warned. */
export type Outcome = Pick<Run, 'exitCode' | 'error' | 'json'>

/** A failure that `gsa` meets, and its expected report. */
interface Staged {
  readonly stage: (gsa: Gsa, google: Emulator) => Promise<Outcome>
  /** The failure's, or the warning's with exit code 0. */
  readonly code: string
  /** The status of a `gsa serve` response. */
  readonly exitCode: number
  /** In the cause. */
  readonly cause: string
  /** In the fix. */
  readonly fix: string
}

/** An answer by the emulator to a request that `gsa` does not make, which `gsa explain` recognises. */
interface Answered {
  readonly answer: (google: Emulator) => Promise<string>
  readonly code: string
}

/** The reason why `gsa` itself cannot meet a failure. */
interface Elsewhere {
  readonly elsewhere: string
}

const ada = 'ada@example.com'
const project = '100000000001'
const web = `${project}-web.apps.googleusercontent.com`
const desktop = `${project}-desktop.apps.googleusercontent.com`
const drive = 'https://www.googleapis.com/auth/drive.appdata'
const aForeignPage = {
  elsewhere: 'Google says it on a page in the browser, in answer to a request that gsa does not make',
}
const inAnApp = { elsewhere: 'it happens on the phone or in the page of an app, before there is a code for gsa' }

const timeIsUpWhen = /Open this address/

const exchange = async (gsa: Gsa, stdin: string, ...flags: readonly string[]): Promise<Run> =>
  gsa.run('exchange', '-', '--json', ...flags, { stdin })
const login = async (gsa: Gsa, options: RunOptions, ...flags: readonly string[]): Promise<Run> =>
  gsa.run('login', '--no-browser', '--json', '--client-secrets', gsa.desktopClient, ...flags, options)
const loginOnDevice = async (gsa: Gsa, ...flags: readonly string[]): Promise<Run> =>
  gsa.run('login', '--device', '--json', '--client-secrets', gsa.tvClient, ...flags)
const list = async (gsa: Gsa): Promise<Run> => gsa.run('drive', 'ls-appfolder', '--json')

/** Writes a client file as the console creates it. */
function client(gsa: Gsa, members: JsonObject): string {
  const whole = { client_id: web, client_secret: 'GOCSPX-emulator-web', redirect_uris: [], ...members }
  return gsa.file('client.json', JSON.stringify({ web: whole }))
}

/** Returns where another program with this desktop client, which uses PKCE, ended. */
async function redirectOfAnotherProgram(google: Emulator): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: desktop,
    redirect_uri: `http://127.0.0.1:${await freePort()}/landing`,
    scope: 'openid email',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  return (await answerConsent(`${google.issuer}/o/oauth2/v2/auth?${query.toString()}`, { decision: 'allow' })).url
}

/** Arms a fault for the next refresh. */
const refreshMeeting =
  (fault: string): Staged['stage'] =>
  async (gsa, google) => {
    await logIn(gsa, google)
    google.arm({ on: 'token', fault })
    return gsa.run('refresh', '--json')
  }

/** Arms a fault at Drive, for as long as needed. */
const listMeeting =
  (fault: string, seconds?: number): Staged['stage'] =>
  async (gsa, google) => {
    await logIn(gsa, google)
    google.arm({ on: 'drive', fault, times: 9, ...(seconds === undefined ? {} : { seconds }) })
    return list(gsa)
  }

/** A client whose state in the console is invalid. */
const exchangeWithClientThatIs =
  (status: 'deleted' | 'disabled'): Staged['stage'] =>
  async (gsa, google) => {
    const code = await google.createCode()
    await configure(google, 'PATCH clients', { clientId: web, status })
    return exchange(gsa, code)
  }

/** Verifies an ID token issued for the web client, with these flags. */
const verifyWith =
  (...flags: readonly string[]): Staged['stage'] =>
  async (gsa, google) => {
    const idToken = await idTokenOf(gsa, google)
    return gsa.run('id-token', 'verify', '-', '--json', ...flags, { stdin: idToken })
  }

async function idTokenOf(gsa: Gsa, google: Emulator): Promise<string> {
  const stdin = await google.createCode()
  const { json } = await gsa.run('exchange', '-', '--show-tokens', '--json', { stdin, printsSecrets: true })
  return (json['idToken'] as { value: string }).value
}

/** Checks an Info.plist with these members before the app is built. */
const doctorOfPlist =
  (members: Readonly<Record<string, string>>): Staged['stage'] =>
  async (gsa) => {
    const entries = Object.entries(members).map(([name, value]) => `<key>${name}</key>${value}`)
    const plist = `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict>${entries.join('')}</dict></plist>`
    return gsa.run('doctor', '--offline', '--json', '--info-plist', gsa.file('Info.plist', plist))
  }
const text = (value: string): string => `<string>${value}</string>`
const iosIds = (server: string): Record<string, string> => ({
  GIDClientID: text(`${project}-ios.apps.googleusercontent.com`),
  GIDServerClientID: text(server),
})
const urlScheme = {
  CFBundleURLTypes: `<array><dict><key>CFBundleURLSchemes</key><array>${text(`com.googleusercontent.apps.${project}-ios`)}</array></dict></array>`,
}

/** The known failures by number: how `gsa` meets each, or why it never does. */
export const staged: Readonly<Record<number, Staged | Answered | Elsewhere>> = {
  1: {
    stage: async (gsa, google) => {
      await logIn(gsa, google)
      return exchange(gsa, await google.createCode())
    },
    code: 'no_refresh_token',
    exitCode: 0,
    cause: 'because consent was given before',
    fix: 'gsa login --force-consent',
  },
  2: {
    stage: async (gsa, google) => {
      await logIn(gsa, google)
      await gsa.run('logout')
      await exchange(gsa, await google.createCode())
      return gsa.run('refresh', '--json')
    },
    code: 'no_refresh_token',
    exitCode: 4,
    cause: 'No refresh token is stored for ada@example.com',
    fix: 'gsa login --force-consent',
  },
  3: {
    stage: async (gsa, google) => exchange(gsa, await google.createCode(), '--from', 'web-popup'),
    code: 'redirect_uri_mismatch',
    exitCode: 5,
    cause: 'gsa sent "postmessage", as for a code from web-popup',
    fix: 'gsa exchange --from android',
  },
  4: {
    stage: async (gsa, google) => exchange(gsa, await google.createCode({ platform: 'web-popup' })),
    code: 'redirect_uri_mismatch',
    exitCode: 5,
    cause: 'an empty one',
    fix: 'gsa exchange --from web-popup',
  },
  5: {
    stage: async (gsa) =>
      login(gsa, {}, '--client-secrets', client(gsa, { redirect_uris: ['https://app.example.com/cb'] })),
    code: 'loopback_redirect_uri_missing',
    exitCode: 2,
    cause: 'none of its registered redirect URIs (https://app.example.com/cb) points to this machine',
    fix: '"Desktop app" client, which needs no registration',
  },
  6: {
    stage: async (gsa) => {
      const file = client(gsa, { redirect_uris: ['http://localhost:8080/oauth2callback/'] })
      return gsa.run('doctor', '--json', '--client-secrets', file)
    },
    code: 'redirect_uri_unregistered',
    exitCode: 5,
    cause: 'http://localhost:8080/oauth2callback/ is not a registered redirect URI',
    fix: 'Add exactly this URI',
  },
  7: {
    stage: async (gsa, google) => exchange(gsa, (await google.createCode()).slice(0, -6)),
    code: 'code_refused',
    exitCode: 5,
    cause: 'it was truncated, changed, or URL-encoded once too often',
    fix: 'paste the whole code',
  },
  8: {
    stage: async (gsa, google) => {
      const code = await google.createCode()
      google.advanceClock('11m')
      return exchange(gsa, code)
    },
    code: 'code_refused',
    exitCode: 5,
    cause: 'older than ten minutes',
    fix: 'Get a new code',
  },
  9: {
    stage: async (gsa, google) => {
      const stdin = await google.createCode()
      const { env } = lastingStore(gsa)
      await gsa.run('exchange', '-', { stdin, env })
      return gsa.run('exchange', '-', '--json', { stdin, env })
    },
    code: 'code_used_before',
    exitCode: 5,
    cause: 'gsa already sent this code',
    fix: 'gsa accounts',
  },
  10: {
    stage: async (gsa, google) =>
      exchange(gsa, await redirectOfAnotherProgram(google), '--client-secrets', gsa.desktopClient),
    code: 'code_verifier_refused',
    exitCode: 5,
    cause: 'Missing code verifier',
    fix: '--code-verifier-file FILE',
  },
  11: {
    stage: async (gsa, google) => {
      const verifier = gsa.file('verifier', 'a'.repeat(43))
      const flags = ['--client-secrets', gsa.desktopClient, '--code-verifier-file', verifier]
      return exchange(gsa, await redirectOfAnotherProgram(google), ...flags)
    },
    code: 'code_verifier_refused',
    exitCode: 5,
    cause: 'Invalid code verifier',
    fix: 'the code verifier of its authorization request',
  },
  12: {
    stage: async (gsa, google) =>
      exchange(gsa, await google.createCode(), '--code-verifier-file', gsa.file('verifier', 'a'.repeat(43))),
    code: 'code_verifier_refused',
    exitCode: 5,
    cause: 'not needed',
    fix: 'leave out --code-verifier-file',
  },
  13: {
    stage: async (gsa, google) => {
      await configure(google, 'POST projects', { publishingStatus: 'testing' })
      await logIn(gsa, google)
      google.advanceClock('7d')
      return gsa.run('refresh', '--json', { now: () => Date.now() + 7 * 86_400_000 })
    },
    code: 'refresh_token_refused',
    exitCode: 4,
    cause: 'the app is in "Testing"',
    fix: 'Publish the app in the console',
  },
  14: {
    stage: refreshMeeting('invalid-rapt'),
    code: 'refresh_token_refused',
    exitCode: 4,
    cause: 'requires a new sign-in from time to time',
    fix: 'https://support.google.com/a/answer/9368756',
  },
  15: { elsewhere: 'no account of the emulator can be deleted; the words are weighed in test/credentials' },
  16: {
    stage: async (gsa, google) => {
      const file = client(gsa, { client_id: web.replace('web', 'wep') })
      return exchange(gsa, await google.createCode(), '--client-secrets', file)
    },
    code: 'client_refused',
    exitCode: 5,
    cause: 'The OAuth client was not found',
    fix: 'Compare the client ID with those in the console',
  },
  17: {
    stage: async (gsa, google) => {
      const file = client(gsa, { client_secret: 'GOCSPX-old' })
      return exchange(gsa, await google.createCode(), '--client-secrets', file)
    },
    code: 'client_refused',
    exitCode: 5,
    cause: 'The provided client secret is invalid',
    fix: 'Add a secret to the client',
  },
  18: {
    stage: async (gsa, google) => {
      const file = client(gsa, { client_secret: undefined })
      return exchange(gsa, await google.createCode(), '--client-secrets', file)
    },
    code: 'client_secrets_invalid',
    exitCode: 2,
    cause: 'client_secret is missing',
    fix: 'Add a secret',
  },
  19: {
    stage: refreshMeeting('unauthorized-client'),
    code: 'client_not_authorized',
    exitCode: 5,
    cause: 'was issued to a client other than',
    fix: 'the client that requested it',
  },
  20: {
    stage: exchangeWithClientThatIs('deleted'),
    code: 'client_refused',
    exitCode: 5,
    cause: 'deleted_client',
    fix: 'Restore the client in the console (Google Auth Platform > Clients; possible for 30 days)',
  },
  21: {
    stage: exchangeWithClientThatIs('disabled'),
    code: 'client_refused',
    exitCode: 5,
    cause: 'disabled_client',
    fix: 'Enable the client in the console',
  },
  22: {
    stage: async (gsa) => login(gsa, { browser: {}, timeIsUpWhen }, '--scope', `${drive}/`),
    code: 'login_timed_out',
    exitCode: 4,
    cause: 'The browser login was not completed',
    fix: 'gsa explain',
  },
  23: {
    stage: async (gsa) => loginOnDevice(gsa, '--scope', 'openid', '--scope', 'drive.readonly'),
    code: 'device_scope_refused',
    exitCode: 5,
    cause: 'Invalid device flow scope',
    fix: 'log in through the browser: gsa login',
  },
  24: {
    stage: async (gsa, google) => {
      await configure(google, 'POST projects', { publishingStatus: 'testing', testUsers: ['grace@corp.example'] })
      return login(gsa, { browser: async (url) => answerConsent(url, { account: ada }), timeIsUpWhen })
    },
    code: 'login_timed_out',
    exitCode: 4,
    cause: 'The browser login was not completed',
    fix: 'add a test user',
  },
  25: { elsewhere: 'the older words of row 24, which the emulator no longer says' },
  26: {
    stage: async (gsa) => login(gsa, { browser: { decision: 'deny' } }),
    code: 'consent_denied',
    exitCode: 4,
    cause: 'Consent was denied in the browser',
    fix: 'choose Allow',
  },
  27: { elsewhere: 'a warning of a page that its reader can pass, after which all is well' },
  28: {
    stage: async (gsa, google) => {
      google.arm({ on: 'device', fault: 'other-interval', seconds: 1 })
      google.arm({ on: 'token', fault: 'org-internal' })
      return loginOnDevice(gsa)
    },
    code: 'authorization_refused',
    exitCode: 5,
    cause: 'org_internal',
    fix: 'set the user type to "External"',
  },
  29: {
    stage: refreshMeeting('admin-policy'),
    code: 'token_request_refused',
    exitCode: 5,
    cause: 'admin_policy_enforced',
    fix: 'Ask your Workspace administrator',
  },
  30: aForeignPage,
  31: aForeignPage,
  32: {
    stage: async (gsa, google) => {
      google.arm({ on: 'authorize', fault: 'disallowed-useragent' })
      return login(gsa, { browser: {}, timeIsUpWhen })
    },
    code: 'login_timed_out',
    exitCode: 4,
    cause: 'The browser login was not completed',
    fix: 'gsa explain',
  },
  33: {
    elsewhere: 'gsa prints its URL on a line of its own; one that is cut ends on a page, and for gsa as in row 22',
  },
  34: {
    stage: async (gsa) => {
      await login(gsa, { browser: { scopes: ['openid', 'email', 'profile'] } })
      return list(gsa)
    },
    code: 'scope_insufficient',
    exitCode: 5,
    cause: 'lacks a scope that Drive requires',
    fix: 'tick the Drive box',
  },
  35: {
    stage: async (gsa, google) => {
      await logIn(gsa, google, ['openid', 'https://www.googleapis.com/auth/drive.file'])
      return list(gsa)
    },
    code: 'scope_insufficient',
    exitCode: 5,
    cause: 'do not give access to all of the requested spaces',
    fix: 'gsa login --force-consent',
  },
  36: {
    stage: listMeeting('api-not-enabled'),
    code: 'api_not_enabled',
    exitCode: 5,
    cause: "not enabled in this client's project",
    fix: `https://console.developers.google.com/apis/api/drive.googleapis.com/overview?project=${project}`,
  },
  37: {
    stage: async (gsa, google) => {
      await logIn(gsa, google)
      return gsa.run('drive', 'get', '--id', 'none', '-o', '-', '--json')
    },
    code: 'drive_file_not_found',
    exitCode: 5,
    cause: 'has no file "none"',
    fix: 'clients of the project that wrote it',
  },
  38: {
    stage: async (gsa, google) => {
      await logIn(gsa, google)
      await generate(google, 1)
      const [file] = await listed(gsa)
      return gsa.run('api', 'PATCH', `/drive/v3/files/${file?.id}`, '-F', 'trashed=true', '--json')
    },
    code: 'drive_not_for_app_folder',
    exitCode: 5,
    cause: 'cannot be shared, moved or trashed',
    fix: 'gsa drive rm NAME',
  },
  39: {
    stage: async (gsa, google) => {
      await logIn(gsa, google)
      await gsa.run('drive', 'put', '-', '--name', 'a', { stdin: 'x' })
      google.arm({ on: 'drive', fault: 'app-not-authorized' })
      return gsa.run('drive', 'get', 'a', '-o', '-', '--json')
    },
    code: 'drive_file_of_another_app',
    exitCode: 5,
    cause: 'is not allowed to use the file "a"',
    fix: 'a client of the project whose app created the file',
  },
  40: {
    stage: listMeeting('invalid-credentials'),
    code: 'access_token_refused',
    exitCode: 5,
    cause: 'rejected the access token, and the refreshed one too',
    fix: 'Log in again: gsa login',
  },
  41: {
    stage: listMeeting('user-rate-limit', 3600),
    code: 'rate_limited',
    exitCode: 3,
    cause: 'userRateLimitExceeded',
    fix: 'run fewer commands at the same time',
  },
  42: {
    stage: verifyWith('--audience', desktop),
    code: 'id_token_invalid',
    exitCode: 6,
    cause: `aud should be "${desktop}", but is "${web}"`,
    fix: 'its server client ID must be your web client ID',
  },
  43: {
    stage: async (gsa) => gsa.run('id-token', 'verify', 'x.y.z', '--json', { env: { GSA_CLIENT_SECRETS: undefined } }),
    code: 'usage',
    exitCode: 2,
    cause: '--audience',
    fix: 'gsa id-token verify --help',
  },
  44: {
    stage: verifyWith('--now', '4000000000'),
    code: 'id_token_invalid',
    exitCode: 6,
    cause: 'exp should be',
    fix: 'Check the clock of this machine',
  },
  45: {
    stage: verifyWith('--now', '1000000000'),
    code: 'id_token_invalid',
    exitCode: 6,
    cause: 'iat should be',
    fix: 'Check the clock of this machine',
  },
  46: {
    stage: async (gsa, google) => {
      const idToken = await idTokenOf(gsa, google)
      await google.rotateKeys({ retire: true })
      return gsa.run('id-token', 'verify', '-', '--json', { stdin: idToken })
    },
    code: 'id_token_invalid',
    exitCode: 6,
    cause: 'kid should be',
    fix: 'Get a new one',
  },
  47: {
    stage: doctorOfPlist({ ...iosIds(web.replace(project, '200000000002')), ...urlScheme }),
    code: 'app_file_wrong',
    exitCode: 2,
    cause: 'invalid_audience',
    fix: 'project',
  },
  48: {
    stage: async (gsa) => exchange(gsa, 'signIn done, serverAuthCode: nil', '--from', 'ios'),
    code: 'code_missing',
    exitCode: 2,
    cause: 'nil',
    fix: 'set GIDServerClientID',
  },
  49: {
    stage: doctorOfPlist(iosIds(web)),
    code: 'app_file_wrong',
    exitCode: 2,
    cause: `does not have the reversed client id com.googleusercontent.apps.${project}-ios`,
    fix: 'CFBundleURLSchemes',
  },
  50: {
    stage: async (gsa) => {
      const clients = [{ oauth_client: [{ client_id: web, client_type: 3 }] }]
      const services = { project_info: { project_number: project }, client: clients }
      const file = gsa.file('google-services.json', JSON.stringify(services))
      return gsa.run('doctor', '--offline', '--json', '--google-services', file)
    },
    code: 'app_file_wrong',
    exitCode: 2,
    cause: 'DEVELOPER_ERROR',
    fix: 'SHA-1',
  },
  51: inAnApp,
  52: {
    stage: async (gsa) => exchange(gsa, '{"user":{"id":"1"},"serverAuthCode":null}'),
    code: 'code_missing',
    exitCode: 2,
    cause: 'serverAuthCode is null',
    fix: 'requestOfflineAccess(webClientId)',
  },
  53: inAnApp,
  54: {
    stage: async (gsa, google) => {
      let [exitCode, error]: [number, JsonObject] = [0, {}]
      await serving(gsa, [], async ({ url }) => {
        const answer = await postCode(url, { authCode: await google.createCode() }, { 'x-requested-with': '' })
        exitCode = answer.status
        error = answer.json.error as JsonObject
      })
      return { exitCode, error, json: {} }
    },
    code: 'request_header_missing',
    exitCode: 403,
    cause: 'another site could have forged it',
    fix: 'Send X-Requested-With: XMLHttpRequest',
  },
  55: {
    stage: async (gsa, google) => {
      google.arm({ on: 'authorize', fault: 'wrong-iss' })
      return login(gsa, { browser: {} })
    },
    code: 'authorization_response_invalid',
    exitCode: 6,
    cause: 'it comes from https://other.example, not from http://127.0.0.1',
    fix: 'Nothing was stored',
  },
  56: {
    stage: async (gsa) => login(gsa, { timeIsUpWhen }, '--timeout', '1s'),
    code: 'login_timed_out',
    exitCode: 4,
    cause: 'within 1 second.',
    fix: 'gsa login --start',
  },
  57: {
    stage: async (gsa, google) => login(gsa, {}, '--port', new URL(google.issuer).port),
    code: 'port_busy',
    exitCode: 2,
    cause: 'is already in use',
    fix: '0 picks a free one',
  },
  58: {
    stage: async (gsa) =>
      gsa.run('exchange', '-', '--json', {
        stdin: `4/0A${'x'.repeat(40)}`,
        env: {
          GSA_CLIENT_SECRETS: client(gsa, {}),
          GSA_EMULATOR_HOST: undefined,
          HTTPS_PROXY: `http://127.0.0.1:${await freePort()}`,
        },
      }),
    code: 'unreachable',
    exitCode: 3,
    cause: 'ECONNREFUSED',
    fix: 'HTTPS_PROXY if it is set',
  },
  59: { elsewhere: 'it takes a machine without a keychain, which test/keychain has' },
  60: {
    stage: async (gsa, google) => {
      const { env } = lastingStore(gsa)
      await login(gsa, { browser: {}, env })
      await gsa.run('exchange', '-', { stdin: await google.createCode(), env })
      await gsa.run('revoke', '--yes', '--account', 'ada@example.com', '--client-secrets', gsa.webClient, { env })
      return gsa.run('refresh', '--json', '--client-secrets', gsa.desktopClient, { env })
    },
    code: 'refresh_token_refused',
    exitCode: 4,
    cause: 'gsa revoked access for another client of this project',
    fix: 'Log in again: gsa login',
  },
  61: {
    stage: async (gsa, google) => {
      const forced = async (): Promise<Run> => exchange(gsa, await google.createCode({ forceRefreshToken: true }))
      await forced()
      await forced()
      return forced()
    },
    code: 'consent_in_a_loop',
    exitCode: 0,
    cause: 'number 3 of this account and client in a day',
    fix: 'consent',
  },
  62: {
    stage: async (gsa, google) => {
      google.arm({ on: 'token', fault: 'rotate-refresh-token', times: 9 })
      await logIn(gsa, google)
      const credentials = [...gsa.memory].filter(([key]) => key.startsWith('credential '))
      await gsa.run('refresh')
      for (const [key, value] of credentials) gsa.memory.set(key, value)
      return gsa.run('refresh', '--json')
    },
    code: 'refresh_token_refused',
    exitCode: 4,
    cause: 'this server replaces a refresh token with each use',
    fix: 'Log in again: gsa login',
  },
  63: { elsewhere: 'no app of the emulator is too sensitive to be let in; for gsa such a page is as in row 22' },
  64: {
    stage: async (gsa) =>
      login(gsa, {}, '--client-secrets', client(gsa, { redirect_uris: ['http://192.168.1.20:3000/callback'] })),
    code: 'loopback_redirect_uri_missing',
    exitCode: 2,
    cause: 'http://192.168.1.20:3000/callback',
    fix: '"Desktop app" client',
  },
  65: aForeignPage,
  66: aForeignPage,
  67: {
    stage: async (gsa, google) =>
      exchange(gsa, await google.createCode(), '--client-secrets', client(gsa, { client_id: '' })),
    code: 'client_secrets_invalid',
    exitCode: 2,
    cause: 'client_id',
    fix: 'Use the file exactly as you downloaded it',
  },
  68: inAnApp,
  69: inAnApp,
  70: {
    stage: async (gsa, google) => {
      google.arm({ on: 'authorize', fault: 'wrong-state' })
      return login(gsa, { browser: {}, timeIsUpWhen })
    },
    code: 'state_mismatch',
    exitCode: 6,
    cause: 'belong to another login (wrong state)',
    fix: 'use the page that it opens',
  },
  71: {
    stage: async (gsa) => login(gsa, { browser: { scopes: ['openid', 'email'] } }),
    code: 'scopes_missing',
    exitCode: 0,
    cause: 'drive.appdata',
    fix: 'gsa login',
  },
  72: {
    stage: async (gsa, google) => {
      await logIn(gsa, google)
      google.arm({ on: 'upload', fault: 'storage-full' })
      return gsa.run('drive', 'put', '-', '--name', 'a', '--json', { stdin: 'x' })
    },
    code: 'drive_storage_full',
    exitCode: 5,
    cause: 'no space left in Drive',
    fix: 'Free up space in Drive',
  },
  73: { elsewhere: 'it is a text of macOS, which test/credentials has' },
  74: {
    stage: async (gsa) => {
      const file = gsa.file('key.json', JSON.stringify({ type: 'service_account', private_key: 'x' }))
      return login(gsa, {}, '--client-secrets', file)
    },
    code: 'client_secrets_wrong_kind',
    exitCode: 2,
    cause: 'is a service account key',
    fix: 'Create an OAuth client',
  },
  75: { elsewhere: 'gsa names its client once in a request' },
  76: { elsewhere: 'a page, and for gsa as in row 22' },
  77: {
    stage: async (gsa) => exchange(gsa, `1//0${'g'.repeat(40)}`),
    code: 'code_malformed',
    exitCode: 2,
    cause: 'it is a refresh token',
    fix: 'GSA_REFRESH_TOKEN',
  },
  78: { elsewhere: 'only Windows limits the length; test/stores has the message of gsa' },
  79: { elsewhere: 'only the Credential Manager of Windows can be full' },
  80: { elsewhere: 'gsa prints the URL if no browser opens, and waits for the login' },
  81: { elsewhere: 'only Windows reserves ports, and a test that runs as root may use every port' },
  82: inAnApp,
  83: inAnApp,
  84: inAnApp,
  85: inAnApp,
  86: inAnApp,
  87: inAnApp,
  88: { elsewhere: 'gsa asks for a passphrase itself, and reads no password store of others' },
  89: {
    elsewhere: 'no account of the emulator is enrolled in Advanced Protection; for gsa such a page is as in row 22',
  },
  90: { elsewhere: 'no app of the emulator has a limit of new users; for gsa such a page is as in row 22' },
  91: {
    answer: async (google) => {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: desktop,
        redirect_uri: 'http://127.0.0.1:8080/',
      })
      return (await fetch(`${google.issuer}/o/oauth2/v2/auth?${query.toString()}`)).text()
    },
    code: 'scope_missing',
  },
  92: { elsewhere: 'it takes the credentials of gcloud, which gsa does not read' },
  93: { elsewhere: 'it takes the credentials of gcloud, which gsa does not read' },
  94: { elsewhere: 'gsa does not read Application Default Credentials; a library is staged in test/official-clients' },
  95: { elsewhere: 'gsa reports it as a wrong nonce of the ID token (test/conformance)' },
  96: { elsewhere: 'a text of Firebase; gsa reports an expired token as in row 44' },
  97: { elsewhere: 'gsa itself refuses http with url_not_allowed; a library is staged in test/official-clients' },
  98: {
    answer: async (google) => {
      const response = await fetch(`${google.issuer}/o/oauth2/tokens`, { method: 'POST' })
      return `${response.status} ${await response.text()}`
    },
    code: 'token_endpoint_wrong',
  },
  99: { elsewhere: 'gsa names the kind of such a file (row 74); a library is staged in test/official-clients' },
  100: { elsewhere: 'a text of the service between the app and Google' },
  101: { elsewhere: 'a text of mail servers, which gsa does not use' },
  102: {
    answer: async (google) => {
      google.arm({ on: 'token', fault: 'use-dpop-nonce' })
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code: await google.createCode(),
        redirect_uri: '',
        client_id: web,
        client_secret: 'GOCSPX-emulator-web',
      })
      return (await fetch(`${google.issuer}/token`, { method: 'POST', body })).text()
    },
    code: 'dpop_nonce_wanted',
  },
  103: {
    answer: async (google) => {
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code: await google.createCode(),
        redirect_uri: '',
        client_id: web,
        client_secret: 'GOCSPX-emulator-web',
      })
      const headers = { dpop: 'no proof' }
      return (await fetch(`${google.issuer}/token`, { method: 'POST', body, headers })).text()
    },
    code: 'dpop_proof_refused',
  },
  104: { elsewhere: 'a text of programs that look for a registration endpoint, which Google does not have' },
  105: { elsewhere: 'a text of Chrome, about a request of a public page' },
  106: { elsewhere: 'a warning of the console and of mails by Google' },
  107: {
    answer: async (google) => {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: desktop,
        redirect_uri: 'localhost/callback',
        scope: 'openid',
      })
      return (await fetch(`${google.issuer}/o/oauth2/v2/auth?${query.toString()}`)).text()
    },
    code: 'redirect_uri_malformed',
  },
  108: inAnApp,
}
