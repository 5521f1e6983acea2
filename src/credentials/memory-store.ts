import { Secret } from '../failures/index.ts'
import type { SecretStore } from './secret-store.ts'

/** Keeps secrets in the given map: until the process ends, unless the map is kept longer. */
export function memoryStore(items: Map<string, string>): SecretStore {
  return {
    name: 'memory',
    probe: () => undefined,
    get: (item) => {
      const value = items.get(item)
      return value === undefined ? undefined : new Secret(value)
    },
    set: (item, value) => {
      items.set(item, value.reveal())
    },
    delete: (item) => items.delete(item),
  }
}
