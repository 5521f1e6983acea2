import { Secret } from '../core/secret.ts'
import { Failure } from '../failures/index.ts'

/**
 * The longest value that a store is given, in characters: Windows takes 1,280, and a store that works on one platform
 * only is none.
 */
export const longestItem = 1200

/** A place where secrets rest, by item name. Every store behaves alike; none ever falls back to another. */
export interface SecretStore {
  /** As in `--store` and in the JSON output: `keychain`, `memory`, `file:/path`, `helper:NAME`. */
  readonly name: string
  /**
   * Makes sure that a secret of this length can be written, read back and deleted, before anything is
   * sent that cannot be had again.
   * @throws Failure of the store group (exit 7)
   */
  probe(length?: number): Promise<void>
  /**
   * Makes sure that it may be changed, at a small part of the cost of a probe; absent where only a probe tells.
   * @throws Failure of the store group (exit 7)
   */
  demandChangeable?(): Promise<void>
  /** @returns undefined where there is no such item; a locked store throws instead. */
  get(item: string): Promise<Secret | undefined>
  /** One line of at most {@link longestItem} characters. */
  set(item: string, value: Secret): Promise<void>
  /** @returns whether there was such an item */
  delete(item: string): Promise<boolean>
  /** The names of all items, in no order. */
  items(): Promise<readonly string[]>
}

/**
 * Writes and makes sure that the same value comes back.
 * @throws Failure `store_read_back_differs` and those of the store
 */
export async function setAndCompare(store: SecretStore, item: string, value: Secret): Promise<void> {
  await store.set(item, value)
  if ((await store.get(item))?.equals(value) !== true)
    throw new Failure('store_read_back_differs', { store: store.name })
}

/**
 * Returns a probe that callers share while it runs, because two at once would delete each other's item. One that runs
 * for a shorter value is followed by another.
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

/** Returns a value to probe a store with: as long as the one to come. */
export function probeValue(length: number): Secret {
  return new Secret('probe'.padEnd(length, '.'))
}
