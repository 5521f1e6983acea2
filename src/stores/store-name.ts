import { resolve } from 'node:path'
import { folded, isSamePath } from '../files/same-path.ts'

/** Returns a store's canonical name, with absolute paths, and without the user and password of a database. */
export function storeName(store: string): string {
  const path = /^file:(.+)$/s.exec(store)?.[1]
  if (path !== undefined) return `file:${resolve(path)}`
  return isDatabaseStore(store) ? databaseStoreName(store) : store
}

/** Returns whether a store is a PostgreSQL database. */
export function isDatabaseStore(store: string): boolean {
  return /^postgres(?:ql)?:/.test(store)
}

/** Returns the URL in `postgres:URL`, which may be written as the URL alone; empty if there is none. */
export function databaseUrl(store: string): string {
  return /^postgres:(?!\/\/)(.*)$/s.exec(store)?.[1] ?? store
}

// A name is shown and compared, so it says which database, and not who connects or how.
function databaseStoreName(store: string): string {
  const url = databaseUrl(store)
  if (!URL.canParse(url)) return 'postgres:'
  const { hostname, port, pathname, searchParams } = new URL(url)
  const socket = searchParams.get('host')
  const path = socket === null ? pathname : `${pathname}?host=${socket}`
  return `postgres://${hostname}${port === '' || port === '5432' ? '' : `:${port}`}${path}`
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
