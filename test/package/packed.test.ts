import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { describe, expect } from 'vitest'
import { clientSecretsFile, startEmulator } from '../../src/emulator/index.ts'
import { root } from '../support/built-gsa.ts'
import { install, type Installation, packed, test } from './installation.ts'

interface Manifest {
  readonly name: string
  readonly scripts?: Readonly<Record<string, string>>
}

function installedPackages(folder: string): Manifest[] {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>
  }
  return Object.keys(packages).map(
    (path) => JSON.parse(readFileSync(join(folder, path, 'package.json'), 'utf8')) as Manifest,
  )
}

const packageFolder = ({ folder }: Installation): string => join(folder, 'node_modules/gsa-cli')
const gsaOf = ({ folder }: Installation): string => join(folder, 'node_modules/.bin/gsa')

describe('an installation', () => {
  test('has at most 4 packages, and runs no scripts', ({ installation }) => {
    const packages = installedPackages(installation.folder)
    expect(packages.map(({ name }) => name)).toContain('gsa-cli')
    expect(packages.length).toBeLessThanOrEqual(4)
    const scripts = packages.flatMap(({ name, scripts: all = {} }) =>
      ['preinstall', 'install', 'postinstall'].filter((script) => script in all).map((script) => `${name}: ${script}`),
    )
    expect(scripts).toEqual([])
  })

  test('takes less than 5 MB, also in disk blocks', ({ installation }) => {
    const { bytes, onDisk } = sizeOf(join(installation.folder, 'node_modules'))
    expect(bytes).toBeLessThan(5_000_000)
    expect(onDisk).toBeLessThan(5_000_000)
    expect(statSync(installation.tarball).size).toBeLessThan(500_000)
  })

  test('contains its runtime files and documents, and neither sources nor tests', ({ installation }) => {
    expect(readdirSync(packageFolder(installation)).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'THIRD_PARTY_LICENSES',
      'bin',
      'dist',
      'package.json',
    ])
  })

  test('names bundled files after their packages, so that a stack trace shows whose code it is', ({ installation }) => {
    const chunks = readdirSync(join(packageFolder(installation), 'dist')).map((file) => file.replace(/-.{8}\.cjs$/, ''))
    expect(chunks).toEqual(expect.arrayContaining(['age-encryption', 'https-proxy-agent', 'open', 'qr']))
    for (const nameless of ['dist', 'lib', 'build', 'esm']) expect(chunks).not.toContain(nameless)
  })

  test('is known to npx by the package name', async ({ installation }) => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    expect(await installation.run('npx', '--no', '--', 'gsa-cli', '--version')).toMatchObject({
      exitCode: 0,
      stdout: `${version}\n`,
    })
  })

  test('passes gsa smoke with nothing configured, and leaves nothing behind', async ({ installation }) => {
    const home = mkdtempSync(join(tmpdir(), 'gsa-home-'))
    try {
      const smoke = await installation.run(gsaOf(installation), 'smoke', '--json', {
        env: { HOME: home, TMPDIR: home },
      })
      expect(smoke).toMatchObject({ exitCode: 0, json: { target: expect.any(String) as string, failed: 0 } })
      expect(smoke.json['passed']).toBeGreaterThan(5)
      expect(readdirSync(home, { recursive: true })).toEqual([])
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })
})

