import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { type Ended, type ProgramOptions, runGsa, runProgram } from '../support/built-gsa.ts'
import { type KeyringSession, startKeyringSession } from '../support/keyring-session.ts'
import { needs } from '../support/system-parts.ts'

/** The Secret Service of a session; the modes of with-keyring.sh. */
type KeychainMode =
  'unlocked' | 'locked' | 'nodaemon' | 'nobus' | 'hanging' | 'prompting' | 'keepassxc' | 'keepassxc-asking' | 'kwallet'

/** An item in a keychain, as `secret-tool` shows it. */
interface KeychainItem {
  readonly account: string
  readonly secret: string
}

/** A machine with a logged-in user, and its own folders. */
export interface Machine {
  /** Starts a desktop session and stops the previous one. The keyring outlives it. */
  logIn(mode: KeychainMode): Promise<void>
  /** Runs the built `gsa` as its own process in this session. */
  gsa(argv: readonly string[], options?: ProgramOptions): Promise<Ended>
  /** The environment that `gsa` gets. */
  readonly env: Readonly<Record<string, string>>
  /** Returns gsa's items in the keychain as another program sees them. */
  items(): Promise<KeychainItem[]>
  /** Returns the secret of one of gsa's items in the keychain; undefined if there is none. */
  secret(account: string): Promise<string | undefined>
  /** Returns an account's refresh token from the keychain, or undefined if its item has none. */
  refreshToken(sub: string): Promise<string | undefined>
  /** Returns every file of this machine: home, configuration, temporary files and the keyring itself. */
  files(): { path: string; content: string }[]
}

/** `test` with an emulator and a machine in whose session nothing runs yet. */
export const test = base.extend<{ google: Emulator; machine: Machine }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  google: async ({}, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  machine: async ({ google, skip }, use) => {
    needs({ skip }, 'gnome-keyring')
    const folder = mkdtempSync(join(tmpdir(), 'gsa-keychain-'))
    const sessions = new Sessions(join(folder, 'keyring'))
    try {
      await use(createMachine(folder, google, sessions))
    } finally {
      await sessions.end()
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

function createMachine(folder: string, google: Emulator, sessions: Sessions): Machine {
  for (const name of ['home', 'tmp', 'keyring']) mkdirSync(join(folder, name))
  const clientSecrets = join(folder, 'client_secret_web.json')
  writeFileSync(clientSecrets, JSON.stringify(clientSecretsFile('web', google.issuer)))
  const settings = {
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    GSA_CONFIG_DIR: join(folder, 'home/gsa'),
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_CLIENT_SECRETS: clientSecrets,
  }
  const items = async (): Promise<KeychainItem[]> => {
    // Names go to one stream and secrets to the other; only their order shows which belong together.
    const { stdout } = await runProgram('sh', ['-c', 'exec secret-tool search --all service gsa-cli 2>&1'], {
      env: { ...settings, ...sessions.env },
    })
    return stdout
      .split(/^\[.*\]$/m)
      .slice(1)
      .map((item) => ({
        account: /^attribute\.username = (.*)$/m.exec(item)?.[1] ?? '',
        secret: /^secret = ([^]*?)\ncreated = /m.exec(item)?.[1] ?? '',
      }))
      .toSorted((a, b) => a.account.localeCompare(b.account))
  }
  return {
    logIn: async (mode) => sessions.start(mode),
    get env() {
      return { ...settings, ...sessions.env }
    },
    gsa: async (argv, options = {}) =>
      runGsa(argv, { ...options, env: { ...settings, ...sessions.env, ...options.env } }),
    items,
    async secret(account) {
      const { stdout, stderr } = await runProgram(
        'secret-tool',
        ['lookup', 'service', 'gsa-cli', 'username', account],
        {
          env: { ...settings, ...sessions.env },
        },
      )
      if (stderr !== '') throw new Error(stderr)
      return stdout === '' ? undefined : stdout
    },
    async refreshToken(sub) {
      const item = (await items()).find(({ account }) => account.startsWith('credential ') && account.endsWith(sub))
      if (item === undefined) throw new Error(`the keychain has no credential of ${sub}`)
      return (JSON.parse(item.secret) as { refresh_token?: string }).refresh_token
    },
    files: () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => ({ path, content: readFileSync(path, 'latin1') })),
  }
}

/** One desktop session after the other, on the same keyring. */
class Sessions {
  readonly #keyring: string
  #current: KeyringSession | undefined

  constructor(keyring: string) {
    this.#keyring = keyring
  }

  get env(): Readonly<Record<string, string>> {
    return this.#current?.env ?? {}
  }

  async start(mode: KeychainMode): Promise<void> {
    await this.end()
    this.#current = await startKeyringSession(mode === 'unlocked' ? undefined : `--${mode}`, this.#keyring)
  }

  async end(): Promise<void> {
    const session = this.#current
    this.#current = undefined
    await session?.end()
  }
}

/** Exchanges an Android app's code on the machine, which must work. */
export async function exchange(machine: Machine, google: Emulator, account = 'ada@example.com'): Promise<void> {
  const result = await machine.gsa(['exchange', '-', '--json'], { stdin: await google.createCode({ account }) })
  expect(result.exitCode, result.stderr).toBe(0)
  expect(result.json).toMatchObject({ refreshToken: { stored: true, store: 'keychain' } })
}

/** Returns how many requests the token endpoint has received. */
export function tokenRequests(google: Emulator): number {
  return google.requests().filter(({ path }) => path === '/token').length
}
