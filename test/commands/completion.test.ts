import { describe, expect } from 'vitest'
import { test } from '../support/harness.ts'

describe('gsa completion', () => {
  test("prints each shell's script, also as JSON", async ({ gsa }) => {
    for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
      const script = await gsa.run('completion', shell)
      expect(script).toMatchObject({ exitCode: 0, stderr: '' })
      expect(script.stdout).toContain(`# Tab completion of gsa for `)
      const { json } = await gsa.run('completion', shell, '--json')
      expect(json).toEqual({ shell, script: script.stdout })
    }
  })

  test('lists the supported shells when given none or an unknown one', async ({ gsa }) => {
    const missing = await gsa.run('completion', '--json')
    expect(missing).toMatchObject({ exitCode: 2, stdout: '' })
    expect(missing.error['message']).toBe("Missing required argument 'bash|zsh|fish|powershell'.")
    const wrong = await gsa.run('completion', 'tcsh', '--json')
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' })
    expect(wrong.error['message']).toMatch(/tcsh.*bash, zsh, fish, powershell\.$/)
  })
})
