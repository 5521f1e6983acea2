import type { ExitCode } from './exit.ts'

/** One way to fail: the exit code, the cause and the next step, each text in one or two sentences. */
export interface FailureRow<Details> {
  readonly exit: ExitCode
  readonly cause: (details: Details) => string
  readonly fix: (details: Details) => string
}

type None = Record<string, never>

/** Returns a row, with the type of its details given only once. */
export const row = <Details = None>(
  exit: ExitCode,
  cause: FailureRow<Readonly<Details>>['cause'],
  fix: FailureRow<Readonly<Details>>['fix'],
): FailureRow<Readonly<Details>> => ({ exit, cause, fix })
