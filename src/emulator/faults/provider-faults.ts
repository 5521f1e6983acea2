import type { PublishedKey } from '../keys/keys.ts'
import type { ChangeRow, FaultRow } from './surface.ts'

type Members = Readonly<Record<string, unknown>>

/** Faults that strike just before an ID token is signed. */
export const signingKeyFaults = {
  'rotate-keys': {
    on: ['token'],
    does: 'signs the ID token with a new key; the old keys stay published',
    retire: false,
  },
  'rotate-and-retire-keys': {
    on: ['token'],
    does: 'signs the ID token with a new key and publishes only that key',
    retire: true,
  },
} as const satisfies Record<string, FaultRow & { readonly retire: boolean }>

/** Faults of the keys, in both published formats. The signing key comes first. */
export const publishedKeyFaults = {
  'single-key': {
    on: ['certs'],
    does: 'publishes only the signing key',
    change: (keys) => (keys.length > 1 ? keys.slice(0, 1) : undefined),
  },
  'no-keys': { on: ['certs'], does: 'publishes no keys', change: () => [] },
} as const satisfies Record<string, ChangeRow<readonly PublishedKey[]>>

/** Faults of the JWK set (RFC 7517) that are impossible in the map of certificates. */
export const jwksFaults = {
  'same-kid-twice': {
    on: ['certs'],
    does: 'publishes another key with the same id ahead of the signing key',
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
    does: 'sends another issuer',
    change: (document) => ({ ...document, issuer: 'https://other.example' }),
  },
  'other-jwks-uri': {
    on: ['discovery'],
    does: 'names another address for the keys, where they are also published',
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
    does: 'returns the subject of another user',
    change: (claims) => {
      const name = 'sub' in claims ? 'sub' : 'id'
      return { ...claims, [name]: `${String(claims[name])}x` }
    },
  },
} as const satisfies Record<string, ChangeRow<Members>>
