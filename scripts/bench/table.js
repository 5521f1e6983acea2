/** The spread that marks a machine as noisy, as a share of the median: half of the repeats lie within it. */
const noisyFrom = 0.2

/** Returns the middle value. */
export function median(values) {
  return quantile(values, 0.5)
}

/** Returns the distance between the quartiles, as a share of the median. */
export function spread(values) {
  return (quantile(values, 0.75) - quantile(values, 0.25)) / median(values)
}

function quantile(values, share) {
  const sorted = values.toSorted((left, right) => left - right)
  const position = (sorted.length - 1) * share
  const below = Math.floor(position)
  const above = Math.ceil(position)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below)
}

/** Returns a number for people: 1,234. */
export function whole(value) {
  return Math.round(value).toLocaleString('en')
}

/**
 * Returns the rows as a Markdown table, with a warning if a row's repeats vary widely. A row is `{ what, figure, bar?,
 * met?, spread? }`; without a bar it is only information.
 */
export function table(rows) {
  const lines = rows.map(({ what, figure, bar = '', met }) => [what, figure, bar, verdict(bar, met)])
  const titles = ['what', 'figure', 'bar', 'verdict']
  const widths = titles.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column].length)))
  const written = [titles, widths.map((width) => '-'.repeat(width)), ...lines].map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`,
  )
  return [...written, '', ...noise(rows)].join('\n')
}

function noise(rows) {
  const repeated = rows.filter((row) => row.spread !== undefined)
  const noisy = repeated.filter((row) => row.spread > noisyFrom).toSorted((left, right) => right.spread - left.spread)
  if (noisy.length === 0) return []
  return [
    `The machine is noisy: in ${noisy.length} of ${repeated.length} rows the middle half of the repeats lies more than ${noisyFrom * 100} % apart.`,
    `Widest: ${noisy[0].what} (${whole(noisy[0].spread * 100)} %). Other programs use the processor; compare within a row only.`,
  ]
}

function verdict(bar, met) {
  if (bar === '') return 'information'
  return met ? 'met' : 'missed'
}
