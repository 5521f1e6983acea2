import type { FaultRow } from './surface.ts'

/** Faults that change what a code grant puts into an otherwise good answer. */
export const codeGrantFaults = {
  'no-refresh-token': { on: ['token'], does: 'leaves the refresh token out of a code grant' },
} as const satisfies Record<string, FaultRow>

/** The same for a refresh grant. */
export const refreshGrantFaults = {
  'rotate-refresh-token': { on: ['token'], does: 'a refresh grant returns a new refresh token and kills the old' },
} as const satisfies Record<string, FaultRow>

/** Faults of a revocation that succeeds. */
export const revokeFaults = {
  'delayed-revocation': { on: ['revoke'], does: 'answers 200, and the tokens work on for `seconds` (default 60)' },
} as const satisfies Record<string, FaultRow>
