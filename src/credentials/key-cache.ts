import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyCache } from '../oauth/jwks.ts'

/** Remembers key sets in files of a folder. They are public; what matters is that only the user can put keys there. */
export function fileKeyCache(folder: string): KeyCache {
  const fileOf = (uri: string): string =>
    join(folder, `${createHash('sha256').update(uri).digest('hex').slice(0, 24)}.json`)
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
