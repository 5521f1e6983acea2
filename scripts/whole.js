// The long run of what npm test tries in short. `whole.js fuzz`: 100,000 inputs for every property, 5,000 where every
// input is a whole run of the program or a server that is slow on purpose. `whole.js faults`: races, kills, cut
// transfers, load. Both are bounded in count; GSA_SEED chooses other inputs.
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
