import { resolve } from 'node:path'
import { folded, isSamePath } from '../files/same-path.ts'

/** Returns a store's canonical name, with absolute paths. */
export function storeName(store: string): string {
  const path = /^file:(.+)$/s.exec(store)?.[1]
  return path === undefined ? store : `file:${resolve(path)}`
}

/**
 * Returns whether two names mean the same store: two paths may lead to the same file, and Windows and macOS treat
 * `C:\\x.age` and `c:\\x.age` as equal.
 */
export function isSameStore(one: string, other: string, platform: NodeJS.Platform = process.platform): boolean {
  if (one === other) return true
  const [path, otherPath] = [one, other].map((store) => /^file:(.+)$/s.exec(store)?.[1])
  if (path !== undefined && otherPath !== undefined) return isSamePath(path, otherPath, platform)
  return folded(one, platform) === folded(other, platform)
}
