import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { startGsa } from '../support/built-gsa.ts'
import { test } from '../support/harness.ts'

const launcher = process.platform === 'darwin' ? 'open' : 'xdg-open'

// Windows starts its browser with PowerShell, whose path cannot be changed by a test's environment.
describe.skipIf(process.platform === 'win32')('a default browser', () => {
  test.for([
    ['does not exist', undefined, /Cannot open a browser \(.*ENOENT\)/],
    ['ends with an error', 'exit 3', /Cannot open a browser \(.*open ended with status 3\)/],
  ] as const)('that %s is reported while the login waits', async ([, script, message], { gsa, google }) => {
    const bin = join(gsa.folder, 'bin')
    mkdirSync(bin)
    if (script !== undefined) {
      writeFileSync(join(bin, launcher), `#!/bin/sh\n${script}\n`)
      chmodSync(join(bin, launcher), 0o755)
    }
    const login = startGsa(['login', '--client-secrets', gsa.desktopClient], {
      env: {
        PATH: bin,
        HOME: join(gsa.folder, 'home'),
        GSA_CONFIG_DIR: join(gsa.folder, 'home/gsa'),
        GSA_EMULATOR_HOST: new URL(google.issuer).host,
        GSA_STORE: 'memory',
      },
    })
    await login.says(message)
    login.signal('SIGINT')
    expect((await login.ended).exitCode).toBe(130)
  })
})
