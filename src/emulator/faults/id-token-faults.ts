import type { Signature } from '../keys/signatures.ts'
import type { ChangeRow } from './surface.ts'

const on = ['token'] as const

/** An ID token before it is signed. */
export interface IdTokenDraft {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signature: Signature
}

type Change = ChangeRow<IdTokenDraft>['change']

const other = '100000000002-other.apps.googleusercontent.com'
const weekSeconds = 7 * 86_400

/**
 * Faults of an ID token from any grant: one error each (OIDC Core sections 2 and 3.1.3.7). A token without the affected
 * claim is neither changed nor counted.
 */
export const idTokenFaults = {
  'id-token-wrong-issuer': { on, does: 'iss is another issuer', change: claim('iss', (iss) => `${String(iss)}1`) },
  'id-token-no-issuer': { on, does: 'has no iss', change: withoutClaim('iss') },
  'id-token-issuer-without-scheme': {
    on,
    does: 'iss has no scheme before the host, as Google sometimes sends it',
    change: claim('iss', (iss) => String(iss).replace(/^https?:\/\//, '')),
  },
  'id-token-no-subject': { on, does: 'has no sub', change: withoutClaim('sub') },
  'id-token-other-subject': { on, does: 'sub is another user', change: claim('sub', () => '119999999999999999999') },
  'id-token-no-audience': { on, does: 'has no aud', change: withoutClaim('aud') },
  'id-token-wrong-audience': { on, does: 'aud is another client', change: claim('aud', () => other) },
  'id-token-audience-list': { on, does: 'aud is a list with one client', change: claim('aud', (aud) => [aud]) },
  'id-token-second-audience': {
    on,
    does: 'aud also lists another client',
    change: claim('aud', (aud) => [aud, other]),
  },
  'id-token-other-party': { on, does: 'azp is a client of another project', change: claim('azp', () => other) },
  'id-token-no-iat': { on, does: 'has no iat', change: withoutClaim('iat') },
  'id-token-week-old': { on, does: 'iat is a week ago', change: claim('iat', (iat) => Number(iat) - weekSeconds) },
  'id-token-from-the-future': {
    on,
    does: 'iat and exp are `seconds` (default 3600) too late',
    change: (draft, { seconds = 3600 }) => later(draft, seconds),
  },
  'id-token-no-exp': { on, does: 'has no exp', change: withoutClaim('exp') },
  'id-token-expired': {
    on,
    does: 'exp was `seconds` (default 301) ago',
    change: (draft, { seconds = 301 }) => later(draft, -lifetimeOf(draft) - seconds),
  },
  'id-token-no-nonce': { on, does: 'has no nonce', change: withoutClaim('nonce') },
  'id-token-wrong-nonce': {
    on,
    does: 'adds a letter to the nonce',
    change: claim('nonce', (nonce) => `${String(nonce)}x`),
  },
  'id-token-no-at-hash': { on, does: 'has no at_hash', change: withoutClaim('at_hash') },
  'id-token-wrong-at-hash': {
    on,
    does: 'at_hash belongs to another access token',
    change: claim('at_hash', () => 'piwt8oCH-K2D9pXlaS1Y-w'),
  },
  'id-token-text-email-verified': {
    on,
    does: 'email_verified is a string',
    change: claim('email_verified', (verified) => String(verified)),
  },
  'id-token-no-kid': { on, does: 'names no key', change: (draft) => withHeader(draft, { kid: undefined }) },
  'id-token-unknown-kid': {
    on,
    does: 'names a key that is not published',
    change: (draft) => withHeader(draft, { kid: '0'.repeat(40) }),
  },
  'id-token-unsigned': {
    on,
    does: 'alg is none, and there is no signature',
    change: (draft) => signed(withHeader(draft, { alg: 'none' }), 'none'),
  },
  'id-token-alg-none': {
    on,
    does: 'alg is none, and there is a signature',
    change: (draft) => withHeader(draft, { alg: 'none' }),
  },
  'id-token-alg-hs256': { on, does: 'is signed with HS256 and the public key', change: algorithm('HS256') },
  'id-token-alg-es256': { on, does: 'is signed with ES256', change: algorithm('ES256') },
  'id-token-alg-ps256': { on, does: 'is signed with PS256', change: algorithm('PS256') },
  'id-token-alg-rs512': { on, does: 'is signed with RS512', change: algorithm('RS512') },
  'id-token-corrupted-signature': {
    on,
    does: 'one bit of the signature is wrong',
    change: (draft) => signed(draft, 'corrupted'),
  },
  'id-token-unpublished-key': {
    on,
    does: 'is signed with a key that is not published, under the id of one that is',
    change: (draft) => signed(draft, 'unpublished'),
  },
} as const satisfies Record<string, ChangeRow<IdTokenDraft>>

function claim(name: string, change: (value: unknown) => unknown): Change {
  return (draft) =>
    name in draft.claims ? { ...draft, claims: { ...draft.claims, [name]: change(draft.claims[name]) } } : undefined
}

function withoutClaim(name: string): Change {
  return (draft) => {
    if (!(name in draft.claims)) return undefined
    return { ...draft, claims: Object.fromEntries(Object.entries(draft.claims).filter(([found]) => found !== name)) }
  }
}

function lifetimeOf({ claims }: IdTokenDraft): number {
  return Number(claims['exp']) - Number(claims['iat'])
}

function later(draft: IdTokenDraft, seconds: number): IdTokenDraft {
  const { iat, exp } = draft.claims
  return { ...draft, claims: { ...draft.claims, iat: Number(iat) + seconds, exp: Number(exp) + seconds } }
}

function withHeader(draft: IdTokenDraft, change: object): IdTokenDraft {
  return { ...draft, header: { ...draft.header, ...change } }
}

function signed(draft: IdTokenDraft, signature: Signature): IdTokenDraft {
  return { ...draft, signature }
}

function algorithm(alg: 'HS256' | 'ES256' | 'PS256' | 'RS512'): Change {
  return (draft) => signed(withHeader(draft, { alg }), alg)
}
