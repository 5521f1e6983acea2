// Checks the sentences of source, tests and docs for the words and forms that CONTRIBUTING.md rules out, and prints
// each place with what to write instead: node scripts/plain-english.js [FILE ...]. Without files: everything that git
// tracks.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findings } from './plain-english/findings.js'
import { proseOf } from './plain-english/prose.js'

const root = join(import.meta.dirname, '..')
// Third-party texts, sentences of earlier versions, and the list of ruled-out words itself.
const others =
  /^(?:THIRD_PARTY_LICENSES|scripts\/plain-english\/|test\/plain-english\.test\.ts|src\/diagnosis\/earlier-messages\.ts|.*\/(?:corpus|recorded|foreign|pasted|__snapshots__)\/)/

const files = process.argv.length > 2 ? process.argv.slice(2) : trackedFiles()
const found = files.flatMap((file) =>
  proseOf(file, readFileSync(join(root, file), 'utf8')).flatMap(({ line, text }) =>
    findings(text).map((finding) => `${file}:${line}: ${finding}`),
  ),
)
for (const place of found) console.log(place)
if (found.length > 0) console.error(`${found.length} places are not in plain English (CONTRIBUTING.md)`)
process.exitCode = found.length > 0 ? 1 : 0

function trackedFiles() {
  return execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.(?:ts|js|md)$/.test(file) && !others.test(file))
}
