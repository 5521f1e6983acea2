import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import type { Gsa } from '../support/harness.ts'

/** Returns the environment of a program whose credentials are in an age file, with an account in it. */
export async function environmentWithAccount(
  gsa: Gsa,
  google: Emulator,
  options: readonly string[] = [],
): Promise<Record<string, string>> {
  mkdirSync(join(gsa.folder, 'keys'))
  const env = {
    HOME: join(gsa.folder, 'home'),
    GSA_CONFIG_DIR: join(gsa.folder, 'home/gsa'),
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_STORE: `file:${join(gsa.folder, 'secrets.age')}`,
    GSA_STORE_PASSPHRASE_FILE: gsa.file('keys/passphrase', 'correct horse battery staple\n'),
  }
  const { exitCode, stderr } = await gsa.run('exchange', '-', ...options, { stdin: await google.createCode(), env })
  expect(exitCode, stderr).toBe(0)
  return env
}
