import type { FaultRow } from './surface.ts'

/** Faults that change the contents of an otherwise valid code grant response. */
export const codeGrantFaults = {
  'no-refresh-token': { on: ['token'], does: 'omits the refresh token from a code grant response' },
} as const satisfies Record<string, FaultRow>

/** Faults that change the contents of an otherwise valid refresh grant response. */
export const refreshGrantFaults = {
  'rotate-refresh-token': {
    on: ['token'],
    does: 'returns a new refresh token from a refresh grant and revokes the old one',
  },
} as const satisfies Record<string, FaultRow>

/** Faults of a successful revocation. */
export const revokeFaults = {
  'delayed-revocation': { on: ['revoke'], does: 'returns 200, but the tokens keep working for `seconds` (default 60)' },
} as const satisfies Record<string, FaultRow>
