import { accessSync, constants, statSync } from 'node:fs'
import { posix, win32 } from 'node:path'

/**
 * Returns the absolute path of a program; undefined if PATH does not have it. Skips PATH folders relative to the
 * current one: a checkout must not decide what runs. Windows would even look there first.
 */
export function programOnPath(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): string | undefined {
  return programCandidates(name, env, platform).find(isProgram)
}

/** Returns the paths where a program may be, in the order of PATH. @internal */
export function programCandidates(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): readonly string[] {
  if (platform !== 'win32')
    return (env['PATH'] ?? '')
      .split(':')
      .filter((folder) => folder.startsWith('/'))
      .map((folder) => posix.join(folder, name))
  // Windows spells it Path, in any case; and some programs put quotes around a folder.
  const path = Object.entries(env).find(([key]) => key.toUpperCase() === 'PATH')?.[1] ?? ''
  // Scripts, which PATHEXT also lists, cannot be started without a shell.
  const endings = /\.(?:com|exe)$/i.test(name) ? [''] : ['.com', '.exe']
  return path
    .replaceAll('"', '')
    .split(';')
    .filter((folder) => /^(?:[a-z]:[\\/]|[\\/]{2}[^\\/])/i.test(folder))
    .flatMap((folder) => endings.map((ending) => win32.join(folder, name + ending)))
}

/** Returns whether a path is a file that this process may execute. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
