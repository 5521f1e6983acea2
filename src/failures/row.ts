import type { ExitCode } from './exit.ts'

/**
 * One way to fail: what the process exits with, what happened, and the one thing to do. Both texts
 * are single sentences or two.
 */
export interface FailureRow<Details> {
  readonly exit: ExitCode
  readonly cause: (details: Details) => string
  readonly fix: (details: Details) => string
}

type None = Record<string, never>

/** Makes a row; the type of its details is named once, here. */
export const row = <Details = None>(
  exit: ExitCode,
  cause: FailureRow<Readonly<Details>>['cause'],
  fix: FailureRow<Readonly<Details>>['fix'],
): FailureRow<Readonly<Details>> => ({ exit, cause, fix })
