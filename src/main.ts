import { run } from './run.ts'

/** Runs `gsa` in this process: the only place that knows argv, the environment, the streams and the exit code. */
export async function main(): Promise<void> {
  const { argv, env, stdin, stdout, stderr, platform } = process
  const interruption = new AbortController()
  let signals = 0
  const interrupt = (): void => {
    signals++
    // The first one lets what must not be left half done come to its end; the second one does not wait for it.
    if (signals > 1) process.exit(130)
    interruption.abort()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  // A reader that has seen enough (gsa … | head) is no failure.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  process.exitCode = await run({
    argv: argv.slice(2),
    env,
    stdin,
    stdout,
    stderr,
    platform,
    signal: interruption.signal,
    now: Date.now,
    memory: new Map(),
  })
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  // A terminal or pipe that nobody reads any more would keep the process alive.
  stdin.unref?.()
}
