import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/**
 * Without what would change how long Node takes to start; NODE_EXTRA_CA_CERTS alone costs 36 ms on Node 20. Nor
 * with anybody's settings of gsa.
 */
export function childEnvironment(own = {}) {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...rest } = process.env
  const others = Object.entries(rest).filter(([name]) => !name.startsWith('GSA_'))
  return { ...Object.fromEntries(others), ...own }
}

/** A path of this repository. */
export function inRepository(path) {
  return join(import.meta.dirname, '../..', path)
}

/**
 * Starts a script of this repository in a process of its own that talks in lines. It is ended
 * with this process at the latest.
 *
 * `line()` waits for its next line; `ask(job)` sends a JSON line and waits for the answer to it; `stop()` ends it.
 */
export function startProcess(script, ...args) {
  const child = spawn(process.execPath, [inRepository(script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  })
  const closed = untilClosed(child)
  // Writing to a process that has ended is no news: whoever waits for its line hears of it.
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${script} ended before it answered`)
    return value
  }
  return {
    pid: child.pid,
    line,
    ask: async (job) => {
      child.stdin.write(`${JSON.stringify(job)}\n`)
      return JSON.parse(await line())
    },
    stop: async () => {
      // Not SIGTERM: gsa would say on standard error that it was interrupted.
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** Its exit code, once it has ended and all that it said was read. */
function untilClosed(child) {
  running.add(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      running.delete(child)
      resolve(code)
    })
  })
}

const peakMemory = pathToFileURL(inRepository('scripts/bench/processes/peak-memory.js')).href

/**
 * Runs a script of this repository to its end: `{ seconds, peakBytes, lines, output }`, from its start to the last of
 * what it wrote, how much memory it held at the most, how many lines it wrote and how they begin. `input` is a stream
 * for its standard input. One that fails is no measurement, so it throws.
 */
export async function runProcess(script, args, { env, input } = {}) {
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', peakMemory, inRepository(script), ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    env: childEnvironment(env),
  })
  const closed = untilClosed(child)
  const [output, said, peak] = child.stdio.slice(1).map(reader)
  // Whoever does not read on has failed, and says so itself.
  if (input !== undefined) pipeline(input, child.stdin).catch(() => undefined)
  const code = await closed
  const seconds = (performance.now() - started) / 1000
  if (code !== 0) throw new Error(`${script} ${args[0]} ended with ${code}: ${said.beginning}`)
  return { seconds, peakBytes: Number(peak.beginning), lines: output.lines, output: output.beginning }
}

const lineFeed = 10

/** Counts the lines of a stream and keeps its beginning. */
function reader(stream) {
  const read = { lines: 0, beginning: '' }
  stream.on('data', (chunk) => {
    if (read.beginning.length < 4096) read.beginning += chunk
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) read.lines++
  })
  return read
}
