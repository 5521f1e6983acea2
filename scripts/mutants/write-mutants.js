// Writes mutants into the sources of a copy: all at once, each with its own switch.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rewrite } from './rewrite.js'

// Every layer may import src/core, and every command loads its part of dist/ anyway.
const switchModule = 'src/core/mutants.ts'

/**
 * Writes mutants into the sources of a copy. When a process of the copy starts, it reads from the file `order` which
 * mutants are on. If the file says `record`, none is, and the process appends the number of each place that it
 * reaches to the file `reached`.
 */
export function writeMutants(copy, places, { order, reached }) {
  for (const file of new Set(places.map((place) => place.file))) {
    const path = join(copy, file)
    const importPath = relative(dirname(path), join(copy, switchModule)).replaceAll('\\', '/')
    const own = places.filter((place) => place.file === file)
    writeFileSync(path, rewrite(readFileSync(path, 'utf8'), own, importPath))
  }
  writeFileSync(join(copy, switchModule), switchSource(order, reached))
  // A mutant may not compile, for example if it compares with a value that the types have ruled out.
  const config = join(copy, 'tsconfig.build.json')
  const { compilerOptions, ...others } = JSON.parse(readFileSync(config, 'utf8'))
  writeFileSync(config, JSON.stringify({ ...others, compilerOptions: { ...compilerOptions, noCheck: true } }))
}

// A file, because tests start programs with an environment of their own.
function switchSource(order, reached) {
  return `
import { appendFileSync, readFileSync } from 'node:fs'
const order = readFileSync(${JSON.stringify(order)}, 'utf8')
const on = new Set(order.split(' '))
const seen = new Set<number>()
export function isMutant__(number: number): boolean {
  if (order !== 'record') return on.has(String(number))
  if (!seen.has(number)) {
    seen.add(number)
    // A process may lack the permission, or have too many files open. The test must pass all the same.
    try { appendFileSync(${JSON.stringify(reached)}, number + '\\n') } catch {}
  }
  return false
}
`
}
