// The long proof of what npm test shows in short: concurrent processes and kill -9. Bounded in count; prints what it counted.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/.bin/vitest')
const { status } = spawnSync(vitest, ['run', 'test/faults', '--reporter=verbose'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, GSA_FAULTS: 'whole' },
})
process.exit(status ?? 1)
