/**
 * Returns the text with a switch at each place, so that one build has all mutants. Imports the switch from
 * `importPath`.
 */
export function rewrite(text, places, importPath) {
  let rewritten = text
  for (const { number, start, end, mutated } of places.toSorted((a, b) => b.start - a.start)) {
    const choice = `(isMutant__(${number}) ? ${mutated} : ${text.slice(start, end)})`
    rewritten = rewritten.slice(0, start) + choice + rewritten.slice(end)
  }
  // Stays on the first line, so that line numbers in stack traces still fit.
  return `import { isMutant__ } from '${importPath}'; ${rewritten}`
}
