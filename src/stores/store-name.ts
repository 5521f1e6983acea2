import { resolve } from 'node:path'
import { folded, isSamePath } from '../files/same-path.ts'

/** Returns the name of a store in one spelling: paths absolute. */
export function storeName(store: string): string {
  const path = /^file:(.+)$/s.exec(store)?.[1]
  return path === undefined ? store : `file:${resolve(path)}`
}

/**
 * Returns whether two names are of one store: two paths may lead to one file, and Windows and macOS take `C:\\x.age`
 * and `c:\\x.age` for the same.
 */
export function isSameStore(one: string, other: string, platform: NodeJS.Platform = process.platform): boolean {
  if (one === other) return true
  const [path, otherPath] = [one, other].map((store) => /^file:(.+)$/s.exec(store)?.[1])
  if (path !== undefined && otherPath !== undefined) return isSamePath(path, otherPath, platform)
  return folded(one, platform) === folded(other, platform)
}
