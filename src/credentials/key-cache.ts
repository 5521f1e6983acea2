import { join } from 'node:path'
import { sha256 } from '../core/sha256.ts'
import { Failure } from '../failures/index.ts'
import { makePrivateFolder, readOwnFile } from '../files/own-file.ts'
import { demandPrivateFolder } from '../files/ownership.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { KeyCache } from '../oauth/jwks.ts'

/**
 * Caches key sets in memory, for a run that writes nothing.
 * @param earlier what it may read besides
 */
export function memoryKeyCache(earlier?: KeyCache): KeyCache {
  const known = new Map<string, Buffer>()
  return {
    read: (uri) => known.get(uri) ?? earlierKeys(earlier, uri),
    write: (uri, content) => known.set(uri, Buffer.from(content)),
  }
}

function earlierKeys(earlier: KeyCache | undefined, uri: string): Uint8Array | undefined {
  try {
    return earlier?.read(uri)
  } catch (error) {
    // A run that needs no folder must not fail because of one.
    if (!(error instanceof Failure)) throw error
    return undefined
  }
}

// More than the limit for a server's response.
const largestFileBytes = 1024 * 1024

/**
 * Caches key sets in files of a folder. They are public, but only the user may write keys there, because the owner of a
 * planted key can forge ID tokens. Reading throws Failure `config_not_private` if others can write to the folder.
 */
export function fileKeyCache(folder: string): KeyCache {
  const fileOf = (uri: string): string => join(folder, `${sha256(uri, 24)}.json`)
  return {
    read(uri) {
      if (!demandPrivateFolder(folder)) return undefined
      try {
        return readOwnFile(fileOf(uri), largestFileBytes)
      } catch {
        // Another user's file, from before the folder was private, is ignored; the keys are fetched again.
        return undefined
      }
    },
    write(uri, content) {
      try {
        makePrivateFolder(folder)
        // Without a lock: each process writes its own temporary file.
        replaceFile(fileOf(uri), content, { temporary: `${fileOf(uri)}.${process.pid}.tmp` })
      } catch {
        // An unwritable cache only costs a request the next time.
      }
    },
  }
}
