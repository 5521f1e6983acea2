import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { type Ended, type ProgramOptions, root, runProgram } from '../support/built-gsa.ts'

/** `gsa-cli` as installed by a user in an empty folder. */
export interface Installation {
  /** The folder in which the package is installed. */
  readonly folder: string
  readonly tarball: string
  run(program: string, ...argv: readonly (string | ProgramOptions)[]): Promise<Ended>
}

/** `test` with an installation of the `npm pack` output, one for all tests in a file. */
export const test = base.extend<{ installation: Installation }>({
  installation: [
    // oxlint-disable-next-line no-empty-pattern -- vitest wants to see a pattern
    async ({}, use) => whileInstalled([], use),
    { scope: 'file' },
  ],
})

/** Packs the checkout, installs it in an empty folder with these flags of npm, and removes it after some work. */
export async function whileInstalled(
  flags: readonly string[],
  work: (installation: Installation) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-package-'))
  try {
    // This packs what `npm test` built before it started the tests: another build would delete files that tests use.
    await work(await install(folder, [await packed(root, folder)], ['--prefer-offline', ...flags]))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Packs the package in a folder as it is. Returns the tarball, which is in `destination`. */
export async function packed(folder: string, destination: string): Promise<string> {
  const { exitCode, stdout, stderr } = await npm(
    ['pack', folder, '--ignore-scripts', '--json', '--pack-destination', destination],
    { folder: destination },
  )
  expect(exitCode, stderr).toBe(0)
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }]
  return join(destination, filename)
}

/** Installs tarballs in an empty folder below `parent`; the first one must be that of `gsa-cli`. */
export async function install(
  parent: string,
  tarballs: readonly [string, ...string[]],
  flags: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Installation> {
  const folder = mkdtempSync(join(parent, 'somewhere-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const installed = await npm(['install', '--no-audit', '--no-fund', ...flags, ...tarballs], {
    folder,
    env: settings,
  })
  expect(installed.exitCode, installed.stderr).toBe(0)
  const home = mkdtempSync(join(parent, 'home-'))
  return {
    folder,
    tarball: tarballs[0],
    run: async (program, ...argv) => {
      const { env, ...options } = argv.find((arg): arg is ProgramOptions => typeof arg !== 'string') ?? {}
      return runProgram(
        program,
        argv.filter((arg) => typeof arg === 'string'),
        { folder, ...options, env: { HOME: home, ...env } },
      )
    },
  }
}

// npm needs its registry settings and its cache; the rest of the environment stays out.
const npmSettings =
  /^(?:HOME|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|https?_proxy|no_proxy|npm_config_(?:registry|cache|userconfig|cafile))$/i

/** Runs npm with the developer's registry and cache. */
export async function npm(argv: readonly string[], options: ProgramOptions): Promise<Ended> {
  const own = Object.entries(process.env).filter(([name]) => npmSettings.test(name)) as [string, string][]
  return runProgram('npm', argv, { ...options, env: { ...Object.fromEntries(own), ...options.env } })
}
