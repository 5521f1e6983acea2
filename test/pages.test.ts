import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from './keychain/machine.ts'
import { root } from './support/built-gsa.ts'
import { runPage } from './support/page-session.ts'
import { needs } from './support/system-parts.ts'

// docs/test-without-google.md is in walk-through.test.ts, and docs/ci.md in ci-recipes.test.ts.
for (const page of ['android-code.md', 'dpop.md', 'refresh-tokens.md', 'restart-emulator.md', 'several-clients.md'])
  test(`docs/${page} works as printed`, async ({ machine, skip }) => {
    needs({ skip }, 'curl and jq')
    await machine.logIn('unlocked')
    // The session without settings of gsa.
    const session = Object.fromEntries(Object.entries(machine.env).filter(([name]) => !name.startsWith('GSA_')))
    expect(await runPage(readFileSync(join(root, 'docs', page), 'utf8'), session)).toBeGreaterThan(3)
  })
