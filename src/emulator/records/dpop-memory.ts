import { sweepExpired } from './sweep-expired.ts'

/**
 * Names that expire in the order in which they were added. Mutable: adding, taking and looking up drop the expired
 * ones.
 */
interface ExpiringNames<Value> {
  readonly add: (name: string, value: Value, now: number) => void
  readonly find: (name: string, now: number) => Value | undefined
  readonly drop: (name: string) => void
  readonly clear: () => void
}

/** Bounded, so that a load test does not fill the memory. */
const most = 100_000

/** Creates an empty list of names that are forgotten after `lifetimeMs`. */
function createExpiringNames<Value>(lifetimeMs: number): ExpiringNames<Value> {
  const entries = new Map<string, { readonly value: Value; readonly expiresAtMs: number }>()
  return {
    add: (name, value, now) => {
      sweepExpired(entries, now)
      // Delete first: a map keeps the position of an existing key.
      entries.delete(name)
      entries.set(name, { value, expiresAtMs: now + lifetimeMs })
      for (const oldest of entries.keys()) {
        if (entries.size <= most) break
        entries.delete(oldest)
      }
    },
    find: (name, now) => {
      sweepExpired(entries, now)
      return entries.get(name)?.value
    },
    drop: (name) => {
      entries.delete(name)
    },
    clear: () => {
      entries.clear()
    },
  }
}

/** The workflows of DPoP at Google; a nonce works in one of them only. */
export type DpopWorkflow = 'exchange' | 'refresh'

/** How long a nonce works. */
export const nonceLifetimeMs = 5 * 60_000
/** How old the `iat` of a proof may be, and how far it may be ahead. */
export const proofAgeMs = { behind: 5 * 60_000, ahead: 60_000 }

/** The memory of an emulator for DPoP proofs (RFC 9449). Forgotten by a reset, and not persisted. */
export interface DpopMemory {
  /** The accepted proofs, by key and `jti`, as long as their `iat` can be accepted. */
  readonly proofs: ExpiringNames<true>
  /** The codes and refresh tokens that need a nonce, each with the number of nonces that will still be rejected. */
  readonly demands: ExpiringNames<number>
}

/** Creates the memory of an emulator that has seen no proof. */
export function createDpopMemory(): DpopMemory {
  return {
    proofs: createExpiringNames(proofAgeMs.behind + proofAgeMs.ahead),
    demands: createExpiringNames(nonceLifetimeMs),
  }
}
