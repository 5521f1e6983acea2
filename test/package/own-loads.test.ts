import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Ended, root, runProgram } from '../support/built-gsa.ts'
import { serving } from '../http/serving.ts'

const keyringNames = ['@napi-rs/keyring', ...['', '-gnu', '-musl', '-gnueabihf', '-msvc'].map(binaryName)]

function binaryName(ending: string): string {
  return `@napi-rs/keyring-${process.platform}-${process.arch}${ending}`
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-loads-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Plants packages. Each module in them that is loaded writes its path to the file `LOADED`. */
function plant(folder: string, names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'package.json'), JSON.stringify({ name, version: '9.9.9', main: 'index.js' }))
    writeFileSync(
      join(folder, name, 'index.js'),
      `require('node:fs').appendFileSync(process.env.LOADED, __filename + '\\n')`,
    )
    writeFileSync(join(folder, name, moduleName(name)), '')
  }
}

/** Returns the name of the compiled module in a package for one platform. */
function moduleName(name: string): string {
  return `${name.replace('@napi-rs/keyring-', 'keyring.').replaceAll('/', '-')}.node`
}

/** Loads a stand-in for each compiled module. */
const NODE_OPTIONS = `--require ${join(root, 'test/support/planted-module.cjs')}`

/** Installs the built package as gsa-cli in this folder. */
function installGsa(folder: string): void {
  for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
}

/** Runs an installed gsa, and returns which planted packages it loaded. */
async function runInstalled(
  folder: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ ended: Ended; loaded: string }> {
  const home = newFolder()
  const LOADED = join(home, 'loaded')
  const ended = await runProgram(process.execPath, [join(folder, 'bin/gsa.js'), ...argv], {
    env: { HOME: home, LOADED, NODE_OPTIONS, ...env },
    folder: home,
  })
  return { ended, loaded: existsSync(LOADED) ? readFileSync(LOADED, 'utf8') : '' }
}

function storeStep({ json }: Ended): unknown {
  return (json['steps'] as { name: string }[]).find(({ name }) => name === 'store')
}

