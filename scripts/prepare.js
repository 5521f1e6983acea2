// The first step of `npm run try` and `npm test`: installs from the lock file and builds, each only if needed. Nothing
// is installed yet when this starts, so it uses only Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const inRoot = (path) => join(root, path)

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`gsa needs Node 20.19 or newer; this is ${process.version}.`)
  process.exit(1)
}

once(inRoot('node_modules/.installed-from'), digest(['package-lock.json']), () => {
  console.error('Installing from the lock file (once) …')
  command('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')
})

const sources = [
  'package-lock.json',
  'scripts/build.js',
  'scripts/lazy-requires.js',
  'scripts/own-loads.js',
  'tsconfig.json',
  'tsconfig.build.json',
  ...filesBelow('src'),
]
if (!existsSync(inRoot('dist/main.cjs'))) rmSync(inRoot('node_modules/.built-from'), { force: true })
once(inRoot('node_modules/.built-from'), digest(sources), () => {
  console.error('Building (once) …')
  command(process.execPath, inRoot('scripts/build.js'))
})

/** Does the work unless the stamp shows that it was done for the same input; writes the stamp afterwards. */
function once(stamp, input, work) {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === input) return
  work()
  writeFileSync(stamp, input)
}

/** Runs a command in the checkout. It reports its own errors; if it fails, this script exits. */
function command(program, ...args) {
  // On Windows npm is a script, which only a shell can start; the arguments are fixed.
  const shell = process.platform === 'win32' && program === 'npm'
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], shell })
  if (status === 0) return
  console.error(`${program} ${args[0]} failed${error === undefined ? '' : `: ${error.message}`}`)
  process.exit(1)
}

function filesBelow(folder) {
  return readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .toSorted()
}

function digest(files) {
  const hash = createHash('sha256').update(process.version.split('.')[0])
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(inRoot(file)))
      .update('\0')
  return hash.digest('hex')
}
