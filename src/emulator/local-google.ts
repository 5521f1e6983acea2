import type { Faults } from './faults/faults.ts'
import type { KeyRing } from './keys/keys.ts'
import type { EmulatorClient } from './records/built-in.ts'
import type { EmulatorConfiguration } from './records/configuration.ts'
import type { DpopMemory } from './records/dpop-memory.ts'
import type { ImpersonationProxy } from './records/impersonation-proxy.ts'
import type { Journal } from './records/journal.ts'
import type { Random } from './records/random.ts'
import type { SignInWindows } from './records/sign-in-windows.ts'
import type { Records } from './records/state.ts'

/** One emulator: its state, and the objects that provide time, faults, keys and fresh values. */
export interface LocalGoogle extends Records {
  /**
   * The issuer of ID tokens, and the origin of addresses in answers. Mutable: unless it was configured, it is the
   * address, whose port is known only once the emulator listens.
   */
  issuer: string
  /** `http://HOST:PORT` or `https://HOST:PORT`, where the emulator listens. Mutable: see `issuer`. */
  address: string
  /** The file with the certificate of its CA, if it speaks TLS. Mutable: see `issuer`. */
  caFile: string | undefined
  readonly autoConsent: boolean
  /** Set while the emulator stands in for Google's hosts. Mutable: see `issuer`. */
  proxy?: ImpersonationProxy
  /** Authorizes other machines to use the control API; undefined refuses them. */
  readonly controlToken: string | undefined
  readonly journal: Journal
  readonly faults: Faults
  readonly keys: KeyRing
  readonly random: Random
  /** Forgotten by a reset, and not persisted: a page does not outlive its emulator. */
  readonly windows: SignInWindows
  readonly dpop: DpopMemory
  /** The clients given at start; a reset keeps them. */
  readonly configuredClients: readonly EmulatorClient[]
  readonly configuration: EmulatorConfiguration
  /**
   * Called when a request or a call may have changed something. Mutable: set once there is a file to persist to, and
   * again at the end.
   */
  changed: () => void
}
