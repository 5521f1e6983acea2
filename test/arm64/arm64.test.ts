import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, describe, expect } from 'vitest'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { type Installation, whileInstalled } from '../package/installation.ts'
import type { Ended, ProgramOptions } from '../support/built-gsa.ts'
import { startKeyringSession } from '../support/keyring-session.ts'
import { arm64Libraries, isThere, needs, nodeForArm64 } from '../support/system-parts.ts'

/** A user's gsa on arm64, and the emulator as Google. */
interface Desk {
  /** Writes a file to the user's folder; returns its path. */
  file(name: string, content: string): string
  readonly folder: string
  gsa(argv: readonly string[], options?: ProgramOptions): Promise<Ended>
}

const test = base.extend<{ installation: Installation | undefined; google: Emulator; desk: Desk }>({
  installation: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      if (!isThere('QEMU for arm64')) return use(undefined)
      return whileInstalled(['--os=linux', '--cpu=arm64', '--ignore-scripts'], use)
    },
    { scope: 'file' },
  ],
  // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
  google: async ({}, use) => {
    const google = await startEmulator()
    await use(google)
    await google.close()
  },
  desk: async ({ installation, google, skip }, use) => {
    needs({ skip }, 'QEMU for arm64')
    if (installation === undefined) throw new Error('QEMU was installed meanwhile')
    const folder = mkdtempSync(join(tmpdir(), 'gsa-arm64-'))
    const file = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content, { mode: 0o600 })
      return join(folder, name)
    }
    const settings = {
      GSA_CONFIG_DIR: join(folder, 'gsa'),
      GSA_EMULATOR_HOST: new URL(google.issuer).host,
      GSA_CLIENT_SECRETS: file('client_secret.json', JSON.stringify(clientSecretsFile('web', google.issuer))),
    }
    const program = join(installation.folder, 'node_modules/gsa-cli/bin/gsa.js')
    try {
      await use({
        file,
        folder,
        gsa: async (argv, { env, ...options } = {}) =>
          installation.run('qemu-aarch64-static', '-L', arm64Libraries, nodeForArm64, program, ...argv, {
            // An emulated processor derives a key from a passphrase in fifteen seconds.
            deadlineMs: 300_000,
            ...options,
            env: { ...settings, ...env },
          }),
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

describe('gsa on arm64', { timeout: 900_000 }, () => {
  test('passes smoke with the keychain', async ({ desk, skip }) => {
    needs({ skip }, 'gnome-keyring')
    const session = await startKeyringSession()
    try {
      const { exitCode, stderr, json } = await desk.gsa(['smoke', '--json'], { env: session.env })
      expect(exitCode, stderr).toBe(0)
      expect(json).toMatchObject({ failed: 0, skipped: 0 })
    } finally {
      await session.end()
    }
  })

  test('stores secrets in an age file, and refuses a wrong passphrase', async ({ desk, google }) => {
    const secrets = join(desk.folder, 'store/secrets.age')
    const opened = (passphrase: string): ProgramOptions => ({
      env: { GSA_STORE: `file:${secrets}`, GSA_STORE_PASSPHRASE_FILE: desk.file('passphrase', passphrase) },
    })
    const right = opened('correct horse battery staple')
    const exchanged = await desk.gsa(['exchange', '-'], { ...right, stdin: await google.createCode() })
    expect(exchanged.exitCode, exchanged.stderr).toBe(0)
    expect(readFileSync(secrets, 'latin1')).toMatch(/^age-encryption\.org\/v1\n/)
    expect(await desk.gsa(['refresh'], right)).toMatchObject({ exitCode: 0 })
    const refused = await desk.gsa(['refresh', '--json'], opened('another passphrase'))
    expect(refused).toMatchObject({ exitCode: 7, error: { code: 'passphrase_wrong' } })
  })

  test("verifies the signature of Google's ID tokens, and refuses a changed one", async ({ desk, google }) => {
    const code = await google.createCode()
    const { json } = await desk.gsa(['exchange', '-', '--no-store', '--show-tokens', '--json'], { stdin: code })
    const { value } = json['idToken'] as { value: string }
    expect(await desk.gsa(['id-token', 'verify', '-'], { stdin: value })).toMatchObject({ exitCode: 0 })
    const [header = '', claims = '', signature = ''] = value.split('.')
    const changed = Buffer.from(signature, 'base64url')
    changed[40]! ^= 1
    const forged = [header, claims, changed.toString('base64url')].join('.')
    const refused = await desk.gsa(['id-token', 'verify', '-', '--json'], { stdin: forged })
    expect(refused).toMatchObject({
      exitCode: 6,
      error: { code: 'id_token_invalid', details: { check: 'the signature' } },
    })
  })
})
