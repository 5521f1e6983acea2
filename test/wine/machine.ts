import { join } from 'node:path'
import { test as base } from 'vitest'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { whileInstalled } from '../package/installation.ts'
import type { Ended, ProgramOptions, Running } from '../support/built-gsa.ts'
import { isThere, needs } from '../support/system-parts.ts'
import { type ConsoleProgram, startWindows, type WindowsMachine, windowsPath } from '../support/wine.ts'

/** A Windows machine on which the packed `gsa-cli` is installed. */
interface WindowsInstallation {
  readonly machine: WindowsMachine
  /** The path of gsa's program there. */
  readonly program: string
}

/** A user's gsa on Windows, with its own configuration folder, and the emulator as Google. */
export interface Desk {
  readonly machine: WindowsMachine
  readonly program: string
  readonly env: Readonly<Record<string, string>>
  /** The configuration folder as a path of this machine. */
  readonly configuration: string
  gsa(argv: readonly string[], options?: ProgramOptions): Promise<Ended>
  start(argv: readonly string[], options?: ProgramOptions): Running
  onConsole(argv: readonly string[], env?: Readonly<Record<string, string>>): ConsoleProgram
}

let desks = 0

/** `test` with an emulator and a Windows machine, which is the same one for all tests of a file. */
export const test = base.extend<{ windows: WindowsInstallation | undefined; google: Emulator; desk: Desk }>({
  windows: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      if (!isThere('Wine')) return use(undefined)
      const machine = startWindows()
      try {
        await whileInstalled(['--os=win32', '--cpu=x64', '--ignore-scripts'], async ({ folder }) =>
          use({ machine, program: windowsPath(join(folder, 'node_modules/gsa-cli/bin/gsa.js')) }),
        )
      } finally {
        machine.end()
      }
    },
    { scope: 'file' },
  ],
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  google: async ({}, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  desk: async ({ windows, google, skip }, use) => {
    needs({ skip }, 'Wine')
    if (windows === undefined) throw new Error('Wine was installed meanwhile')
    const { machine, program } = windows
    const name = `desk-${++desks}`
    const clientFile = (type: 'web' | 'desktop'): string =>
      machine.file(`${name}/client_secret_${type}.json`, JSON.stringify(clientSecretsFile(type, google.issuer)))
    clientFile('desktop')
    const env = {
      GSA_CONFIG_DIR: `C:\\${name}\\gsa`,
      GSA_EMULATOR_HOST: new URL(google.issuer).host,
      GSA_CLIENT_SECRETS: clientFile('web'),
    }
    const start: Desk['start'] = (argv, options = {}) =>
      machine.start([program, ...argv], { ...options, env: { ...env, ...options.env } })
    await use({
      machine,
      program,
      env,
      configuration: join(machine.drive, name, 'gsa'),
      start,
      gsa: async (argv, options) => start(argv, options).ended,
      onConsole: (argv, more = {}) => machine.onConsole([program, ...argv], { ...env, ...more }),
    })
  },
})
