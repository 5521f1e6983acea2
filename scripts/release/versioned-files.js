/** The files that contain the version, apart from the changelog: how to read all mentions, and how to replace them. */
export const versionedFiles = [
  {
    path: 'package.json',
    versionsIn: (text) => [JSON.parse(text).version],
    withVersion: (text, version) => jsonText({ ...JSON.parse(text), version }),
  },
  {
    path: 'package-lock.json',
    versionsIn: (text) => {
      const lock = JSON.parse(text)
      return [lock.version, lock.packages[''].version]
    },
    withVersion: (text, version) => {
      const lock = JSON.parse(text)
      const packages = { ...lock.packages, '': { ...lock.packages[''], version } }
      return jsonText({ ...lock, version, packages })
    },
  },
  matching('src/terminal/version.ts', /(?<=^export const version = ')[^']+/gm),
  matching('docs/ci.md', /(?<=\bgsa-cli@)[^\s`]+/g),
]

function matching(path, pattern) {
  return {
    path,
    versionsIn: (text) => text.match(pattern) ?? [],
    withVersion: (text, version) => text.replace(pattern, version),
  }
}

/** Returns JSON as npm writes it. */
function jsonText(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}
