import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { type Ended, type ProgramOptions, root, runProgram } from '../support/built-gsa.ts'

/** `gsa-cli` as somebody gets it who installs it in an empty folder. */
interface Installation {
  /** The folder that the package was installed in. */
  readonly folder: string
  readonly tarballBytes: number
  run(program: string, ...argv: readonly (string | ProgramOptions)[]): Promise<Ended>
}

const test = base.extend<{ installation: Installation }>({
  installation: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'gsa-package-'))
      try {
        await use(await install(folder))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    { scope: 'file' },
  ],
})

async function install(parent: string): Promise<Installation> {
  // What `npm test` built before it started the tests is what is packed: building again would pull it away from under them.
  const packed = await npm(['pack', root, '--ignore-scripts', '--json', '--pack-destination', parent], {
    folder: parent,
  })
  expect(packed).toMatchObject({ exitCode: 0 })
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }]
  const tarball = join(parent, filename)
  const folder = join(parent, 'somewhere')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  expect(
    await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], { folder, deadlineMs: 60_000 }),
  ).toMatchObject({ exitCode: 0 })
  const home = join(parent, 'home')
  mkdirSync(home)
  return {
    folder,
    tarballBytes: statSync(tarball).size,
    run: async (program, ...argv) => {
      const options = argv.find((arg): arg is ProgramOptions => typeof arg !== 'string') ?? {}
      return runProgram(
        program,
        argv.filter((arg) => typeof arg === 'string'),
        { folder, env: { HOME: home }, ...options },
      )
    },
  }
}

// npm needs the way to the registry and its cache; everything else of the environment stays out.
const npmSettings =
  /^(?:HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy|npm_config_(?:registry|cache|userconfig|cafile))$/i

async function npm(argv: readonly string[], options: ProgramOptions): Promise<Ended> {
  const settings = Object.entries(process.env).filter(([name]) => npmSettings.test(name))
  return runProgram('npm', argv, { ...options, env: Object.fromEntries(settings) as Record<string, string> })
}

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

test('an installation is small, and runs nothing', ({ installation }) => {
  const packages = installedPackages(installation.folder)
  expect(packages.map(({ name }) => name)).toContain('gsa-cli')
  expect(packages.length).toBeLessThanOrEqual(4)
  const scripts = packages.flatMap(({ name, scripts: all = {} }) =>
    ['preinstall', 'install', 'postinstall'].filter((script) => script in all).map((script) => `${name}: ${script}`),
  )
  expect(scripts).toEqual([])
  expect(installation.tarballBytes).toBeLessThan(1_000_000)
  expect(bytesBelow(join(installation.folder, 'node_modules'))).toBeLessThan(8_000_000)
})

test('it has what it needs to run and its licences, and neither sources nor tests', ({ installation }) => {
  const files = readdirSync(join(installation.folder, 'node_modules/gsa-cli'))
  expect(files).toEqual(expect.arrayContaining(['bin', 'dist', 'package.json', 'LICENSE', 'THIRD_PARTY_LICENSES']))
  for (const absent of ['src', 'test', 'scripts', 'node_modules', 'tsconfig.json']) expect(files).not.toContain(absent)
})

test('npx finds the program under the name of the package', async ({ installation }) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect(await installation.run('npx', '--no', '--', 'gsa-cli', '--version')).toMatchObject({
    exitCode: 0,
    stdout: `${version}\n`,
  })
})

test('gsa smoke passes with nothing configured, and leaves nothing behind', async ({ installation }) => {
  const home = mkdtempSync(join(tmpdir(), 'gsa-home-'))
  try {
    const smoke = await installation.run(join(installation.folder, 'node_modules/.bin/gsa'), 'smoke', '--json', {
      env: { HOME: home, TMPDIR: home },
    })
    expect(smoke).toMatchObject({ exitCode: 0, json: { target: expect.any(String) as string, failed: 0 } })
    expect(smoke.json['passed']).toBeGreaterThan(5)
    expect(readdirSync(home, { recursive: true })).toEqual([])
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

const consumer = `
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

test('a TypeScript program imports the emulator, type-checked to the bottom, and runs', async ({ installation }) => {
  const { folder } = installation
  writeFileSync(join(folder, 'consumer.ts'), consumer)
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  // As in every Node program in TypeScript, the types of Node are there.
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false', ...types]
  const compiled = await installation.run(process.execPath, tsc, ...options, 'consumer.ts')
  expect(compiled).toMatchObject({ exitCode: 0, stdout: '' })
  const ran = await installation.run(process.execPath, 'consumer.js')
  expect(ran).toMatchObject({ exitCode: 0, json: { code: '4/0', status: 404, journal: 1 } })
})

test('only what is meant to be used can be imported', async ({ installation }) => {
  const { exitCode, stderr } = await installation.run(
    process.execPath,
    '--input-type=module',
    '--eval',
    `await import('gsa-cli/dist/main.js')`,
  )
  expect(exitCode).toBe(1)
  expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED')
})

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