describe('code planted near an installation', () => {
  const others = ['supports-color', 'debug', 'ms', 'kerberos', 'google-auth-library', 'commander']

  test.each<[where: string, folder: string, names: readonly string[]]>([
    ['beside gsa-cli', 'lib/node_modules', others],
    ['in a folder above', 'node_modules', [...others, ...keyringNames]],
    ['in the home', 'home/.node_modules', [...others, ...keyringNames]],
    ["in the home's libraries", 'home/.node_libraries', [...others, ...keyringNames]],
    ['in NODE_PATH', 'path', [...others, ...keyringNames]],
    ['in the current folder', 'cwd/node_modules', [...others, ...keyringNames]],
  ])('is not loaded: %s', async (_, planted, names) => {
    const top = newFolder()
    const gsa = join(top, 'lib/node_modules/gsa-cli')
    installGsa(gsa)
    for (const folder of ['home', 'cwd']) mkdirSync(join(top, folder))
    plant(join(top, planted), names)
    const loaded = join(top, 'loaded')
    const env = { HOME: join(top, 'home'), NODE_PATH: join(top, 'path'), LOADED: loaded, NODE_OPTIONS }
    const run = async (argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> =>
      runProgram(process.execPath, [join(gsa, 'bin/gsa.js'), ...argv], {
        folder: join(top, 'cwd'),
        env: { ...env, ...more },
      })

    const offline = await run(['doctor', '--offline', '--json'])
    expect(offline.error).toMatchObject({ code: 'keychain_unsupported', exitCode: 7 })
    // Nothing listens on this port, so that the proxy code runs but fails to connect.
    const proxy = await serving(
      () => undefined,
      async ({ port }) => `http://ada:hunter2@127.0.0.1:${port}`,
    )
    const online = await run(['doctor', '--json'], { HTTPS_PROXY: proxy, DEBUG: '*', GSA_STORE: 'memory' })
    expect(online.stdout).toContain('the connection was refused')
    expect(online.stdout + online.stderr).not.toContain('hunter2')
    expect(existsSync(loaded)).toBe(false)
  })

  test('is not loaded as the binary of a keychain module that lacks its own', async () => {
    const top = newFolder()
    installGsa(join(top, 'lib/node_modules/gsa-cli'))
    plant(join(top, 'lib/node_modules'), ['@napi-rs/keyring'])
    plant(join(top, 'node_modules'), keyringNames)
    const { ended, loaded } = await runInstalled(join(top, 'lib/node_modules/gsa-cli'), [
      'doctor',
      '--offline',
      '--json',
    ])
    expect(ended.error).toMatchObject({ code: 'keychain_unsupported' })
    expect(loaded).toBe('')
  })
})

describe.skipIf(process.platform === 'win32')('the keychain module is found where it was installed by', () => {
  const ending = { linux: '-gnu', win32: '-msvc' }[process.platform as string] ?? ''
  const binary = binaryName(ending)

  test.each<[who: string, layOut: (top: string) => string]>([
    [
      'npm and yarn: beside gsa-cli',
      (top) => {
        plant(join(top, 'node_modules'), ['@napi-rs/keyring', binary])
        return join(top, 'node_modules/gsa-cli')
      },
    ],
    [
      'npm --global: inside gsa-cli',
      (top) => {
        plant(join(top, 'lib/node_modules/gsa-cli/node_modules'), ['@napi-rs/keyring', binary])
        return join(top, 'lib/node_modules/gsa-cli')
      },
    ],
    [
      'npm, where a package has its own gsa-cli',
      (top) => {
        plant(join(top, 'node_modules'), ['@napi-rs/keyring', binary])
        return join(top, 'node_modules/some-app/node_modules/gsa-cli')
      },
    ],
    [
      'npm --install-strategy=nested',
      (top) => {
        plant(join(top, 'node_modules/gsa-cli/node_modules'), ['@napi-rs/keyring'])
        plant(join(top, 'node_modules/gsa-cli/node_modules/@napi-rs/keyring/node_modules'), [binary])
        return join(top, 'node_modules/gsa-cli')
      },
    ],
    [
      'pnpm: behind links',
      (top) => {
        const virtual = join(top, 'node_modules/.pnpm')
        plant(join(virtual, '@napi-rs+keyring@2.1.2/node_modules'), ['@napi-rs/keyring'])
        plant(join(virtual, 'binary@2.1.2/node_modules'), [binary])
        link(
          join(virtual, 'binary@2.1.2/node_modules', binary),
          join(virtual, '@napi-rs+keyring@2.1.2/node_modules', binary),
        )
        link(
          join(virtual, '@napi-rs+keyring@2.1.2/node_modules/@napi-rs/keyring'),
          join(virtual, 'gsa-cli@0.1.0/node_modules/@napi-rs/keyring'),
        )
        link(join(virtual, 'gsa-cli@0.1.0/node_modules/gsa-cli'), join(top, 'node_modules/gsa-cli'))
        return join(virtual, 'gsa-cli@0.1.0/node_modules/gsa-cli')
      },
    ],
  ])('%s', async (_, layOut) => {
    const top = newFolder()
    const gsa = layOut(top)
    installGsa(gsa)
    const { ended, loaded } = await runInstalled(gsa, ['doctor', '--offline', '--json'])
    expect(storeStep(ended)).toMatchObject({ status: 'passed' })
    expect(loaded).toMatch(new RegExp(`^\\S+/${binary}/${moduleName(binary)}\n$`))
  })
})

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

describe('a build fails, and names the module, if dist/ would load', () => {
  test.each<[what: string, source: string, named: string]>([
    ['a package', `import leftPad from 'left-pad'\nexport const x = leftPad`, 'left-pad'],
    ['a package on demand', `export const x = (): Promise<unknown> => import('left-pad')`, 'left-pad'],
    ['a computed path', `export const x = (name: string): Promise<unknown> => import(name)`, 'what it computes'],
    [
      'anything, with its own require',
      `import { createRequire } from 'node:module'\nexport const x: unknown = createRequire(import.meta.url)('left-pad')`,
      'node:module',
    ],
  ])('%s', async (_, source, named) => {
    const folder = newFolder()
    for (const part of ['src', 'scripts', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction')
    writeFileSync(join(folder, 'src/planted.ts'), source)
    const main = readFileSync(join(folder, 'src/main.ts'), 'utf8')
    writeFileSync(join(folder, 'src/main.ts'), `${main}\nexport { x } from './planted.ts'\n`)
    const built = await runProgram(process.execPath, [join(folder, 'scripts/build.js')])
    expect(built.exitCode).toBe(1)
    expect(built.stderr).toContain(`would load ${named}, which is not ours`)
    expect(existsSync(join(folder, 'dist'))).toBe(false)
  })
})
