import { createInterruption } from './http/interruption.ts'
import { version } from './terminal/version.ts'

/** Runs `gsa` in this process: the only place that knows argv, the environment, the streams and the exit code. */
export async function main(): Promise<void> {
  const { argv, env, stdout, stderr, platform } = process
  // Who does not listen to messages must not stop what is done; a result that cannot be written is reported by the write.
  stderr.on('error', () => undefined)
  stdout.on('error', () => undefined)
  const early = await earlyAnswer()
  if (early !== undefined && (await isWritten(early))) return
  const interruption = createInterruption()
  let signals = 0
  const onSignal = (): void => {
    signals++
    // The first one lets what must not be left half done come to its end; the second one does not wait for it.
    if (signals > 1) process.exit(130)
    interruption.interrupt()
  }
  // SIGHUP: the terminal was closed, which is no reason to lose a token that is on its way.
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, onSignal)
  let isStdinOpen = false
  const { run } = await import('./run.ts')
  process.exitCode = await run({
    argv: argv.slice(2),
    env,
    stdin: () => {
      isStdinOpen = true
      return process.stdin
    },
    stdout,
    stderr,
    platform,
    signal: interruption.signal,
    stopping: interruption.stopping,
    defer: interruption.defer,
    now: Date.now,
    memory: new Map(),
  })
  for (const name of names) process.off(name, onSignal)
  // A terminal or pipe that nobody reads any more would keep the process alive.
  if (isStdinOpen) process.stdin.unref?.()
}

/** What scripts and the Tab key ask most often is answered without loading what answers everything else. */
async function earlyAnswer(): Promise<string | undefined> {
  const { argv, env, platform } = process
  const [first, second, ...more] = argv.slice(2)
  if (first === '--version' && second === undefined) return `${version}\n`
  if (first !== 'completion' || second !== 'accounts' || more.length > 0) return undefined
  const { storedNames } = await import('./credentials/stored-names.ts')
  return storedNames(env, platform)
    .map((name) => `${name}\n`)
    .join('')
}

async function isWritten(text: string): Promise<boolean> {
  return new Promise((resolve) => process.stdout.write(text, (error) => resolve(error == null)))
}
