// Prepares a release: sets the version, runs npm test, lists what npm would pack, commits and tags. Publishes nothing:
// .github/workflows/release.yml does that when the tag is pushed.
//   npm run release -- X.Y.Z [--dry-run]
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeEdits, prepareRelease, undoEdits } from './release/prepare-release.js'
import { Refusal, runScript } from './release/refusal.js'

const root = join(import.meta.dirname, '..')

runScript(() => {
  const { version, isDryRun } = readArguments()
  const edits = prepareRelease(root, version, new Date().toISOString().slice(0, 10))
  const tag = `v${version}`
  requireCleanTree()
  if (git('tag', '--list', tag) !== '') throw new Refusal(`The tag ${tag} exists. Choose another version.`)

  console.log(`${isDryRun ? 'Would edit' : 'Editing'}:`)
  const width = Math.max(...edits.map(({ path }) => path.length))
  for (const { path, what } of edits) console.log(`  ${path.padEnd(width)}  ${what}`)
  if (isDryRun) {
    console.log(
      `Then: npm test, npm pack --dry-run, a commit "release: ${version}", a tag ${tag}. Nothing has changed.`,
    )
    return
  }

  makeEdits(root, edits)
  try {
    test()
    listPackage()
    git('commit', '--quiet', '--message', `release: ${version}`, '--', ...edits.map(({ path }) => path))
  } catch (error) {
    undoEdits(root, edits)
    throw error
  }
  git('tag', '--annotate', '--message', `gsa ${version}`, tag)
  console.log(`Committed and tagged ${tag}. Read the list of files above, then push, which publishes:`)
  console.log(`  git push --atomic origin HEAD ${tag}`)
})

function readArguments() {
  const usage = 'Usage: npm run release -- X.Y.Z [--dry-run]'
  try {
    const options = { 'dry-run': { type: 'boolean', default: false } }
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [version, ...others] = positionals
    if (version === undefined || others.length > 0) throw new Refusal(usage)
    // Without the `--`, npm consumes the option and passes it in this variable.
    return { version, isDryRun: values['dry-run'] || process.env.npm_config_dry_run === 'true' }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(`${error.message}\n${usage}`)
  }
}

function requireCleanTree() {
  const changed = git('status', '--porcelain')
  if (changed !== '') throw new Refusal(`The work tree has changes. Commit or stash them first:\n${changed}`)
}

function test() {
  const { status } = npm(['test'], 'inherit')
  if (status !== 0) throw new Refusal('npm test failed. The edits are undone, and nothing is released.')
}

/** Prints the files that npm would pack. `npm test` has built them. */
function listPackage() {
  const { status, stdout } = npm(['pack', '--dry-run', '--json', '--ignore-scripts'], ['ignore', 'pipe', 'inherit'])
  if (status !== 0) throw new Refusal('npm pack failed. The edits are undone, and nothing is released.')
  const [{ files, unpackedSize }] = JSON.parse(stdout)
  console.log('The package has these files:')
  for (const { path, size } of files) console.log(`  ${String(size).padStart(8)}  ${path}`)
  console.log(`  ${String(unpackedSize).padStart(8)}  bytes in ${files.length} files`)
}

function npm(args, stdio) {
  // On Windows npm is a script, which only a shell can start; the arguments are fixed.
  return spawnSync('npm', args, { cwd: root, stdio, encoding: 'utf8', shell: process.platform === 'win32' })
}

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trimEnd()
  } catch {
    throw new Refusal(`git ${args[0]} failed.`)
  }
}
