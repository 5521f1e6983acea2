import { spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCode, startGoogle } from './google.js'
import { inTurn, makeFolder, removeFolder } from './gsa.js'
import { startKeychain } from './keychain.js'
import { childEnvironment, inRepository } from './start-process.js'
import { median, spread } from './table.js'

const rounds = 60
const gsa = inRepository('bin/gsa.js')
const mostTimes = 1.1

/** Measures what a DPoP proof adds to `gsa refresh` with the keychain: whole processes, one after the other. */
export async function measureDpop() {
  const google = await startGoogle()
  const keychain = await startKeychain()
  const folder = makeFolder()
  try {
    const refreshOf = await Promise.all(
      [
        { account: 'ada@example.com', options: [] },
        { account: 'grace@corp.example', options: ['--dpop'] },
      ].map(async ({ account, options }) => {
        const home = mkdtempSync(join(folder, 'home-'))
        const env = {
          HOME: home,
          GSA_CONFIG_DIR: home,
          GSA_EMULATOR_HOST: new URL(google.issuer).host,
          ...keychain.env,
        }
        const clientSecrets = join(home, 'client_secret.json')
        writeFileSync(clientSecrets, run(['emulator', 'client-secrets', '--type', 'web'], env).stdout)
        const code = await createCode(google, account)
        run(['exchange', '-', '--yes', '--client-secrets', clientSecrets, ...options], env, code)
        return () => run(['refresh'], env).ms
      }),
    )
    const [without, bound] = await inTurn(rounds, ...refreshOf)
    const ratio = median(bound) / median(without)
    return [
      {
        what: '`gsa refresh` of a bound token (keychain), and of one without a key',
        figure: `${median(bound).toFixed(1)} ms, ${median(without).toFixed(1)} ms, ${ratio.toFixed(2)} times`,
        bar: `at most ${mostTimes} times`,
        met: ratio <= mostTimes,
        spread: spread(bound),
      },
    ]
  } finally {
    await google.stop()
    keychain.end()
    removeFolder(folder)
  }
}

/** Runs gsa to its end: `{ ms, stdout }`. Throws if it fails, because that is not a measurement. */
function run(argv, env, input = '') {
  const started = performance.now()
  const ended = spawnSync(process.execPath, [gsa, ...argv], { env: childEnvironment(env), encoding: 'utf8', input })
  const ms = performance.now() - started
  if (ended.status !== 0) throw new Error(`gsa ${argv.join(' ')} ended with ${ended.status}: ${ended.stderr}`)
  return { ms, stdout: ended.stdout }
}
