import type { Gsa, Run } from '../support/harness.ts'
import {
  compact,
  type DraftToken,
  type FakeProvider,
  jwkOf,
  type Misdeeds,
  sendJson,
  signatures,
  unpublishedKey,
} from './fake-provider.ts'

/** What must become of a row. */
export type Verdict =
  | 'accepted'
  | { readonly exitCode: number; readonly code: string; readonly check?: string }
  /** Why this client cannot meet it. */
  | { readonly notApplicable: string }

/** What a row works with. */
interface Stage {
  readonly provider: FakeProvider
  readonly run: Gsa['run']
  readonly gsa: Gsa
  readonly login: () => Promise<Run>
}

/** One test of the OpenID conformance suite for relying parties, staged against this program. */
export interface Row {
  /** As in oidf-rp/rp-tests.json. */
  readonly id: string
  /** What the provider does, in words. */
  readonly what: string
  readonly verdict: Verdict
  /** What the provider does wrong. */
  readonly misdeeds?: Misdeeds
  /** For a row that is more than one login: gives the run that the verdict is about. */
  readonly play?: (stage: Stage) => Promise<Run>
  /** What must be true besides, when all is over. */
  readonly also?: (stage: Stage, run: Run) => void | Promise<void>
  /** Flags of the login. */
  readonly flags?: readonly string[]
}

const fapi2 = 'fapi2-security-profile-final-client-test'
const fapi1 = 'fapi1-advanced-final-client-test'

const refused = (check: string): Verdict => ({ exitCode: 6, code: 'id_token_invalid', check })
const claims =
  (change: object): NonNullable<Misdeeds['idToken']> =>
  ({ header, claims: honest }) => ({ header, claims: { ...honest, ...change } })
const header =
  (change: object): NonNullable<Misdeeds['idToken']> =>
  (draft) => ({ ...draft, header: { ...draft.header, ...change } })
const onRefresh =
  (change: object): NonNullable<Misdeeds['idToken']> =>
  (draft, grant) =>
    grant === 'refresh_token' ? { ...draft, claims: { ...draft.claims, ...change } } : draft
const algorithm = (alg: keyof typeof signatures): Misdeeds => ({
  sign: (draft, key) => compact({ ...draft, header: { ...draft.header, alg } }, signatures[alg](key)),
})
const seconds = (): number => Math.floor(Date.now() / 1000)

/** A login, and then a refresh that the verdict is about. */
async function refresh({ login, run }: Stage): Promise<Run> {
  expectOk(await login())
  return run('refresh', '--json')
}

function expectOk(run: Run): Run {
  if (run.exitCode !== 0) throw new Error(`exit code ${run.exitCode}: ${run.stderr}`)
  return run
}

/** A Drive that takes only the access token of a refresh. */
function driveAfter(refreshes: number): NonNullable<Misdeeds['instead']> {
  let count = 0
  return ({ path, form }, response) => {
    if (path === '/token' && form.get('grant_type') === 'refresh_token') count++
    if (!path.startsWith('/drive/')) return false
    if (count >= refreshes) sendJson(response, 200, { files: [] })
    else sendJson(response, 401, { error: { code: 401, message: 'Invalid Credentials' } })
    return true
  }
}

const bearersOf = ({ provider }: Stage): (string | undefined)[] =>
  provider.to('/drive/v3/files').map(({ headers }) => headers.authorization)

const noTokenRequest = ({ provider }: Stage): void => {
  if (provider.to('/token').length > 0) throw new Error('the code was sent')
}
const noUserinfo = ({ provider }: Stage): void => {
  if (provider.to('/userinfo').length > 0) throw new Error('userinfo was asked')
}

/** A login, a Drive call that is refused, `refreshes` refreshes, and a Drive call that the verdict is about. */
const driveThroughRefresh =
  (refreshes: number) =>
  async ({ login, run }: Stage): Promise<Run> => {
    expectOk(await login())
    const early = await run('drive', 'ls-appfolder', '--json')
    if (early.error['code'] !== 'drive_token_refused') throw new Error(`unexpected: ${early.stderr}`)
    for (let count = 0; count < refreshes; count++) expectOk(await run('refresh', '--json'))
    return run('drive', 'ls-appfolder', '--json')
  }

