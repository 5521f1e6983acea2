import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** A `pass` password store, with its own GnuPG key that has no passphrase. */
export interface PasswordStore {
  /** The environment in which a program finds it. */
  readonly env: Readonly<Record<string, string>>
  /** The folder of the stored items. */
  readonly folder: string
  /** Makes the private key unusable, as a passphrase that is never entered does. */
  loseKey(): void
  end(): void
}

/** Creates a password store. */
export function makePasswordStore(): PasswordStore {
  // Not below TMPDIR: the path of the agent's socket has at most 108 bytes.
  const folder = mkdtempSync('/tmp/gsa-pass-')
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GNUPGHOME: join(folder, 'gnupg'),
    PASSWORD_STORE_DIR: join(folder, 'store'),
  }
  const run = (program: string, ...argv: string[]): unknown => execFileSync(program, argv, { env, stdio: 'pipe' })
  mkdirSync(env.GNUPGHOME, { mode: 0o700 })
  const keyOptions = ['future-default', 'default', 'never']
  run('gpg', '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', '--quick-generate-key', 'gsa', ...keyOptions)
  run('pass', 'init', 'gsa')
  return {
    env,
    folder: env.PASSWORD_STORE_DIR,
    loseKey() {
      run('gpgconf', '--kill', 'gpg-agent')
      rmSync(join(env.GNUPGHOME, 'private-keys-v1.d'), { recursive: true })
    },
    end() {
      run('gpgconf', '--kill', 'gpg-agent')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
