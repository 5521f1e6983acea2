import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { JsonObject } from '../../src/core/json.ts'
import { clientSecretsFile, type Emulator } from '../../src/emulator/index.ts'
import { test as base } from '../emulator/with-google.ts'
import { root, runProgram } from '../support/built-gsa.ts'
import { officialClients } from '../support/system-parts.ts'

/** The folder of the programs that drive another vendor's client. */
export const programs = join(officialClients, 'programs')

/** The folder of the recipes in docs/emulator-recipes.md. */
export const recipes = join(officialClients, 'recipes')

/**
 * The folder where Go finds Debian's packages, without modules and without a network. One cache for all tests compiles
 * each package once.
 */
export const goEnvironment = {
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
  GOCACHE: join(root, 'node_modules/.cache/go-build'),
} as const

/** Debian's jars that a sign-in needs. */
export const javaClassPath = [
  'google-api-client',
  'google-oauth-client',
  'google-http-client',
  'google-http-client-gson',
  'gson',
  'guava',
  'opencensus-api',
  'opencensus-contrib-http-util',
  'grpc-context',
]
  .map((name) => `/usr/share/java/${name}.jar`)
  .join(delimiter)

/** Each test gets a folder with the client secrets file of the emulator's web client. */
export const test = base.extend<{ folder: string }>({
  folder: async ({ google, task: _task }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-client-'))
    try {
      writeFileSync(join(folder, 'client_secret.json'), JSON.stringify(clientSecretsFile('web', google.issuer)))
      await use(folder)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

/** Returns the environment in which a program finds the emulator, without any of the developer's own settings. */
export function emulatorEnvironment(google: Emulator, folder: string): Record<string, string> {
  return {
    HOME: folder,
    GSA_EMULATOR_HOST: new URL(google.driveUrl).host,
    // Python's oauthlib requires this for http://127.0.0.1.
    OAUTHLIB_INSECURE_TRANSPORT: '1',
  }
}

/**
 * Runs a program with one JSON document on standard input and returns the one that it prints.
 * @throws Error with what the program wrote to standard error when it fails.
 */
export async function ask(
  command: readonly [string, ...string[]],
  { google, folder, given }: { google: Emulator; folder: string; given: object },
): Promise<JsonObject> {
  const [program, ...argv] = command
  const ended = await runProgram(program, argv, {
    folder,
    env: emulatorEnvironment(google, folder),
    stdin: JSON.stringify(given),
  })
  if (ended.exitCode !== 0) throw new Error(`${command.join(' ')} failed\n${ended.stderr}`)
  return ended.json
}

/**
 * Returns the string that a program printed under a name.
 * @throws Error with all it said when there is none.
 */
export function stringOf(said: JsonObject, name: string): string {
  const value = said[name]
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(said)}`)
  return value
}
