import type { Faults } from './faults/faults.ts'
import type { KeyRing } from './keys/keys.ts'
import type { EmulatorClient } from './records/built-in.ts'
import type { EmulatorConfiguration } from './records/configuration.ts'
import type { Journal } from './records/journal.ts'
import type { Random } from './records/random.ts'
import type { Records } from './records/state.ts'

/** One emulator: its state and the objects that everything asks for time, faults, keys and fresh values. */
export interface LocalGoogle extends Records {
  /** `http://HOST:PORT`, known once it listens. */
  issuer: string
  autoConsent: boolean
  journal: Journal
  faults: Faults
  keys: KeyRing
  random: Random
  /** Clients given at start; a reset keeps them. */
  configuredClients: readonly EmulatorClient[]
  configuration: EmulatorConfiguration
  /** Called when a request or a call may have changed something. */
  changed: () => void
}
