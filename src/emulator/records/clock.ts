/** The emulator's time. Everything that asks what time it is asks this object, so that a test can move it. */
export interface Clock {
  /** Milliseconds since 1970 as the emulator sees them. */
  now(): number
  /** What answers say the time is: `now`, unless a fault makes the clock of one answer wrong. */
  shown(): number
  /** Moves the clock forward by that many milliseconds. Throws RangeError, and moves nothing, beyond the year 9999. */
  advance(milliseconds: number): void
  /** How far it has been moved, in milliseconds. */
  offset(): number
  /** Back to the time of the machine. */
  reset(): void
}

/** Later dates have five digits, which neither RFC 3339 nor an HTTP header can say. */
const endOfTime = Date.UTC(10_000, 0, 1)

/** A clock that runs with `systemTime` (milliseconds since 1970) until it is advanced. */
export function createClock(systemTime: () => number = Date.now): Clock {
  let offset = 0
  const now = (): number => systemTime() + offset
  return {
    now,
    shown: now,
    advance: (milliseconds) => {
      if (now() + milliseconds >= endOfTime) throw new RangeError('the clock ends with the year 9999')
      offset += milliseconds
    },
    offset: () => offset,
    reset: () => {
      offset = 0
    },
  }
}

/** Seconds since 1970, as `iat` and `exp` want them. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
