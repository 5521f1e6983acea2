import { createInterruption } from './http/interruption.ts'
import { type OpenTerminal, openTerminal } from './terminal/open-terminal.ts'
import { version } from './terminal/version.ts'

// SIGHUP: the terminal was closed, which is no reason to lose a token that is on its way.
const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const interrupted = 130

/** Runs `gsa` in this process: the only place that knows argv, the environment, the streams and the exit code. */
export async function main(): Promise<void> {
  const { argv, env, stdout, stderr, platform } = process
  // Who does not listen to messages must not stop what is done; a result that cannot be written is reported by the write.
  stderr.on('error', () => undefined)
  stdout.on('error', () => undefined)
  const early = await earlyAnswer()
  if (early !== undefined && (await isWritten(early))) return
  const interruption = createInterruption()
  const isJson = argv.includes('--json')
  let signals = 0
  const onSignal = (): void => {
    signals++
    // The first one lets what must not be left half done come to its end; the second one does not wait for it.
    if (signals > 1) {
      if (interruption.isDeferring()) stderr.write(halfDone(isJson))
      endAtOnce()
    }
    interruption.interrupt()
    // With --json, the document of a failure is all that a script finds there.
    if (interruption.isDeferring() && !isJson)
      stderr.write('Finishing what must not be left half done. Press Ctrl-C again to stop at once.\n')
  }
  const listen = (): void => names.forEach((name) => process.on(name, onSignal))
  const ignore = (): void => names.forEach((name) => process.off(name, onSignal))
  let terminal: OpenTerminal | undefined
  const endAtOnce = (): void => {
    terminal?.close()
    if (isStdinOpen && process.stdin.isTTY) process.stdin.setRawMode(false)
    if (platform === 'win32') process.exit(interrupted)
    // exit() would wait for a thread that waits for the keychain. A shell makes 130 of the signal.
    ignore()
    process.kill(process.pid, 'SIGINT')
  }
  listen()
  let isStdinOpen = false
  const { run } = await import('./run.ts')
  const exitCode = await run({
    argv: argv.slice(2),
    env,
    stdin: () => {
      isStdinOpen = true
      return process.stdin
    },
    stdout,
    stderr,
    openTerminal: () => (terminal ??= openTerminal(platform)),
    platform,
    signal: interruption.signal,
    stopping: interruption.stopping,
    defer: interruption.defer,
    blocking(work) {
      if (interruption.isDeferring()) return work()
      // Node hears signals between calls only; meanwhile the system ends the process by itself.
      ignore()
      try {
        return work()
      } finally {
        listen()
      }
    },
    now: Date.now,
    memory: new Map(),
  })
  process.exitCode = exitCode
  terminal?.close()
  // A terminal or pipe that nobody reads any more would keep the process alive.
  if (isStdinOpen) process.stdin.unref?.()
  ignore()
  // As would a keychain that was not waited for.
  if (exitCode === interrupted) setTimeout(endAtOnce, 500).unref()
}

/** What is said of a run that a second signal ends in the middle: as text, or as the document of a failure. */
function halfDone(isJson: boolean): string {
  const cause = 'Interrupted. If a code was being sent, it may have been used; a new one is needed.'
  const fix = 'Run the command again.'
  const details = { codeState: 'unknown' }
  const error = { code: 'interrupted', message: cause, cause, fix, exitCode: interrupted, details }
  return isJson ? `${JSON.stringify({ error })}\n` : `${cause}\n`
}

/** What scripts and the Tab key ask most often is answered without loading what answers everything else. */
async function earlyAnswer(): Promise<string | undefined> {
  const { argv, env, platform } = process
  const [first, second, ...more] = argv.slice(2)
  if (first === '--version' && second === undefined) return `${version}\n`
  if (first !== 'completion' || second !== 'accounts' || more.length > 0) return undefined
  const { storedNames } = await import('./accounts/stored-names.ts')
  return storedNames(env, platform)
    .map((name) => `${name}\n`)
    .join('')
}

async function isWritten(text: string): Promise<boolean> {
  return new Promise((resolve) => process.stdout.write(text, (error) => resolve(error == null)))
}
