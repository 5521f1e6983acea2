import { join } from 'node:path'
import { sha256 } from '../core/sha256.ts'
import { Failure } from '../failures/index.ts'
import { makePrivateFolder, readOwnFile } from '../files/own-file.ts'
import { demandPrivateFolder } from '../files/ownership.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { ServerCache } from '../oauth/authorization-server.ts'

/**
 * Caches a server's documents in memory, for a run that writes nothing.
 * @param earlier what it may read besides
 */
export function memoryServerCache(earlier?: ServerCache): ServerCache {
  const known = new Map<string, Buffer>()
  return {
    read: (url) => known.get(url) ?? earlierDocument(earlier, url),
    write: (url, content) => known.set(url, Buffer.from(content)),
  }
}

function earlierDocument(earlier: ServerCache | undefined, url: string): Uint8Array | undefined {
  try {
    return earlier?.read(url)
  } catch (error) {
    // A run that needs no folder must not fail because of one.
    if (!(error instanceof Failure)) throw error
    return undefined
  }
}

// More than the limit for a server's response.
const largestFileBytes = 1024 * 1024

/**
 * Caches a server's documents in files of a folder. They are public, but only the user may write there: a planted key
 * forges ID tokens, and a planted endpoint receives refresh tokens. Reading throws Failure `config_not_private` if
 * others can write to the folder.
 */
export function fileServerCache(folder: string): ServerCache {
  const fileOf = (url: string): string => join(folder, `${sha256(url, 24)}.json`)
  return {
    read(url) {
      if (!demandPrivateFolder(folder)) return undefined
      try {
        return readOwnFile(fileOf(url), largestFileBytes)
      } catch {
        // Another user's file, from before the folder was private, is ignored; the document is fetched again.
        return undefined
      }
    },
    write(url, content) {
      try {
        makePrivateFolder(folder)
        // Without a lock: each process writes its own temporary file.
        replaceFile(fileOf(url), content, { temporary: `${fileOf(url)}.${process.pid}.tmp` })
      } catch {
        // An unwritable cache only costs a request the next time.
      }
    },
  }
}
