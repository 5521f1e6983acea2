import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Emulator } from '../../src/emulator/index.ts'
import type { Gsa, Run, RunOptions } from '../support/harness.ts'
import { lastingStore } from '../support/lasting-store.ts'

/** Somebody with a store that outlasts a run, as those have who use gsa every day. */
export interface User {
  readonly google: Emulator
  readonly gsa: Gsa
  /** Runs gsa, which must go well. */
  readonly run: (...args: readonly (string | RunOptions)[]) => Promise<Run>
  /** What {@link run} adds to the options, for whatever else runs gsa. */
  readonly options: (more?: RunOptions) => RunOptions
  /** Exchanges a code. After it the token is cached, and the keys of the server are remembered. */
  readonly logIn: (account?: string) => Promise<void>
  /** An hour passes, here and there: the access token is over, and the keys are still good. */
  readonly waitAnHour: () => void
  /** The keys are not remembered any more. */
  readonly forgetKeys: () => void
  /** A file of so many bytes on this machine; gives its path. */
  readonly local: (name: string, bytes: number) => string
  /** Puts a small file into the app folder; gives its id. */
  readonly put: (name: string) => Promise<string>
}

/** The user of a gsa that is set up for an emulator. */
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
