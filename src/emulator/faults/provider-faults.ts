import type { PublishedKey } from '../keys/keys.ts'
import type { ChangeRow, FaultRow } from './surface.ts'

type Members = Readonly<Record<string, unknown>>

/** Faults of the moment before an ID token is signed. */
export const signingKeyFaults = {
  'rotate-keys': {
    on: ['token'],
    does: 'a new key signs the ID token; the old ones stay published',
    retire: false,
  },
  'rotate-and-retire-keys': {
    on: ['token'],
    does: 'a new key signs the ID token, and it is the only one published',
    retire: true,
  },
} as const satisfies Record<string, FaultRow & { readonly retire: boolean }>

/** Faults of the keys, in both forms in which they are published. The signing key comes first. */
export const publishedKeyFaults = {
  'single-key': {
    on: ['certs'],
    does: 'publishes the signing key only',
    change: (keys) => (keys.length > 1 ? keys.slice(0, 1) : undefined),
  },
  'no-keys': { on: ['certs'], does: 'publishes no keys', change: () => [] },
} as const satisfies Record<string, ChangeRow<readonly PublishedKey[]>>

/** Faults of the JWK set (RFC 7517) that the map of certificates cannot have. */
export const jwksFaults = {
  'same-kid-twice': {
    on: ['certs'],
    does: 'publishes another key under the id of the signing key, before it',
    change: ([signing, other, ...more]) => {
      if (signing === undefined || other === undefined) return undefined
      const { kid } = signing
      return [{ ...other, kid, jwk: { ...other.jwk, kid } }, signing, ...more]
    },
  },
} as const satisfies Record<string, ChangeRow<readonly PublishedKey[]>>

/** Faults of the discovery document. */
export const discoveryFaults = {
  'wrong-issuer': {
    on: ['discovery'],
    does: 'names another issuer',
    change: (document) => ({ ...document, issuer: 'https://other.example' }),
  },
  'other-jwks-uri': {
    on: ['discovery'],
    does: 'names another address for the keys, where they are published, too',
    change: (document) => ({ ...document, jwks_uri: `${String(document['jwks_uri'])}/moved` }),
  },
  'no-iss-promise': {
    on: ['discovery'],
    does: 'does not promise an iss parameter in authorization responses',
    change: (document) => ({ ...document, authorization_response_iss_parameter_supported: undefined }),
  },
} as const satisfies Record<string, ChangeRow<Members>>

/** Faults of userinfo. */
export const userinfoFaults = {
  'other-subject': {
    on: ['userinfo'],
    does: 'answers with the subject of another user',
    change: (claims) => {
      const name = 'sub' in claims ? 'sub' : 'id'
      return { ...claims, [name]: `${String(claims[name])}x` }
    },
  },
} as const satisfies Record<string, ChangeRow<Members>>
