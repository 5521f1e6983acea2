import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createFiles } from './google.js'
import { inTurn, makeFolder, removeFolder, secondsOf } from './gsa.js'
import { startKeychain } from './keychain.js'
import { withPeers } from './peer-programs.js'
import { isInstalled } from './start-process.js'
import { spread, whole } from './table.js'
import { makeFile } from './transfer.js'

const mebibyte = 1024 * 1024
const bytes = 256 * mebibyte
const size = `${bytes / mebibyte} MiB`
const transferPairs = { part: 3, full: 5 }
const lists = [
  { files: 1, pairs: 15 },
  { files: 1000, pairs: 15 },
  { files: 100_000, pairs: 3 },
]
const printers = [
  { program: 'gh', argv: ['auth', 'token'], rounds: 15 },
  { program: 'gcloud', argv: ['auth', 'application-default', 'print-access-token'], rounds: 5 },
]
const startRounds = 15
const mostTimes = 1

/**
 * Measures gsa beside other programs with the same work: rclone lists and copies files of the app folder, gh and gcloud
 * print an access token. They take turns, with the variables of `gsa emulator run`.
 */
export async function measurePeers({ full }) {
  const keychain = await startKeychain()
  try {
    const pairs = full ? transferPairs.full : transferPairs.part
    const rclones = isInstalled('rclone')
      ? [...(await measureLists(keychain)), ...(await measureTransfers(keychain, pairs))]
      : [missing('drive ls-appfolder, put and get', 'rclone')]
    return [...rclones, ...(await measureTokens(keychain))]
  } finally {
    keychain.end()
  }
}

async function measureLists(keychain) {
  return await withPeers(keychain, async ({ google, account, gsa, rclone }) => {
    const rows = []
    let stored = 0
    for (const { files, pairs } of lists) {
      await createFiles(google, account, files - stored)
      stored = files
      const sides = [
        () => expectFiles(gsa('drive', 'ls-appfolder', '--json'), files),
        () => expectFiles(rclone('lsjson', 'app:'), files),
      ]
      // Warms up the emulator and the file cache.
      await inTurn(1, ...sides)
      const what = `\`gsa drive ls-appfolder --json\` of ${whole(files)} ${files === 1 ? 'file' : 'files'}`
      rows.push(besideRow(what, 'rclone lsjson', ...(await inTurn(pairs, ...sides))))
    }
    return rows
  })
}

function expectFiles(run, count) {
  const { length } = JSON.parse(run.output)
  if (length !== count) throw new Error(`there were ${length} files instead of ${count}`)
  return run
}

async function measureTransfers(keychain, pairs) {
  const folder = makeFolder()
  try {
    const { path, name } = makeFile(folder, 'long.bin', bytes)
    // An emulator is slower with fresh memory than with reused memory, so each upload gets a new one.
    const puts = await inTurn(
      pairs,
      () => withPeers(keychain, ({ gsa }) => gsa('drive', 'put', path)),
      () => withPeers(keychain, ({ rclone }) => rclone('copyto', path, `app:${name}`)),
    )
    const gets = await withPeers(keychain, async ({ gsa, rclone }) => {
      gsa('drive', 'put', path)
      const target = join(folder, 'target.bin')
      const sides = [() => gsa('drive', 'get', name, '-o', target), () => rclone('copyto', `app:${name}`, target)].map(
        (get) => () => expectFile(get, target),
      )
      await inTurn(1, ...sides)
      return await inTurn(pairs, ...sides)
    })
    return [
      besideRow(`\`gsa drive put\` of ${size}`, 'rclone copyto', ...puts),
      besideRow(`\`gsa drive get\` of ${size}`, 'rclone copyto', ...gets),
    ]
  } finally {
    removeFolder(folder)
  }
}

function expectFile(get, target) {
  rmSync(target, { force: true })
  const run = get()
  if (statSync(target).size !== bytes) throw new Error('the file did not come back whole')
  return run
}

async function measureTokens(keychain) {
  return await withPeers(keychain, async ({ gsa, gsaAlone, node, nodeAlone, ...programs }) => {
    const rows = []
    for (const { program, argv, rounds } of printers) {
      if (!isInstalled(program)) {
        rows.push(missing('token', program))
        continue
      }
      const sides = [() => gsa('token'), () => gsaAlone('token'), () => programs[program](...argv)]
      const checked = sides.map((side) => () => expectToken(side()))
      await inTurn(1, ...checked)
      const [own, alone, others] = await inTurn(rounds, ...checked)
      const peer = [program, ...argv].join(' ')
      rows.push(
        besideRow('`gsa token`', peer, own, others),
        besideRow('`gsa token`', peer, alone, others, ", without the emulator's variables for gsa"),
      )
    }
    const starts = await inTurn(
      startRounds,
      () => node('-e', '0'),
      () => nodeAlone('-e', '0'),
    )
    const figure = starts.map((runs) => time(fastest(runs))).join(', ')
    return [...rows, { what: "`node -e 0` with the emulator's variables, and without", figure }]
  })
}

function expectToken(run) {
  if (!/^\S+\n$/.test(run.output)) throw new Error('a program printed no token')
  return run
}

function missing(command, program) {
  return { what: `gsa ${command}, beside ${program}`, figure: `${program} is not installed` }
}

function besideRow(own, peer, runs, others, note = '') {
  const [ours, theirs] = [runs, others].map(fastest)
  return {
    what: `${own}, beside \`${peer}\`${note}`,
    figure: `${time(ours)}, ${time(theirs)}, ${(ours / theirs).toFixed(2)} times`,
    bar: `at most ${mostTimes} times`,
    met: ours / theirs <= mostTimes,
    spread: Math.max(...[runs, others].map((some) => spread(secondsOf(some)))),
  }
}

/** Returns the fastest time, because other programs and the disk only ever add time. */
function fastest(runs) {
  return Math.min(...secondsOf(runs))
}

function time(seconds) {
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(2)} s`
}