const noKid = (draft: DraftToken): DraftToken => ({ ...draft, header: { alg: 'RS256', typ: 'JWT' } })

const basic: readonly Row[] = [
  { id: 'oidcc-client-test', what: 'does everything right', verdict: 'accepted' },
  {
    id: 'oidcc-client-test-invalid-iss',
    what: 'puts another issuer into the ID token',
    misdeeds: {
      idToken: ({ claims: honest, ...draft }) => ({
        ...draft,
        claims: { ...honest, iss: `${String(honest['iss'])}1` },
      }),
    },
    verdict: refused('iss'),
  },
  {
    id: 'oidcc-client-test-missing-sub',
    what: 'leaves the subject out',
    misdeeds: { idToken: claims({ sub: undefined }) },
    verdict: refused('sub'),
  },
  {
    id: 'oidcc-client-test-invalid-aud',
    what: 'issues the ID token for another client',
    misdeeds: { idToken: claims({ aud: 'another-client' }) },
    verdict: refused('aud'),
  },
  {
    id: 'oidcc-client-test-missing-aud',
    what: 'leaves the audience out',
    misdeeds: { idToken: claims({ aud: undefined }) },
    verdict: refused('aud'),
  },
  {
    id: 'oidcc-client-test-missing-iat',
    what: 'leaves the time of issue out',
    misdeeds: { idToken: claims({ iat: undefined }) },
    verdict: refused('iat'),
  },
  {
    id: 'oidcc-client-test-kid-absent-single-jwks',
    what: 'leaves the key id out and has one key',
    misdeeds: { idToken: noKid },
    verdict: 'accepted',
  },
  {
    id: 'oidcc-client-test-kid-absent-multiple-jwks',
    what: 'leaves the key id out and has two keys',
    misdeeds: { idToken: noKid, jwks: (keys) => [...keys, jwkOf(unpublishedKey('second'))] },
    verdict: refused('kid'),
  },
  { id: 'oidcc-client-test-idtoken-sig-rs256', what: 'signs with RS256', verdict: 'accepted' },
  {
    id: 'oidcc-client-test-idtoken-sig-none',
    what: 'does not sign, with an empty signature',
    misdeeds: algorithm('none'),
    // Three parts, of which the last is empty: the form comes before the algorithm.
    verdict: refused('its form'),
  },
  {
    id: 'oidcc-client-test-invalid-sig-rs256',
    what: 'signs with a key that it did not publish',
    misdeeds: { sign: (draft, { kid }) => compact(draft, signatures.RS256(unpublishedKey(kid))) },
    verdict: refused('the signature'),
  },
  {
    id: 'oidcc-client-test-invalid-sig-hs256',
    what: 'signs with HS256',
    misdeeds: algorithm('HS256'),
    verdict: refused('alg'),
  },
  {
    id: 'oidcc-client-test-invalid-sig-es256',
    what: 'signs with ES256',
    misdeeds: algorithm('ES256'),
    verdict: refused('alg'),
  },
  {
    id: 'oidcc-client-test-userinfo-invalid-sub',
    what: 'has another subject at userinfo, which gsa never asks',
    misdeeds: {
      instead: ({ path }, response) => {
        if (path !== '/userinfo') return false
        sendJson(response, 200, { sub: 'adax' })
        return true
      },
    },
    verdict: 'accepted',
    also: noUserinfo,
  },
  {
    id: 'oidcc-client-test-nonce-invalid',
    what: 'gives another nonce back',
    misdeeds: { idToken: claims({ nonce: 'another' }) },
    verdict: refused('nonce'),
  },
  {
    id: 'oidcc-client-test-scope-userinfo-claims',
    what: 'gives the claims of the scopes e-mail and profile',
    misdeeds: { idToken: claims({ email: 'ada@example.com', email_verified: true, name: 'Ada Lovelace' }) },
    verdict: 'accepted',
    also: (_, run) => {
      const { email, name } = run.json['account'] as { email: string; name: string }
      if (email !== 'ada@example.com' || name !== 'Ada Lovelace') throw new Error('the claims were lost')
    },
  },
  {
    id: 'oidcc-client-test-client-secret-basic',
    what: 'takes the client secret in the Authorization header only',
    verdict: { notApplicable: 'Google takes client_secret_post, which is what gsa sends' },
  },
  {
    id: 'oidcc-client-test-invalid-athash',
    what: 'gives another hash of the access token',
    misdeeds: { idToken: claims({ at_hash: 'piwt8oCH-K2D9pXlaS1Y-w' }) },
    verdict: refused('at_hash'),
  },
  {
    id: 'oidcc-client-test-missing-athash',
    what: 'gives no hash of the access token, which the code flow allows',
    misdeeds: { idToken: claims({ at_hash: undefined }) },
    verdict: 'accepted',
  },
  {
    id: 'oidcc-client-test-invalid-chash',
    what: 'gives another hash of the code in the front channel',
    verdict: { notApplicable: 'gsa takes no ID token from the front channel: it asks for response_type=code only' },
  },
  {
    id: 'oidcc-client-test-missing-chash',
    what: 'gives no hash of the code in the front channel',
    verdict: { notApplicable: 'gsa takes no ID token from the front channel: it asks for response_type=code only' },
  },
  {
    id: 'oidcc-client-test-nonce-unless-code-flow',
    what: 'looks for a nonce in the request, which gsa sends in the code flow, too',
    verdict: 'accepted',
    also: ({ provider }) => {
      if (!/^[\w-]{43}$/.test(provider.to('/authorize')[0]?.query.get('nonce') ?? '')) throw new Error('no nonce')
    },
  },
]

