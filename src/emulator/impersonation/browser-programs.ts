import { delimiter } from 'node:path'
import { programOnPath } from '../../core/program-on-path.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The program with which other programs open a browser. */
export const systemOpener = process.platform === 'darwin' ? 'open' : 'xdg-open'

/** A program and its first arguments, in which `%s` stands for the address. */
export type BrowserCommand = readonly string[]

/**
 * Returns the commands that open a browser outside an impersonation, in the order to try them: those of BROWSER, which
 * is a list, and that of the system. A name that is not in PATH has none: the stand-in for it would find itself.
 */
export function browserPrograms(environment: Environment): Readonly<Record<string, readonly BrowserCommand[]>> {
  const system = commandsOf(systemOpener, environment)
  const named = (environment['BROWSER'] ?? '').split(delimiter).flatMap((command) => commandsOf(command, environment))
  return { browser: named.length > 0 ? named : system, [systemOpener]: system }
}

function commandsOf(command: string, environment: Environment): readonly BrowserCommand[] {
  const [name = '', ...args] = command.split(/\s+/).filter((word) => word !== '')
  const path = name.includes('/') ? name : programOnPath(name, environment, process.platform)
  return path === undefined ? [] : [[path, ...args]]
}
