import type { FaultRow } from './surface.ts'

const on = ['token'] as const

/** An error for a valid token request, as to a client that sent a DPoP proof (RFC 9449 sections 5 and 8). */
export interface DpopFault extends FaultRow {
  readonly error: 'use_dpop_nonce' | 'invalid_dpop_proof'
  /** Omits the DPoP-Nonce header. */
  readonly withoutNonce?: true
  /** The number of retries with a nonce that get the same error. */
  readonly rejectedRetries?: number
}

/** Errors of the token endpoint for DPoP proofs by name. */
export const dpopFaults = {
  'use-dpop-nonce': {
    on,
    error: 'use_dpop_nonce',
    does: 'returns 400 use_dpop_nonce with a DPoP-Nonce header, as to a client that sent a DPoP proof. The next proof for the same code or token needs the nonce',
  },
  'dpop-nonce-again': {
    on,
    error: 'use_dpop_nonce',
    rejectedRetries: 1,
    does: 'returns 400 use_dpop_nonce with a DPoP-Nonce header, and once more to the retry with that nonce',
  },
  'dpop-nonce-missing': {
    on,
    error: 'use_dpop_nonce',
    withoutNonce: true,
    does: 'returns 400 use_dpop_nonce without a DPoP-Nonce header',
  },
  'invalid-dpop-proof': {
    on,
    error: 'invalid_dpop_proof',
    does: 'returns 400 invalid_dpop_proof, as if the DPoP proof were wrong',
  },
} as const satisfies Record<string, DpopFault>
