/**
 * Drops entries that expired at `now` or before. All values of a map have the same lifetime and the clock never goes
 * back, so the oldest entries are the expired ones. Mutable: deletes them from the map, unless `drop` does it.
 */
export function sweepExpired(
  values: Map<string, { readonly expiresAtMs: number }>,
  now: number,
  drop: (key: string) => void = (key) => values.delete(key),
): void {
  for (const [key, { expiresAtMs }] of values) {
    if (expiresAtMs > now) return
    drop(key)
  }
}
