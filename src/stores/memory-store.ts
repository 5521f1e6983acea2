import { Secret } from '../core/secret.ts'
import type { SecretStore } from './secret-store.ts'

/** The mutable items of a memory store, which last until the process ends, unless the map is kept longer. */
export type MemoryItems = Map<string, string>

/** Stores secrets in the given map. */
export function memoryStore(items: MemoryItems, name = 'memory'): SecretStore {
  return {
    name,
    probe: () => Promise.resolve(),
    get: (item) => {
      const value = items.get(item)
      return Promise.resolve(value === undefined ? undefined : new Secret(value))
    },
    set: (item, value) => {
      items.set(item, value.reveal())
      return Promise.resolve()
    },
    delete: (item) => Promise.resolve(items.delete(item)),
    items: () => Promise.resolve([...items.keys()]),
  }
}
