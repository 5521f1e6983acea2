import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signIn } from './google.js'
import { runProcess } from './start-process.js'

/**
 * The members that gsa requests for each file (src/drive/app-folder.ts). The bare programs request the same, so that
 * the server does the same work.
 */
export const fileFields = 'id,name,mimeType,size,md5Checksum,createdTime,modifiedTime'

const folders = new Set()
process.on('exit', () => {
  for (const folder of folders) removeFolder(folder)
})

/** Creates a temporary folder. It is removed with this process at the latest. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-bench-'))
  folders.add(folder)
  return folder
}

/** Removes a temporary folder and its content. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}

/**
 * Signs in gsa and the bare programs to an emulator account: `gsa(args, input?)` and `bare(script, ...args)` run a
 * process to its end. gsa gets its credential from the environment, so that no keychain or age file affects the
 * figures.
 */
export async function signedIn(google, folder, account) {
  const { refresh_token: refreshToken, access_token: accessToken } = await signIn(google, account)
  const home = mkdtempSync(join(folder, 'home-'))
  const clientSecrets = join(home, 'client_secret.json')
  const env = {
    HOME: home,
    GSA_CONFIG_DIR: home,
    GSA_EMULATOR_HOST: new URL(google.issuer).host,
    GSA_CLIENT_SECRETS: clientSecrets,
    GSA_REFRESH_TOKEN: refreshToken,
  }
  const gsa = (args, input) => runProcess('bin/gsa.js', args, { env, input })
  const { output } = await gsa(['emulator', 'client-secrets', '--type', 'web'])
  writeFileSync(clientSecrets, output)
  const bareAt =
    (url, own) =>
    (script, ...args) =>
      runProcess(`scripts/bench/processes/${script}`, [url, accessToken, ...args], { env: own })
  return {
    gsa,
    bare: bareAt(google.issuer, {}),
    /** Runs the same programs with Drive behind TLS. */
    over: ({ url, certificate }) => {
      const trust = { NODE_EXTRA_CA_CERTS: certificate }
      return {
        gsa: (args) => runProcess('bin/gsa.js', args, { env: { ...env, ...trust, GSA_DRIVE_URL: url } }),
        bare: bareAt(url, trust),
      }
    },
  }
}

/** Runs the sides repeatedly in alternating order, so that a busy moment affects both. Returns each side's runs. */
export async function inTurn(times, ...sides) {
  const runs = sides.map(() => [])
  const order = [...sides.keys()]
  for (let turn = 0; turn < times; turn++) {
    for (const side of order) runs[side].push(await sides[side]())
    order.reverse()
  }
  return runs
}

/** Returns how long runs took. */
export function secondsOf(runs) {
  return runs.map(({ seconds }) => seconds)
}

const mostMegabytesMore = 40

/** Returns a row that compares the peak memory of runs with that of almost idle runs: the worst of each. */
export function memoryRow(what, runs, others) {
  const [most, base] = [runs, others].map((some) => Math.max(...some.map(({ peakBytes }) => peakBytes)) / 1e6)
  return {
    what: `peak memory, ${what}`,
    figure: `${base.toFixed(0)} MB, ${most.toFixed(0)} MB, ${(most - base).toFixed(0)} MB more`,
    bar: `at most ${mostMegabytesMore} MB more`,
    met: most - base <= mostMegabytesMore,
  }
}
