// Runs every check, the cheapest first. CI and `npm test` run this. Only CI, or a developer who names test files, waits
// for the tests that take long (vitest.config.ts).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const named = process.argv.slice(2)
const isWhole = named.length > 0 || Boolean(process.env['CI'])
const quick = ['--project', 'sharing', '--project', 'alone']
const checks = [
  ['format', 'prettier', '--check', '--cache', '--log-level', 'warn', '.'],
  ['lint', 'oxlint', '--type-aware', '--quiet'],
  ['types', 'tsc', '-p', '.'],
  ['unused', 'knip'],
  ['English', process.execPath, join(root, 'scripts/plain-english.js')],
  ['package', 'publint', '--strict'],
  ['tests', 'vitest', 'run', ...named, ...(isWhole ? [] : quick)],
]

for (const [name, program, ...args] of checks) {
  const started = performance.now()
  const { status } = spawnSync(
    program === process.execPath ? program : join(root, 'node_modules/.bin', program),
    args,
    {
      cwd: root,
      stdio: 'inherit',
      shell: process.platform === 'win32' && program !== process.execPath,
    },
  )
  if (status !== 0) {
    console.error(`check failed: ${name}`)
    process.exit(1)
  }
  if (name !== 'tests') console.log(`${name}: ok (${((performance.now() - started) / 1000).toFixed(1)} s)`)
}
