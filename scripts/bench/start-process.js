import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** Without what would change how long Node takes to start; NODE_EXTRA_CA_CERTS alone costs 36 ms on Node 20. */
function childEnvironment() {
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...rest } = process.env
  return rest
}

/** A path of this repository. */
function inRepository(path) {
  return join(import.meta.dirname, '../..', path)
}

/**
 * Starts a script of this repository in a process of its own that talks in lines. It is ended with this process at the latest.
 *
 * `line()` waits for its next line; `ask(job)` sends a JSON line and waits for the answer to it; `stop()` ends it.
 */
export function startProcess(script, ...args) {
  const child = spawn(process.execPath, [inRepository(script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: childEnvironment(),
  })
  running.add(child)
  const closed = new Promise((resolve) => {
    child.once('close', () => {
      running.delete(child)
      resolve()
    })
  })
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
