import { storageQuotaExceeded } from '../answers/drive-errors.ts'
import { type EmulatorAccount, projectOf } from '../records/built-in.ts'
import type { Folder } from '../records/folder.ts'
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
  return foldersOf(state, sub).reduce((used, { bytesUsed }) => used + bytesUsed, 0)
}

/** Returns the size of the files in the trash, which is part of the size of all. */
export function trashUsed(state: State, sub: string): number {
  const trashed = foldersOf(state, sub).flatMap(({ files }) => [...files.values()].filter((file) => file.trashed))
  return trashed.reduce((used, { content }) => used + (content?.size ?? 0), 0)
}

function foldersOf(state: State, sub: string): readonly Folder[] {
  const projects = new Map([...state.clients.keys()].map((clientId) => [projectOf(clientId), clientId]))
  const folders = [...projects.values()].map((clientId) => state.folders.get(ownerKey(clientId, sub)))
  return folders.filter((folder) => folder !== undefined)
}

/**
 * Checks that `added` more bytes fit; zero bytes always do.
 * @throws Refused with 403 storageQuotaExceeded.
 */
export function refuseOverQuota({ google, token: { account } }: DriveCall, added: number): void {
  if (added > 0 && storageUsed(google.state, account.sub) + added > storageLimit(account)) throw storageQuotaExceeded()
}
