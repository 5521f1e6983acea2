import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  changelog,
  createReleaseCheckout,
  installationPages,
  type ReleaseCheckout,
  versioned,
  withVersion,
} from './support/release-checkout.ts'
import { needs } from './support/system-parts.ts'

beforeEach((context) => needs(context, 'git'))

/** Returns everything that a release could change: files, commits, tags. */
async function stateOf(checkout: ReleaseCheckout): Promise<readonly string[]> {
  const log = await checkout.git('log', '--format=%H %s')
  return [log, await checkout.git('tag'), await checkout.git('status', '--porcelain')]
}

const today = (): string => new Date().toISOString().slice(0, 10)

describe('npm run release', () => {
  test('sets the version everywhere, tests, lists the package, commits and tags, and says how to publish', async () => {
    const checkout = await createReleaseCheckout()
    const release = ['run', '--silent', 'release', '--', '0.2.0']
    const { exitCode, stdout, stderr } = await checkout.run('npm', release)
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toContain('docs/ci.md               0.1.0 → 0.2.0')
    expect(stdout).toContain('tested 0.2.0')
    expect(stdout).toMatch(/^ +\d+ {2}bin\/gsa\.js$/m)
    expect(stdout).toMatch(/git push --atomic origin HEAD v0\.2\.0\n$/)

    expect(await checkout.git('log', '-1', '--format=%s')).toBe('release: 0.2.0')
    expect(await checkout.git('rev-parse', 'v0.2.0^{commit}')).toBe(await checkout.git('rev-parse', 'HEAD'))
    expect(await checkout.git('cat-file', '-t', 'v0.2.0')).toBe('tag')
    expect(await checkout.git('status', '--porcelain')).toBe('')
    const changed = await checkout.git('show', '--format=', '--name-only', 'HEAD')
    expect(changed.split('\n')).toEqual(['CHANGELOG.md', ...versioned])
    for (const path of versioned) {
      const before = await checkout.git('show', `HEAD^:${path}`)
      expect(withVersion(before, '0.2.0'), path).not.toBe(before)
      expect(checkout.read(path), path).toBe(`${withVersion(before, '0.2.0')}\n`)
    }
    expect(checkout.read('CHANGELOG.md')).toBe(
      changelog.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [0.2.0] - ${today()}\n`),
    )
  })

  test('replaces the installation from a checkout with the first release', async () => {
    const checkout = await createReleaseCheckout()
    await checkout.commit('CHANGELOG.md', changelog.replace(/## \[0\.1\.0\][^]*/, ''))
    const install = 'There is no release yet, so install gsa from a checkout. In it:\n\n```sh\nnpm run try\n```\n'
    await checkout.commit('README.md', `# gsa\n\n${install}\nNext.\n`)
    expect(await checkout.release('0.1.0')).toMatchObject({ exitCode: 0 })
    expect(checkout.read('README.md')).toMatch(
      /^# gsa\n\nYou need Node .*\n\n```sh\nnpm install --global gsa-cli\n[^`]*```\n\nNext\.\n$/,
    )
  })

  test.each(installationPages)('leaves no sentence about a checkout in %s', async (page) => {
    const checkout = await createReleaseCheckout()
    expect(checkout.read(page)).toContain(page === 'README.md' ? 'npm install --global gsa-cli' : '`gsa-cli` from npm.')
    expect(checkout.read(page)).not.toMatch(/no release yet|after the first release/)
  })

  test.each(['--dry-run', 'the same option where the -- in front of it was forgotten'])(
    'changes nothing with %s, and says what it would do',
    async (option) => {
      const checkout = await createReleaseCheckout()
      const before = await stateOf(checkout)
      const { exitCode, stdout } =
        option === '--dry-run'
          ? await checkout.release('0.2.0', option)
          : await checkout.run('npm', ['run', '--silent', 'release', '0.2.0', '--dry-run'])
      expect(exitCode).toBe(0)
      expect(stdout).toContain(`CHANGELOG.md             [Unreleased] → [0.2.0] - ${today()}`)
      expect(stdout).toContain('package.json             0.1.0 → 0.2.0')
      expect(stdout).toContain('Nothing has changed.')
      expect(stdout).not.toContain('tested')
      expect(await stateOf(checkout)).toEqual(before)
    },
  )

  test('releases the version already in package.json if it was never released', async () => {
    const checkout = await createReleaseCheckout()
    await checkout.commit('CHANGELOG.md', changelog.replace(/## \[0\.1\.0\][^]*/, ''))
    expect(await checkout.release('0.1.0')).toMatchObject({ exitCode: 0 })
    expect(await checkout.git('show', '--format=', '--name-only', 'HEAD')).toBe('CHANGELOG.md')
    expect(checkout.read('CHANGELOG.md')).toContain(`\n## [0.1.0] - ${today()}\n\n### Added\n\n- \`gsa sing\`.\n`)
  })

  test.each([
    ['no version', [], 'Usage: npm run release -- X.Y.Z [--dry-run]'],
    ['two versions', ['0.2.0', '0.3.0'], 'Usage: npm run release -- X.Y.Z [--dry-run]'],
    ['an option that does not exist', ['0.2.0', '--force'], "Unknown option '--force'"],
    ['a tag in place of a version', ['v0.2.0'], 'v0.2.0 is not a version. Versions look like 1.2.3 or 1.2.3-rc.1.'],
    ['a leading zero', ['0.02.0'], '0.02.0 is not a version.'],
    ['two numbers', ['0.2'], '0.2 is not a version.'],
    ['build metadata, which npm drops', ['0.2.0+7'], '0.2.0+7 is not a version.'],
    ['the last version again', ['0.1.0'], '0.1.0 is not newer than 0.1.0, the last release in CHANGELOG.md.'],
    ['an older version', ['0.0.9'], '0.0.9 is not newer than 0.1.0'],
    ['a pre-release of the last version', ['0.1.0-rc.1'], '0.1.0-rc.1 is not newer than 0.1.0'],
  ])('refuses %s, and changes nothing', async (_, argv, message) => {
    const checkout = await createReleaseCheckout()
    const before = await stateOf(checkout)
    const { exitCode, stdout, stderr } = await checkout.release(...argv)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
    expect(await stateOf(checkout)).toEqual(before)
  })

  test('orders versions as semver does, including pre-releases', async () => {
    const ordered = ['0.9.10', '1.0.0-1', '1.0.0-2', '1.0.0-10', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta']
    ordered.push('1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.10', '1.2.0', '2.0.0-0')
    const checkout = await createReleaseCheckout()
    const refused = async (version: string | undefined, last: string): Promise<boolean> => {
      writeFileSync(join(checkout.folder, 'CHANGELOG.md'), changelog.replace('0.1.0', last))
      return version !== undefined && (await checkout.release(version)).stderr.includes(`not newer than ${last}`)
    }
    const found: boolean[][] = []
    for (const [at, last] of ordered.entries())
      found.push([await refused(ordered[at - 1], last), await refused(ordered[at + 1], last)])
    expect(found).toEqual(ordered.map((_, at) => [at > 0, false]))
  })

  const heading = '## [Unreleased]\n'
  test.each([
    [
      'a changelog without entries',
      'CHANGELOG.md',
      changelog.replace('- `gsa sing`.', ''),
      'no entries under [Unreleased]',
    ],
    ['a changelog without the heading', 'CHANGELOG.md', changelog.replace(heading, ''), 'no heading "## [Unreleased]"'],
    ['a page without a version', 'docs/ci.md', 'npx gsa-cli smoke\n', 'docs/ci.md names no version.'],
    [
      'a package without a repository',
      'package.json',
      '{ "version": "0.1.0" }',
      'no repository, bugs, homepage. Add them:',
    ],
  ])('refuses %s, and changes nothing', async (_, path, content, message) => {
    const checkout = await createReleaseCheckout()
    await checkout.commit(path, content)
    const before = await stateOf(checkout)
    const { exitCode, stderr } = await checkout.release('0.2.0')
    expect(exitCode).toBe(1)
    expect(stderr).toContain(message)
    expect(await stateOf(checkout)).toEqual(before)
  })

  test.each(['README.md', 'package.json'])('refuses a working tree with uncommitted %s', async (path) => {
    const checkout = await createReleaseCheckout()
    writeFileSync(join(checkout.folder, path), path === 'README.md' ? '' : `${checkout.read(path)}\n`)
    const before = await stateOf(checkout)
    const { exitCode, stderr } = await checkout.release('0.2.0')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('The work tree has changes. Commit or stash them first:')
    expect(stderr).toContain(path)
    expect(await stateOf(checkout)).toEqual(before)
  })

  test('refuses a version that already has a tag', async () => {
    const checkout = await createReleaseCheckout()
    await checkout.git('tag', 'v0.2.0')
    expect(await checkout.release('0.2.0')).toMatchObject({
      exitCode: 1,
      stderr: 'The tag v0.2.0 exists. Choose another version.\n',
    })
  })

  test.each([
    ['npm test', 'test.cjs', 'process.exit(1)\n', 'npm test failed. The edits are undone, and nothing is released.'],
    ['the commit', '.git/hooks/pre-commit', '#!/bin/sh\nexit 1\n', 'git commit failed.'],
  ])('undoes its edits if %s fails', async (_, path, content, message) => {
    const checkout = await createReleaseCheckout()
    if (path.startsWith('.git/')) writeFileSync(join(checkout.folder, path), content, { mode: 0o755 })
    else await checkout.commit(path, content)
    const before = await stateOf(checkout)
    const { exitCode, stderr } = await checkout.release('0.2.0')
    expect(exitCode).toBe(1)
    expect(stderr).toContain(message)
    expect(await stateOf(checkout)).toEqual(before)
  })
})
