import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'

/** The longest value that every store holds, in characters: Windows accepts 1,280. */
export const longestItem = 1200

/** Stores secrets by item name. All stores behave alike, and none ever falls back to another. */
export interface SecretStore {
  /** The name as in `--store` and in the JSON output: `keychain`, `memory`, `file:/path`, `helper:NAME`. */
  readonly name: string
  /** Whether an item may be longer than {@link longestItem}, and a change of it is atomic. */
  readonly holdsLongItems?: boolean
  /**
   * Makes sure that a secret of this length can be written, read back and deleted. Call it before sending anything that
   * cannot be repeated.
   * @throws Failure of the store group (exit 7)
   */
  probe(length?: number): Promise<void>
  /**
   * Makes sure that the store may be changed, at a small part of a probe's cost; absent if only a probe can tell.
   * @throws Failure of the store group (exit 7)
   */
  demandChangeable?(): Promise<void>
  /** @returns undefined if there is no such item; a locked store throws instead */
  get(item: string): Promise<Secret | undefined>
  /** Stores one line of at most {@link longestItem} characters, unless it {@link holdsLongItems}. */
  set(item: string, value: Secret): Promise<void>
  /** @returns whether there was such an item */
  delete(item: string): Promise<boolean>
  /** Returns the names of all items, in no particular order. */
  items(): Promise<readonly string[]>
}

/**
 * Writes a value and makes sure that the same value is read back.
 * @throws Failure `store_read_back_differs` and those of the store
 */
export async function setAndCompare(store: SecretStore, item: string, value: Secret): Promise<void> {
  await store.set(item, value)
  if ((await store.get(item))?.equals(value) !== true)
    throw new Failure('store_read_back_differs', { store: store.name })
}

/**
 * Returns a probe that concurrent callers share, because two would delete each other's item. If the running probe is
 * for a shorter value, another one follows.
 */
export function sharedProbe(prove: (length: number) => Promise<void>): (length?: number) => Promise<void> {
  let last: { readonly length: number; readonly proof: Promise<void> } | undefined
  return async (length = 0) => {
    if (last !== undefined && last.length >= length) return last.proof
    const before = last?.proof.catch(() => undefined)
    const proof = (async () => {
      await before
      await prove(length)
    })()
    const mine = { length, proof }
    last = mine
    return proof.finally(() => {
      if (last === mine) last = undefined
    })
  }
}

/** Returns a probe value of the same length as the real one. */
export function probeValue(length: number): Secret {
  return new Secret('probe'.padEnd(length, '.'))
}
