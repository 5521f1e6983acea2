import { Exit, type ExitCode } from './exit.ts'
import type { FailureRow } from './row.ts'
import { safeText } from './safe-text.ts'
import { type FailureCode, type FailureDetails, failureTable } from './table.ts'

/**
 * The only thing `gsa` throws on purpose: a row of the failure table with the details of this case.
 * Anything else that reaches {@link ../run.ts} is a bug (exit 1). Details are printed: never put a secret in one.
 */
export class Failure<Code extends FailureCode = FailureCode> extends Error {
  override readonly name = 'Failure'
  readonly code: Code
  readonly details: FailureDetails<Code>
  readonly exitCode: ExitCode
  /** What happened, one sentence. */
  readonly causeText: string
  /** The one thing to do about it. */
  readonly fix: string

  constructor(code: Code, details: FailureDetails<Code>, options?: ErrorOptions) {
    const row = failureTable[code] as unknown as FailureRow<FailureDetails<Code>>
    const printable = mapTexts(details, safeText)
    const cause = row.cause(printable)
    super(cause, options)
    this.code = code
    this.details = details
    this.exitCode = row.exit
    this.causeText = cause
    this.fix = row.fix(printable)
  }
}

/** The cause of a failure without its full stop, for use inside the sentence of another. */
export function problemOf(failure: Failure): string {
  return failure.causeText.replace(/\.$/, '')
}

/** Whether a caught value is a {@link Failure} with this code. */
export function isFailure<Code extends FailureCode>(value: unknown, code: Code): value is Failure<Code> {
  return value instanceof Failure && value.code === code
}

/** Whether the same thing may well work another time: it was the network, or somebody's wish. */
export function mayWorkLater(error: unknown): boolean {
  return error instanceof Failure && (error.exitCode === Exit.Network || error.exitCode === Exit.Interrupted)
}

/** The same details with every text in them changed. */
export function mapTexts<T>(details: T, change: (text: string) => string): T {
  if (typeof details === 'string') return change(details) as T
  if (Array.isArray(details)) return details.map((item: unknown) => mapTexts(item, change)) as T
  if (details !== null && typeof details === 'object')
    return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, mapTexts(value, change)])) as T
  return details
}
