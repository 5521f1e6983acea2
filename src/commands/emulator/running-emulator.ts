import { nonEmpty } from '../../core/environment.ts'
import { Secret } from '../../core/secret.ts'
import { emulatorOrigin, readSettings } from '../../credentials/settings.ts'
import { Failure } from '../../failures/index.ts'
import type { HttpRequest } from '../../http/request.ts'
import type { Context } from '../../terminal/context.ts'
import { defaultPort } from './start-options.ts'

/**
 * Returns the origin of the running emulator: from the port, GSA_EMULATOR_HOST or the default. It may be on another
 * machine, even with http: these commands send no credentials to it.
 * @throws Failure `url_not_allowed`, `secret_misplaced`
 */
export function runningEmulator({ env }: Pick<Context, 'env'>, port?: number): string {
  const named = port === undefined ? emulatorOrigin(env) : undefined
  if (named === undefined) return `http://127.0.0.1:${port ?? defaultPort}`
  const url = URL.canParse(named) ? new URL(named) : undefined
  if (url?.username !== '' || url.password !== '')
    throw new Failure('url_not_allowed', { name: 'GSA_EMULATOR_HOST', url: named, problem: 'which is not HOST:PORT' })
  return url.origin
}

/**
 * Returns the origin of an emulator that `--emulator` names as HOST:PORT, by the rule of an issuer.
 * @throws Failure `url_not_allowed`
 */
export function emulatorAt({ platform }: Pick<Context, 'platform'>, named: string): string {
  return readSettings({ GSA_EMULATOR_HOST: named }, platform, {}).issuer ?? ''
}

/** Returns the header that other machines need for the control API, if GSA_EMULATOR_CONTROL_TOKEN is set. */
export function controlHeaders({ env }: Pick<Context, 'env'>): NonNullable<HttpRequest['headers']> {
  const token = nonEmpty(env['GSA_EMULATOR_CONTROL_TOKEN'])
  return token === undefined ? {} : { authorization: new Secret(`Bearer ${token}`) }
}
