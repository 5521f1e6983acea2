import { join, resolve } from 'node:path'
import { type Environment, homeOf, nonEmpty } from '../core/environment.ts'
import { Failure } from '../failures/index.ts'
import { trustFolder } from './ownership.ts'

/**
 * Returns the folder for non-secret state. With GSA_TRUST_CONFIG_DIR=1, it is trusted even if others can write there.
 * @throws Failure `config_unusable`
 */
export function configDir(env: Environment, platform: NodeJS.Platform): string {
  const folder = configPath(env, platform)
  if (nonEmpty(env['GSA_TRUST_CONFIG_DIR']) === '1') trustFolder(folder)
  return folder
}

/**
 * Returns GSA_CONFIG_DIR, or `gsa` in the platform's configuration folder.
 * @throws Failure `config_unusable` for a user without a home
 */
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
