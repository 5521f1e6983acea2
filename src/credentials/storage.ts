import { Failure } from '../failures/index.ts'
import { type AccountIndex, fileAccountIndex, memoryAccountIndex } from './account-index.ts'
import { keychainStore } from './keychain-store.ts'
import { memoryStore } from './memory-store.ts'
import type { SecretStore } from './secret-store.ts'

/** Where accounts are kept: the secrets in a store, everything else in the index. */
export interface Storage {
  readonly secrets: SecretStore
  readonly index: AccountIndex
}

/** What {@link openStorage} needs to know of the run. */
export interface StorageOptions {
  /** As in `--store`. */
  readonly store: string
  /** The folder of the index. */
  readonly configDir: string
  /** What the memory store keeps its items in. */
  readonly memory: Map<string, string>
}

/** Opens the store that was chosen. There is no fallback to another one. @throws Failure `store_unknown` */
export function openStorage({ store, configDir, memory }: StorageOptions): Storage {
  switch (store) {
    case 'keychain':
      return { secrets: keychainStore(), index: fileAccountIndex(configDir) }
    case 'memory':
      return memoryStorage(memory)
    default:
      throw new Failure('store_unknown', { store })
  }
}

/** A storage that leaves nothing on the disk. */
export function memoryStorage(items: Map<string, string>): Storage {
  return { secrets: memoryStore(items), index: memoryAccountIndex(items) }
}

/** Makes sure that an account can be kept. @throws Failure of the store group (exit 7) */
export function probeStorage({ secrets, index }: Storage): void {
  index.probe()
  secrets.probe()
}
