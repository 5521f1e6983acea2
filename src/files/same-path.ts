import { statSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * Returns whether two paths lead to the same file or folder in the file system, considering links, short names, and
 * letter case where it is ignored.
 */
export function isSamePath(one: string, other: string, platform: NodeJS.Platform = process.platform): boolean {
  const [a, b] = [resolve(one), resolve(other)]
  if (a === b) return true
  const [found, otherFound] = [statusOf(a), statusOf(b)]
  if (found !== undefined && otherFound !== undefined)
    return found.dev === otherFound.dev && found.ino === otherFound.ino && found.ino !== 0n
  // For files that do not exist yet, compare only the names.
  return found === otherFound && folded(a, platform) === folded(b, platform)
}

/** Returns a path in one letter case on platforms whose file systems usually ignore case; otherwise unchanged. */
export function folded(path: string, platform: NodeJS.Platform = process.platform): string {
  return platform === 'win32' || platform === 'darwin' ? path.normalize('NFC').toLowerCase() : path
}

function statusOf(path: string): { readonly dev: bigint; readonly ino: bigint } | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false, bigint: true })
  } catch {
    return undefined
  }
}
