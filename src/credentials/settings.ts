import type { DatabaseAccess } from '../database/database-access.ts'
import { type Environment, homeOf, nonEmpty } from '../core/environment.ts'
import { Secret } from '../core/secret.ts'
import { Failure, refuseSecret } from '../failures/index.ts'
import { configDir } from '../files/config-dir.ts'
import { allowedUrl } from '../http/url-rule.ts'
import { databaseUrl, isDatabaseStore, storeName } from '../stores/store-name.ts'

/**
 * The settings from the command line, or from a program that uses the library. Each overrides its environment variable.
 */
export interface SettingOptions {
  readonly clientSecrets?: string | undefined
  readonly account?: string | undefined
  readonly store?: string | undefined
  readonly issuer?: string | undefined
  /** Binds new refresh tokens to a key (RFC 9449). */
  readonly dpop?: boolean | undefined
  /** Allows a database on another machine to be reached without TLS. */
  readonly allowPlainTextDatabase?: boolean | undefined
}

/** Flags and environment, read once. */
export interface Settings {
  /** The folder for non-secret state. */
  readonly configDir: string
  /** The user's home, which is not shared with other users or machines. */
  readonly home: string
  /** The chosen store; undefined means the keychain for new accounts, and any store for existing ones. */
  readonly store: string | undefined
  /** The chosen authorization server. */
  readonly issuer: string | undefined
  /** Whether the server was named for this run, not by a variable that may be left over. */
  readonly isIssuerOfThisRun: boolean
  /** Whether GSA_EMULATOR_HOST names an emulator. */
  readonly usesEmulator: boolean
  /** The chosen Drive. */
  readonly driveUrl: string | undefined
  /** Whether new refresh tokens are bound to a key. */
  readonly dpop: boolean
  readonly account: string | undefined
  readonly clientSecretsFile: string | undefined
  /** Whether the file was named for this run, not by a variable that may be left over from an old login. */
  readonly isClientOfThisRun: boolean
  /** How to reach the chosen store, if it is a database. */
  readonly database: Omit<DatabaseAccess, 'pool'> | undefined
  /** The path of the file that holds an age file's passphrase. */
  readonly passphraseFile: string | undefined
  /** The flags or variables that chose the server and the store, for messages. */
  readonly chosenBy: { readonly issuer: string; readonly store: string }
  /** The refresh token of GSA_REFRESH_TOKEN. */
  readonly refreshToken: Secret | undefined
}

const namesOfNoSecret = [
  'GSA_CLIENT_SECRETS',
  'GSA_ACCOUNT',
  'GSA_STORE',
  'GSA_ISSUER',
  'GSA_DRIVE_URL',
  'GSA_CONFIG_DIR',
  'GSA_STORE_PASSPHRASE_FILE',
  'GSA_STORE_KEY_FILE',
  'GSA_DPOP',
]

/**
 * Reads the settings of a run. Empty variables are ignored.
 * @throws Failure `url_not_allowed`, `secret_misplaced`, `usage`
 */
export function readSettings(env: Environment, platform: NodeJS.Platform, options: SettingOptions): Settings {
  for (const name of namesOfNoSecret) refuseSecret(name, env[name] ?? '')
  const emulator = emulatorUrl(env)
  const issuer = nonEmpty(options.issuer) ?? nonEmpty(env['GSA_ISSUER']) ?? emulator
  if (issuer !== undefined) allowedUrl(options.issuer === undefined ? 'GSA_ISSUER' : '--issuer', issuer)
  const driveUrl = nonEmpty(env['GSA_DRIVE_URL']) ?? emulator
  if (driveUrl !== undefined) allowedUrl('GSA_DRIVE_URL', driveUrl)
  const store = nonEmpty(options.store) ?? nonEmpty(env['GSA_STORE'])
  const refreshToken = nonEmpty(env['GSA_REFRESH_TOKEN'])?.trim()
  const account = nonEmpty(options.account) ?? nonEmpty(env['GSA_ACCOUNT'])
  if (refreshToken !== undefined && account !== undefined)
    throw new Failure('usage', {
      problem: 'GSA_REFRESH_TOKEN and --account (or GSA_ACCOUNT) name two accounts; unset one.',
      command: 'gsa',
    })
  return {
    configDir: configDir(env, platform),
    home: homeOf(env),
    store: store === undefined ? undefined : storeName(store),
    database: store === undefined || !isDatabaseStore(store) ? undefined : databaseAccess(store, env, options),
    issuer,
    isIssuerOfThisRun: nonEmpty(options.issuer) !== undefined,
    usesEmulator: emulator !== undefined,
    driveUrl,
    dpop: options.dpop ?? isOn(env, 'GSA_DPOP'),
    account,
    clientSecretsFile: nonEmpty(options.clientSecrets) ?? nonEmpty(env['GSA_CLIENT_SECRETS']),
    isClientOfThisRun: nonEmpty(options.clientSecrets) !== undefined,
    passphraseFile: nonEmpty(env['GSA_STORE_PASSPHRASE_FILE']),
    chosenBy: {
      issuer:
        nonEmpty(options.issuer) !== undefined
          ? '--issuer'
          : nonEmpty(env['GSA_ISSUER']) !== undefined
            ? 'GSA_ISSUER'
            : 'GSA_EMULATOR_HOST',
      store: nonEmpty(options.store) === undefined ? 'GSA_STORE' : '--store',
    },
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
  }
}

function databaseAccess(store: string, env: Environment, options: SettingOptions): Settings['database'] {
  return {
    url: new Secret(databaseUrl(store)),
    allowsPlainText: options.allowPlainTextDatabase ?? isOn(env, 'GSA_ALLOW_PLAIN_TEXT_DATABASE'),
    keyFile: nonEmpty(env['GSA_STORE_KEY_FILE']),
    keyCommand: nonEmpty(env['GSA_STORE_KEY_COMMAND']),
  }
}

/** @throws Failure `usage`: a misspelt value must not leave anything unprotected */
function isOn(env: Environment, name: string): boolean {
  const value = nonEmpty(env[name]) ?? '0'
  if (!['0', '1'].includes(value))
    throw new Failure('usage', { problem: `${name} must be 1 (on) or 0 (off).`, command: 'gsa' })
  return value === '1'
}

function emulatorUrl(env: Environment): string | undefined {
  const origin = emulatorOrigin(env)
  return origin === undefined ? undefined : allowedUrl('GSA_EMULATOR_HOST', origin).origin
}

/** Returns the address that GSA_EMULATOR_HOST names: `http` unless it says https. */
export function emulatorOrigin(env: Environment): string | undefined {
  const host = nonEmpty(env['GSA_EMULATOR_HOST'])
  if (host === undefined) return undefined
  refuseSecret('GSA_EMULATOR_HOST', host)
  // The emulator prints its address with a scheme, too.
  const [, scheme = 'http', bare = host] = /^(?:(https?):\/\/)?(.*?)\/?$/.exec(host) ?? []
  // The URL rule only knows loopback literals, and the emulator calls itself 127.0.0.1.
  return `${scheme}://${bare.replace(/^localhost(?=:|$)/, '127.0.0.1')}`
}
