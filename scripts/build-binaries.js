// Builds the single-file binaries from dist/ (docs/binaries.md): npm run build:binaries [-- PLATFORM…]. Writes an
// archive for each platform and their checksums to binaries/. With --programs FOLDER, writes only the programs, to that
// folder. Needs Linux on x64: the Node.js of the binaries writes what they contain.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'
import { buildingNode, licenseOfNode, platforms, postject } from './binaries/platforms.js'
import { withoutSignature } from './binaries/without-signature.js'
import { zip } from './binaries/zip.js'

const root = join(import.meta.dirname, '..')
const parts = join(import.meta.dirname, 'binaries')
const read = (...path) => readFileSync(join(...path))
const { version } = JSON.parse(read(root, 'package.json'))

const { positionals, values } = parseArgs({ allowPositionals: true, options: { programs: { type: 'string' } } })
const unknown = positionals.find((name) => !platforms.some((platform) => platform.name === name))
if (unknown !== undefined)
  stop(`There is no platform ${unknown}, only ${platforms.map(({ name }) => name).join(', ')}.`)
if (`${process.platform}-${process.arch}` !== 'linux-x64') stop('The binaries can only be built on Linux on x64.')
if (!existsSync(join(root, 'dist/main.cjs'))) stop('There is no dist/. Run: npm run build')
if (!isInstalled()) command('npm', ['ci', '--prefix', parts, '--no-audit', '--no-fund', '--loglevel=error'])

const chosen = platforms.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const postgres = await bundleOfPostgres()
if (values.programs === undefined) writeArchives(join(root, 'binaries'))
else for (const platform of chosen) writeProgram(platform, values.programs)

/** Returns whether the installed packages are those of the lock file. */
function isInstalled() {
  const { packages } = JSON.parse(read(parts, 'package-lock.json'))
  return Object.entries(packages).every(([path, locked]) => {
    const manifest = join(parts, path, 'package.json')
    return path === '' || (existsSync(manifest) && JSON.parse(read(manifest)).version === locked.version)
  })
}

function writeArchives(folder) {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const platform of chosen) {
    const name = `gsa-${version}-${platform.name}`
    inTemporaryFolder((work) => {
      mkdirSync(join(work, name))
      writeProgram(platform, join(work, name))
      writeLicenses(platform, join(work, name))
      writeArchive(work, name, join(folder, `${name}.${platform.archive}`))
    })
  }
  const sums = readdirSync(folder).map((file) => `${sha256(read(folder, file))}  ${file}\n`)
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''))
  process.stdout.write(sums.join(''))
}

/** Writes a platform's Node.js with gsa in it. */
function writeProgram(platform, folder) {
  const { name, isWindows, node, program } = platform
  const file = join(folder, program)
  const content = read(node)
  writeFileSync(file, isWindows ? withoutSignature(content) : content, { mode: 0o755 })
  inTemporaryFolder((work) => {
    writeFileSync(join(work, 'build'), `${version}-${name}`)
    const blob = join(work, 'blob')
    const config = {
      main: 'loader.cjs',
      output: blob,
      disableExperimentalSEAWarning: true,
      assets: { ...filesOfDist(), ...filesOfPostgres(work), ...otherAssets(platform), build: join(work, 'build') },
    }
    writeFileSync(join(work, 'config.json'), JSON.stringify(config))
    // In that folder, because the path of the main script becomes part of the binary.
    command(buildingNode, ['--experimental-sea-config', join(work, 'config.json')], parts)
    const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'
    command(process.execPath, [postject, file, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', fuse])
  })
}

function filesOfDist() {
  const names = readdirSync(join(root, 'dist')).filter((name) => /\.(?:cjs|json)$/.test(name))
  return Object.fromEntries(names.toSorted().map((name) => [name, join(root, 'dist', name)]))
}

/** Returns the package pg as one file, and the packages in it. An installation of gsa-cli has it beside it instead. */
async function bundleOfPostgres() {
  const bundle = await rolldown({
    input: join(root, 'node_modules/pg/lib/index.js'),
    platform: 'node',
    // Loaded on demand: bindings of another library, and the sockets of another runtime.
    external: ['pg-native', 'pg-cloudflare'],
  })
  const { output } = await bundle.generate({ format: 'cjs', minify: true, codeSplitting: false })
  await bundle.close()
  const [{ code, moduleIds }] = output
  const packages = moduleIds.flatMap((id) => /.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0] ?? [])
  return { code, packages: [...new Set(packages)].toSorted() }
}

/** Writes pg, and the files of dist/ that load it, from where a binary finds it; returns their paths by name. */
function filesOfPostgres(work) {
  const file = (name, content) => {
    writeFileSync(join(work, name), content)
    return [name, join(work, name)]
  }
  const loading = Object.entries(filesOfDist()).flatMap(([name, path]) => {
    const code = readFileSync(path, 'utf8')
    const own = code.replace(/import\((['"`])pg\1\)/g, 'Promise.resolve({default:require("./pg.cjs")})')
    return own === code ? [] : [file(name, own)]
  })
  // Otherwise Node.js would look for it in the current folder.
  if (loading.length === 0) stop('No file of dist/ loads pg as this script expects.')
  return Object.fromEntries([...loading, file('pg.cjs', postgres.code)])
}

function otherAssets({ keyring }) {
  // The ending says that it is no ES module, whatever package.json is above the copy.
  return { 'keyring.node': keyring, 'node-preload.cjs': join(root, 'bin/node-preload.js') }
}

function writeLicenses({ licenseOfKeyring }, folder) {
  const licenses = {
    LICENSE: join(root, 'LICENSE'),
    THIRD_PARTY_LICENSES: join(root, 'THIRD_PARTY_LICENSES'),
    'LICENSE.node': licenseOfNode,
    'LICENSE.keyring.md': licenseOfKeyring,
  }
  for (const [name, source] of Object.entries(licenses)) writeFileSync(join(folder, name), read(source))
  const ofPostgres = postgres.packages.map(
    (path) => `${path.slice(path.lastIndexOf('node_modules') + 13)}\n\n${licenseIn(path)}`,
  )
  writeFileSync(join(folder, 'LICENSE.pg.txt'), ofPostgres.join('\n\n'))
}

function licenseIn(path) {
  const name = readdirSync(path).find((file) => /^licen[cs]e/i.test(file))
  return name === undefined ? JSON.parse(read(path, 'package.json')).license : read(path, name).toString().trim()
}

/** Writes an archive of a folder; the same files always give the same bytes. */
function writeArchive(parent, name, archive) {
  if (archive.endsWith('.zip')) {
    const names = readdirSync(join(parent, name)).toSorted()
    const files = names.map((file) => ({
      name: `${name}/${file}`,
      content: read(parent, name, file),
      mode: file.endsWith('.exe') ? 0o755 : 0o644,
    }))
    writeFileSync(archive, zip(files))
    return
  }
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX']
  execFileSync('tar', [...same, '--use-compress-program=xz -T1', '-cf', archive, '-C', parent, name])
}

function inTemporaryFolder(work) {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-binaries-'))
  try {
    work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a program. Its output shows only if it fails: postject warns about each section of Node.js. */
function command(program, args, folder = root) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) stop(`${program} ${args[0]} failed: ${error?.message ?? ''}\n${stdout ?? ''}${stderr ?? ''}`)
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex')
}

function stop(problem) {
  process.stderr.write(`${problem}\n`)
  process.exit(1)
}
