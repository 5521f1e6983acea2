import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { installedFromNpm } from '../../scripts/release/installation.js'
import { type Ended, root, runProgram } from './built-gsa.ts'

/** A git repository with the files that a release reads and changes, and an `npm test` of one line. */
export interface ReleaseCheckout {
  readonly folder: string
  /** Runs a program in the repository. */
  run(program: string, argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Runs git and returns what it prints; the test fails if git does. */
  git(...argv: readonly string[]): Promise<string>
  /** Runs the release script. */
  release(...argv: readonly string[]): Promise<Ended>
  read(path: string): string
  /** Replaces a file and commits it. */
  commit(path: string, content: string): Promise<void>
}

const copied = [
  'package.json',
  'package-lock.json',
  'CHANGELOG.md',
  'LICENSE',
  'bin',
  'docs/ci.md',
  'README.md',
  'scripts/release.js',
  'scripts/release',
  'src/terminal/version.ts',
]

/** Returns text with another gsa version wherever one of the files names it. */
export function withVersion(text: string, version: string): string {
  const before = /("name": "gsa-cli",\s+"version": "|\bgsa-cli@|\bversion = ')\d[\w.-]*/g
  return text.replaceAll(before, (_, start: string) => `${start}${version}`)
}

/** The files that contain the version, apart from the changelog. */
export const versioned = ['docs/ci.md', 'package-lock.json', 'package.json', 'src/terminal/version.ts']

/** The pages that say how to install gsa. */
export const installationPages = ['README.md', 'docs/ci.md'] as const

/** The repository in its package.json. */
export const repository = 'somebody/gsa'

/** A changelog whose last release is 0.1.0. */
export const changelog = `# Changelog

## [Unreleased]

### Added

- \`gsa sing\`.

## [0.1.0] - 2026-01-31

### Added

- Everything.
`

/** Creates the repository: version 0.1.0 is released, `gsa sing` is not. It is deleted at the end of the test. */
export async function createReleaseCheckout(): Promise<ReleaseCheckout> {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-release-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const home = mkdtempSync(join(tmpdir(), 'gsa-home-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))

  for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true })
  const page = `https://github.com/${repository}`
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>
  const { scripts, ...others } = manifest as { scripts: Record<string, string> }
  const links = { repository: { type: 'git', url: `git+${page}.git` }, bugs: { url: `${page}/issues` }, homepage: page }
  const test = 'node test.cjs'
  writeFileSync(join(folder, 'package.json'), jsonText({ ...others, ...links, scripts: { ...scripts, test } }))
  for (const path of installationPages)
    writeFileSync(join(folder, path), installedFromNpm(path, readFileSync(join(folder, path), 'utf8')))
  for (const path of versioned)
    writeFileSync(join(folder, path), withVersion(readFileSync(join(folder, path), 'utf8'), '0.1.0'))
  writeFileSync(join(folder, 'test.cjs'), `console.log('tested', require('./package.json').version)\n`)
  writeFileSync(join(folder, 'CHANGELOG.md'), changelog)

  const author = { GIT_AUTHOR_NAME: 'Grace', GIT_AUTHOR_EMAIL: 'grace@example.com' }
  const committer = { GIT_COMMITTER_NAME: 'Grace', GIT_COMMITTER_EMAIL: 'grace@example.com' }
  const env = { HOME: home, GIT_CONFIG_NOSYSTEM: '1', ...author, ...committer }
  const run: ReleaseCheckout['run'] = async (program, argv, more) =>
    runProgram(program, argv, { folder, env: { ...env, ...more } })
  const git: ReleaseCheckout['git'] = async (...argv) => {
    const { exitCode, stdout, stderr } = await run('git', argv)
    expect(exitCode, stderr).toBe(0)
    return stdout.trimEnd()
  }
  const commitAll = async (): Promise<void> => {
    await git('add', '--all')
    await git('commit', '--quiet', '--message', 'before the release')
  }
  await git('init', '--quiet')
  await commitAll()
  return {
    folder,
    run,
    git,
    release: async (...argv) => run('node', ['scripts/release.js', ...argv]),
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    commit: async (path, content) => {
      writeFileSync(join(folder, path), content)
      await commitAll()
    },
  }
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
