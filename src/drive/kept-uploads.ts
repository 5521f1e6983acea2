import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseJsonObject, stringMember } from '../core/json.ts'
import { Failure, fileProblem, isFailure } from '../failures/index.ts'
import { withLock } from '../files/lock.ts'
import { makePrivateFolder, readOwnFile } from '../files/own-file.ts'
import { replaceFile } from '../files/replace-file.ts'

/** The state of an unfinished upload, so that a later run of the same command completes the same file. */
export interface KeptUpload {
  /** The ID reserved for the new file; undefined if a file is replaced. */
  readonly fileId: string | undefined
  /** The URL of the resumable session: anyone who has it can write to this one file for a week. */
  readonly session: string | undefined
  /** The local file's length and modification time, which identify its content. */
  readonly bytes: number
  readonly modifiedMs: number
}

/** The record of one upload: this account, this file, this name. */
export interface UploadPlace {
  /** Returns the state stored within the last week. */
  readonly read: () => KeptUpload | undefined
  readonly write: (upload: KeptUpload) => void
  readonly remove: () => void
}

/** The options for storing uploads. */
export interface UploadKeeping {
  /** The folder for non-secret state. */
  readonly folder: string
  /** The account and the server. Only a hash of it is written. */
  readonly owner: string
  readonly signal: AbortSignal
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** Called if the state cannot be stored; the upload continues. */
  readonly onUnkept: (problem: Failure) => void
}

const largestFileBytes = 64 * 1024
// Drive expires a session after a week (Drive guide, manage uploads).
const lifetimeMs = 7 * 86_400_000

/**
 * Runs work with an upload's record while no other process does, even if nothing can be stored.
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
        // If the state could not be stored, there is nothing to remove.
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
    // Another user's record is not read: it could name that user's session.
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
    // Missing or unreadable: start a new upload.
    return undefined
  }
}
