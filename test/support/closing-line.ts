import type { Reporter, TestCase, TestModule } from 'vitest/node'

/**
 * The end of the report: what was skipped and what to install, then `N passed, N failed`. In CI a skipped test fails the
 * run, because there every system part is installed.
 */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string): number => tests.filter((test) => test.result().state === state).length
    const skipped = tests.filter((test) => test.result().state === 'skipped')
    for (const test of skipped) say(`skipped: ${test.fullName}\n         ${noteOf(test)}`)
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    if (process.env['CI'] !== undefined && skipped.length > 0) {
      say('In CI a skipped test is a failure: install what it needs.')
      process.exitCode = 1
    }
    const tail = skipped.length === 0 ? '' : `, ${skipped.length} skipped`
    say(`${count('passed')} passed, ${count('failed') + broken} failed${tail}`)
  }
}

function noteOf(test: TestCase): string {
  const result = test.result()
  return result.state === 'skipped' ? (result.note ?? 'for no stated reason') : ''
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
