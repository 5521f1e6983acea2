import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import type { Gsa } from '../support/harness.ts'

/** Exchanges a code for Ada's account. */
export async function logIn(gsa: Gsa, google: Emulator, scopes?: string[]): Promise<void> {
  const code = await google.createCode(scopes === undefined ? {} : { scopes })
  expect((await gsa.run('exchange', '-', { stdin: code })).exitCode).toBe(0)
}

/** Adds generated files to Ada's app folder. */
export async function generate(google: Emulator, count: number, bytes = 10): Promise<void> {
  await configure(google, 'POST files', { account: 'ada@example.com', count, bytes })
}

/** Returns the requests since the last login as `METHOD path`, with a count for consecutive equal ones. */
export function requestsAfter(google: Emulator, before: number): string[] {
  return google
    .requests()
    .slice(before)
    .map(({ method, path }) => `${method} ${path}`)
}

/** A file object as `--json` prints it. */
export interface Listed {
  readonly id: string
  readonly name: string
  readonly size: string
  readonly md5Checksum: string
}

/** Returns the files in Ada's app folder. */
export async function listed(gsa: Gsa): Promise<Listed[]> {
  return JSON.parse((await gsa.run('drive', 'ls-appfolder', '--json')).stdout) as Listed[]
}