const refreshAndConfiguration: readonly Row[] = [
  {
    id: 'oidcc-client-test-refresh-token',
    what: 'refuses the first access token and takes that of a refresh',
    misdeeds: { instead: driveAfter(1) },
    play: driveThroughRefresh(1),
    verdict: 'accepted',
    also: (stage) => {
      const [first, second] = bearersOf(stage)
      if (first === second) throw new Error('the same access token was sent again')
    },
  },
  {
    id: 'oidcc-client-test-refresh-token-invalid-issuer',
    what: 'answers a refresh with an ID token of another issuer',
    misdeeds: { idToken: onRefresh({ iss: 'https://other.example' }) },
    play: refresh,
    verdict: refused('iss'),
  },
  {
    id: 'oidcc-client-test-refresh-token-invalid-sub',
    what: 'answers a refresh with an ID token for another subject',
    misdeeds: { idToken: onRefresh({ sub: 'grace' }) },
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
    async play({ login, provider }) {
      expectOk(await login())
      provider.rotateKeys()
      return login()
    },
    verdict: 'accepted',
  },
  {
    id: 'oidcc-client-test-signing-key-rotation-just-before-signing',
    what: 'signs with a new key after the keys were fetched',
    misdeeds: { beforeToken: (provider) => provider.rotateKeys() },
    verdict: 'accepted',
    also: ({ provider }) => {
      const fetches = provider.requests.filter(({ path }) => path.startsWith('/keys-'))
      if (fetches.length !== 2) throw new Error(`the keys were fetched ${fetches.length} times`)
    },
  },
  {
    id: 'oidcc-client-test-discovery-openid-config',
    what: 'is found through its discovery document',
    verdict: 'accepted',
    also: ({ provider }) => {
      if (provider.to('/.well-known/openid-configuration').length !== 1) throw new Error('it was not asked')
    },
  },
  {
    id: 'oidcc-client-test-discovery-jwks-uri-keys',
    what: 'has its keys where only the discovery document says',
    verdict: 'accepted',
    also: ({ provider }) => {
      if (!provider.requests.some(({ path }) => /^\/keys-[0-9a-f]{12}$/.test(path))) throw new Error('not fetched')
    },
  },
  {
    id: 'oidcc-client-test-discovery-issuer-mismatch',
    what: 'names another issuer in its discovery document',
    misdeeds: { discovery: (document) => ({ ...document, issuer: 'https://other.example' }) },
    verdict: { exitCode: 3, code: 'invalid_answer' },
    also: noTokenRequest,
  },
  {
    id: 'oidcc-client-test-userinfo-bearer-header',
    what: 'looks for the access token: it is in the Authorization header and nowhere else',
    misdeeds: { instead: driveAfter(0) },
    async play({ login, run }) {
      expectOk(await login())
      return run('drive', 'ls-appfolder', '--json')
    },
    verdict: 'accepted',
    also: (stage) => {
      if (!/^Bearer ya29\.\S+$/.test(bearersOf(stage)[0] ?? '')) throw new Error('not in the header')
      const elsewhere = stage.provider.requests.some(({ query }) => query.toString().includes('ya29.'))
      if (elsewhere) throw new Error('in a query')
    },
  },
  {
    id: 'oidcc-client-test-form-post-error',
    what: 'posts an error to the redirect URI',
    verdict: { notApplicable: 'gsa never asks for response_mode=form_post, and its listener answers POST with 405' },
  },
  {
    id: 'oidcc-client-test-aggregated-claims / -distributed-claims / -userinfo-signed / -request-uri-* / -mtls-endpoint-aliases / -dynamic-registration / -discovery-webfinger-*',
    what: 'offers what Google does not offer',
    verdict: { notApplicable: 'gsa uses none of it: no userinfo, no request objects, no mutual TLS, no registration' },
  },
]

