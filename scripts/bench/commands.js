import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCode, signIn, startGoogle } from './google.js'
import { makeFolder, removeFolder } from './gsa.js'
import { startKeychain } from './keychain.js'
import { childEnvironment, inRepository, isInstalled } from './start-process.js'
import { spread } from './table.js'

const rounds = 30

/**
 * The commands, with their limits as multiples of `node -e 0`, in time and in peak memory, or in milliseconds more than
 * the command before. FLOW stands for a file.
 */
const commands = [
  { argv: ['--version'], time: 1.35, memory: 1.35 },
  { argv: ['--help'], time: 1.7, memory: 1.35 },
  // Tab: at most 1.5 times the limit of --version.
  { argv: ['__complete', 'fish', 'gsa', 'refr'], time: 2.02 },
  { argv: ['__complete', 'fish', 'gsa', '--account', ''], time: 2.02 },
  { argv: ['token'], note: ' (from the keychain)', time: 2, memory: 1.35 },
  { argv: ['refresh'], note: ' (keychain)', time: 2.6 },
  { argv: ['refresh'], note: ' (GSA_REFRESH_TOKEN)', time: 2.4, environment: 'stateless' },
  { argv: ['refresh', '--show-tokens'], note: ' (GSA_REFRESH_TOKEN)', environment: 'stateless' },
  { argv: ['refresh', '--trace', 'FLOW'], note: ' (GSA_REFRESH_TOKEN)', more: 15, environment: 'stateless' },
  { argv: ['drive', 'ls-appfolder'], note: ' (one page, token from the keychain)', time: 2.4 },
]

/** Other command-line tools; measured if installed. */
const peers = [
  ['gh', '--version'],
  ['rclone', 'version'],
  ['gcloud', '--version'],
]

/**
 * Measures how long whole commands take, from spawn to exit, and their peak memory, each as a multiple of `node -e 0`
 * in the same rounds. `other` is a checkout or an installation to measure in the same rounds.
 */
export async function measureCommands({ other }) {
  const google = await startGoogle()
  const keychain = await startKeychain()
  const folder = makeFolder()
  try {
    const env = {
      HOME: folder,
      GSA_CONFIG_DIR: folder,
      GSA_EMULATOR_HOST: new URL(google.issuer).host,
      ...keychain.env,
    }
    const stateless = { ...env, GSA_CLIENT_SECRETS: join(folder, 'client_secret.json') }
    const { stdout } = run([process.execPath, gsa, 'emulator', 'client-secrets', '--type', 'web'], env)
    writeFileSync(stateless.GSA_CLIENT_SECRETS, stdout)
    const code = await createCode(google, 'ada@example.com')
    run([process.execPath, gsa, 'exchange', '-', '--yes'], stateless, code)
    stateless.GSA_REFRESH_TOKEN = (await signIn(google, 'ada@example.com')).refresh_token
    return nodes().flatMap((node) => measureOn(node, { env, stateless }, other))
  } finally {
    await google.stop()
    keychain.end()
    removeFolder(folder)
  }
}

const gsa = inRepository('bin/gsa.js')

function measureOn(node, environments, other) {
  const subjects = [
    { name: '`node -e 0`', argv: [node, '-e', '0'] },
    ...commands.flatMap(({ argv, note = '', environment = 'env', ...bars }) => {
      const env = environments[environment]
      const words = argv.map((word) => (word === 'FLOW' ? join(env.HOME, 'flow.html') : word))
      const measured = { argv: [node, gsa, ...words], env }
      const name = `\`gsa ${argv.join(' ')}\`${note}`
      const own = { name, ...measured, ...bars }
      const before = {
        ...measured,
        name: `${name} of ${other}`,
        argv: [node, join(other ?? '', 'bin/gsa.js'), ...words],
      }
      return other !== undefined && exists(before) ? [before, own] : [own]
    }),
    ...(node === process.execPath ? peers.filter(([program]) => isInstalled(program)) : []).map((argv) => ({
      name: `\`${argv.join(' ')}\``,
      argv,
    })),
  ]
  const times = subjects.map(() => [])
  // The first round fills the caches.
  for (let round = 0; round <= rounds; round++)
    for (const [at, { argv, env }] of subjects.entries()) {
      const { ms } = run(argv, env)
      if (round > 0) times[at].push(ms)
    }
  const version = run([node, '--version']).stdout.trim().replace('v', 'Node ')
  const [base] = times.map((some) => Math.min(...some))
  const timeRows = subjects.map(({ name, time, more }, at) => {
    const least = Math.min(...times[at])
    const ratio = least / base
    return {
      what: `${name}, ${version}`,
      figure: at === 0 ? `${least.toFixed(1)} ms` : `${least.toFixed(1)} ms, ${ratio.toFixed(2)} times`,
      ...(time === undefined ? {} : { bar: `at most ${time} times`, met: ratio <= time }),
      ...(more === undefined ? {} : moreThan(more, least - Math.min(...times[beforeOf(subjects, at)]))),
      spread: spread(times[at]),
    }
  })
  return [...timeRows, ...memoryRows(subjects, version)]
}

/** Returns the place of the last command of this checkout before another. */
function beforeOf(subjects, at) {
  return subjects.findLastIndex(({ argv }, place) => place < at && argv[1] === gsa)
}

function moreThan(limit, ms) {
  return { bar: `at most ${limit} ms more than the line before (${ms.toFixed(1)} ms)`, met: ms <= limit }
}

/** Returns whether the other checkout, which may be older, has a command. */
function exists({ argv: [program, ...argv], env }) {
  return spawnSync(program, argv, { env: childEnvironment(env) }).status !== 2
}

function memoryRows([base, ...subjects], version) {
  const baseKib = peakKib(base)
  return subjects
    .filter(({ memory }) => memory !== undefined)
    .map((subject) => {
      const kib = peakKib(subject)
      return {
        what: `peak memory of ${subject.name}, ${version}`,
        figure: `${((kib * 1024) / 1e6).toFixed(0)} MB, ${(kib / baseKib).toFixed(2)} times`,
        bar: `at most ${subject.memory} times`,
        met: kib / baseKib <= subject.memory,
      }
    })
}

/** Runs a program to its end: `{ ms, stdout }`. Throws if it fails, because that is not a measurement. */
function run([program, ...argv], env, input = '') {
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync(program, argv, { env: childEnvironment(env), encoding: 'utf8', input })
  const ms = performance.now() - started
  if (status !== 0) throw new Error(`${[program, ...argv].join(' ')} ended with ${status}: ${stderr}`)
  return { ms, stdout }
}

/** Returns the median of five. GNU time is small, so its own memory before exec does not matter. */
function peakKib({ argv, env }) {
  const peaks = Array.from({ length: 5 }, () => {
    const { stderr } = spawnSync('time', ['-f', '%M', ...argv], { env: childEnvironment(env), encoding: 'utf8' })
    return Number(stderr.trim().split('\n').at(-1))
  })
  return peaks.toSorted((a, b) => a - b)[2]
}

/** Returns this Node, and the others that the tests have installed. */
function nodes() {
  const others = ['20', '22', '24', '26'].map((line) =>
    inRepository(`test/other-nodes/node_modules/node-${line}/bin/node`),
  )
  return [process.execPath, ...others.filter((file) => existsSync(file))]
}
