// Finds out which test files reach which places, and which of these files catch a mutant.
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runTestFile } from './run-test-file.js'

const firstPassDeadline = 900
// The first four files catch nine out of ten mutants that are caught at all.
const promising = 4

/**
 * Runs each test file without a mutant and records in `known` whether it passed, how long it took and which places it
 * reached. Skips files recorded earlier that have not changed since. Mutants that survived a changed file have to
 * survive it again.
 */
export async function firstPass(copies, files, { known, remember }, verdicts) {
  const isRecorded = (copy, file) => known[file]?.at > statSync(join(copy.checkout, file)).mtimeMs
  await share(copies, files, async (copy, file) => {
    if (isRecorded(copy, file)) return
    // Run it twice before leaving it out: a busy machine can fail a test.
    const result = await passOf(copy, file)
    known[file] = result.outcome === 'passed' ? result : await passOf(copy, file)
    remember()
    for (const verdict of Object.values(verdicts.known))
      verdict.survived = verdict.survived.filter((survived) => survived !== file)
    console.log(
      `${file}: ${known[file].outcome}, ${known[file].seconds.toFixed(1)} s, ${known[file].reached.length} places`,
    )
  })
}

async function passOf(copy, file) {
  writeFileSync(copy.order, 'record')
  writeFileSync(copy.reached, '')
  const at = Date.now()
  const result = await runTestFile(copy.checkout, file, firstPassDeadline)
  const numbers = readFileSync(copy.reached, 'utf8').split('\n').filter(Boolean).map(Number)
  return { ...result, at, reached: [...new Set(numbers)].toSorted((a, b) => a - b) }
}

/**
 * Tries each mutant alone with the most promising test files that reach it, until one fails. Records in
 * `verdicts.known` which file caught it and which did not; calls `onCaught` for each mutant that was caught.
 */
export async function tryAlone(copies, mutants, files, measured, verdicts, onCaught) {
  await share(copies, mutants, async (copy, mutant) => {
    const verdict = { survived: [] }
    const reaching = files.filter((file) => reaches(file, mutant, measured))
    const cost = new Map(reaching.map((file) => [file, costOf(file, mutant, measured)]))
    for (const file of reaching.toSorted((a, b) => cost.get(a) - cost.get(b)).slice(0, promising)) {
      const result = await catchOf(copy, mutant, file, measured, verdict.survived.length === 0)
      if (result === undefined) verdict.survived.push(file)
      else verdict.caught = { file, ...result }
      if (result !== undefined) break
    }
    record(mutant, verdict, verdicts, onCaught)
  })
}

/**
 * Tries mutants with the rest of the test files: runs each file once with all open mutants that it reaches. It nearly
 * always passes, and all of them have survived; otherwise it runs with one half of them, then the other, and so on.
 * Two mutants can hide each other: run a survivor alone (`--only`) before you believe it.
 */
export async function tryTogether(copies, mutants, files, measured, verdicts, onCaught) {
  const quickestFirst = files.toSorted((a, b) => measured[a].seconds - measured[b].seconds)
  await share(copies, quickestFirst, async (copy, file) => {
    const open = mutants.filter((mutant) => {
      const { caught, survived } = verdicts.known[mutant.number]
      return caught === undefined && !survived.includes(file) && reaches(file, mutant, measured)
    })
    const catches = await catchesOf(copy, open, file, measured)
    for (const mutant of open) {
      const { caught, survived } = verdicts.known[mutant.number]
      // The other copy may have caught it meanwhile.
      if (caught !== undefined) continue
      const result = catches.get(mutant)
      const verdict =
        result === undefined ? { survived: [...survived, file] } : { survived, caught: { file, ...result } }
      record(mutant, verdict, verdicts, onCaught)
    }
  })
}

/** Returns the mutants that a test file catches, each with the result of the file. */
async function catchesOf(copy, mutants, file, measured) {
  if (mutants.length === 0) return new Map()
  if (mutants.length === 1) {
    const result = await catchOf(copy, mutants[0], file, measured, false)
    return new Map(result === undefined ? [] : [[mutants[0], result]])
  }
  if ((await runWith(copy, mutants, file, measured)).outcome === 'passed') return new Map()
  const middle = Math.ceil(mutants.length / 2)
  const first = await catchesOf(copy, mutants.slice(0, middle), file, measured)
  return new Map([...first, ...(await catchesOf(copy, mutants.slice(middle), file, measured))])
}

/**
 * Returns the result of a test file that catches a mutant; undefined if it does not. A busy machine can fail a test,
 * so a file that is not the most likely one to catch it has to fail twice.
 */
async function catchOf(copy, mutant, file, measured, isMostLikely) {
  const result = await runWith(copy, [mutant], file, measured)
  if (result.outcome === 'passed') return undefined
  if (isMostLikely) return result
  const again = await runWith(copy, [mutant], file, measured)
  return again.outcome === 'passed' ? undefined : again
}

async function runWith(copy, mutants, file, measured) {
  writeFileSync(copy.order, mutants.map(({ number }) => number).join(' '))
  return runTestFile(copy.checkout, file, 5 * measured[file].seconds + 60)
}

function reaches(file, { number }, measured) {
  return measured[file].outcome === 'passed' && measured[file].reached.includes(number)
}

/** Returns a low number for quick files, and for files whose path has words in common with the source file. */
function costOf(testFile, { file }, measured) {
  const words = new Set(file.split(/\W+/))
  const common = new Set(testFile.split(/\W+/).filter((word) => words.has(word) && word !== 'ts'))
  return measured[testFile].seconds / (1 + 2 * common.size)
}

function record(mutant, verdict, verdicts, onCaught) {
  verdicts.known[mutant.number] = verdict
  verdicts.remember()
  if (verdict.caught !== undefined) onCaught(mutant, verdict)
}

/** Does the work for every item, one at a time in each copy. */
async function share(copies, items, work) {
  const queue = [...items]
  await Promise.all(
    copies.map(async (copy) => {
      while (queue.length > 0) await work(copy, queue.shift())
    }),
  )
}