describe('an installation without a network', () => {
  /** Installs only the tarballs, with an empty cache, and uses the installation. */
  async function withOffline(
    tarball: string,
    names: readonly string[],
    work: (installed: Installation) => Promise<void>,
  ): Promise<void> {
    const parent = mkdtempSync(join(tmpdir(), 'gsa-offline-'))
    try {
      const others: string[] = []
      for (const name of names) others.push(await packed(join(root, 'node_modules', name), parent))
      await work(
        await install(parent, [tarball, ...others], ['--offline'], { npm_config_cache: join(parent, 'cache') }),
      )
    } finally {
      rmSync(parent, { recursive: true, force: true })
    }
  }

  const keyring = ['@napi-rs/keyring', ...platformKeyrings()]

  test('needs only the tarballs of gsa-cli and of the keyring', async ({ installation }) => {
    await withOffline(installation.tarball, keyring, async (installed) => {
      expect(installedPackages(installed.folder).map(({ name }) => name)).toEqual(
        expect.arrayContaining(['gsa-cli', ...keyring]),
      )
      expect(await installed.run(gsaOf(installed), 'smoke', '--json')).toMatchObject({
        exitCode: 0,
        json: { failed: 0 },
      })
    })
  })

  test('works without the keyring, and says so where a keychain is needed', async ({ installation }) => {
    await withOffline(installation.tarball, [], async (installed) => {
      expect(installedPackages(installed.folder).map(({ name }) => name)).toEqual(['gsa-cli'])
      const gsa = gsaOf(installed)
      const google = await startEmulator()
      try {
        const secrets = join(installed.folder, 'client_secret.json')
        writeFileSync(secrets, JSON.stringify(clientSecretsFile('web', google.issuer)))
        const env = { GSA_EMULATOR_HOST: new URL(google.issuer).host, GSA_CLIENT_SECRETS: secrets }
        const stdin = await google.createCode()

        const refused = await installed.run(gsa, 'exchange', '-', '--json', { env, stdin })
        expect(refused).toMatchObject({ exitCode: 7, stdout: '', error: { code: 'keychain_unsupported' } })
        expect(refused.error['message']).toMatch(/^The keychain module @napi-rs\/keyring is not installed for this /)
        expect(google.requests().filter(({ path }) => path === '/token')).toEqual([])
        expect(await installed.run(gsa, 'doctor', '--json', { env })).toMatchObject({ exitCode: 7 })

        // The code was not sent, so it still works with an available store.
        const passphrase = join(mkdtempSync(join(installed.folder, 'keys-')), 'passphrase')
        writeFileSync(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
        const inFile = {
          ...env,
          GSA_STORE: `file:${join(installed.folder, 'secrets.age')}`,
          GSA_STORE_PASSPHRASE_FILE: passphrase,
        }
        expect(await installed.run(gsa, 'exchange', '-', '--json', { env: inFile, stdin })).toMatchObject({
          exitCode: 0,
          json: { refreshToken: { stored: true } },
        })
        expect(await installed.run(gsa, 'drive', 'ls-appfolder', '--json', { env: inFile })).toMatchObject({
          exitCode: 0,
          json: [],
        })
      } finally {
        await google.close()
      }
      expect(await installed.run(gsa, 'explain', 'invalid_grant', '--json')).toMatchObject({ exitCode: 0 })
      expect(await installed.run(gsa, 'smoke', '--json')).toMatchObject({ exitCode: 0, json: { failed: 0 } })
    })
  })
})

const byName = (a = '', b = ''): number => a.localeCompare(b)

describe('THIRD_PARTY_LICENSES', () => {
  test('has the licence of each bundled package, and of no other', async ({ installation }) => {
    const file = readFileSync(join(packageFolder(installation), 'THIRD_PARTY_LICENSES'), 'utf8')
    // Terms stand below the notices of all packages that share them, and a notice below the names of its packages.
    const sections = file.split(`\n${'-'.repeat(80)}\n\n`).map((section) => {
      const paragraphs = section.split('\n\n')
      const start = paragraphs.findIndex((paragraph) => /^(?:permission|redistribution)\b/i.test(paragraph))
      return { notices: paragraphs.slice(0, start), terms: paragraphs.slice(start).join('\n\n') }
    })
    const nameIn = /^(\S+ \S+) \(.+\)$/gm
    const names = sections.flatMap(({ notices }) =>
      notices.flatMap((notice) => [...notice.matchAll(nameIn)].map(([, name]) => name)),
    )
    expect(names.toSorted(byName)).toEqual(await bundledPackages())
    for (const { notices, terms } of sections) {
      for (const notice of notices)
        expect(notice.replace(nameIn, '')).toMatch(/^\s*copyright .*\d{4}|^\s*copyright \(c\)/i)
      expect(terms).toMatch(/\bthis list of conditions\b|\bpermission notice\b/)
      expect(terms).toMatch(/\bas is\b[^]*\bliab(?:le|ility)\b/i)
    }
  })

  /** Returns `name version` of all bundled packages, by the source maps of a bundle built here. */
  async function bundledPackages(): Promise<string[]> {
    const bundle = await rolldown({
      input: ['src/main.ts', 'src/index.ts', 'src/emulator/index.ts'].map((file) => join(root, file)),
      platform: 'node',
      // The published build leaves out all but the first.
      external: ['google-auth-library', 'pg', 'debug', 'proxy-agent-negotiate', /^@noble\/(?:curves|post-quantum)\//],
    })
    const { output } = await bundle.generate({ sourcemap: true, dir: root })
    await bundle.close()
    const sources = output.flatMap((chunk) => (chunk.type === 'chunk' ? (chunk.map?.sources ?? []) : []))
    const folders = sources.flatMap((source) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(source)?.[0] ?? [])
    return [...new Set(folders)]
      .map((folder) => {
        const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
          name: string
          version: string
        }
        return `${name} ${version}`
      })
      .toSorted(byName)
  }
})

const emulatorConsumer = `
import { answerConsent, type Emulator, startEmulator } from 'gsa-cli/emulator'

const google: Emulator = await startEmulator({ port: 0, autoConsent: true })
const code: string = await google.createCode({ account: 'ada@example.com', platform: 'ios' })
const client = google.clients.find(({ type }) => type === 'web')
if (client === undefined) throw new Error('no web client')
google.arm({ on: 'certs', fault: 'http-503' })
google.advanceClock('90s')
const { status }: { status: number } = await answerConsent(\`\${google.issuer}/nowhere\`)
process.stdout.write(JSON.stringify({ code: code.slice(0, 3), status, journal: google.requests().length }))
await google.close()

// @ts-expect-error -- there is no such option
void (() => startEmulator({ prot: 0 }))
`

const libraryConsumer = `
import { accessToken, type AccountOptions, Failure } from 'gsa-cli'

const options: AccountOptions = { account: 'ada@example.com', store: 'memory', minTtlMs: 60_000 }
try {
  const token: string = await accessToken(options)
  process.stdout.write(token)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  const { code, exitCode, causeText, fix }: { code: string; exitCode: number; causeText: string; fix: string } = error
  process.stdout.write(JSON.stringify({ code, exitCode, told: causeText !== '' && fix !== '' }))
}

// @ts-expect-error -- it is a promise
void ((): string => accessToken())
`

const commonJsConsumer = `
import { accessToken, Failure } from 'gsa-cli'
import { type Emulator, startEmulator } from 'gsa-cli/emulator'

const start: () => Promise<Emulator> = startEmulator
process.stdout.write(JSON.stringify([typeof require, typeof accessToken, typeof Failure, typeof start]))
`

const peerConsumer = `
import { authClient } from 'gsa-cli'
import { OAuth2Client } from 'google-auth-library'

export const client: OAuth2Client = await authClient({ account: 'ada@example.com' })

// @ts-expect-error -- it is that type, and not any
export const other: number = await authClient()
`

describe('a TypeScript program', () => {
  // Node's types are present, as in every Node program in TypeScript, and our declarations are checked completely.
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', ...types]
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), ...options]

  const consumers: readonly (readonly [what: string, file: string, text: string, printed: unknown])[] = [
    ['the emulator', 'emulator.ts', emulatorConsumer, { code: '4/0', status: 404, journal: 1 }],
    [
      'the library, without the peer that only authClient() needs',
      'library.ts',
      libraryConsumer,
      { code: 'nothing_stored', exitCode: 4, told: true },
    ],
    ['both from CommonJS', 'both.cts', commonJsConsumer, ['function', 'function', 'function', 'function']],
  ]

  test.for(consumers)('imports %s, and runs', async ([, file, text, printed], { installation }) => {
    writeFileSync(join(installation.folder, file), text)
    const compiled = await installation.run(process.execPath, ...tsc, '--skipLibCheck', 'false', file)
    expect(compiled).toMatchObject({ exitCode: 0, stdout: '' })
    const ran = await installation.run(process.execPath, file.replace(/ts$/, 'js'))
    expect(ran).toMatchObject({ exitCode: 0, stderr: '', json: printed })
  })

  test("gets the peer's type from authClient()", async ({ installation }) => {
    const { folder } = installation
    const peer = join(folder, 'node_modules/google-auth-library')
    symlinkSync(join(root, 'node_modules/google-auth-library'), peer)
    try {
      writeFileSync(join(folder, 'peer.ts'), peerConsumer)
      const compiled = await installation.run(process.execPath, ...tsc, '--skipLibCheck', '--noEmit', 'peer.ts')
      expect(compiled).toMatchObject({ exitCode: 0, stdout: '' })
    } finally {
      rmSync(peer)
    }
  })

  test('cannot import internal modules', async ({ installation }) => {
    const { exitCode, stderr } = await installation.run(
      process.execPath,
      '--input-type=module',
      '--eval',
      `await import('gsa-cli/dist/main.cjs')`,
    )
    expect(exitCode).toBe(1)
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
  })
})

/** Returns the keyring's packages that are installed here, which depends on the platform. */
function platformKeyrings(): string[] {
  return readdirSync(join(root, 'node_modules/@napi-rs'))
    .filter((name) => name.startsWith('keyring-'))
    .map((name) => `@napi-rs/${name}`)
}

/** Measures like `du`: the bytes of all files and folders, and the blocks they occupy. */
function sizeOf(folder: string): { bytes: number; onDisk: number } {
  const paths = [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  ]
  const all = paths.map((path) => lstatSync(path))
  return {
    bytes: all.reduce((sum, { size }) => sum + size, 0),
    onDisk: all.reduce((sum, { blocks }) => sum + blocks * 512, 0),
  }
}
