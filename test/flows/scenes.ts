import { join } from 'node:path'
import { answerConsent, type Emulator } from '../../src/emulator/index.ts'
import { postCode } from '../backend/serving.ts'
import { configure } from '../emulator/raw-http.ts'
import type { Gsa, Run, RunOptions } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

/** A place to play a scene in, and how to run the command whose flow is traced. */
interface Stage {
  readonly gsa: Gsa
  readonly google: Emulator
  /** Runs a command with `--trace`. */
  readonly traced: (...args: readonly (string | RunOptions)[]) => Promise<Run>
}

/** A flow of one of the kinds that gsa knows. */
export interface Scene {
  readonly title: string
  readonly play: (stage: Stage) => Promise<Run>
  /** Whether it waits for seconds. */
  readonly isSlow?: boolean
  /** The names of the steps, in order. */
  readonly steps: readonly string[]
}

/** A flow that fails. */
export interface FailingScene extends Omit<Scene, 'steps'> {
  readonly code: string
  readonly exitCode: number
  /** The name of the step where it stops. */
  readonly stopsAt: string
}

const yes = '--yes'
const discovery = ['discovery-request', 'discovery-response'] as const
const keys = ['keys-request', 'keys-response'] as const
const appCode = ['app-request', 'app-code', 'code-received', ...discovery, ...keys] as const
const redeemed = ['token-request', 'tokens', 'id-token', 'stored'] as const

const exchange = async ({ google, traced }: Stage, platform: 'android' | 'ios' | 'web-popup'): Promise<Run> =>
  traced('exchange', '-', yes, '--from', platform, { stdin: await google.createCode({ platform }) })

/** Logs in with the desktop client, and answers the consent page. */
const login = async ({ gsa, traced }: Stage, options: RunOptions, ...args: readonly string[]): Promise<Run> =>
  traced('login', '--no-browser', '--client-secrets', gsa.desktopClient, ...args, options)

/** Obtains a code for a redirect URI, as the page of a web app does. Returns where the browser ends. */
async function redirected(google: Emulator): Promise<string> {
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: '100000000001-web.apps.googleusercontent.com',
    redirect_uri: 'http://localhost:8080/oauth2callback',
    scope: 'openid email',
    access_type: 'offline',
    state: 'x',
  })
  const { url } = await answerConsent(`${google.issuer}/o/oauth2/v2/auth?${parameters.toString()}`, {
    decision: 'allow',
  })
  return url
}

/** Changes how the emulator treats the DPoP proofs of the web client. */
async function bindTokens(google: Emulator): Promise<void> {
  await configure(google, 'PATCH clients', {
    clientId: '100000000001-web.apps.googleusercontent.com',
    dpop: 'required',
  })
}

