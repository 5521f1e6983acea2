import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { clientSecretsFile, type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { postCode } from '../backend/serving.ts'
import { root, startProgram } from '../support/built-gsa.ts'
import { type KeyringSession, startKeyringSession } from '../support/keyring-session.ts'
import { bun, deno, needs, nodeLines, nodeOfLine } from '../support/system-parts.ts'
import { type Installation, test as withInstallation } from './installation.ts'

/** A logged-in machine whose programs find an emulator. */
interface Desk {
  readonly google: Emulator
  /** The environment of a program that only knows the session. */
  readonly session: Readonly<Record<string, string>>
  /** The same, plus the emulator's address and client. */
  readonly env: Readonly<Record<string, string>>
}

const test = withInstallation.extend<{ desk: Desk }>({
  desk: async ({ skip }, use) => {
    needs({ skip }, 'the other Nodes', 'gnome-keyring')
    const folder = mkdtempSync(join(tmpdir(), 'gsa-nodes-'))
    const google = await startEmulator()
    let keyring: KeyringSession | undefined
    try {
      keyring = await startKeyringSession()
      const secrets = join(folder, 'client_secret.json')
      writeFileSync(secrets, JSON.stringify(clientSecretsFile('web', google.issuer)))
      const session = { ...keyring.env, HOME: folder, GSA_CONFIG_DIR: join(folder, 'gsa') }
      const emulator = { GSA_EMULATOR_HOST: new URL(google.issuer).host, GSA_CLIENT_SECRETS: secrets }
      await use({ google, session, env: { ...session, ...emulator } })
    } finally {
      await keyring?.end()
      await google.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
})

const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  engines: { node: string }
}

const programOf = ({ folder }: Installation): string => join(folder, 'node_modules/gsa-cli/bin/gsa.js')
// Node's own messages, on any stream of warnings.
const warning = /warning|deprecat|experimental/i

test('the oldest Node is the one in engines', ({ skip }) => {
  needs({ skip }, 'the other Nodes')
  const oldest = execFileSync(nodeOfLine('20.19'), ['--version'], { encoding: 'utf8' })
  expect(engines.node).toBe(`>=${oldest.trim().slice(1)}`)
})

describe.each(nodeLines)('installed, on Node %s', (line) => {
  const node = nodeOfLine(line)

  test('gsa --version prints it and nothing else', async ({ installation, skip }) => {
    needs({ skip }, 'the other Nodes')
    const { exitCode, stdout, stderr } = await installation.run(node, programOf(installation), '--version')
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('gsa smoke passes, with the keychain and without', async ({ installation, desk }) => {
    const env = desk.session
    const withKeychain = await installation.run(node, programOf(installation), 'smoke', '--json', { env })
    expect(withKeychain).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 0 } })
    const without = await installation.run(node, programOf(installation), 'smoke', '--json')
    expect(without).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 1 } })
    expect(withKeychain.stderr + without.stderr).not.toMatch(warning)
  })

  test("gsa serve stores a code's tokens in the keychain, for every command and for the library", async ({
    installation,
    desk: { google, env },
  }) => {
    const program = programOf(installation)
    const serve = startProgram(node, [program, 'serve', '--port', '0', '--once', '--json'], { env })
    const [, url = ''] = await serve.says(/(http:\/\/127\.0\.0\.1:\d+\/authcode)/)
    expect(await postCode(url, { authCode: await google.createCode() })).toMatchObject({ status: 200 })
    const served = await serve.ended
    expect(served).toMatchObject({ exitCode: 0, json: { refreshToken: { stored: true, store: 'keychain' } } })

    const token = await installation.run(node, program, 'token', { env })
    expect(token).toMatchObject({ exitCode: 0, stderr: expect.not.stringMatching(warning) as string })
    expect(token.stdout).toMatch(/^ya29\.\S+\n$/)
    const library = `import { accessToken } from 'gsa-cli'\nprocess.stdout.write(await accessToken())`
    const imported = await installation.run(node, '--input-type=module', '--eval', library, { env })
    expect(imported).toMatchObject({ exitCode: 0, stderr: '', stdout: token.stdout.trim() })
    const required = `require('gsa-cli').accessToken().then((token) => process.stdout.write(token))`
    const commonJs = await installation.run(node, '--input-type=commonjs', '--eval', required, { env })
    expect(commonJs).toMatchObject({ exitCode: 0, stderr: '', stdout: token.stdout.trim() })

    const put = ['drive', 'put', '-', '--name', 'notes.txt', '--json']
    expect(await installation.run(node, program, ...put, { env, stdin: 'hello' })).toMatchObject({ exitCode: 0 })
    const get = await installation.run(node, program, 'drive', 'get', 'notes.txt', '-o', '-', { env })
    expect(get).toMatchObject({ exitCode: 0, stdout: 'hello' })
    const refreshed = await installation.run(node, program, 'refresh', '--json', { env })
    expect(refreshed).toMatchObject({ exitCode: 0, json: { refreshToken: { stored: true } } })
    expect(await installation.run(node, program, 'revoke', '--yes', { env })).toMatchObject({ exitCode: 0 })
    expect(served.stderr + get.stderr + refreshed.stderr).not.toMatch(warning)
  })

  test('a failure prints only one JSON document on stderr', async ({ installation, desk }) => {
    const env = desk.session
    const { exitCode, stdout, stderr } = await installation.run(node, programOf(installation), 'token', '--json', {
      env,
    })
    expect({ exitCode, stdout }).toEqual({ exitCode: 4, stdout: '' })
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'nothing_stored', exitCode: 4 } })
  })
})

test.for([
  ['Bun', [bun]],
  ['Deno', [deno, 'run', '--allow-all']],
] as const)(
  'gsa smoke passes on %s, with the keychain and without',
  async ([, [runtime, ...words]], { installation, desk }) => {
    const argv = [...words, programOf(installation), 'smoke', '--json']
    const withKeychain = await installation.run(runtime, ...argv, { env: desk.session })
    expect(withKeychain, withKeychain.stderr).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 0 } })
    const without = await installation.run(runtime, ...argv)
    expect(without, without.stderr).toMatchObject({ exitCode: 0, json: { failed: 0, skipped: 1 } })
  },
)
