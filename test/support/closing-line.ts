import type { Reporter, TestModule } from 'vitest/node'

/** The results of a run: the names of tests, and why they were skipped. */
export interface Outcome {
  readonly passed: number
  readonly skipped: readonly { readonly name: string; readonly note: string | undefined }[]
  readonly failed: readonly string[]
}

/**
 * Returns the end of a report: the skipped tests by missing requirement, with the command that installs it; then the
 * names of failed ones; then `N passed, N failed`. In CI every part is installed, and a skipped test fails the run.
 */
export function closingLines({ passed, skipped, failed }: Outcome, isCi: boolean): readonly string[] {
  const reasons = new Map<string, string[]>()
  for (const { name, note = 'skipped for no stated reason' } of skipped)
    reasons.set(note, [...(reasons.get(note) ?? []), name])
  const groups = [...reasons].map(([note, names]) => {
    const [first = ''] = names
    return `${names.length === 1 ? `skipped: ${first}` : `skipped: ${names.length} tests, such as ${first}`}\n         ${note}`
  })
  const tail = skipped.length === 0 ? '' : `, ${skipped.length} skipped`
  return [
    ...groups,
    ...(isCi && skipped.length > 0 ? ['In CI a skipped test is a failure: install what it needs.'] : []),
    ...failed.map((name) => `failed: ${name}`),
    `${passed} passed, ${failed.length} failed${tail}`,
  ]
}

/** Prints the {@link closingLines} of a run, and fails a CI run in which a test was skipped. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string): typeof tests => tests.filter((test) => test.result().state === state)
    const skipped = inState('skipped').map((test) => {
      const result = test.result()
      return { name: test.fullName, note: result.state === 'skipped' ? result.note : undefined }
    })
    const failed = [
      ...inState('failed').map(({ module, fullName }) => `${module.relativeModuleId} > ${fullName}`),
      ...modules.filter((module) => module.errors().length > 0).map(({ relativeModuleId }) => relativeModuleId),
      ...errors.map(() => 'an error outside of any test'),
    ]
    const isCi = process.env['CI'] !== undefined
    for (const line of closingLines({ passed: inState('passed').length, skipped, failed }, isCi))
      process.stdout.write(`${line}\n`)
    if (isCi && skipped.length > 0) process.exitCode = 1
  }
}
