const hourMs = 3_600_000
/** The lifetime of refresh tokens of an app in Testing, unless it only requests sign-in scopes. */
export const testingMs = 7 * 24 * hourMs

/** Returns whether this is the lifetime of a refresh token for an app in Testing: Google announces 604,799 seconds. */
export function isTestingLife(lifetimeMs: number | undefined): boolean {
  return lifetimeMs !== undefined && Math.abs(lifetimeMs - testingMs) < hourMs
}

/** Returns the same for a refresh token with these times, RFC 3339. */
export function hasTestingLife(obtainedAt: string | null, expiresAt: string | null): boolean {
  const [obtainedMs, expiresMs] = [obtainedAt, expiresAt].map(timeOf)
  return obtainedMs !== undefined && expiresMs !== undefined && isTestingLife(expiresMs - obtainedMs)
}

/** Returns milliseconds since 1970; undefined if there is no time, or it is unreadable. */
export function timeOf(time: string | null): number | undefined {
  const ms = time === null ? Number.NaN : Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms
}
