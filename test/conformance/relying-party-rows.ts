import type { Emulator } from '../../src/emulator/index.ts'
import type { Gsa, Run } from '../support/harness.ts'

/** The expected outcome of a row. */
export type Verdict =
  | 'accepted'
  | { readonly exitCode: number; readonly code: string; readonly check?: string }
  /** The reason why this client cannot meet it. */
  | { readonly notApplicable: string }

/** The fixtures of a row. */
interface Stage {
  readonly google: Emulator
  readonly run: Gsa['run']
  readonly gsa: Gsa
  readonly login: () => Promise<Run>
}

/** One OpenID conformance suite test for relying parties, staged against this program. */
export interface Row {
  /** As in oidf-rp/rp-tests.json. */
  readonly id: string
  /** The provider's behaviour, in words. */
  readonly what: string
  readonly verdict: Verdict
  /** The emulator faults that cause it, armed before the first login. */
  readonly faults?: readonly Parameters<Emulator['arm']>[0][]
  /** For a row with more than one login: returns the run that the verdict is about. */
  readonly play?: (stage: Stage) => Promise<Run>
  /** A further condition at the end. */
  readonly also?: (stage: Stage, run: Run) => void | Promise<void>
  /** The login accepts no response and times out once the screen shows this. */
  readonly timeIsUpWhen?: RegExp
  /** The fault stays armed, because its endpoint is never requested. */
  readonly unasked?: true
}

const fapi2 = 'fapi2-security-profile-final-client-test'
const fapi1 = 'fapi1-advanced-final-client-test'

const refused = (check: string): Verdict => ({ exitCode: 6, code: 'id_token_invalid', check })
const onToken = (...names: string[]): NonNullable<Row['faults']> => names.map((fault) => ({ on: 'token', fault }))
const onResponse = (fault: string): NonNullable<Row['faults']> => [{ on: 'authorize', fault }]
/** Spares the login and strikes the refresh after it. */
const onRefresh = (fault: string): NonNullable<Row['faults']> => [{ on: 'token', fault, after: 1 }]
const driveRefusesOnce = { on: 'drive', fault: 'invalid-credentials' } as const

/** Logs in, then runs the refresh that the verdict is about. */
async function refresh({ login, run }: Stage): Promise<Run> {
  expectOk(await login())
  return run('refresh', '--json')
}

function expectOk(run: Run): Run {
  if (run.exitCode !== 0) throw new Error(`exit code ${run.exitCode}: ${run.stderr}`)
  return run
}

const requestsTo = ({ google }: Stage, path: string): ReturnType<Emulator['requests']> =>
  google.requests().filter((request) => request.path === path)
const bearersOf = (stage: Stage): (string | undefined)[] =>
  requestsTo(stage, '/drive/v3/files').map(({ authorization }) => authorization)

const noTokenRequest = (stage: Stage): void => {
  if (requestsTo(stage, '/token').length > 0) throw new Error('the code was sent')
}
const noUserinfo = (stage: Stage): void => {
  if (requestsTo(stage, '/v1/userinfo').length > 0) throw new Error('userinfo was asked')
}

/** Logs in, then makes a Drive call that is refused until so many refreshes happened: the last is the call's own. */
const driveThroughRefresh =
  (refreshes: number) =>
  async ({ login, run }: Stage): Promise<Run> => {
    expectOk(await login())
    for (let count = 1; count < refreshes; count++) expectOk(await run('refresh', '--json'))
    return run('drive', 'ls-appfolder', '--json')
  }

