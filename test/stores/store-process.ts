// A separate process that uses a store: reads a job from standard input, does it, and prints the result as JSON.
import { text } from 'node:stream/consumers'
import { Secret } from '../../src/core/secret.ts'
import { Failure } from '../../src/failures/index.ts'
import { ageFileStore } from '../../src/stores/age-file-store.ts'
import { helperStore } from '../../src/stores/helper-store.ts'
import { keychainStore } from '../../src/stores/keychain-store.ts'
import { openPostgresStore } from './open-postgres-store.ts'
import type { SecretStore } from '../../src/stores/secret-store.ts'

/** A store that other processes can open too. */
export type SharedStore =
  | { readonly kind: 'keychain' }
  | { readonly kind: 'file'; readonly file: string; readonly passphrase: string; readonly workFactor: number }
  | { readonly kind: 'helper'; readonly helper: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly key: string }

/** The job: sets every item, one after the other. */
export interface StoreJob {
  readonly store: SharedStore
  readonly set: Readonly<Record<string, string>>
}

/** The failure that ended the job, if any. */
export interface StoreOutcome {
  readonly failure: { readonly code: string; readonly exitCode: number; readonly cause: string } | null
}

function open(store: SharedStore): SecretStore {
  const { signal } = new AbortController()
  if (store.kind === 'keychain') return keychainStore({ signal })
  if (store.kind === 'postgres') return openPostgresStore(store)
  if (store.kind === 'helper') return helperStore({ helper: store.helper, env: process.env, signal })
  const passphrase = async (): Promise<Secret> => Promise.resolve(new Secret(store.passphrase))
  return ageFileStore({ ...store, passphrase, waiting: { signal } })
}

async function work({ store: shared, set }: StoreJob): Promise<StoreOutcome> {
  try {
    const store = open(shared)
    for (const [item, value] of Object.entries(set)) await store.set(item, new Secret(value))
    return { failure: null }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { failure: { code: error.code, exitCode: error.exitCode, cause: error.causeText } }
  }
}

const outcome = await work(JSON.parse(await text(process.stdin)) as StoreJob)
process.stdout.write(JSON.stringify(outcome))
