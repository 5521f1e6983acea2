import { withMeanings } from '../../src/flows/field-meanings.ts'
import type { Flow, FlowCheck, FlowField, FlowOutcome, FlowStep, Party } from '../../src/flows/flow.ts'
import { openIdCore, rfc } from '../../src/flows/specifications.ts'
import { stepKinds, type StepName } from '../../src/flows/steps.ts'

const clientId = '100000000001-web.apps.googleusercontent.com'
const driveScope = 'https://www.googleapis.com/auth/drive.appdata'
const email = 'https://www.googleapis.com/auth/userinfo.email'
const secret = (kind: string, length: number): Pick<FlowField, 'secret'> => ({ secret: { kind, length } })

type Fields = Readonly<Record<string, string | Pick<FlowField, 'secret'> | FlowField>>

function fields(place: FlowField['place'], values: Fields): readonly FlowField[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    place,
    ...(typeof value === 'string' ? { value } : value),
  }))
}

type Extra = Partial<Omit<FlowStep, 'number' | 'name'>>

/** Returns a flow of these steps; each is 20 ms after the one before it if it does not say when it was. */
function flow(
  title: string,
  parties: readonly Party[],
  outcome: FlowOutcome,
  steps: readonly (readonly [name: StepName, extra?: Extra])[],
): Flow {
  const written = steps.map(([name, extra = {}], index): FlowStep => {
    const { specifications, ...kind } = stepKinds[name]
    const step = { ...kind, specifications, number: index + 1, atMs: index * 20, checks: [], fields: [], ...extra }
    return { ...step, name, fields: withMeanings(step.fields) }
  })
  const tookMs = written.at(-1)?.atMs ?? 0
  return {
    version: 1,
    title,
    purpose: 'An app obtained a one-time code, and its backend exchanges it for tokens.',
    command: title,
    writer: 'gsa 0.1.0',
    startedAt: '2026-11-21T20:00:00Z',
    tookMs,
    parties,
    outcome,
    steps: written,
  }
}

const app = { id: 'app', name: 'Android app' } as const
const gsa = { id: 'gsa', name: 'gsa' } as const
const browser = { id: 'browser', name: 'Browser' } as const
const server = { id: 'server', name: 'Google' } as const

const appRequest: readonly (readonly [StepName, Extra?])[] = [
  [
    'app-request',
    {
      fields: fields('detail', { client_id: clientId, scope: `openid ${email} ${driveScope}`, access_type: 'offline' }),
    },
  ],
  ['app-code', { fields: fields('detail', { code: secret('authorization code', 73) }) }],
]

const discovery: readonly (readonly [StepName, Extra?])[] = [
  ['discovery-request', { line: 'GET https://accounts.google.com/.well-known/openid-configuration' }],
  [
    'response',
    {
      line: '200',
      tookMs: 48,
      fields: fields('body', {
        issuer: 'https://accounts.google.com',
        token_endpoint: 'https://oauth2.googleapis.com/token',
        jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
      }),
    },
  ],
]

const tokenForm = (redirectUri: string): readonly FlowField[] =>
  fields('form', {
    grant_type: 'authorization_code',
    code: secret('authorization code', 73),
    client_id: clientId,
    client_secret: secret('client secret', 35),
    redirect_uri: redirectUri,
  })

const idToken: FlowField = {
  name: 'id_token',
  place: 'body',
  ...secret('ID token', 1184),
  contents: [
    ...fields('body', { alg: 'RS256', kid: 'b2ff4a8f79d5f0f51bb2e15b43f3d59e5b1d0ac9' }),
    ...fields('body', {
      iss: 'https://accounts.google.com',
      aud: clientId,
      azp: '100000000001-android.apps.googleusercontent.com',
      sub: '110169484474386276334',
      email: 'ada@example.com',
      email_verified: 'true',
      iat: '1795291200 (2026-11-21 20:00:00 UTC)',
      exp: '1795294800 (2026-11-21 21:00:00 UTC)',
    }),
  ],
}

const tokens: Extra = {
  line: '200',
  tookMs: 212,
  fields: [
    ...fields('body', {
      access_token: secret('access token', 222),
      expires_in: '3599',
      refresh_token: secret('refresh token', 103),
      scope: `openid ${email} ${driveScope}`,
      token_type: 'Bearer',
    }),
    idToken,
  ],
}

const idTokenChecks: readonly FlowCheck[] = [
  { what: 'The signature verifies with a key of the server', result: 'passed', detail: 'RS256, key b2ff4a8f' },
  { what: 'iss names the issuer', result: 'passed', detail: 'https://accounts.google.com' },
  {
    what: 'aud names this client',
    result: 'passed',
    detail: clientId,
    specification: openIdCore('3.1.3.7', 'IDTokenValidation'),
  },
  { what: 'exp is in the future', result: 'passed', detail: '59 minutes left' },
  { what: 'nonce is the one that was sent', result: 'not checked', detail: 'The app made the request, not gsa.' },
]

const appCode: readonly [StepName, Extra] = [
  'code-received',
  { fields: fields('detail', { code: secret('authorization code', 73), from: 'android' }) },
]

/** The exchange of an Android app's code. */
export const succeeded = flow(
  'gsa exchange',
  [app, gsa, server],
  {
    result: 'succeeded',
    text: 'Logged in as ada@example.com. The refresh token is stored in the keychain.',
    exitCode: 0,
  },
  [
    ...appRequest,
    appCode,
    ...discovery,
    ['token-request', { line: 'POST https://oauth2.googleapis.com/token', fields: tokenForm('') }],
    ['tokens', tokens],
    ['id-token', { checks: idTokenChecks }],
    ['stored', { fields: fields('detail', { store: 'keychain', account: 'ada@example.com' }) }],
  ],
)

