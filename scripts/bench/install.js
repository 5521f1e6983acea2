import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, removeFolder } from './gsa.js'
import { inRepository } from './start-process.js'

const mostBytes = 5_000_000
const mostPackages = 4

/** Measures what `npm install` of the packed tarball puts into an empty folder. */
export async function measureInstall() {
  const folder = makeFolder()
  try {
    const npm = (argv, cwd) => execFileSync('npm', argv, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    const packed = npm(['pack', inRepository('.'), '--ignore-scripts', '--json', '--pack-destination', folder], folder)
    const tarball = join(folder, JSON.parse(packed)[0].filename)
    const empty = join(folder, 'empty')
    mkdirSync(empty)
    writeFileSync(join(empty, 'package.json'), '{ "private": true }')
    npm(['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], empty)
    const modules = join(empty, 'node_modules')
    const { packages } = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'))
    const files = readdirSync(modules, { recursive: true, withFileTypes: true }).map((entry) =>
      statSync(join(entry.parentPath, entry.name)),
    )
    const bytes = sumOf(files.filter((file) => file.isFile()).map(({ size }) => size))
    // Blocks have 512 bytes here, whatever the disk's block size.
    const onDisk = sumOf(files.map(({ blocks }) => blocks * 512))
    const count = Object.keys(packages).length
    return [
      {
        what: 'packages of an installation',
        figure: `${count}`,
        bar: `at most ${mostPackages}`,
        met: count <= mostPackages,
      },
      sizeRow('bytes of an installation', bytes),
      sizeRow('the same in blocks of the disk', onDisk),
      { what: 'the tarball', figure: megabytes(statSync(tarball).size) },
    ]
  } finally {
    removeFolder(folder)
  }
}

function sizeRow(what, bytes) {
  return { what, figure: megabytes(bytes), bar: `at most ${megabytes(mostBytes)}`, met: bytes <= mostBytes }
}

function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(2)} MB`
}

function sumOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0)
}
