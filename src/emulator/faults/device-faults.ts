import type { FaultRow } from './surface.ts'

/** Faults of the device authorization endpoint. */
export const deviceFaults = {
  'device-quota': { on: ['device'], does: 'refuses to issue a device code: over quota' },
} as const satisfies Record<string, FaultRow>
