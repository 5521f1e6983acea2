import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import type { Gsa, Run, RunOptions } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

/** A user with a persistent store, like anyone who uses gsa every day. */
export interface User {
  readonly google: Emulator
  readonly gsa: Gsa
  /** Runs gsa, which must succeed. */
  readonly run: (...args: readonly (string | RunOptions)[]) => Promise<Run>
  /** The options that {@link run} adds, for other ways to run gsa. */
  readonly options: (more?: RunOptions) => RunOptions
  /** Exchanges a code. Afterwards the token is cached, and the server's keys are remembered. */
  readonly logIn: (account?: string) => Promise<void>
  /** Advances both clocks by an hour: the access token expires, and the keys are still valid. */
  readonly waitAnHour: () => void
  /** Removes the remembered keys. */
  readonly forgetKeys: () => void
  /** Creates a file of so many bytes on this machine; returns its path. */
  readonly local: (name: string, bytes: number) => string
  /** Uploads a small file into the app folder; returns its id. */
  readonly put: (name: string) => Promise<string>
}

/** Returns the user of a gsa that is set up for an emulator. */
export function createUser(gsa: Gsa, google: Emulator): User {
  const { env } = lastingStore(gsa)
  let hours = 0
  const options: User['options'] = (more = {}) => ({
    now: () => Date.now() + hours * 3_600_000,
    ...more,
    env: { ...env, ...more.env },
  })
  const run: User['run'] = async (...args) => {
    const argv = args.filter((arg) => typeof arg === 'string')
    const result = await gsa.run(...argv, options(args.find((arg) => typeof arg !== 'string')))
    expect(result.exitCode, result.stderr).toBe(0)
    return result
  }
  const local: User['local'] = (name, bytes) => gsa.file(name, randomBytes(bytes))
  return {
    google,
    gsa,
    run,
    options,
    logIn: async (account = 'ada@example.com') => {
      await run('exchange', '-', { stdin: await google.createCode({ account }) })
    },
    waitAnHour: () => {
      hours++
      google.advanceClock('1h')
    },
    forgetKeys: () => rmSync(join(gsa.folder, 'home/gsa/keys'), { recursive: true }),
    local,
    put: async (name) => (await run('drive', 'put', local(name, 10), '--json')).json['id'] as string,
  }
}
