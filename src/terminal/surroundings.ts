import type { Readable, Writable } from 'node:stream'
import type { Environment } from '../core/environment.ts'

/** A stream that may be a terminal. */
export type TerminalInput = Readable & { readonly isTTY?: boolean; readonly setRawMode?: (isRaw: boolean) => unknown }

/** A stream that may be a terminal. */
export type TerminalOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** A pipe or a file. */
export interface PlainOutput {
  readonly isTTY?: false
  readonly columns?: undefined
  /** Calls `written` when the operating system has the chunk, or with the reason why not. */
  readonly write: (chunk: string | Uint8Array, written?: (error?: Error | null) => void) => unknown
}

/** The terminal of a process, for prompts when the standard streams are redirected. */
export interface Terminal {
  readonly input: TerminalInput
  readonly output: TerminalOutput
}

/** How a program ended: one of the two is null. */
export interface ProgramEnd {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/** Everything outside itself that a run uses. main.ts takes it from the process, the test harness provides its own. */
export interface Surroundings {
  /** The arguments, without the node binary and the script, and without those of `program`. */
  readonly argv: readonly string[]
  /** The program to run and its arguments; empty unless the command runs one. */
  readonly program?: readonly string[]
  readonly env: Environment
  /**
   * Opens standard input. Call it only to read, or to find out whether it is a terminal: opening takes time.
   */
  readonly stdin: () => TerminalInput
  readonly stdout: TerminalOutput | PlainOutput
  readonly stderr: TerminalOutput | PlainOutput
  /** Opens the terminal of the process; undefined if it has none, as in CI, cron or a service. */
  readonly openTerminal: () => Terminal | undefined
  readonly platform: NodeJS.Platform
  /** Aborted by Ctrl-C, once deferred work is done. */
  readonly signal: AbortSignal
  /** Aborted by Ctrl-C immediately. */
  readonly stopping: AbortSignal
  /** Runs work that Ctrl-C waits for. */
  readonly defer: <T>(work: () => Promise<T>) => Promise<T>
  /** Runs work that blocks the process, so that Ctrl-C can still end it, unless work is deferred. */
  readonly blocking: <T>(work: () => T) => T
  /**
   * Runs another program with the standard streams of this one, and ends this process as that one ended. The first word
   * is the program. Rejects with the error of `spawn`.
   */
  readonly runProgram: (words: readonly string[], env: Environment) => Promise<ProgramEnd>
  /** Unix time in milliseconds. */
  readonly now: () => number
  /** The items of the memory store. Mutable: storing adds items. */
  readonly memory: Map<string, string>
}
