import { constants } from 'node:os'
import { heedSignals, interruptedExit } from './ctrl-c.ts'
import { createInterruption } from './http/interruption.ts'
import { type OpenTerminal, openTerminal } from './terminal/open-terminal.ts'
import { splitArguments, wantsJson } from './terminal/program-words.ts'
import { standardOutput } from './terminal/standard-output.ts'
import type { PlainOutput, ProgramEnd, TerminalOutput } from './terminal/surroundings.ts'
import { version } from './terminal/version.ts'

/** Runs `gsa` in this process. Only here are argv, the environment, the streams and the exit code used. */
export async function main(): Promise<void> {
  const { argv, env, platform } = process
  const stdout = standardOutput(1, platform, () => heedless(process.stdout))
  const early = await earlyAnswer()
  if (early !== undefined && (await isWritten(early, stdout))) return
  const stderr = standardOutput(2, platform, () => heedless(process.stderr))
  const interruption = createInterruption()
  let terminal: OpenTerminal | undefined
  let isStdinOpen = false
  let programEnd: ProgramEnd | undefined
  const { listen, ignore, endAtOnce } = heedSignals(interruption, wantsJson(splitArguments(argv).own), stderr, () => {
    terminal?.close()
    if (isStdinOpen && process.stdin.isTTY) process.stdin.setRawMode(false)
  })
  listen()
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
      // Node handles signals only between calls, so let the system end the process meanwhile.
      ignore()
      try {
        return work()
      } finally {
        listen()
      }
    },
    runProgram: async (words, programEnv) => {
      const { runInForeground } = await import('./foreground-program.ts')
      // Ctrl-C may have come meanwhile.
      interruption.signal.throwIfAborted()
      const { isatty } = process.getBuiltinModule('node:tty')
      const running = runInForeground(words, programEnv, isatty(0))
      // Signals are for the program; gsa ends when it does. Not earlier: without a listener, one would end gsa at once.
      ignore()
      programEnd = await running.finally(listen)
      return programEnd
    },
    now: Date.now,
    memory: new Map(),
  })
  process.exitCode = programEnd?.exitCode ?? exitCode
  terminal?.close()
  // An open terminal or pipe would keep the process alive.
  if (isStdinOpen) process.stdin.unref?.()
  ignore()
  if (programEnd?.signal != null) {
    // As a shell reports it, in case this process does not die of it.
    process.exitCode = 128 + constants.signals[programEnd.signal]
    if (programEnd.signal !== 'SIGUSR1') process.kill(process.pid, programEnd.signal)
  }
  // So would a pending keychain call.
  if (exitCode === interruptedExit) setTimeout(endAtOnce, 500).unref()
}

/** Returns the output of the most frequent calls, `--version` and Tab completion, without loading the program. */
async function earlyAnswer(): Promise<string | undefined> {
  const { argv, env, platform } = process
  const [first, ...more] = argv.slice(2)
  if (first === '--version' && more.length === 0) return `${version}\n`
  if (first !== '__complete') return undefined
  const [{ complete }, { storedNames }] = await Promise.all([
    import('./completion/complete.ts'),
    import('./accounts/stored-names.ts'),
  ])
  return complete(more, () => storedNames(env, platform))
    .map((line) => `${line}\n`)
    .join('')
}

async function isWritten(text: string, stdout: TerminalOutput | PlainOutput): Promise<boolean> {
  return new Promise((resolve) => stdout.write(text, (error) => resolve(error == null)))
}

// A closed stderr must not abort the command. If stdout is closed, the write of the result fails and reports it.
function heedless(stream: TerminalOutput): TerminalOutput {
  return stream.on('error', () => undefined)
}
