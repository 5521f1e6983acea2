import type { Clock } from '../records/clock.ts'
import { type FaultRow, surfaces } from './surface.ts'

/** A clock that is wrong for one answer: what it says is shifted, what is valid is not. */
interface ClockFault extends FaultRow {
  readonly direction: 1 | -1
}

const shows = 'the Date header, and iat and exp of an ID token,'

/** Faults of the clock that an answer is dated by. */
export const clockFaults = {
  'clock-ahead': { on: surfaces, does: `${shows} are \`seconds\` (default 600) ahead in this answer`, direction: 1 },
  'clock-behind': { on: surfaces, does: `${shows} are \`seconds\` (default 600) behind in this answer`, direction: -1 },
} as const satisfies Record<string, ClockFault>

/** The clock with another face: it shows `seconds` more or less than it counts with. */
export function shifted(
  clock: Clock,
  fault: { readonly direction: number; readonly seconds: number | undefined },
): Clock {
  return { ...clock, shown: () => clock.now() + fault.direction * (fault.seconds ?? 600) * 1000 }
}
