import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseJsonObject, stringMember } from '../core/json.ts'
import { Failure, fileProblem, isFailure } from '../failures/index.ts'
import { withLock } from '../files/lock.ts'
import { makePrivateFolder, readOwnFile } from '../files/own-file.ts'
import { replaceFile } from '../files/replace-file.ts'

/** What is known of an upload that was begun, so that a later run of the same command makes one file of both. */
export interface KeptUpload {
  /** The id that the new file was given in advance; undefined where one is replaced. */
  readonly fileId: string | undefined
  /** The address of the resumable session: who has it can write to this one file, for a week. */
  readonly session: string | undefined
  /** Length and time of change of the file here, by which it is told from another one. */
  readonly bytes: number
  readonly modifiedMs: number
}

/** The place of one upload: this account, this file, this name. */
export interface UploadPlace {
  /** What was kept of it less than a week ago. */
  readonly read: () => KeptUpload | undefined
  readonly write: (upload: KeptUpload) => void
  readonly remove: () => void
}

/** Where uploads are kept. */
export interface UploadKeeping {
  /** The folder of non-secret state. */
  readonly folder: string
  /** Whose upload it is and where it goes: account, server. Only a hash of it is written. */
  readonly owner: string
  readonly signal: AbortSignal
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Told where nothing can be kept; the upload goes on. */
  readonly onUnkept: (problem: Failure) => void
}

const largestFileBytes = 64 * 1024
// Drive ends a session after a week (Drive guide, manage uploads).
const lifetimeMs = 7 * 86_400_000

/**
 * Does something with the place of an upload while no other process does. Where nothing can be
 * kept it is done all the same.
 * @throws Failure `upload_running`, and what `work` throws
 */
export async function atUploadPlace<T>(
  { folder, owner, signal, now, onUnkept }: UploadKeeping,
  { file, target }: { readonly file: string; readonly target: string },
  work: (place: UploadPlace) => Promise<T>,
): Promise<T> {
  const name = createHash('sha256')
    .update(JSON.stringify([owner, file, target]))
    .digest('hex')
    .slice(0, 32)
  const path = join(folder, 'uploads', `${name}.json`)
  const place: UploadPlace = {
    read: () => readKept(path, now()),
    write: (upload) => {
      try {
        makePrivateFolder(dirname(path))
        replaceFile(path, `${JSON.stringify({ ...upload, begunMs: now() })}\n`)
      } catch (error) {
        onUnkept(
          error instanceof Failure
            ? error
            : new Failure('config_unusable', { path, problem: fileProblem(error) }, { cause: error }),
        )
      }
    },
    remove: () => {
      try {
        rmSync(path, { force: true })
      } catch {
        // Where nothing could be kept, there is nothing to forget.
      }
    },
  }
  const busy = (holder: string): Failure => new Failure('upload_running', { file, owner: holder })
  let hasBegun = false
  try {
    const locks = join(folder, 'locks')
    makePrivateFolder(locks)
    return await withLock(join(locks, `${name}.lock`), { purpose: 'an upload', signal, busy }, async () => {
      hasBegun = true
      return work(place)
    })
  } catch (error) {
    // Another user's notes are not read: they could name a session of his.
    const isUnkept = isFailure(error, 'config_unusable') || isFailure(error, 'config_not_private')
    if (hasBegun || !isUnkept) throw error
    onUnkept(error)
    return work({ read: () => undefined, write: () => undefined, remove: () => undefined })
  }
}

function readKept(path: string, nowMs: number): KeptUpload | undefined {
  try {
    const kept = parseJsonObject(readOwnFile(path, largestFileBytes) ?? Buffer.alloc(0))
    const { bytes, modifiedMs, begunMs } = kept ?? {}
    if (
      kept === undefined ||
      typeof bytes !== 'number' ||
      typeof modifiedMs !== 'number' ||
      typeof begunMs !== 'number'
    )
      return undefined
    if (Math.abs(nowMs - begunMs) > lifetimeMs) return undefined
    return { fileId: stringMember(kept, 'fileId'), session: stringMember(kept, 'session'), bytes, modifiedMs }
  } catch {
    // Not there, or not readable: then the upload begins anew.
    return undefined
  }
}
