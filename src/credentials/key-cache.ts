import { join } from 'node:path'
import { sha256 } from '../core/sha256.ts'
import { makePrivateFolder, readOwnFile } from '../files/own-file.ts'
import { demandPrivateFolder } from '../files/ownership.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { KeyCache } from '../oauth/jwks.ts'

/** Remembers key sets for as long as this object lives: for a run that writes nothing. */
export function memoryKeyCache(): KeyCache {
  const known = new Map<string, Buffer>()
  return {
    read: (uri) => known.get(uri),
    write: (uri, content) => known.set(uri, Buffer.from(content)),
  }
}

// More than the answer of a server may have.
const largestFileBytes = 1024 * 1024

/**
 * Remembers key sets in files of a folder. They are public; only the user may be able to put keys there,
 * because the owner of a planted key can forge ID tokens. Reading throws Failure `config_not_private` where
 * others can write to the folder.
 */
export function fileKeyCache(folder: string): KeyCache {
  const fileOf = (uri: string): string => join(folder, `${sha256(uri, 24)}.json`)
  return {
    read(uri) {
      if (!demandPrivateFolder(folder)) return undefined
      try {
        return readOwnFile(fileOf(uri), largestFileBytes)
      } catch {
        // Somebody else's file in it, from the time before it was private, is not read; the keys are fetched again.
        return undefined
      }
    },
    write(uri, content) {
      try {
        makePrivateFolder(folder)
        // Under no lock: each process writes its own.
        replaceFile(fileOf(uri), content, { temporary: `${fileOf(uri)}.${process.pid}.tmp` })
      } catch {
        // A cache that cannot be written costs a request the next time, and no more.
      }
    },
  }
}