/** Each kind of flow, once. */
export const scenes: readonly Scene[] = [
  {
    title: 'A code of an Android app',
    play: (stage) => exchange(stage, 'android'),
    steps: [...appCode, ...redeemed],
  },
  { title: 'A code of an iOS app', play: (stage) => exchange(stage, 'ios'), steps: [...appCode, ...redeemed] },
  {
    title: 'A code of a web page with a popup',
    play: (stage) => exchange(stage, 'web-popup'),
    steps: [...appCode, ...redeemed],
  },
  {
    title: 'A code that came with a redirect',
    play: async ({ google, traced }) =>
      traced('exchange', '-', yes, '--redirect-uri', 'http://localhost:8080/oauth2callback', {
        stdin: await redirected(google),
      }),
    steps: [...appCode, ...redeemed],
  },
  {
    title: 'A login through the browser of this machine',
    play: (stage) => login(stage, { browser: {} }),
    steps: [
      ...discovery,
      'transaction',
      'authorization-request',
      'sign-in',
      'authorization-response',
      ...keys,
      ...redeemed,
      'result-page',
    ],
  },
  {
    title: 'A login in two steps: the first',
    play: async ({ gsa, traced }) =>
      traced('login', '--start', '--client-secrets', gsa.desktopClient, { env: lastingStore(gsa).env }),
    steps: [...discovery, 'transaction', 'login-pending', 'authorization-request', 'sign-in'],
  },
  {
    title: 'A login in two steps: the second',
    async play({ gsa, traced }) {
      const { env } = lastingStore(gsa)
      const started = await gsa.run('login', '--start', '--client-secrets', gsa.desktopClient, { env })
      const { url } = await answerConsent(started.stdout.trim(), { decision: 'allow' })
      return traced('login', '--finish', '-', { stdin: url, env })
    },
    steps: ['authorization-response', ...discovery, ...keys, ...redeemed],
  },
  {
    title: 'A login with a code for another device',
    play: async ({ gsa, traced }) => traced('login', '--device', '--client-secrets', gsa.tvClient, { device: {} }),
    isSlow: true,
    steps: [
      ...discovery,
      ...keys,
      'device-request',
      'device-code',
      'user-code',
      'user-approval',
      'device-poll',
      'tokens',
      'id-token',
      'stored',
    ],
  },
  {
    title: 'A refresh',
    async play({ gsa, google, traced }) {
      await gsa.run('exchange', '-', yes, { stdin: await google.createCode() })
      return traced('refresh')
    },
    steps: ['token-read', ...discovery, 'refresh-request', 'tokens', ...keys, 'id-token'],
  },
  {
    title: 'A refresh that replaces the refresh token',
    async play({ gsa, google, traced }) {
      await gsa.run('exchange', '-', yes, { stdin: await google.createCode() })
      google.arm({ on: 'token', fault: 'rotate-refresh-token' })
      return traced('refresh')
    },
    steps: ['token-read', ...discovery, 'refresh-request', 'tokens', 'stored', ...keys, 'id-token'],
  },
  {
    title: 'DPoP: an exchange for which Google wants a nonce',
    async play({ google, traced }) {
      await bindTokens(google)
      google.arm({ on: 'token', fault: 'use-dpop-nonce' })
      return traced('exchange', '-', yes, '--dpop', { stdin: await google.createCode() })
    },
    steps: [...appCode, 'token-request', 'error-response', ...redeemed],
  },
  {
    title: 'DPoP: a refresh with a nonce',
    async play({ gsa, google, traced }) {
      await bindTokens(google)
      await gsa.run('exchange', '-', yes, '--dpop', { stdin: await google.createCode() })
      google.arm({ on: 'token', fault: 'use-dpop-nonce' })
      return traced('refresh')
    },
    steps: [
      'token-read',
      ...discovery,
      'refresh-request',
      'error-response',
      'refresh-request',
      'tokens',
      ...keys,
      'id-token',
    ],
  },
  {
    title: 'An exchange without a refresh token',
    async play({ google, traced }) {
      google.arm({ on: 'token', fault: 'no-refresh-token' })
      return traced('exchange', '-', yes, { stdin: await google.createCode() })
    },
    steps: [...appCode, 'token-request', 'tokens', 'id-token'],
  },
  {
    title: 'A code that an app posts to gsa serve',
    play: async ({ google, traced }) =>
      traced('serve', '--once', '--port', '0', {
        whenShown: [
          /Ctrl-C to stop/,
          (screen) => {
            const [url = ''] = /http:\/\/127\.0\.0\.1:\d+\/authcode/.exec(screen) ?? []
            void google.createCode().then(async (code) => postCode(url, { authCode: code }))
          },
        ],
      }),
    steps: [...discovery, 'app-request', 'app-code', 'code-posted', ...keys, ...redeemed, 'code-answer'],
  },
]

const code = async (google: Emulator): Promise<RunOptions> => ({ stdin: await google.createCode() })

/** Returns a scene in which a fault strikes while a code is exchanged. */
const exchangeWith = (
  fault: string,
  expected: Pick<FailingScene, 'code' | 'exitCode' | 'stopsAt'>,
  on = 'token',
): FailingScene => ({
  title: `${fault} (${on})`,
  async play({ google, traced }) {
    google.arm({ on, fault, times: 5 })
    return traced('exchange', '-', yes, await code(google))
  },
  ...expected,
})

/** Returns a scene in which a fault strikes in the browser. */
const loginWith = (
  title: string,
  browser: RunOptions['browser'],
  expected: Pick<FailingScene, 'code' | 'exitCode' | 'stopsAt'>,
  fault?: string,
): FailingScene => ({
  title,
  async play(stage) {
    if (fault !== undefined) stage.google.arm({ on: 'authorize', fault, times: 5 })
    const timeIsUp = ['state_mismatch', 'login_timed_out'].includes(expected.code)
    const options = { browser: browser ?? {}, ...(timeIsUp && { timeIsUpWhen: /Open this address/ }) }
    return login(stage, options, '--timeout', '60s')
  },
  ...expected,
})

const refreshAfter = (
  title: string,
  fault: string,
  expected: Pick<FailingScene, 'code' | 'exitCode' | 'stopsAt'>,
): FailingScene => ({
  title,
  async play({ gsa, google, traced }) {
    const exchanged = await gsa.run('exchange', '-', yes, await code(google))
    if (exchanged.exitCode !== 0) throw new Error(exchanged.stderr)
    google.arm({ on: 'token', fault, times: 5 })
    return traced('refresh')
  },
  ...expected,
})

