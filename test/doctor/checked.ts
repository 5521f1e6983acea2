import type { Run } from '../support/harness.ts'

/** A step in the JSON document of `gsa doctor`. */
export interface CheckedStep {
  readonly name: string
  readonly status: 'passed' | 'warning' | 'failed' | 'skipped'
  readonly ms: number
  readonly detail: string
  readonly fix?: string
}

/** The JSON document of `gsa doctor`. */
export interface Checked {
  readonly target: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly warnings: number
  readonly steps: readonly CheckedStep[]
}

/** Parses the document that a run printed. */
export function checked(run: Run): Checked {
  return run.json as unknown as Checked
}

/** Returns one of its steps. */
export function step(run: Run, name: string): CheckedStep {
  const found = checked(run).steps.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`there is no step ${name}`)
  return found
}

/** Returns the names of the steps with this status. */
export function stepsThat(status: CheckedStep['status'], run: Run): string[] {
  return checked(run).steps.flatMap((candidate) => (candidate.status === status ? [candidate.name] : []))
}
