import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { changelog, newestRelease, withRelease } from './changelog.js'
import { installationPages, installedFromNpm } from './installation.js'
import { Refusal } from './refusal.js'
import { repositoryProblem } from './repository-problem.js'
import { compareVersions, requireVersion } from './semver.js'
import { versionedFiles } from './versioned-files.js'

/**
 * Returns the edits that turn the checkout in `folder` into a release, without making them: path, text before and
 * after, and a line that describes the edit. Refuses a version that is not newer than the last release, and a changelog
 * without entries.
 */
export function prepareRelease(folder, version, date) {
  const textOf = (path) => readFileSync(join(folder, path), 'utf8')
  requireVersion(version)
  const newest = newestRelease(textOf(changelog))
  if (newest !== undefined && compareVersions(version, newest) <= 0)
    throw new Refusal(`${version} is not newer than ${newest}, the last release in ${changelog}.`)
  const problem = repositoryProblem(JSON.parse(textOf('package.json')))
  if (problem !== undefined) throw new Refusal(problem)

  const edits = versionedFiles.map(({ path, versionsIn, withVersion }) => {
    const before = textOf(path)
    const named = [...new Set(versionsIn(before))]
    if (named.length === 0)
      throw new Refusal(`${path} names no version. scripts/release/versioned-files.js says where it should.`)
    const after = installedFromNpm(path, withVersion(before, version))
    return { path, before, after, what: `${named.join(', ')} → ${version}` }
  })
  const others = installationPages.filter((path) => edits.every((edit) => edit.path !== path))
  for (const path of others) {
    const before = textOf(path)
    const after = installedFromNpm(path, before)
    if (after !== before) edits.push({ path, before, after, what: 'installation from npm' })
  }
  const before = textOf(changelog)
  const after = withRelease(before, version, date)
  return [...edits, { path: changelog, before, after, what: `[Unreleased] → [${version}] - ${date}` }]
}

/** Makes the edits. */
export function makeEdits(folder, edits) {
  for (const { path, after } of edits) writeFileSync(join(folder, path), after)
}

/** Undoes the edits. */
export function undoEdits(folder, edits) {
  for (const { path, before } of edits) writeFileSync(join(folder, path), before)
}
