// Changes an operator or a condition at 150 random places, one at a time, and lists the changes that no test catches.
// Fails if more than one in twenty gets through.
//   npm run mutants -- [--seed N] [--count N] [--only N,N] [--work FOLDER] [TEST-FILE...]
// The same seed picks the same places. `--only` tries some of them again. Test files narrow the search to these
// files. `--work` keeps the copies of the checkout and the results in a folder; the next run with that folder resumes
// there.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { choosePlaces } from './mutants/choose-places.js'
import { findPlaces } from './mutants/find-places.js'
import { firstPass, tryAlone, tryTogether } from './mutants/judge.js'
import { report, verdictLine } from './mutants/report.js'
import { endTestFiles } from './mutants/run-test-file.js'
import { openCopies, openMemory, openWorkFolder } from './mutants/work-folder.js'

const root = join(import.meta.dirname, '..')
const folders = ['src/accounts', 'src/credentials', 'src/emulator', 'src/oauth', 'src/stores']
// HTML for people; no program reads it.
const isPage = (file) => file.startsWith('src/emulator/pages/')
// These take minutes, so they run only for mutants that every other file misses.
const slow = /^test\/(?:browser|faults|fuzz|official-clients|other-nodes|package|snippets|third-party-clients)\//

const { values, positionals } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '150' },
    only: { type: 'string' },
    work: { type: 'string' },
  },
  allowPositionals: true,
})

process.once('exit', endTestFiles)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

const started = Date.now()
const seed = Number(values.seed)
const places = choosePlaces(sourceFiles().map(placesOf), Number(values.count), seed).map(withCode)
const mutants = places.filter(({ number }) => values.only?.split(',').includes(String(number)) ?? true)
const folder = openWorkFolder(values.work)
const copies = openCopies(root, folder, places)
const measured = openMemory(folder, 'first-pass')
// A mutant that survives some of the test files is not a survivor yet.
const verdicts = openMemory(folder, positionals.length > 0 ? 'verdicts-of-some' : 'verdicts')
if (values.only !== undefined) for (const { number } of mutants) delete verdicts.known[number]

const say = (mutant, verdict) => console.log(verdictLine(mutant, verdict))
const isOpen = ({ number }) => verdicts.known[number]?.caught === undefined

const files = positionals.length > 0 ? positionals : testFiles().filter((file) => !slow.test(file))
await firstPass(copies, files, measured, verdicts)
const untried = mutants.filter(({ number }) => verdicts.known[number] === undefined)
await tryAlone(copies, untried, files, measured.known, verdicts, say)
await tryTogether(copies, mutants, files, measured.known, verdicts, say)
if (positionals.length === 0 && mutants.some(isOpen)) {
  const others = testFiles().filter((file) => slow.test(file))
  await firstPass(copies, others, measured, verdicts)
  await tryTogether(copies, mutants, others, measured.known, verdicts, say)
}

const isEnough = report(mutants, verdicts.known, measured.known, seed)
console.log(`${Math.round((Date.now() - started) / 60_000)} minutes.`)
process.exit(isEnough ? 0 : 1)

function sourceFiles() {
  return folders.flatMap((path) => filesBelow(path, '.ts')).filter((file) => !isPage(file))
}

function testFiles() {
  return filesBelow('test', '.test.ts').filter((file) => !file.includes('node_modules/'))
}

function filesBelow(path, ending) {
  return readdirSync(join(root, path), { recursive: true })
    .map((name) => `${path}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith(ending))
    .toSorted()
}

function placesOf(file) {
  return { file, places: findPlaces(file, readFileSync(join(root, file), 'utf8')) }
}

/** Returns the place with its source text, on one line. */
function withCode(place) {
  const text = readFileSync(join(root, place.file), 'utf8').slice(place.start, place.end)
  return { ...place, code: text.replace(/\s+/g, ' ').slice(0, 100) }
}