const basic: readonly Row[] = [
  { id: 'oidcc-client-test', what: 'does everything right', verdict: 'accepted' },
  {
    id: 'oidcc-client-test-invalid-iss',
    what: 'puts another issuer into the ID token',
    faults: onToken('id-token-wrong-issuer'),
    verdict: refused('iss'),
  },
  {
    id: 'oidcc-client-test-missing-sub',
    what: 'leaves the subject out',
    faults: onToken('id-token-no-subject'),
    verdict: refused('sub'),
  },
  {
    id: 'oidcc-client-test-invalid-aud',
    what: 'issues the ID token for another client',
    faults: onToken('id-token-wrong-audience'),
    verdict: refused('aud'),
  },
  {
    id: 'oidcc-client-test-missing-aud',
    what: 'leaves the audience out',
    faults: onToken('id-token-no-audience'),
    verdict: refused('aud'),
  },
  {
    id: 'oidcc-client-test-missing-iat',
    what: 'leaves the issue time out',
    faults: onToken('id-token-no-iat'),
    verdict: refused('iat'),
  },
  {
    id: 'oidcc-client-test-kid-absent-single-jwks',
    what: 'leaves the key id out and has one key',
    faults: [
      { on: 'token', fault: 'id-token-no-kid' },
      { on: 'certs', fault: 'single-key' },
    ],
    verdict: 'accepted',
  },
  {
    id: 'oidcc-client-test-kid-absent-multiple-jwks',
    what: 'leaves the key id out and has two keys',
    faults: onToken('id-token-no-kid'),
    verdict: refused('kid'),
  },
  { id: 'oidcc-client-test-idtoken-sig-rs256', what: 'signs with RS256', verdict: 'accepted' },
  {
    id: 'oidcc-client-test-idtoken-sig-none',
    what: 'does not sign, with an empty signature',
    faults: onToken('id-token-unsigned'),
    // Three parts, the last one empty: the form is checked before the algorithm.
    verdict: refused('its form'),
  },
  {
    id: 'oidcc-client-test-invalid-sig-rs256',
    what: 'signs with a key that it did not publish',
    faults: onToken('id-token-unpublished-key'),
    verdict: refused('the signature'),
  },
  {
    id: 'oidcc-client-test-invalid-sig-hs256',
    what: 'signs with HS256',
    faults: onToken('id-token-alg-hs256'),
    verdict: refused('alg'),
  },
  {
    id: 'oidcc-client-test-invalid-sig-es256',
    what: 'signs with ES256',
    faults: onToken('id-token-alg-es256'),
    verdict: refused('alg'),
  },
  {
    id: 'oidcc-client-test-userinfo-invalid-sub',
    what: 'has another subject at userinfo, which gsa never requests',
    faults: [{ on: 'userinfo', fault: 'other-subject' }],
    unasked: true,
    verdict: 'accepted',
    also: noUserinfo,
  },
  {
    id: 'oidcc-client-test-nonce-invalid',
    what: 'returns another nonce',
    faults: onToken('id-token-wrong-nonce'),
    verdict: refused('nonce'),
  },
  {
    id: 'oidcc-client-test-scope-userinfo-claims',
    what: 'returns the claims of the email and profile scopes',
    verdict: 'accepted',
    also: (_, run) => {
      const { email, name } = run.json['account'] as { email: string; name: string }
      if (email !== 'ada@example.com' || name !== 'Ada Lovelace') throw new Error('the claims were lost')
    },
  },
  {
    id: 'oidcc-client-test-client-secret-basic',
    what: 'accepts the client secret only in the Authorization header',
    verdict: { notApplicable: 'Google takes client_secret_post, which is what gsa sends' },
  },
  {
    id: 'oidcc-client-test-invalid-athash',
    what: 'returns another access token hash',
    faults: onToken('id-token-wrong-at-hash'),
    verdict: refused('at_hash'),
  },
  {
    id: 'oidcc-client-test-missing-athash',
    what: 'returns no access token hash, which the code flow allows',
    faults: onToken('id-token-no-at-hash'),
    verdict: 'accepted',
  },
  {
    id: 'oidcc-client-test-invalid-chash',
    what: 'returns another code hash in the front channel',
    verdict: { notApplicable: 'gsa takes no ID token from the front channel: it asks for response_type=code only' },
  },
  {
    id: 'oidcc-client-test-missing-chash',
    what: 'returns no code hash in the front channel',
    verdict: { notApplicable: 'gsa takes no ID token from the front channel: it asks for response_type=code only' },
  },
  {
    id: 'oidcc-client-test-nonce-unless-code-flow',
    what: 'requires a nonce in the request, which gsa sends in the code flow, too',
    verdict: 'accepted',
    also: (stage) => {
      const [request] = requestsTo(stage, '/o/oauth2/v2/auth')
      if (!/^[\w-]{43}$/.test(request?.query['nonce'] ?? '')) throw new Error('no nonce')
    },
  },
]

