// Copies the checkout: mutants must never end up in the sources that somebody is working on.
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'

const skipped = new Set(['.git', 'dist', 'dist.next', 'coverage', 'node_modules'])
const installed = [
  'node_modules',
  'test/official-clients/node_modules',
  'test/other-nodes/node_modules',
  'test/third-party-clients/node_modules',
]

/** Copies the files of the checkout to a folder, and hard-links its installed packages. */
export function copyCheckout(root, folder) {
  copyFiles(root, folder)
  for (const path of installed) if (existsSync(join(root, path))) link(join(root, path), join(folder, path))
}

/** Copies the tests again, to a copy that was made before they changed. */
export function copyTests(root, folder) {
  copyFiles(join(root, 'test'), join(folder, 'test'))
}

// Keeps the file times: the first pass runs again only for test files that have changed.
function copyFiles(from, to) {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, filter: (path) => !skipped.has(basename(path)) })
}

function link(from, to) {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    // Tools write to these (.vite, .cache), and a link would carry that back to the checkout.
    if (entry.name.startsWith('.') && entry.isDirectory() && entry.name !== '.bin') continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) link(source, target)
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target)
    else if (entry.name.startsWith('.')) copyFileSync(source, target)
    else linkOrCopy(source, target)
  }
}

function linkOrCopy(source, target) {
  try {
    linkSync(source, target)
  } catch {
    // Hard links do not work across disks.
    copyFileSync(source, target)
  }
}
