import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signIn } from './google.js'
import { runProcess } from './start-process.js'

/**
 * What gsa asks for of each file (src/drive/app-folder.ts). The bare programs ask for the same, so
 * that the server does the same.
 */
export const fileFields = 'id,name,mimeType,size,md5Checksum,createdTime,modifiedTime'

const folders = new Set()
process.on('exit', () => {
  for (const folder of folders) removeFolder(folder)
})

/** A new temporary folder. It is removed with this process at the latest. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'gsa-bench-'))
  folders.add(folder)
  return folder
}

/** Removes a temporary folder and what is in it. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true })
  folders.delete(folder)
}

/**
 * gsa and the bare programs as an account of an emulator: `gsa(args, input?)` and `bare(script, ...args)`
 * run a process to its end. gsa has its credential from the environment, so that no keychain and no age
 * file takes part in the figures.
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
    /** The same with Drive behind TLS. */
    over: ({ url, certificate }) => {
      const trust = { NODE_EXTRA_CA_CERTS: certificate }
      return {
        gsa: (args) => runProcess('bin/gsa.js', args, { env: { ...env, ...trust, GSA_DRIVE_URL: url } }),
        bare: bareAt(url, trust),
      }
    },
  }
}

/**
 * Runs the sides so many times, in turn and the other one first each time, so that a busy moment hits
 * both. Gives the runs of each.
 */
export async function inTurn(times, ...sides) {
  const runs = sides.map(() => [])
  const order = [...sides.keys()]
  for (let turn = 0; turn < times; turn++) {
    for (const side of order) runs[side].push(await sides[side]())
    order.reverse()
  }
  return runs
}

/** How long runs took. */
export function secondsOf(runs) {
  return runs.map(({ seconds }) => seconds)
}

const mostMegabytesMore = 40

/** The peak memory of runs, beside that of others with next to nothing to do: the worst of each. */
export function memoryRow(what, runs, others) {
  const [most, base] = [runs, others].map((some) => Math.max(...some.map(({ peakBytes }) => peakBytes)) / 1e6)
  return {
    what: `peak memory, ${what}`,
    figure: `${base.toFixed(0)} MB, ${most.toFixed(0)} MB, ${(most - base).toFixed(0)} MB more`,
    bar: `at most ${mostMegabytesMore} MB more`,
    met: most - base <= mostMegabytesMore,
  }
}
