import { homedir } from 'node:os'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Returns the user's home directory; empty if there is none, as in a container that runs with a numeric user ID. */
export function homeOf(env: Environment): string {
  try {
    return nonEmpty(env['HOME']) ?? homedir()
  } catch {
    return ''
  }
}

/** Returns a variable's value; an empty one is ignored. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
