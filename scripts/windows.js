// `npm run windows`: runs tests of the commands again, with the packed gsa on Windows under Wine in place of gsa in the
// test's process. `npm run windows -- test/commands/token.test.ts` runs only those. A test that needs gsa in its own
// process, because it types at a prompt or reads the memory store, is skipped.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// Files in test/commands of which most tests can run there.
const files = ['accounts', 'environment-token', 'exchange', 'expected-email', 'export', 'id-token', 'login', 'revoke']

const root = join(import.meta.dirname, '..')
const named = process.argv.slice(2)
const paths = named.length > 0 ? named : files.map((file) => `test/commands/${file}.test.ts`)
// In CI, a skipped test would be a failure.
const { CI: _, ...env } = process.env
const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), ['run', '--project', 'sharing', ...paths], {
  cwd: root,
  stdio: 'inherit',
  env: { ...env, GSA_TEST_PLATFORM: 'windows' },
})
process.exit(status ?? 1)
