import type { Emulator } from '../../../src/emulator/index.ts'
import type { signIn } from '../raw-http.ts'

/** Tokens issued before the fault was armed. */
export type Tokens = Awaited<ReturnType<typeof signIn>>

/** One fault as a client without any library sees it. */
export interface FaultCase {
  readonly fault: string
  readonly on: string
  readonly seconds?: number
  readonly bytes?: number
  /** A request that the fault strikes. */
  readonly ask: (google: Emulator, tokens: Tokens) => Promise<unknown>
  /** The expected result while the fault is armed, and not afterwards. */
  readonly sees: object
}
