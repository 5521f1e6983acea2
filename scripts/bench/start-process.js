import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/**
 * Returns the environment without variables that change Node's start-up time (NODE_EXTRA_CA_CERTS alone costs 36 ms on
 * Node 20), and without the user's gsa settings.
 */
export function childEnvironment(own = {}) {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...rest } = process.env
  const others = Object.entries(rest).filter(([name]) => !name.startsWith('GSA_'))
  return { ...Object.fromEntries(others), ...own }
}

/** Returns a path in this repository. */
export function inRepository(path) {
  return join(import.meta.dirname, '../..', path)
}

/** Returns whether a program is in a folder of PATH. */
export function isInstalled(program) {
  return process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, program)))
}

/**
 * Starts a script of this repository in its own process that communicates in lines. It is killed with this process at
 * the latest.
 *
 * `line()` waits for its next line; `ask(job)` sends a JSON line and waits for the reply; `stop()` kills it; `end()`
 * closes its standard input and waits until it has removed its files and ended.
 */
export function startProcess(script, ...args) {
  const child = spawn(process.execPath, [inRepository(script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  })
  const closed = untilClosed(child)
  // Ignore writes to a process that has ended: the read of its next line reports it.
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
    end: async () => {
      child.stdin.end()
      await closed
    },
    stop: async () => {
      // Not SIGTERM: gsa would report the interruption on standard error.
      child.kill('SIGKILL')
      await closed
    },
  }
}

/** Returns the exit code, once the process has ended and all its output was read. */
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
 * Runs a script of this repository to its end. Returns `{ seconds, peakBytes, lines, output }`: the time until its last
 * output, its peak memory, its number of lines, and the beginning of its output. `input` is a stream for its standard
 * input. Throws if it fails, because that is not a measurement.
 */
export async function runProcess(script, args, { env, input } = {}) {
  const started = performance.now()
  const child = spawn(process.execPath, ['--import', peakMemory, inRepository(script), ...args], {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
    env: childEnvironment(env),
  })
  const closed = untilClosed(child)
  const [output, said, peak] = child.stdio.slice(1).map(reader)
  // A process that stops reading has failed, and reports that itself.
  if (input !== undefined) pipeline(input, child.stdin).catch(() => undefined)
  const code = await closed
  const seconds = (performance.now() - started) / 1000
  if (code !== 0) throw new Error(`${script} ${args[0]} ended with ${code}: ${said.beginning}`)
  return { seconds, peakBytes: Number(peak.beginning), lines: output.lines, output: output.beginning }
}

const lineFeed = 10

/** Counts a stream's lines and keeps its beginning. */
function reader(stream) {
  const read = { lines: 0, beginning: '' }
  stream.on('data', (chunk) => {
    if (read.beginning.length < 4096) read.beginning += chunk
    for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) read.lines++
  })
  return read
}
