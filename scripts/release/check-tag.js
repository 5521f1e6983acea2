// Checks that a tag such as v1.2.3 names the version of every file, and that package.json names the repository that
// this runs for. The release workflow runs it before anything else: node scripts/release/check-tag.js TAG
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { changelog, hasRelease } from './changelog.js'
import { Refusal, runScript } from './refusal.js'
import { repositoryProblem } from './repository-problem.js'
import { requireVersion } from './semver.js'
import { versionedFiles } from './versioned-files.js'

const root = join(import.meta.dirname, '../..')
const textOf = (path) => readFileSync(join(root, path), 'utf8')

runScript(() => {
  const [tag = ''] = process.argv.slice(2)
  const version = tag.replace(/^v/, '')
  if (version === tag) throw new Refusal(`The tag "${tag}" does not begin with v.`)
  requireVersion(version)
  const problems = [...versionProblems(version), ...repositoryProblems()]
  if (problems.length > 0) throw new Refusal([`The tag ${tag} cannot be released:`, ...problems].join('\n'))
  console.log(`${tag} is the version of every file.`)
})

function versionProblems(version) {
  const others = versionedFiles.flatMap(({ path, versionsIn }) => {
    const named = [...new Set(versionsIn(textOf(path)))]
    return named.length === 1 && named[0] === version ? [] : [`${path} names ${named.join(', ') || 'no version'}.`]
  })
  return hasRelease(textOf(changelog), version)
    ? others
    : [...others, `${changelog} has no heading [${version}] - DATE.`]
}

function repositoryProblems() {
  const manifest = JSON.parse(textOf('package.json'))
  const problem = repositoryProblem(manifest)
  if (problem !== undefined) return [problem]
  const { GITHUB_REPOSITORY: here } = process.env
  const { url } = manifest.repository
  if (here === undefined || url === `git+https://github.com/${here}.git`) return []
  return [`package.json names the repository ${url}, and this is ${here}: npm would reject the provenance.`]
}
