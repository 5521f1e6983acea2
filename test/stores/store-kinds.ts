import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../../src/core/secret.ts'
import { ageFileStore } from '../../src/stores/age-file-store.ts'
import { helperStore } from '../../src/stores/helper-store.ts'
import { keychainStore } from '../../src/stores/keychain-store.ts'
import { memoryStore } from '../../src/stores/memory-store.ts'
import type { SecretStore } from '../../src/stores/secret-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { startKeyringSession } from '../support/keyring-session.ts'
import type { SystemPart } from '../support/system-parts.ts'
import { openPostgresStore } from './open-postgres-store.ts'
import { makePasswordStore } from './password-store.ts'
import type { SharedStore } from './store-process.ts'

/** One kind of store, on a machine without any other. */
export interface StoreKind {
  readonly kind: string
  readonly parts: readonly SystemPart[]
  /** The number of items that counts as many: some stores are slow. */
  readonly many: number
  readonly start: () => Promise<StoreGround>
}

/** The place where stores of one kind are opened. */
export interface StoreGround {
  /** Returns a new object for the same place. */
  readonly open: () => SecretStore
  /** The way another process opens it; null if none can. */
  readonly shared: SharedStore | null
  /** The environment in which such a process finds it. */
  readonly env: Readonly<Record<string, string>>
  readonly end: () => Promise<void>
}

const { signal } = new AbortController()

/** Every kind of store. */
export const storeKinds: readonly StoreKind[] = [
  { kind: 'memory', parts: [], many: 1000, start: async () => Promise.resolve(memoryGround()) },
  { kind: 'age file', parts: [], many: 30, start: async () => Promise.resolve(ageFileGround()) },
  { kind: 'keychain', parts: ['gnome-keyring'], many: 50, start: keychainGround },
  {
    kind: 'helper secretservice',
    parts: ['gnome-keyring', 'docker-credential-secretservice'],
    many: 5,
    start: async () => {
      const session = await startKeyringSession()
      return helperGround('secretservice', session.env, async () => session.end())
    },
  },
  {
    kind: 'helper pass',
    parts: ['docker-credential-pass'],
    many: 5,
    start: async () => {
      const passwords = makePasswordStore()
      return Promise.resolve(helperGround('pass', passwords.env, async () => Promise.resolve(passwords.end())))
    },
  },
  { kind: 'postgres', parts: ['PostgreSQL'], many: 200, start: postgresGround },
]

function memoryGround(): StoreGround {
  const items = new Map<string, string>()
  return { open: () => memoryStore(items), shared: null, env: {}, end: async () => Promise.resolve() }
}

// A tenth of the default's work, which age-file-store.test.ts covers.
function ageFileGround(): StoreGround {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-age-'))
  const shared = {
    kind: 'file',
    file: join(folder, 'new/store.age'),
    passphrase: 'correct horse',
    workFactor: 12,
  } as const
  const passphrase = async (): Promise<Secret> => Promise.resolve(new Secret(shared.passphrase))
  return {
    open: () => ageFileStore({ ...shared, passphrase, waiting: { signal } }),
    shared,
    env: {},
    end: async () => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
  }
}

async function keychainGround(): Promise<StoreGround> {
  const session = await startKeyringSession()
  // The module is in this process, and finds the session in its environment.
  const before = { ...process.env }
  Object.assign(process.env, session.env)
  return {
    open: () => keychainStore({ signal }),
    shared: { kind: 'keychain' },
    env: session.env,
    async end() {
      for (const name of Object.keys(session.env)) {
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
      }
      await session.end()
    },
  }
}

async function postgresGround(): Promise<StoreGround> {
  const server = await startPostgres()
  const { url } = await server.createDatabase()
  const shared = { kind: 'postgres', url, key: randomBytes(32).toString('base64') } as const
  return { open: () => openPostgresStore(shared), shared, env: {}, end: async () => server.end() }
}

function helperGround(helper: string, found: Readonly<Record<string, string>>, end: () => Promise<void>): StoreGround {
  const home = mkdtempSync(join(tmpdir(), 'gsa-helper-'))
  mkdirSync(join(home, 'tmp'))
  const env = { HOME: home, TMPDIR: join(home, 'tmp'), PATH: process.env['PATH'] ?? '', ...found }
  return {
    open: () => helperStore({ helper, env, signal }),
    shared: { kind: 'helper', helper },
    env,
    async end() {
      await end()
      rmSync(home, { recursive: true, force: true })
    },
  }
}
