import type { Emulator } from '../../../src/emulator/index.ts'
import type { signIn } from '../raw-http.ts'

/** Tokens from before the fault was armed. */
export type Tokens = Awaited<ReturnType<typeof signIn>>

/** What a client without any library sees of one fault. */
export interface FaultCase {
  readonly fault: string
  readonly on: string
  readonly seconds?: number
  readonly bytes?: number
  /** A request that the fault is for. */
  readonly ask: (google: Emulator, tokens: Tokens) => Promise<unknown>
  /** What comes back while the fault is armed, and does not afterwards. */
  readonly sees: object
}
