import { humanDuration } from '../core/human-duration.ts'
import { safeText } from '../core/safe-to-print.ts'

/** Formats names and values in two columns, one pair per line. Makes values safe for a terminal. */
export function twoColumns(pairs: readonly (readonly [name: string, value: string | null | undefined])[]): string {
  const shown = pairs.filter((pair): pair is readonly [string, string] => pair[1] != null && pair[1] !== '')
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${safeText(name).padEnd(width)}  ${safeText(value)}`).join('\n')
}

/** A column of text. */
export interface Column {
  readonly align: 'left' | 'right'
  readonly atLeast: number
}

/**
 * Returns a function that formats rows in columns as they arrive: a column is as wide as its widest cell so far. The
 * last column is not padded. Cells must be safe for a terminal.
 */
export function growingColumns(columns: readonly Column[]): (rows: readonly (readonly string[])[]) => string {
  const widths = columns.map(({ atLeast }) => atLeast)
  const padded = (cell: string, at: number): string => {
    const width = widths[at] ?? 0
    return columns[at]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width)
  }
  return (rows) => {
    for (const row of rows)
      for (const at of columns.keys()) widths[at] = Math.max(widths[at] ?? 0, row[at]?.length ?? 0)
    return rows.map((row) => `${row.map(padded).join('  ')}\n`).join('')
  }
}

/** Formats a number of bytes: `0 B`, `1.5 kB`, `12 MB`. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** Formats the time until or since: `in 59 minutes`, `3 days ago`, `now`. */
export function humanDistance(time: string, nowMs: number): string {
  const distanceMs = Date.parse(time) - nowMs
  if (Math.abs(distanceMs) < 5000) return 'now'
  const amount = humanDuration(Math.abs(distanceMs))
  return distanceMs < 0 ? `${amount} ago` : `in ${amount}`
}
