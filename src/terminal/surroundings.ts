import type { Readable, Writable } from 'node:stream'
import type { Environment } from '../core/environment.ts'

/** A stream that may be a terminal. */
export type TerminalInput = Readable & { readonly isTTY?: boolean; readonly setRawMode?: (isRaw: boolean) => unknown }

/** A stream that may be a terminal. */
export type TerminalOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** The terminal of a process, to ask its user something although the standard streams lead elsewhere. */
export interface Terminal {
  readonly input: TerminalInput
  readonly output: TerminalOutput
}

/** Everything a run touches outside itself. main.ts makes it of the process, the test harness of whatever it likes. */
export interface Surroundings {
  /** Without the node binary and the script. */
  readonly argv: readonly string[]
  readonly env: Environment
  /**
   * Opens standard input. Only who reads it, or must know whether it is a terminal, should: it takes
   * time, and nothing else ends it.
   */
  readonly stdin: () => TerminalInput
  readonly stdout: TerminalOutput
  readonly stderr: TerminalOutput
  /** Opens the terminal of the process; undefined where it has none, as in CI, cron or a service. */
  readonly openTerminal: () => Terminal | undefined
  readonly platform: NodeJS.Platform
  /** Aborted by Ctrl-C, when what it waits for is over. */
  readonly signal: AbortSignal
  /** Aborted by Ctrl-C at once. */
  readonly stopping: AbortSignal
  /** Does something that Ctrl-C waits for. */
  readonly defer: <T>(work: () => Promise<T>) => Promise<T>
  /** Runs what blocks the process, so that Ctrl-C ends it all the same, unless something is deferred. */
  readonly blocking: <T>(work: () => T) => T
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** What the memory store keeps its items in. Mutable: what is stored there is added. */
  readonly memory: Map<string, string>
}
