import { Refusal } from './refusal.js'

// Not the package semver: the release workflow checks the tag before anything is installed.

// https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, without build metadata: npm drops it.
const number = '0|[1-9]\\d*'
const identifier = `(?:${number}|\\d*[A-Za-z-][\\dA-Za-z-]*)`
const pattern = new RegExp(`^(${number})\\.(${number})\\.(${number})(?:-(${identifier}(?:\\.${identifier})*))?$`)

/** Refuses anything but a version such as 1.2.3 or 1.2.3-rc.1. */
export function requireVersion(text) {
  if (!pattern.test(text)) throw new Refusal(`${text} is not a version. Versions look like 1.2.3 or 1.2.3-rc.1.`)
}

/** Compares two versions by semver precedence, for sorting. */
export function compareVersions(a, b) {
  const [, majorA, minorA, patchA, preA] = pattern.exec(a)
  const [, majorB, minorB, patchB, preB] = pattern.exec(b)
  return (
    Number(majorA) - Number(majorB) ||
    Number(minorA) - Number(minorB) ||
    Number(patchA) - Number(patchB) ||
    comparePreReleases(preA, preB)
  )
}

function comparePreReleases(a, b) {
  // A version without a pre-release is newer than any with one.
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  const [left, right] = [a.split('.'), b.split('.')]
  for (const [at, one] of left.entries()) {
    const other = right[at]
    if (other === undefined) return 1
    if (one !== other) return compareIdentifiers(one, other)
  }
  return left.length - right.length
}

function compareIdentifiers(a, b) {
  const [isNumberA, isNumberB] = [a, b].map((text) => /^\d+$/.test(text))
  if (isNumberA && isNumberB) return Number(a) - Number(b)
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1
  return a < b ? -1 : 1
}
