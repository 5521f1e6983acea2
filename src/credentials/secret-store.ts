import { Failure, type Secret } from '../failures/index.ts'

/** A place where secrets rest, by item name. Every store behaves alike; none ever falls back to another. */
export interface SecretStore {
  /** As in `--store` and in the JSON output: `keychain`, `memory`. */
  readonly name: string
  /**
   * Makes sure that a secret can be written, read back and deleted, before anything is sent that cannot be had again.
   * @throws Failure of the store group (exit 7)
   */
  probe(): void
  /** @returns undefined where there is no such item; a locked store throws instead. */
  get(item: string): Secret | undefined
  set(item: string, value: Secret): void
  /** @returns whether there was such an item */
  delete(item: string): boolean
}

/** Writes and makes sure that the same value comes back. @throws Failure `store_read_back_differs` and those of the store */
export function setAndCompare(store: SecretStore, item: string, value: Secret): void {
  store.set(item, value)
  if (store.get(item)?.equals(value) !== true) throw new Failure('store_read_back_differs', { store: store.name })
}
