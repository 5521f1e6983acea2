import type { Environment } from '../core/environment.ts'
import { type Database, openDatabase } from './database.ts'
import type { DatabaseAccess } from './database-access.ts'
import { openPool } from './pool.ts'

/** How a program waits for a database. */
interface Waiting {
  /** Ends a wait. */
  readonly signal: AbortSignal
  /** Called once, with a sentence, when a wait becomes noticeable. */
  readonly onWait?: ((sentence: string) => void) | undefined
}

/** Opens the database of a store, through the program's own pool if it has one. Connects with the first statement. */
export function reachDatabase(
  name: string,
  { url, pool, allowsPlainText }: DatabaseAccess,
  env: Environment,
  { signal, onWait }: Waiting,
): Database {
  return openDatabase({ name, pool: async () => pool ?? openPool({ url, env, allowsPlainText }), signal, onWait })
}
