// The long run of what npm test tries in short: 100,000 inputs for every property, 5,000 where every input is a whole run of
// the program or a server that is slow on purpose. GSA_SEED chooses other inputs.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/.bin/vitest')
const { status } = spawnSync(vitest, ['run', 'test/fuzz', '--reporter=verbose', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, GSA_FUZZ: 'whole' },
  shell: process.platform === 'win32',
})
process.exit(status ?? 1)
