// Prints the results of a run.

const goal = 0.95

/** Returns a line about a mutant: its number, where it is, what it changes, and what caught it. */
export function verdictLine({ number, file, line, what, code }, { caught, survived }) {
  const place = `${String(number).padStart(3)}  ${file}:${line}  ${what}: ${code}`
  if (caught !== undefined) {
    const how = caught.outcome === 'late' ? 'it timed out' : caught.failed
    return `${place}\n     caught by ${caught.file}: ${how}`
  }
  return `${place}\n     ${survived.length === 0 ? 'not reached by any test' : `survived ${survived.length} test files`}`
}

/** Prints the survivors, the test files left out and the counts. Returns whether enough mutants were caught. */
export function report(mutants, verdicts, measured, seed) {
  const survivors = mutants.filter(({ number }) => verdicts[number].caught === undefined)
  const late = mutants.filter(({ number }) => verdicts[number].caught?.outcome === 'late').length
  console.log(survivors.length > 0 ? '\nSurvivors:' : '')
  for (const mutant of survivors) console.log(verdictLine(mutant, verdicts[mutant.number]))
  const leftOut = Object.entries(measured).filter(([, { outcome }]) => outcome !== 'passed')
  if (leftOut.length > 0) console.log('\nTest files left out, because they fail in the copy without any mutant:')
  for (const [file, { outcome, failed }] of leftOut)
    console.log(`  ${file}: ${outcome === 'late' ? 'it timed out' : failed}`)
  const caught = mutants.length - survivors.length
  const share = mutants.length === 0 ? 1 : caught / mutants.length
  console.log(
    `\nSeed ${seed}: ${caught} of ${mutants.length} mutants caught (${(100 * share).toFixed(1)} %), ${late} of them by a timeout; ${survivors.length} survived.`,
  )
  if (survivors.length > 0)
    console.log(
      `To try the survivors again: npm run mutants -- --seed ${seed} --only ${survivors.map(({ number }) => number).join(',')}`,
    )
  return share >= goal
}
