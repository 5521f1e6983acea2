import { join } from 'node:path'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { signIn } from '../emulator/raw-http.ts'
import { test as base, emulatorEnvironment, goEnvironment } from '../official-clients/client-program.ts'
import { type Ended, runProgram } from '../support/built-gsa.ts'
import { debianPython, type SystemPart } from '../support/system-parts.ts'

/** The folder of the recipes in docs/emulator-recipes.md. */
export const recipes = join(import.meta.dirname, 'recipes')

/** The recipes that use Drive, and what they need; drive.test.ts runs them. */
export const driveRecipes: readonly { readonly file: string; readonly part: SystemPart }[] = [
  { file: 'drive.go', part: 'the Drive client for Go' },
  { file: 'drive.rb', part: 'Google’s client for Ruby' },
  { file: 'rclone.sh', part: 'rclone' },
]

/** The folder of programs that do what no recipe shows. */
export const programs = join(import.meta.dirname, 'programs')

/** Each test gets an emulator that consents automatically, and a folder with a client secrets file. */
export const test = base.extend<{ google: Emulator }>({
  google: async ({ task: _task }, use) => {
    const google = await startEmulator({ autoConsent: true })
    await use(google)
    await google.close()
  },
})

/** The emulator of each test stands in for Google's hosts; {@link run} leads programs there, and to no other host. */
export const testWithGoogleHosts = test.extend<{ google: Emulator }>({
  google: async ({ task: _task }, use) => {
    const google = await startEmulator({ autoConsent: true, impersonate: { offline: true } })
    await use(google)
    await google.close()
  },
})

const commands: Readonly<Record<string, readonly [string, ...string[]]>> = {
  py: [debianPython],
  rb: ['ruby'],
  go: ['go', 'run'],
  sh: ['bash'],
}

/** The folder, arguments and additional variables of a program. */
export interface Given {
  readonly folder: string
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The Node for a program for Node; default: this one. */
  readonly node?: string
}

/** Runs a recipe or another program. Its environment leads to the emulator. */
export async function run(
  path: string,
  google: Emulator,
  { folder, argv = [], env = {}, node = process.execPath }: Given,
): Promise<Ended> {
  // Older packages for Node use deprecated functions.
  const [program, ...first] = commands[path.split('.').at(-1) ?? ''] ?? [node, '--no-deprecation']
  return await runProgram(program, [...first, path, ...argv], {
    folder,
    env: { ...emulatorEnvironment(google, folder), ...google.proxy?.environment, ...goEnvironment, ...env },
    // Go compiles more than a hundred packages the first time.
    deadlineMs: 200_000,
  })
}

/** Returns the variables with tokens for programs that do not sign in themselves. */
export async function signedIn(google: Emulator): Promise<Record<string, string>> {
  const tokens = await signIn(google)
  return { ACCESS_TOKEN: tokens.access_token, REFRESH_TOKEN: tokens.refresh_token }
}

/** Returns the requests that an emulator received after the first `skipped` ones, each with its status. */
export function requestsOf(google: Emulator, skipped = 0): readonly string[] {
  return google
    .requests()
    .slice(skipped)
    .map(({ method, path, status }) => `${method} ${path} ${status}`)
}