const refreshAndConfiguration: readonly Row[] = [
  {
    id: 'oidcc-client-test-refresh-token',
    what: 'rejects the first access token and accepts the refreshed one',
    faults: [driveRefusesOnce],
    play: driveThroughRefresh(1),
    verdict: 'accepted',
    also: (stage) => {
      const [first, second] = bearersOf(stage)
      if (first === second) throw new Error('the same access token was sent again')
    },
  },
  {
    id: 'oidcc-client-test-refresh-token-invalid-issuer',
    what: 'answers a refresh with an ID token from another issuer',
    faults: onRefresh('id-token-wrong-issuer'),
    play: refresh,
    verdict: refused('iss'),
  },
  {
    id: 'oidcc-client-test-refresh-token-invalid-sub',
    what: 'answers a refresh with an ID token for another subject',
    faults: onRefresh('id-token-other-subject'),
    async play(stage) {
      expectOk(await stage.login())
      const before = JSON.stringify([...stage.gsa.memory])
      const run = await stage.run('refresh', '--json')
      if (JSON.stringify([...stage.gsa.memory]) !== before) throw new Error('what is stored was changed')
      return run
    },
    verdict: { exitCode: 6, code: 'account_changed' },
  },
  {
    id: 'oidcc-client-test-signing-key-rotation',
    what: 'signs with a new key at the second login',
    async play({ login, google }) {
      expectOk(await login())
      await google.rotateKeys({ retire: true })
      return login()
    },
    verdict: 'accepted',
  },
  {
    id: 'oidcc-client-test-signing-key-rotation-just-before-signing',
    what: 'signs with a new key after the keys were fetched',
    faults: onToken('rotate-and-retire-keys'),
    verdict: 'accepted',
    also: (stage) => {
      const fetches = requestsTo(stage, '/oauth2/v3/certs')
      if (fetches.length !== 2) throw new Error(`the keys were fetched ${fetches.length} times`)
    },
  },
  {
    id: 'oidcc-client-test-discovery-openid-config',
    what: 'is found through its discovery document',
    verdict: 'accepted',
    also: (stage) => {
      if (requestsTo(stage, '/.well-known/openid-configuration').length !== 1) throw new Error('it was not asked')
    },
  },
  {
    id: 'oidcc-client-test-discovery-jwks-uri-keys',
    what: 'has its keys where only the discovery document points',
    faults: [{ on: 'discovery', fault: 'other-jwks-uri' }],
    verdict: 'accepted',
    also: (stage) => {
      if (requestsTo(stage, '/oauth2/v3/certs/moved').length !== 1) throw new Error('not fetched')
      if (requestsTo(stage, '/oauth2/v3/certs').length > 0) throw new Error('fetched from elsewhere')
    },
  },
  {
    id: 'oidcc-client-test-discovery-issuer-mismatch',
    what: 'names another issuer in its discovery document',
    faults: [{ on: 'discovery', fault: 'wrong-issuer' }],
    verdict: { exitCode: 3, code: 'invalid_answer' },
    also: noTokenRequest,
  },
  {
    id: 'oidcc-client-test-userinfo-bearer-header',
    what: 'requires the access token in the Authorization header and nowhere else',
    async play({ login, run }) {
      expectOk(await login())
      return run('drive', 'ls-appfolder', '--json')
    },
    verdict: 'accepted',
    also: (stage) => {
      if (!/^Bearer sha256:[0-9a-f]{16}$/.test(bearersOf(stage)[0] ?? '')) throw new Error('not in the header')
      const elsewhere = stage.google
        .requests()
        .some(({ query, form }) => 'access_token' in query || 'access_token' in form)
      if (elsewhere) throw new Error('in a query or a form')
    },
  },
  {
    id: 'oidcc-client-test-form-post-error',
    what: 'posts an error to the redirect URI',
    verdict: { notApplicable: 'gsa never asks for response_mode=form_post, and its listener answers POST with 405' },
  },
  {
    id: 'oidcc-client-test-aggregated-claims / -distributed-claims / -userinfo-signed / -request-uri-* / -mtls-endpoint-aliases / -dynamic-registration / -discovery-webfinger-*',
    what: 'offers features that Google lacks',
    verdict: { notApplicable: 'gsa uses none of it: no userinfo, no request objects, no mutual TLS, no registration' },
  },
]

