import { statSync } from 'node:fs'
import { resolve } from 'node:path'

/**
 * Returns whether two paths lead to the same file or folder, as the file system sees it: links, short names, and
 * letter case where it ignores that.
 */
export function isSamePath(one: string, other: string, platform: NodeJS.Platform = process.platform): boolean {
  const [a, b] = [resolve(one), resolve(other)]
  if (a === b) return true
  const [found, otherFound] = [statusOf(a), statusOf(b)]
  if (found !== undefined && otherFound !== undefined)
    return found.dev === otherFound.dev && found.ino === otherFound.ino && found.ino !== 0n
  // Where a file is still to be made, only its name can be compared.
  return found === otherFound && folded(a, platform) === folded(b, platform)
}

/**
 * Returns a path with its letters in one case where the file systems of a platform usually ignore that; else as it is.
 */
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
