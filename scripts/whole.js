// Runs in full what `npm run proofs` tries briefly. `whole.js fuzz`: 100,000 inputs for every property, or 5,000 if
// every input is a whole program run or a deliberately slow server. `whole.js faults`: races, kills, interrupted
// transfers, load. `whole.js fleet`: the same for several machines with one PostgreSQL database, and many accounts.
// All have fixed counts; GSA_SEED chooses other inputs.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const [proof, ...args] = process.argv.slice(2)
const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/.bin/vitest')
const { status } = spawnSync(vitest, ['run', `test/${proof}`, '--reporter=verbose', ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, [`GSA_${proof.toUpperCase()}`]: 'whole' },
  shell: process.platform === 'win32',
})
process.exit(status ?? 1)