/** Flows that fail, each in another way. */
export const failingScenes: readonly FailingScene[] = [
  {
    title: 'a phone code, sent as that of a popup',
    play: async ({ google, traced }) => traced('exchange', '-', yes, '--from', 'web-popup', await code(google)),
    code: 'redirect_uri_mismatch',
    exitCode: 5,
    stopsAt: 'error-response',
  },
  {
    title: 'a code that the server does not know',
    play: async ({ traced }) => traced('exchange', '-', yes, { stdin: '4/0AcodeThatNoServerHasEverSeen' }),
    code: 'code_refused',
    exitCode: 5,
    stopsAt: 'error-response',
  },
  {
    title: 'a code that was exchanged before',
    async play({ google, traced }) {
      const options = await code(google)
      await traced('exchange', '-', yes, options)
      return traced('exchange', '-', yes, options)
    },
    code: 'code_used_before',
    exitCode: 5,
    stopsAt: 'stopped',
  },
  {
    title: 'a client secret that was replaced',
    async play({ gsa, google, traced }) {
      const web = { client_id: '100000000001-web.apps.googleusercontent.com', client_secret: 'GOCSPX-replacedLongAgo' }
      const file = gsa.file('old.json', JSON.stringify({ web }))
      return traced('exchange', '-', yes, '--client-secrets', file, await code(google))
    },
    code: 'client_refused',
    exitCode: 5,
    stopsAt: 'error-response',
  },
  {
    title: 'an account that was not expected',
    play: async ({ google, traced }) =>
      traced('exchange', '-', yes, '--expect-email', 'grace@corp.example', await code(google)),
    code: 'account_unexpected',
    exitCode: 6,
    stopsAt: 'account',
  },
  {
    title: 'a server that is not running',
    play: async ({ google, traced }) => {
      const stdin = await google.createCode()
      await google.close()
      return traced('exchange', '-', yes, { stdin })
    },
    code: 'unreachable',
    exitCode: 3,
    stopsAt: 'discovery-request',
  },
  exchangeWith('code-used', { code: 'code_refused', exitCode: 5, stopsAt: 'error-response' }),
  exchangeWith('malformed-code', { code: 'code_refused', exitCode: 5, stopsAt: 'error-response' }),
  exchangeWith('id-token-expired', { code: 'id_token_invalid', exitCode: 6, stopsAt: 'id-token' }),
  exchangeWith('id-token-wrong-issuer', { code: 'id_token_invalid', exitCode: 6, stopsAt: 'id-token' }),
  exchangeWith('reset', { code: 'code_fate_unknown', exitCode: 3, stopsAt: 'token-request' }),
  exchangeWith('lost-answer', { code: 'code_fate_unknown', exitCode: 3, stopsAt: 'token-request' }),
  exchangeWith('wrong-issuer', { code: 'invalid_answer', exitCode: 3, stopsAt: 'stopped' }, 'discovery'),
  exchangeWith('reset', { code: 'unreachable', exitCode: 3, stopsAt: 'keys-request' }, 'certs'),
  loginWith(
    'consent that was denied',
    { decision: 'deny' },
    {
      code: 'consent_denied',
      exitCode: 4,
      stopsAt: 'authorization-response',
    },
  ),
  loginWith(
    'a response with another state',
    undefined,
    { code: 'state_mismatch', exitCode: 6, stopsAt: 'authorization-response' },
    'wrong-state',
  ),
  loginWith(
    'a response of another server',
    undefined,
    { code: 'authorization_response_invalid', exitCode: 6, stopsAt: 'authorization-response' },
    'wrong-iss',
  ),
  loginWith('a browser that never comes back', async () => undefined, {
    code: 'login_timed_out',
    exitCode: 4,
    stopsAt: 'sign-in',
  }),
  refreshAfter('a refresh token that was revoked', 'expired-or-revoked', {
    code: 'refresh_token_refused',
    exitCode: 4,
    stopsAt: 'error-response',
  }),
  refreshAfter('a client secret that is wrong by now', 'invalid-client-secret', {
    code: 'client_refused',
    exitCode: 5,
    stopsAt: 'error-response',
  }),
  {
    title: 'a proof that is rejected',
    async play({ google, traced }) {
      await bindTokens(google)
      google.arm({ on: 'token', fault: 'invalid-dpop-proof', times: 5 })
      return traced('exchange', '-', yes, '--dpop', await code(google))
    },
    code: 'dpop_refused',
    exitCode: 5,
    stopsAt: 'error-response',
  },
  {
    title: 'a connection that breaks after the server asked for a nonce',
    async play({ google, traced }) {
      await bindTokens(google)
      google.arm({ on: 'token', fault: 'use-dpop-nonce' })
      google.arm({ on: 'token', fault: 'reset', after: 1, times: 5 })
      return traced('exchange', '-', yes, '--dpop', await code(google))
    },
    code: 'code_fate_unknown',
    exitCode: 3,
    stopsAt: 'token-request',
  },
  {
    title: 'a refresh that returns tokens of another account',
    async play({ gsa, google, traced }) {
      await gsa.run('exchange', '-', yes, await code(google))
      google.arm({ on: 'token', fault: 'id-token-other-subject' })
      return traced('refresh')
    },
    code: 'account_changed',
    exitCode: 6,
    stopsAt: 'account',
  },
  {
    title: 'a device code that expired',
    async play({ gsa, google, traced }) {
      google.arm({ on: 'device', fault: 'other-lifetime', seconds: 2 })
      return traced('login', '--device', '--client-secrets', gsa.tvClient)
    },
    isSlow: true,
    code: 'device_code_expired',
    exitCode: 4,
    stopsAt: 'user-approval',
  },
]

/** Returns a function that runs a command with `--trace`, and the file. */
export function tracedRun(gsa: Gsa, extension: 'html' | 'json'): Pick<Stage, 'traced'> & { readonly file: string } {
  const file = join(gsa.folder, `flow.${extension}`)
  return { file, traced: async (...args) => gsa.run(...args, '--trace', file) }
}
