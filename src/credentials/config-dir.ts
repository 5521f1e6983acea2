import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { trustFolder } from '../files/ownership.ts'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Returns the folder of non-secret state, and accepts it whoever can write there if GSA_TRUST_CONFIG_DIR says so. */
export function configDir(env: Environment, platform: NodeJS.Platform): string {
  const folder = configPath(env, platform)
  if (nonEmpty(env['GSA_TRUST_CONFIG_DIR']) === '1') trustFolder(folder)
  return folder
}

/** GSA_CONFIG_DIR, else `gsa` where the platform keeps such things. */
function configPath(env: Environment, platform: NodeJS.Platform): string {
  const chosen = nonEmpty(env['GSA_CONFIG_DIR'])
  if (chosen !== undefined) return resolve(chosen)
  const home = homeOf(env)
  if (platform === 'win32') return join(nonEmpty(env['APPDATA']) ?? join(home, 'AppData', 'Roaming'), 'gsa')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'gsa')
  return join(nonEmpty(env['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'gsa')
}

/** The home of the user. */
export function homeOf(env: Environment): string {
  return nonEmpty(env['HOME']) ?? homedir()
}

/** The value of a variable; an empty one counts as none. */
export function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
