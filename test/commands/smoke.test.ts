import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'

interface Checklist {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly steps: readonly { name: string; status: string; ms: number; detail: string }[]
}

describe('gsa smoke', () => {
  test('walks the whole flow with nothing configured', async ({ gsa, google }) => {
    const env = {
      GSA_EMULATOR_HOST: undefined,
      GSA_CLIENT_SECRETS: undefined,
      GSA_STORE: undefined,
      DBUS_SESSION_BUS_ADDRESS: undefined,
    }
    const result = await gsa.run('smoke', '--json', { env })
    expect(result.exitCode).toBe(0)
    const checklist = result.json as unknown as Checklist
    expect(checklist.failed).toBe(0)
    expect(checklist.steps.map(({ name }) => name)).toEqual([
      'keychain',
      'emulator',
      'login',
      'exchange',
      'id-token',
      'stored',
      'refresh',
      'drive-ls',
      'drive-put',
      'drive-get',
      'drive-rm',
      'revoke',
    ])
    expect(checklist.steps.filter(({ name }) => name !== 'keychain').every(({ status }) => status === 'passed')).toBe(
      true,
    )
    expect(checklist.passed + checklist.skipped).toBe(checklist.steps.length)
    // It has an emulator of its own, and leaves nothing in the one that happens to run.
    expect(google.requests()).toEqual([])
    expect(gsa.memory.size).toBe(0)
  })

  test('prints one line a step and a closing line', async ({ gsa }) => {
    const { stdout } = await gsa.run('smoke')
    expect(stdout.match(/^[✓–] .* ms {2}/gm)).toHaveLength(12)
    expect(stdout).toMatch(/\n\d+ passed, 0 failed(, \d+ skipped)?\n$/)
  })

  test('stops at Ctrl-C, and leaves a report that says so', async ({ gsa }) => {
    const report = join(gsa.folder, 'smoke.xml')
    const result = await gsa.run('smoke', '--junit', report, { interruptWhen: /local Google starts/ })
    expect(result.exitCode).toBe(130)
    expect(readFileSync(report, 'utf8')).toMatch(/tests="1" failures="1".*\n.*\n.*comes to its end.*interrupted/)
  })

  test('writes a JUnit report with --junit, also into a folder that is not there yet', async ({ gsa }) => {
    const report = join(gsa.folder, 'reports/smoke.xml')
    const { json } = await gsa.run('smoke', '--junit', report, '--json')
    const xml = readFileSync(report, 'utf8')
    const { steps, skipped } = json as unknown as Checklist
    expect(xml).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="gsa smoke" /)
    expect(xml).toContain(
      `<testsuite name="gsa smoke" tests="${steps.length}" failures="0" errors="0" skipped="${skipped}" time="`,
    )
    expect(xml.match(/<testcase name="[^"]+" classname="gsa\.smoke\.emulator" time="\d+\.\d{3}"/g)).toHaveLength(
      steps.length,
    )
  })

  test('refuses a report that cannot be written, before it does anything', async ({ gsa }) => {
    const result = await gsa.run('smoke', '--junit', gsa.folder, '--json')
    expect([result.exitCode, result.error['code']]).toEqual([2, 'file_unwritable'])
    expect(result.error['fix']).toContain('--junit')
    expect(result.stdout).toBe('')
  })
})
