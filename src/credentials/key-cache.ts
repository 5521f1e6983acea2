import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyCache } from '../oauth/jwks.ts'
import { sha256 } from './sha256.ts'

/** Remembers key sets for as long as this object lives: for a run that writes nothing. */
export function memoryKeyCache(): KeyCache {
  const known = new Map<string, Buffer>()
  return {
    read: (uri) => known.get(uri),
    write: (uri, content) => known.set(uri, Buffer.from(content)),
  }
}

/** Remembers key sets in files of a folder. They are public; what matters is that only the user can put keys there. */
export function fileKeyCache(folder: string): KeyCache {
  const fileOf = (uri: string): string => join(folder, `${sha256(uri, 24)}.json`)
  return {
    read(uri) {
      try {
        return readFileSync(fileOf(uri))
      } catch {
        return undefined
      }
    },
    write(uri, content) {
      const file = fileOf(uri)
      const temporary = `${file}.${process.pid}.tmp`
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 })
        writeFileSync(temporary, content, { mode: 0o600 })
        renameSync(temporary, file)
      } catch {
        // A cache that cannot be written costs a request the next time, and no more.
      }
    },
  }
}
