import { storageQuotaExceeded } from '../answers/drive-errors.ts'
import { type EmulatorAccount, projectOf } from '../records/built-in.ts'
import { ownerKey, type State } from '../records/state.ts'
import type { DriveCall } from './call.ts'

/** 15 GiB, the storage of a free account. */
const freeStorageBytes = 16_106_127_360

/** Returns how many bytes the account may store (evidence B8, B9). */
export function storageLimit(account: EmulatorAccount): number {
  return account.storageLimitBytes ?? freeStorageBytes
}

/** Returns how many bytes the account has stored through apps of any project: the quota is per user. */
export function storageUsed(state: State, sub: string): number {
  const projects = new Map([...state.clients.keys()].map((clientId) => [projectOf(clientId), clientId]))
  let used = 0
  for (const clientId of projects.values()) used += state.folders.get(ownerKey(clientId, sub))?.bytesUsed ?? 0
  return used
}

/**
 * Checks that `added` more bytes fit; zero bytes always do.
 * @throws Refused with 403 storageQuotaExceeded.
 */
export function refuseOverQuota({ google, token: { account } }: DriveCall, added: number): void {
  if (added > 0 && storageUsed(google.state, account.sub) + added > storageLimit(account)) throw storageQuotaExceeded()
}
