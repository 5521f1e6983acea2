import { Failure } from '../failures/index.ts'
import { countOf, type StepResult } from './checklist.ts'

/** The names of a checklist in a JUnit report. */
export interface JunitSuite {
  readonly name: string
  /** The group of its steps; dots separate levels. */
  readonly classname: string
}

/**
 * Returns a checklist as JUnit XML for CI systems. Each step is a `testcase`; a failure has its cause as message and
 * its fix as text. Times are in seconds.
 */
export function junitReport({ name, classname }: JunitSuite, results: readonly StepResult[]): string {
  const totals = {
    name,
    tests: results.length,
    failures: countOf(results, 'failed'),
    errors: 0,
    skipped: countOf(results, 'skipped'),
    time: seconds(results.reduce((sum, { ms }) => sum + ms, 0)),
  }
  const cases = results.map((result) => {
    const opening = `    <testcase${attributes({ name: result.title, classname, time: seconds(result.ms) })}`
    const outcome = outcomeOf(result)
    return outcome === undefined ? `${opening}/>` : `${opening}>${outcome}</testcase>`
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes(totals)}>`,
    `  <testsuite${attributes(totals)}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function outcomeOf({ status, detail, error }: StepResult): string | undefined {
  if (status === 'skipped') return `<skipped${attributes({ message: detail })}/>`
  if (status === 'passed') return undefined
  return error instanceof Failure
    ? `<failure${attributes({ message: error.causeText, type: error.code })}>${escaped(error.fix)}</failure>`
    : `<failure${attributes({ message: detail })}/>`
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('')
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// XML 1.0 section 2.2 forbids most control characters and lone surrogates, even as references.
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '')
    .replace(/[&<>"]/g, (character) => entities[character] ?? character)
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}
