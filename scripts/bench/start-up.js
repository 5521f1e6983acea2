import { get } from 'node:http'
import { startProcess } from './start-process.js'
import { median, spread } from './table.js'

const rounds = 15
const mostMs = 60

/** Measures the time from spawn to the first 200, compared with a server that does nothing. */
export async function measureStartUp() {
  const times = { bare: [], emulator: [], program: [] }
  // The first round warms the file cache.
  for (let round = 0; round <= rounds; round++) {
    const bare = await firstAnswer('/', 'scripts/bench/processes/bare-server.js')
    const emulator = await firstAnswer('/.well-known/openid-configuration', 'scripts/bench/processes/emulator.js')
    const program = await firstAnswer(
      '/.well-known/openid-configuration',
      'bin/gsa.js',
      'emulator',
      'start',
      '--port',
      '0',
      '--json',
    )
    if (round === 0) continue
    times.bare.push(bare)
    times.emulator.push(emulator)
    times.program.push(program)
  }
  const slower = times.emulator.map((time, round) => time - times.bare[round])
  const programSlower = times.program.map((time, round) => time - times.bare[round])
  return [
    { what: 'bare node:http server: spawn to first 200', figure: ms(median(times.bare)), spread: spread(times.bare) },
    {
      what: 'startEmulator(): spawn to first 200',
      figure: `${ms(median(times.emulator))}, ${ms(median(slower))} more than the bare server`,
      bar: `at most ${mostMs} ms more`,
      met: median(slower) <= mostMs,
      spread: spread(times.emulator),
    },
    {
      what: 'gsa emulator start --json: spawn to first 200',
      figure: `${ms(median(times.program))}, ${ms(median(programSlower))} more than the bare server`,
      spread: spread(times.program),
    },
  ]
}

function ms(time) {
  return `${time.toFixed(0)} ms`
}

async function firstAnswer(path, script, ...args) {
  const started = performance.now()
  const child = startProcess(script, ...args)
  try {
    const said = await child.line()
    const origin = said.startsWith('{') ? JSON.parse(said).issuer : said
    await expectOk(`${origin}${path}`)
    return performance.now() - started
  } finally {
    await child.stop()
  }
}

async function expectOk(url) {
  const status = await new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
  if (status !== 200) throw new Error(`${url} answered ${status}`)
}