const fapi: readonly Row[] = [
  {
    id: `${fapi2}-ensure-authorization-response-with-invalid-state-fails`,
    what: 'changes the state',
    misdeeds: { authorizationResponse: (honest) => ({ ...honest, state: `${honest['state']}x` }) },
    flags: ['--timeout', '1s'],
    verdict: { exitCode: 6, code: 'state_mismatch' },
    also: noTokenRequest,
  },
  {
    id: `${fapi2}-ensure-authorization-response-with-invalid-missing-state-fails`,
    what: 'drops the state',
    misdeeds: { authorizationResponse: (honest) => ({ ...honest, state: null }) },
    flags: ['--timeout', '1s'],
    verdict: { exitCode: 6, code: 'state_mismatch' },
    also: noTokenRequest,
  },
  {
    id: `${fapi2}-invalid-authorization-response-iss`,
    what: 'names another issuer in the authorization response',
    misdeeds: { authorizationResponse: (honest) => ({ ...honest, iss: 'https://evil.example' }) },
    verdict: { exitCode: 6, code: 'authorization_response_invalid' },
    also: noTokenRequest,
  },
  {
    id: `${fapi2}-remove-authorization-response-iss`,
    what: 'drops the issuer of the authorization response, which it never promised',
    misdeeds: { authorizationResponse: (honest) => ({ ...honest, iss: null }) },
    verdict: 'accepted',
  },
  {
    id: `${fapi2}-remove-authorization-response-iss`,
    what: 'drops the issuer of the authorization response, which its discovery document promises',
    misdeeds: {
      discovery: (document) => ({ ...document, authorization_response_iss_parameter_supported: true }),
      authorizationResponse: (honest) => ({ ...honest, iss: null }),
    },
    // One server a login leaves nothing to mix up (decision 3); one that is named must be the right one.
    verdict: 'accepted',
  },
  {
    id: `${fapi2}-invalid-alternate-alg`,
    what: 'signs with PS256',
    misdeeds: algorithm('PS256'),
    verdict: refused('alg'),
  },
  {
    id: `${fapi2}-invalid-alternate-alg`,
    what: 'signs with RS512',
    misdeeds: algorithm('RS512'),
    verdict: refused('alg'),
  },
  {
    id: `${fapi2}-invalid-null-alg`,
    what: 'claims that nothing is signed, with a signature',
    misdeeds: { idToken: header({ alg: 'none' }) },
    verdict: refused('alg'),
  },
  {
    id: `${fapi2}-invalid-expired-exp`,
    what: 'issues an ID token that ended five minutes ago',
    misdeeds: {
      idToken: (draft) => ({ ...draft, claims: { ...draft.claims, exp: seconds() - 301, iat: seconds() - 400 } }),
    },
    verdict: refused('exp'),
  },
  {
    id: `${fapi2}-invalid-missing-exp`,
    what: 'leaves the end out',
    misdeeds: { idToken: claims({ exp: undefined }) },
    verdict: refused('exp'),
  },
  {
    id: `${fapi2}-invalid-missing-iss`,
    what: 'leaves the issuer out',
    misdeeds: { idToken: claims({ iss: undefined }) },
    verdict: refused('iss'),
  },
  {
    id: `${fapi2}-invalid-missing-nonce`,
    what: 'leaves the nonce out',
    misdeeds: { idToken: claims({ nonce: undefined }) },
    verdict: refused('nonce'),
  },
  {
    id: `${fapi2}-invalid-nonce`,
    what: 'changes the nonce by a character',
    misdeeds: {
      idToken: (draft) => ({ ...draft, claims: { ...draft.claims, nonce: `${String(draft.claims['nonce'])}x` } }),
    },
    verdict: refused('nonce'),
  },
  {
    id: `${fapi2}-invalid-secondary-aud`,
    what: 'issues the ID token for another client as well',
    misdeeds: { idToken: (draft) => ({ ...draft, claims: { ...draft.claims, aud: [draft.claims['aud'], 'other'] } }) },
    verdict: refused('aud'),
  },
  {
    id: `${fapi2}-valid-aud-as-array`,
    what: 'gives the audience as a list of one',
    misdeeds: { idToken: (draft) => ({ ...draft, claims: { ...draft.claims, aud: [draft.claims['aud']] } }) },
    verdict: 'accepted',
  },
  {
    id: `${fapi2}-token-type-case-insensitivity`,
    what: 'spells the token type bEARER',
    misdeeds: { tokenResponse: (body) => ({ ...body, token_type: 'bEARER' }), instead: driveAfter(0) },
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
    what: 'does not say how long the access token lives',
    misdeeds: { tokenResponse: (body) => ({ ...body, expires_in: undefined }) },
    verdict: 'accepted',
  },
  {
    id: 'fapi2-security-profile-final-client-refresh-token-test',
    what: 'replaces the refresh token with every refresh, and takes the access token of the second one only',
    misdeeds: {
      instead: driveAfter(2),
      tokenResponse: (body, grant) =>
        grant === 'refresh_token'
          ? { ...body, refresh_token: `1//0rotated${Math.random().toString(36).slice(2)}` }
          : body,
    },
    play: driveThroughRefresh(2),
    verdict: 'accepted',
    also: ({ provider }) => {
      const sent = provider.to('/token').map(({ form }) => form.get('refresh_token'))
      if (!sent[2]?.startsWith('1//0rotated')) throw new Error('the second refresh used the old refresh token')
    },
  },
  {
    id: `${fapi1}-no-scope-in-token-endpoint-response`,
    what: 'says neither what was granted nor for how long',
    misdeeds: { tokenResponse: (body) => ({ ...body, scope: undefined, expires_in: undefined }) },
    verdict: 'accepted',
    also: (_, run) => {
      const { granted, requested } = run.json['scopes'] as { granted: string[]; requested: string[] }
      if (granted.join() !== requested.join()) throw new Error('what was asked for counts as granted')
    },
  },
  {
    id: `${fapi1}-iat-is-week-in-past`,
    what: 'says that the ID token was issued a week ago',
    misdeeds: { idToken: (draft) => ({ ...draft, claims: { ...draft.claims, iat: seconds() - 7 * 86_400 } }) },
    verdict: refused('iat'),
  },
  {
    id: `${fapi1}-invalid-signature`,
    what: 'changes a bit of the signature',
    misdeeds: {
      sign: (draft, key) =>
        compact(draft, (input) => {
          const signature = signatures.RS256(key)(input)
          signature[7] = (signature[7] ?? 0) ^ 1
          return signature
        }),
    },
    verdict: refused('the signature'),
  },
]

/** All of them, in the order of the file. */
export const rows: readonly Row[] = [...basic, ...refreshAndConfiguration, ...fapi]
