import { escapeHtml } from '../../core/escape-html.ts'

/**
 * Returns text prepared for a page: truncated to `most` characters, isolated from the text direction around it,
 * escaped.
 */
export function shown(text: string, most = 80): string {
  return `<bdi>${escapeHtml(cut(text, most))}</bdi>`
}

/** Returns text truncated and escaped for an attribute. */
export function shownInAttribute(text: string, most = 80): string {
  return escapeHtml(cut(text, most))
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  // Do not split a surrogate pair.
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** Returns a secret with its middle omitted, such as `1//0AbC…x9Q`; a short one shows only its prefix. */
export function masked(secret: string): string {
  const [, prefix = ''] = /^(1\/\/0|ya29\.a0|GOCSPX-|4\/0A)/.exec(secret) ?? []
  const rest = secret.slice(prefix.length)
  const masking = rest.length >= 24 ? `${rest.slice(0, 3)}…${rest.slice(-3)}` : '…'
  return `${prefix}${masking}`
}

const units: readonly (readonly [milliseconds: number, name: string])[] = [
  [86_400_000, 'day'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
]

/** Returns a duration in milliseconds in its one or two largest units: `54 min`, `3 h 20 min`, `182 days`. */
export function durationWords(milliseconds: number): string {
  const at = units.findIndex(([size]) => milliseconds >= size)
  const [size, name] = units[at] ?? [1000, 's']
  const amount = Math.floor(milliseconds / size)
  const words = name === 'day' ? `${grouped(amount)} ${amount === 1 ? 'day' : 'days'}` : `${amount} ${name}`
  const next = name === 's' || name === 'min' || amount >= 7 ? undefined : units[at + 1]
  const remainder = next === undefined ? 0 : Math.floor((milliseconds % size) / next[0])
  return next !== undefined && remainder > 0 ? `${words} ${remainder} ${next[1]}` : words
}

/** Returns a number with thousands separators. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

/** Returns a count and its noun: `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Returns a size in bytes: `512 B`, `16 kB`, `1.5 MB`. */
export function sizeWords(bytes: number): string {
  const at = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** at
  return `${at > 0 && value < 10 ? value.toFixed(1) : Math.floor(value)} ${['B', 'kB', 'MB', 'GB'][at] ?? 'B'}`
}

/** Returns a scope without the prefix that all Google scopes share. */
export function shortScope(scope: string): string {
  return scope.replace('https://www.googleapis.com/auth/', '')
}
