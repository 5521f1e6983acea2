import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Failure, isFailure, Secret, fileProblem, refuseSecret, typedCommand } from '../failures/index.ts'
import { readNamedFile } from '../files/read-file.ts'
import { isSamePath } from '../files/same-path.ts'
import { allowedUrl } from '../http/url-rule.ts'
import { configDir, type Environment, homeOf, nonEmpty } from './config-dir.ts'
import { storeName } from './store-name.ts'

/** What was said on the command line, or by a program that uses the library. Each overrules its environment variable. */
export interface SettingOptions {
  readonly clientSecrets?: string | undefined
  readonly account?: string | undefined
  readonly store?: string | undefined
  readonly issuer?: string | undefined
}

/** Flags and environment, read once. */
export interface Settings {
  /** The folder of non-secret state. */
  readonly configDir: string
  /** The home of the user, which another user or another machine does not share. */
  readonly home: string
  /** The store that was chosen; undefined means the keychain for what is new, and any store for what is there. */
  readonly store: string | undefined
  /** The authorization server that was chosen. */
  readonly issuer: string | undefined
  /** Whether the server was named for this run, and not by a variable that may be left over. */
  readonly isIssuerOfThisRun: boolean
  /** Whether GSA_EMULATOR_HOST names an emulator. */
  readonly usesEmulator: boolean
  /** The Drive that was chosen. */
  readonly driveUrl: string | undefined
  readonly account: string | undefined
  readonly clientSecretsFile: string | undefined
  /** Whether the file was named for this run, and not by a variable that may be set for a login of long ago. */
  readonly isClientOfThisRun: boolean
  /** Where the passphrase of an age file is. */
  readonly passphraseFile: string | undefined
  /** The flag or the variable that chose the server, and the store, for messages. */
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
  'GSA_EMULATOR_HOST',
  'GSA_CONFIG_DIR',
  'GSA_STORE_PASSPHRASE_FILE',
]

/** Reads the settings of a run. An empty variable counts as none. @throws Failure `url_not_allowed`, `secret_misplaced`, `usage` */
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
    issuer,
    isIssuerOfThisRun: nonEmpty(options.issuer) !== undefined,
    usesEmulator: emulator !== undefined,
    driveUrl,
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

/** What {@link readPassphrase} needs beside the file. */
export interface PassphraseReading {
  /** Ends the wait for a pipe. */
  readonly signal: AbortSignal
  /** Told what is unwise, but no reason to stop. */
  readonly onConcern: (sentence: string) => void
}

const longestPassphraseFile = 64 * 1024

/**
 * Returns the passphrase in a file: its first line. The file must not be in the folder of the store that it opens, where a copy of
 * the folder has both. Other users must not be able to write to it: they could choose the passphrase of a new store.
 * @throws Failure `passphrase_file_unusable`, `interrupted`
 */
export async function readPassphrase(
  file: string,
  store: string,
  { signal, onConcern }: PassphraseReading,
): Promise<Secret> {
  // Somebody may have put the passphrase itself there.
  const isName = /[\\/.]/.test(file) || existsSync(file)
  const unusable = (problem: string): Failure =>
    new Failure('passphrase_file_unusable', { file: isName ? file : `[${file.length} characters]`, problem })
  if (liesBeside(file, storeName(store).replace(/^file:/, '')))
    throw unusable('it is in the same folder as the store that it opens')
  try {
    if (process.geteuid !== undefined) checkMode(file, unusable, onConcern)
    const [line = ''] = (await readNamedFile(file, signal, longestPassphraseFile)).toString('utf8').split(/\r?\n/, 1)
    if (line === '') throw unusable('its first line is empty')
    return new Secret(line)
  } catch (error) {
    if (isFailure(error, 'file_unreadable')) throw unusable(error.details.problem)
    throw error instanceof Failure ? error : unusable(fileProblem(error))
  }
}

function checkMode(
  file: string,
  unusable: (problem: string) => Failure,
  onConcern: PassphraseReading['onConcern'],
): void {
  const status = statSync(file)
  if (!status.isFile()) return
  if ((status.mode & 0o022) !== 0)
    throw unusable(
      `other users can write to it (mode 0${(status.mode & 0o777).toString(8)}); run: ${typedCommand(['chmod', 'go-w', file])}`,
    )
  // Reading it is of no use without the store, which only its owner can read. The secrets of Docker and Kubernetes are
  // readable by everybody in their container, and cannot be changed there.
  if ((status.mode & 0o044) !== 0 && status.uid === process.geteuid?.() && canBeChanged(file))
    onConcern(
      `Other users can read the passphrase file. To keep it to yourself: ${typedCommand(['chmod', '600', file])}`,
    )
}

function canBeChanged(file: string): boolean {
  try {
    accessSync(file, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function liesBeside(file: string, store: string): boolean {
  return (
    isSamePath(dirname(resolve(file)), dirname(resolve(store))) ||
    isSamePath(dirname(realPath(file)), dirname(realPath(store)))
  )
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return resolve(file)
  }
}

function emulatorUrl(env: Environment): string | undefined {
  const host = nonEmpty(env['GSA_EMULATOR_HOST'])
  if (host === undefined) return undefined
  // The rule for URLs knows loopback literals only, and the emulator calls itself 127.0.0.1.
  return allowedUrl('GSA_EMULATOR_HOST', `http://${host.replace(/^localhost(?=:|$)/, '127.0.0.1')}`).origin
}
