import { homedir } from 'node:os'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Returns the home of the user; empty for one who has none, as a number that a container is started with. */
export function homeOf(env: Environment): string {
  try {
    return nonEmpty(env['HOME']) ?? homedir()
  } catch {
    return ''
  }
}

/** The value of a variable; an empty one counts as none. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
