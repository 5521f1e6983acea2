/** The emulator's clock. All code reads the time from it, so that a test can move it. */
export interface Clock {
  /** Returns the emulator's time in milliseconds since 1970. */
  now(): number
  /** Returns the time for responses: `now`, unless a fault makes the clock of one response wrong. */
  shown(): number
  /** Moves the clock forward by that many milliseconds. Throws RangeError, and moves nothing, beyond the year 9999. */
  advance(milliseconds: number): void
  /** Returns how far the clock has been moved, in milliseconds. */
  offset(): number
  /** Returns to the machine's time. */
  reset(): void
}

/** Later years have five digits, which neither RFC 3339 nor HTTP headers can express. */
const endOfTime = Date.UTC(10_000, 0, 1)

/** Creates a clock that follows `systemTime` (milliseconds since 1970) until it is advanced. */
export function createClock(systemTime: () => number = Date.now): Clock {
  let offset = 0
  const now = (): number => systemTime() + offset
  return {
    now,
    shown: now,
    advance: (milliseconds) => {
      if (now() + milliseconds >= endOfTime) throw new RangeError('the clock cannot go past the year 9999')
      offset += milliseconds
    },
    offset: () => offset,
    reset: () => {
      offset = 0
    },
  }
}

/** Returns seconds since 1970, as used in `iat` and `exp`. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
