import { Refusal } from './refusal.js'
import { compareVersions, requireVersion } from './semver.js'

/** The path of the changelog. */
export const changelog = 'CHANGELOG.md'

// Up to the next version, or to the end.
const unreleased = /^## \[Unreleased\]\n([^]*?)(?=^## |(?![^]))/m

/** Returns the newest version that the changelog has a heading for; undefined before the first release. */
export function newestRelease(text) {
  const versions = [...text.matchAll(/^## \[(\d[^\]]*)\]/gm)].map(([, version]) => version)
  versions.forEach(requireVersion)
  return versions.toSorted(compareVersions).at(-1)
}

/** Returns the changelog with the unreleased entries under a new heading. Refuses if there are none. */
export function withRelease(text, version, date) {
  const [heading, entries] = unreleased.exec(text) ?? []
  if (heading === undefined)
    throw new Refusal(`${changelog} has no heading "## [Unreleased]". Add it above the newest version.`)
  if (!entries.split('\n').some((line) => line.trim() !== '' && !line.startsWith('#')))
    throw new Refusal(`${changelog} has no entries under [Unreleased]. Write down what users notice.`)
  return text.replace(unreleased, () => `## [Unreleased]\n\n## [${version}] - ${date}\n${entries}`)
}

/** Returns whether the changelog has a dated heading for a version. */
export function hasRelease(text, version) {
  return text.split('\n').some((line) => line.startsWith(`## [${version}] - `) && /\d{4}-\d\d-\d\d$/.test(line))
}
