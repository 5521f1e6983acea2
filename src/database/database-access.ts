import type { Secret } from '../core/secret.ts'
import type { DatabasePool } from './pool.ts'

/** How to reach the database of a `postgres:` store, and its keys. */
export interface DatabaseAccess {
  /** As in `--store postgres:URL`. It may contain a password. */
  readonly url: Secret
  /** A pool that the program has already; otherwise gsa opens one with the URL. */
  readonly pool?: DatabasePool | undefined
  /** Whether a database on another machine may be reached without TLS. */
  readonly allowsPlainText: boolean
  readonly keyFile: string | undefined
  readonly keyCommand: string | undefined
}
