/** Returns a duration for people: `59 minutes`, `3 days`. */
export function humanDuration(ms: number): string {
  const magnitude = Math.round(ms / 1000)
  const [size, unit] =
    magnitude < 90
      ? [1, 'second']
      : magnitude < 5400
        ? [60, 'minute']
        : magnitude < 172_800
          ? [3600, 'hour']
          : [86_400, 'day']
  const count = Math.round(magnitude / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
