import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from 'vitest'
import { parseJsonObject } from '../../src/core/json.ts'
import { parseDuration } from '../../src/core/duration.ts'
import type { Secret } from '../../src/core/secret.ts'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { configure } from '../emulator/raw-http.ts'
import { openPostgresStore } from '../stores/open-postgres-store.ts'
import { type Ended, type ProgramOptions, root, type Running, startGsa } from '../support/built-gsa.ts'
import { type Postgres, startPostgres } from '../support/postgres.ts'
import { expectNoSecretIn } from '../support/secret-hunt.ts'
import { needs } from '../support/system-parts.ts'

/** Several machines with one database, each with its own home. */
export interface Fleet {
  readonly postgres: Postgres
  /** The database of the store. */
  readonly database: string
  readonly url: string
  /** The store key, in base64. */
  readonly key: string
  /** Returns the environment of gsa on a machine. */
  env(machine: number): Readonly<Record<string, string>>
  /** Runs the built `gsa` on a machine. */
  gsa(machine: number, argv: readonly string[], options?: ProgramOptions): Promise<Ended>
  /** Starts the built `gsa` on a machine. */
  start(machine: number, argv: readonly string[], options?: ProgramOptions): Running
  /** Creates accounts at the server, and logs them in if wanted. Returns their addresses. */
  accounts(count: number): Promise<readonly string[]>
  /** Returns the credentials of the store as gsa reads them, by item. */
  credentials(): Promise<ReadonlyMap<string, Stored>>
  /** Returns the secrets in the store: tokens, keys, code verifiers and client secrets. */
  secrets(): Promise<ReadonlySet<string>>
  /** Moves the clocks of the server and of all machines forward by a duration such as `1h`. */
  advanceClocks(duration: string): void
  /** Expects no secret in a dump, in the server's log, or in the statements that the server shows. */
  expectNothingReadable(others?: readonly string[]): Promise<void>
  /** Looks at pg_stat_activity again and again until the returned function is called. */
  watchActivity(): () => Promise<void>
}

/** A credential in the store. */
interface Stored {
  readonly refreshToken: string | undefined
}

const mostSearched = 500
const secretMembers = /"(?:refresh_token|access_token|client_secret|dpop_key|code_verifier)":"([^"]{8,})"/g

/** `test` with an emulator and a fleet of machines that use one database. */
export const test = base.extend<{ google: Emulator; folder: string; fleet: Fleet }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  google: async ({}, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  folder: async ({}, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'gsa-fleet-'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  fleet: async ({ google, folder, skip }, use) => {
    needs({ skip }, 'PostgreSQL')
    const postgres = await startPostgres()
    try {
      await use(await createFleet(join(folder, 'fleet'), google, postgres))
    } finally {
      await postgres.end()
    }
  },
})

/** Creates a database with a key and machines of its own, all below a new folder. */
export async function createFleet(folder: string, google: Emulator, postgres: Postgres): Promise<Fleet> {
  mkdirSync(folder)
  const { name: database, url } = await postgres.createDatabase()
  const key = randomBytes(32).toString('base64')
  const keyFile = join(folder, 'store.key')
  writeFileSync(keyFile, `${key}\n`, { mode: 0o600 })
  const clientSecrets = join(folder, 'client_secret_web.json')
  writeFileSync(clientSecrets, JSON.stringify(clientSecretsFile('web', google.issuer)))
  const store = openPostgresStore({ url, key })
  const statements = new Set<string>()
  let fastMs = 0
  const env: Fleet['env'] = (machine) => {
    const home = join(folder, `machine-${machine}`)
    mkdirSync(join(home, 'tmp'), { recursive: true })
    return {
      HOME: home,
      TMPDIR: join(home, 'tmp'),
      GSA_CONFIG_DIR: join(home, 'gsa'),
      GSA_EMULATOR_HOST: new URL(google.issuer).host,
      GSA_CLIENT_SECRETS: clientSecrets,
      GSA_STORE: `postgres:${url}`,
      GSA_STORE_KEY_FILE: keyFile,
      NODE_OPTIONS: `--require=${join(root, 'test/support/shifted-clock.cjs')}`,
      SHIFTED_CLOCK_MS: String(fastMs),
    }
  }
  const start: Fleet['start'] = (machine, argv, options = {}) =>
    startGsa(argv, { ...options, env: { ...env(machine), ...options.env } })
  const credentials: Fleet['credentials'] = async () => {
    const found = new Map<string, Stored>()
    for (const item of await store.items())
      if (item.startsWith('credential ')) found.set(item, storedIn(await store.get(item)))
    return found
  }
  const secrets: Fleet['secrets'] = async () => {
    const found = new Set<string>()
    for (const item of await store.items())
      for (const [, secret = ''] of ((await store.get(item))?.reveal() ?? '').matchAll(secretMembers)) found.add(secret)
    return found
  }
  return {
    postgres,
    database,
    url,
    key,
    env,
    start,
    gsa: async (machine, argv, options) => start(machine, argv, options).ended,
    async accounts(count) {
      const emails = Array.from({ length: count }, (_, at) => `user${at}@example.com`)
      for (const email of emails) await configure(google, 'POST accounts', { email })
      return emails
    },
    credentials,
    secrets,
    advanceClocks(duration) {
      google.advanceClock(duration)
      fastMs += parseDuration(duration)
    },
    watchActivity() {
      const stop = new AbortController()
      const watching = (async () => {
        while (!stop.signal.aborted) {
          // The server may be restarting.
          const rows = await postgres.query('select query from pg_stat_activity').catch(() => [])
          for (const { query } of rows) statements.add(String(query))
          await new Promise((resolve) => setTimeout(resolve, 200))
        }
      })()
      return async () => {
        stop.abort()
        await watching
      }
    },
    async expectNothingReadable(others = []) {
      // Of many accounts, some are enough: the prefixes of all are searched.
      const all = [key, ...others, ...(await secrets())].slice(0, mostSearched)
      expectNoSecretIn(await postgres.dump(database), 'a dump', all)
      expectNoSecretIn(postgres.log(), "the server's log", all)
      const rows = await postgres.query('select query from pg_stat_activity')
      for (const { query } of rows) statements.add(String(query))
      expectNoSecretIn([...statements].join('\n'), 'pg_stat_activity', all)
    },
  }
}

function storedIn(value: Secret | undefined): Stored {
  const refreshToken = parseJsonObject(Buffer.from(value?.reveal() ?? ''))?.['refresh_token']
  return { refreshToken: typeof refreshToken === 'string' ? refreshToken : undefined }
}
