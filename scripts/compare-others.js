// Compares three other servers with the emulator, as in docs/evidence/compare.md: an older build of the emulator,
// oauth2-mock-server and oidc-provider. Build first; needs the network for oidc-provider.
// node scripts/compare-others.js [COMMIT]
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { OAuth2Server } from 'oauth2-mock-server'

const root = join(import.meta.dirname, '..')
const commit = process.argv[2] ?? 'b835699'
const folder = mkdtempSync(join(tmpdir(), 'gsa-compare-'))
const listed = execFileSync(process.execPath, [join(root, 'bin/gsa.js'), 'emulator', 'compare', '--list', '--json'])
const requests = JSON.parse(listed.toString()).probes.length

try {
  console.log('| server | same | different | failed | left out | for example |\n|---|---|---|---|---|---|')
  await withOlderBuild((url) => printRow(`the emulator of commit ${commit}`, url))
  await withMockServer((url) => printRow('oauth2-mock-server', url))
  await withOidcProvider((url) => printRow('oidc-provider', url))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Compares a server with the emulator of this checkout, and prints a row of the table. */
async function printRow(name, url) {
  const gsa = spawn(process.execPath, [join(root, 'bin/gsa.js'), 'emulator', 'compare', '--target', url, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const text = (await gsa.stdout.toArray()).join('')
  const { same, different, failed, probes } = JSON.parse(text)
  const samples = probes
    .filter(({ result }) => result === 'different')
    .slice(0, 4)
    .map((probe) => `${probe.name}: ${shown(probe.differences[0])}`)
  console.log(`| ${name} | ${same} | ${different} | ${failed} | ${requests - probes.length} | ${samples.join('; ')} |`)
}

function shown({ what, target, with: other }) {
  return `${what} ${target} → ${other}`.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

async function withOlderBuild(use) {
  const older = join(folder, 'older')
  mkdirSync(older)
  const archive = execFileSync('git', ['archive', commit], { cwd: root, maxBuffer: 2 ** 28 })
  execFileSync('tar', ['-x', '-C', older], { input: archive })
  symlinkSync(join(root, 'node_modules'), join(older, 'node_modules'))
  execFileSync(process.execPath, ['scripts/build.js'], { cwd: older, stdio: 'ignore' })
  const emulator = spawn(process.execPath, ['bin/gsa.js', 'emulator', 'start', '--port', '0', '--json'], {
    cwd: older,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  try {
    for await (const line of createInterface({ input: emulator.stdout })) {
      await use(JSON.parse(line).issuer)
      break
    }
  } finally {
    emulator.kill()
  }
}

async function withMockServer(use) {
  const server = new OAuth2Server()
  await server.issuer.keys.generate('RS256')
  await server.start(0, '127.0.0.1')
  server.issuer.url = `http://127.0.0.1:${server.address().port}`
  await use(server.issuer.url)
  await server.stop()
}

async function withOidcProvider(use) {
  const prefix = join(folder, 'oidc')
  mkdirSync(prefix)
  const npm = ['install', '--prefix', prefix, '--no-audit', '--no-fund', '--ignore-scripts', 'oidc-provider@9']
  spawnSync('npm', npm, { stdio: 'ignore', shell: process.platform === 'win32' })
  const { default: Provider } = await import(
    pathToFileURL(join(prefix, 'node_modules/oidc-provider/lib/index.js')).href
  )
  const server = createServer((request, response) => handle(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${server.address().port}`
  const handle = new Provider(url, { clients: [] }).callback()
  await use(url)
  server.closeAllConnections()
  server.close()
}
