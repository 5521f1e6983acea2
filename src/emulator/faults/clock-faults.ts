import type { Clock } from '../records/clock.ts'
import { type FaultRow, surfaces } from './surface.ts'

/** A clock that is wrong for one response: the times it shows shift, validity checks do not. */
interface ClockFault extends FaultRow {
  readonly direction: 1 | -1
}

const shows = 'the Date header, and iat and exp of an ID token,'

/** Faults of the clock that dates a response. */
export const clockFaults = {
  'clock-ahead': { on: surfaces, does: `${shows} are \`seconds\` (default 600) ahead in this response`, direction: 1 },
  'clock-behind': {
    on: surfaces,
    does: `${shows} are \`seconds\` (default 600) behind in this response`,
    direction: -1,
  },
} as const satisfies Record<string, ClockFault>

/** Returns a clock that shows `seconds` more or less than its actual time. */
export function shifted(
  clock: Clock,
  fault: { readonly direction: number; readonly seconds: number | undefined },
): Clock {
  return { ...clock, shown: () => clock.now() + fault.direction * (fault.seconds ?? 600) * 1000 }
}