/** The exchange of a web popup's code as if it came from an Android app. */
export const refused = flow(
  'gsa exchange',
  [app, gsa, server],
  {
    result: 'failed',
    text: 'Google rejected the redirect URI. The code came from a web popup, and gsa sent an empty redirect URI.',
    fix: 'Get a new code, because this one may be used up. Then type: gsa exchange --from web-popup',
    code: 'redirect_uri_mismatch',
    exitCode: 4,
    step: 7,
  },
  [
    ...appRequest,
    appCode,
    ...discovery,
    ['token-request', { line: 'POST https://oauth2.googleapis.com/token', fields: tokenForm('') }],
    [
      'error-response',
      {
        line: '400 Bad Request',
        tookMs: 96,
        isError: true,
        fields: fields('body', { error: 'redirect_uri_mismatch', error_description: 'Bad Request' }),
        checks: [
          {
            what: 'The redirect URI equals the one of the request',
            result: 'failed',
            detail: 'Sent: empty. Expected: postmessage.',
          },
          { what: 'The client secret is right', result: 'passed' },
        ],
      },
    ],
  ],
)

const redirectUri = 'http://127.0.0.1:41873/GpXrCWhE0mSkC1Tg'

/** A login through the browser with the emulator, which broke the first token request. */
export const loopback = flow(
  'gsa login',
  [{ id: 'app', name: 'Desktop app' }, browser, gsa, { id: 'server', name: 'Google (emulator)' }],
  {
    result: 'succeeded',
    text: 'Logged in as ada@example.com. Not granted: drive.appdata.',
    fix: 'gsa login --force-consent',
  },
  [
    [
      'transaction',
      {
        fields: fields('detail', {
          state: secret('state', 43),
          nonce: secret('nonce', 43),
          code_verifier: secret('code verifier', 43),
        }),
      },
    ],
    [
      'authorization-request',
      {
        line: 'GET https://accounts.google.com/o/oauth2/v2/auth',
        fields: fields('query', {
          response_type: 'code',
          client_id: clientId,
          redirect_uri: redirectUri,
          scope: `openid ${email} ${driveScope}`,
          state: secret('state', 43),
          nonce: secret('nonce', 43),
          code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
          code_challenge_method: 'S256',
          access_type: 'offline',
        }),
      },
    ],
    ['sign-in', { atMs: 40 }],
    [
      'authorization-response',
      {
        atMs: 9_400,
        line: `GET ${redirectUri}`,
        fields: fields('query', {
          state: secret('state', 43),
          code: secret('authorization code', 73),
          scope: `openid ${email}`,
        }),
        checks: [
          { what: 'state is the one that was sent', result: 'passed', specification: rfc(6749, '10.12') },
          { what: 'iss names the issuer', result: 'not checked', detail: 'Google does not announce it.' },
        ],
      },
    ],
    [
      'token-request',
      { atMs: 9_410, line: 'POST https://oauth2.googleapis.com/token', fields: tokenForm(redirectUri) },
    ],
    [
      'error-response',
      { atMs: 9_450, line: '503 Service Unavailable', tookMs: 40, isError: true, faults: ['http-503'] },
    ],
    [
      'token-request',
      { atMs: 10_460, line: 'POST https://oauth2.googleapis.com/token', fields: tokenForm(redirectUri) },
    ],
    ['tokens', { ...tokens, atMs: 10_672 }],
    ['id-token', { atMs: 10_680, checks: idTokenChecks.slice(0, 4) }],
    ['stored', { atMs: 10_700 }],
    ['result-page', { atMs: 10_710 }],
  ],
)

/** A login on a device, while the user has not answered. */
export const device = flow(
  'gsa login --device',
  [browser, gsa, server],
  {
    result: 'unfinished',
    text: 'The user code expired before anybody typed it.',
    fix: 'Type gsa login --device again.',
    code: 'device_code_expired',
    exitCode: 4,
    step: 6,
  },
  [
    [
      'device-request',
      {
        line: 'POST https://oauth2.googleapis.com/device/code',
        fields: fields('form', { client_id: clientId, scope: `openid ${email}` }),
      },
    ],
    [
      'device-code',
      {
        line: '200',
        tookMs: 61,
        fields: fields('body', {
          device_code: secret('device code', 118),
          user_code: secret('user code', 9),
          verification_url: 'https://www.google.com/device',
          expires_in: '1800',
          interval: '5',
        }),
      },
    ],
    [
      'user-code',
      {
        fields: fields('detail', {
          user_code: secret('user code', 9),
          verification_url: 'https://www.google.com/device',
        }),
      },
    ],
    ['user-approval'],
    [
      'device-poll',
      {
        atMs: 5_100,
        times: 361,
        line: 'POST https://oauth2.googleapis.com/token',
        fields: fields('form', { device_code: secret('device code', 118) }),
      },
    ],
    [
      'pending',
      {
        atMs: 1_805_160,
        tookMs: 58,
        line: '428 Precondition Required',
        fields: fields('body', { error: 'authorization_pending', error_description: 'Precondition Required' }),
      },
    ],
  ],
)

/** All of them, by what they are. */
export const sampleFlows = { succeeded, refused, loopback, device } as const
