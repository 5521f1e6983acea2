import { programOnPath } from '../../core/program-on-path.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The program with which other programs open a browser. */
export const systemOpener = process.platform === 'darwin' ? 'open' : 'xdg-open'

/**
 * Returns the commands that open a browser outside an impersonation: that of BROWSER and that of the system, each a
 * program with its first arguments. A command is empty if there is no program: by its name alone, the stand-in for it
 * would find itself.
 */
export function browserPrograms(environment: Environment): Readonly<Record<string, readonly string[]>> {
  const [named = '', ...args] = (environment['BROWSER'] ?? '').split(/\s+/).filter((word) => word !== '')
  const system = commandOf(systemOpener, [], environment)
  const browser = commandOf(named, args, environment)
  return { browser: browser.length > 0 ? browser : system, [systemOpener]: system }
}

function commandOf(name: string, args: readonly string[], environment: Environment): readonly string[] {
  const path = name.includes('/') ? name : programOnPath(name, environment, process.platform)
  return path === undefined ? [] : [path, ...args]
}