const fapi: readonly Row[] = [
  {
    id: `${fapi2}-ensure-authorization-response-with-invalid-state-fails`,
    what: 'changes the state',
    faults: onResponse('wrong-state'),
    timeIsUpWhen: /Open this address/,
    verdict: { exitCode: 6, code: 'state_mismatch' },
    also: noTokenRequest,
  },
  {
    id: `${fapi2}-ensure-authorization-response-with-invalid-missing-state-fails`,
    what: 'drops the state',
    faults: onResponse('no-state'),
    timeIsUpWhen: /Open this address/,
    verdict: { exitCode: 6, code: 'state_mismatch' },
    also: noTokenRequest,
  },
  {
    id: `${fapi2}-invalid-authorization-response-iss`,
    what: 'names another issuer in the authorization response',
    faults: onResponse('wrong-iss'),
    verdict: { exitCode: 6, code: 'authorization_response_invalid' },
    also: noTokenRequest,
  },
  {
    id: `${fapi2}-remove-authorization-response-iss`,
    what: 'drops the issuer of the authorization response, which it never promised',
    faults: [
      { on: 'discovery', fault: 'no-iss-promise' },
      { on: 'authorize', fault: 'no-iss' },
    ],
    verdict: 'accepted',
  },
  {
    id: `${fapi2}-remove-authorization-response-iss`,
    what: 'drops the issuer of the authorization response, which its discovery document promises',
    faults: onResponse('no-iss'),
    // One server per login leaves nothing to mix up (decision 3); a named one must be the right one.
    verdict: 'accepted',
  },
  {
    id: `${fapi2}-invalid-alternate-alg`,
    what: 'signs with PS256',
    faults: onToken('id-token-alg-ps256'),
    verdict: refused('alg'),
  },
  {
    id: `${fapi2}-invalid-alternate-alg`,
    what: 'signs with RS512',
    faults: onToken('id-token-alg-rs512'),
    verdict: refused('alg'),
  },
  {
    id: `${fapi2}-invalid-null-alg`,
    what: 'claims that nothing is signed, with a signature',
    faults: onToken('id-token-alg-none'),
    verdict: refused('alg'),
  },
  {
    id: `${fapi2}-invalid-expired-exp`,
    what: 'issues an ID token that expired five minutes ago',
    faults: onToken('id-token-expired'),
    verdict: refused('exp'),
  },
  {
    id: `${fapi2}-invalid-missing-exp`,
    what: 'leaves the expiry out',
    faults: onToken('id-token-no-exp'),
    verdict: refused('exp'),
  },
  {
    id: `${fapi2}-invalid-missing-iss`,
    what: 'leaves the issuer out',
    faults: onToken('id-token-no-issuer'),
    verdict: refused('iss'),
  },
  {
    id: `${fapi2}-invalid-missing-nonce`,
    what: 'leaves the nonce out',
    faults: onToken('id-token-no-nonce'),
    verdict: refused('nonce'),
  },
  {
    id: `${fapi2}-invalid-nonce`,
    what: 'changes the nonce by a character',
    faults: onToken('id-token-wrong-nonce'),
    verdict: refused('nonce'),
  },
  {
    id: `${fapi2}-invalid-secondary-aud`,
    what: 'issues the ID token for another client as well',
    faults: onToken('id-token-second-audience'),
    verdict: refused('aud'),
  },
  {
    id: `${fapi2}-valid-aud-as-array`,
    what: 'returns the audience as a list of one',
    faults: onToken('id-token-audience-list'),
    verdict: 'accepted',
  },
  {
    id: `${fapi2}-token-type-case-insensitivity`,
    what: 'spells the token type bEARER',
    faults: onToken('odd-case-token-type'),
    async play({ login, run }) {
      expectOk(await login())
      return run('drive', 'ls-appfolder', '--json')
    },
    verdict: 'accepted',
    also: (stage) => {
      if (!bearersOf(stage)[0]?.startsWith('Bearer ')) throw new Error(`sent as ${bearersOf(stage)[0]?.slice(0, 6)}`)
    },
  },
  {
    id: `${fapi2}-token-endpoint-response-without-expires_in`,
    what: "does not announce the access token's lifetime",
    faults: onToken('no-expires-in'),
    verdict: 'accepted',
  },
  {
    id: 'fapi2-security-profile-final-client-refresh-token-test',
    what: 'rotates the refresh token with every refresh, and accepts only the second access token',
    faults: [driveRefusesOnce, { on: 'token', fault: 'rotate-refresh-token', times: 2 }],
    play: driveThroughRefresh(2),
    verdict: 'accepted',
    also: (stage) => {
      const [, first, second] = requestsTo(stage, '/token').map(({ form }) => form['refresh_token'])
      if (!first || !second || first === second) throw new Error('the second refresh used the old refresh token')
      const [early, late] = bearersOf(stage)
      if (early === late) throw new Error('the same access token was sent again')
    },
  },
  {
    id: `${fapi1}-no-scope-in-token-endpoint-response`,
    what: 'announces neither scope nor lifetime',
    faults: onToken('no-scope', 'no-expires-in'),
    verdict: 'accepted',
    also: (_, run) => {
      const { granted, requested } = run.json['scopes'] as { granted: string[]; requested: string[] }
      if (granted.join() !== requested.join()) throw new Error('what was asked for counts as granted')
    },
  },
  {
    id: `${fapi1}-iat-is-week-in-past`,
    what: 'says that the ID token was issued a week ago',
    faults: onToken('id-token-week-old'),
    verdict: refused('iat'),
  },
  {
    id: `${fapi1}-invalid-signature`,
    what: 'changes a bit of the signature',
    faults: onToken('id-token-corrupted-signature'),
    verdict: refused('the signature'),
  },
]

/** All of them, in the file's order. */
export const rows: readonly Row[] = [...basic, ...refreshAndConfiguration, ...fapi]
