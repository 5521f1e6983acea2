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

  test('stops at Ctrl-C', async ({ gsa }) => {
    const result = await gsa.run('smoke', { interruptWhen: /local Google starts/ })
    expect(result.exitCode).toBe(130)
  })
})
