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

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * Reads a duration such as `90s`, `7d` or `1h30m` and returns milliseconds.
 *
 * @throws RangeError for anything else: the clock never goes back, because issued tokens are dropped in the order they expire.
 */
export function parseDuration(text: string): number {
  if (!/^(?:\d{1,9}[smhd])+$/.test(text)) {
    throw new RangeError(`"${text}" is not a duration; write a number and s, m, h or d, for example 90s or 7d`)
  }
  let total = 0
  for (const [, amount, unit] of text.matchAll(/(\d+)([smhd])/g)) {
    total += Number(amount) * (units[unit ?? ''] ?? 0)
  }
  return total
}

/** Seconds since 1970, as `iat` and `exp` want them. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
