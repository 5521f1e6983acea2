import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Failure } from '../failures/index.ts'
import { trustFolder } from '../files/ownership.ts'

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Returns the folder of non-secret state. With GSA_TRUST_CONFIG_DIR=1, it is trusted even if others can write there. @throws Failure `config_unusable` */
export function configDir(env: Environment, platform: NodeJS.Platform): string {
  const folder = configPath(env, platform)
  if (nonEmpty(env['GSA_TRUST_CONFIG_DIR']) === '1') trustFolder(folder)
  return folder
}

/** GSA_CONFIG_DIR, else `gsa` where the platform keeps such things. @throws Failure `config_unusable` for a user without a home */
function configPath(env: Environment, platform: NodeJS.Platform): string {
  const chosen = nonEmpty(env['GSA_CONFIG_DIR'])
  if (chosen !== undefined) return resolve(chosen)
  const inHome = (...folders: readonly string[]): string => {
    const home = homeOf(env)
    if (home === '')
      throw new Failure('config_unusable', { path: '~', problem: 'HOME is not set, and this user has none' })
    return join(home, ...folders)
  }
  if (platform === 'win32') return join(nonEmpty(env['APPDATA']) ?? inHome('AppData', 'Roaming'), 'gsa')
  if (platform === 'darwin') return join(inHome('Library', 'Application Support'), 'gsa')
  return join(nonEmpty(env['XDG_CONFIG_HOME']) ?? inHome('.config'), 'gsa')
}

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
