import type { Run } from '../support/harness.ts'

/** A step of the JSON document of `gsa doctor`. */
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

/** The document that a run printed. */
export function checked(run: Run): Checked {
  return run.json as unknown as Checked
}

/** One step of it. */
export function step(run: Run, name: string): CheckedStep {
  const found = checked(run).steps.find((candidate) => candidate.name === name)
  if (found === undefined) throw new Error(`there is no step ${name}`)
  return found
}

/** The names of the steps that went so. */
export function stepsThat(status: CheckedStep['status'], run: Run): string[] {
  return checked(run).steps.flatMap((candidate) => (candidate.status === status ? [candidate.name] : []))
}
