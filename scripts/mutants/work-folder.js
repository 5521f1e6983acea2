// The folder of a run: two copies of the checkout, with all mutants in them, and the results so far.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { copyCheckout, copyTests } from './copy-checkout.js'
import { writeMutants } from './write-mutants.js'

/**
 * Returns the folder of a run: the `given` one, which is kept, or a temporary one, which is removed when this process
 * exits.
 */
export function openWorkFolder(given) {
  const folder = given === undefined ? mkdtempSync(join(tmpdir(), 'mutants-')) : resolve(given)
  if (given === undefined) process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  mkdirSync(folder, { recursive: true })
  // Some tests run the program as another user.
  chmodSync(folder, 0o755)
  return folder
}

/**
 * Returns the two copies, with these mutants in them. Makes them unless the folder has them. @throws Error if it has
 * others
 */
export function openCopies(root, folder, places) {
  const plan = JSON.stringify({ sources: digest(join(root, 'src')), places })
  const planFile = join(folder, 'plan.json')
  const isKnown = existsSync(planFile)
  if (isKnown && readFileSync(planFile, 'utf8') !== plan)
    throw new Error(`${folder} was made from other sources, or with another seed or count. Delete it.`)
  const copies = ['1', '2'].map((name) => copyIn(join(folder, name)))
  if (isKnown) for (const { checkout } of copies) copyTests(root, checkout)
  else for (const copy of copies) makeCopy(root, copy, places)
  writeFileSync(planFile, plan)
  return copies
}

/** Returns the results saved under a name in the folder, and a function that saves them. */
export function openMemory(folder, name) {
  const file = join(folder, `${name}.json`)
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  return { known, remember: () => writeFileSync(file, JSON.stringify(known)) }
}

function digest(folder) {
  const hash = createHash('sha256')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) hash.update(readFileSync(join(entry.parentPath, entry.name)))
  return hash.digest('hex')
}

function copyIn(folder) {
  return { checkout: join(folder, 'gsa'), order: join(folder, 'order'), reached: join(folder, 'reached') }
}

function makeCopy(root, { checkout, order, reached }, places) {
  copyCheckout(root, checkout)
  writeFileSync(order, '0')
  writeFileSync(reached, '')
  chmodSync(reached, 0o666)
  writeMutants(checkout, places, { order, reached })
  const { status } = spawnSync(process.execPath, [join(checkout, 'scripts/build.js')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('The mutants could not be built.')
}
