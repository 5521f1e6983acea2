import { createInterruption } from './http/interruption.ts'
import { run } from './run.ts'

/** Runs `gsa` in this process: the only place that knows argv, the environment, the streams and the exit code. */
export async function main(): Promise<void> {
  const { argv, env, stdin, stdout, stderr, platform } = process
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
  // Who does not listen to messages must not stop what is done; a result that cannot be written is reported by the write.
  stderr.on('error', () => undefined)
  stdout.on('error', () => undefined)
  process.exitCode = await run({
    argv: argv.slice(2),
    env,
    stdin,
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
  stdin.unref?.()
}
