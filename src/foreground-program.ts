import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Environment } from './core/environment.ts'
import type { ProgramEnd } from './terminal/surroundings.ts'

/** The signals that a person or a service manager sends to end a program. */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

/** A process in the process group of this one, with the usual response to signals. */
interface Witness {
  /** Resolves to whether the latest signal was for this process alone; undefined if there is no witness. */
  readonly isSpared: () => Promise<boolean | undefined>
  readonly end: () => void
}

/**
 * Starts a witness: a terminal sends Ctrl-C to the whole group, which ends the witness before it can reply. A signal
 * for this process alone leaves it running. Node.js cannot tell the two apart.
 */
function startWitness(): Witness {
  const start = (): ChildProcessByStdio<Writable, Readable, null> => {
    const started = spawn('/bin/sh', ['-c', 'trap "" HUP TERM USR2; while read -r line; do echo; done'], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    // Without a shell, as on Windows; and when it has ended.
    for (const part of [started, started.stdin]) part.on('error', () => undefined)
    started.unref()
    return started
  }
  let witness = start()
  return {
    isSpared: async () => {
      const asked = witness
      if (asked.pid === undefined) return undefined
      const isSpared = await new Promise<boolean>((resolve) => {
        if (asked.exitCode !== null || asked.signalCode !== null) resolve(false)
        asked.once('exit', () => resolve(false))
        asked.stdout.once('data', () => resolve(true))
        asked.stdin.write('\n')
      })
      if (!isSpared && witness === asked) witness = start()
      return isSpared
    },
    end: () => {
      witness.stdin.destroy()
      witness.stdout.destroy()
    },
  }
}

/**
 * Runs a program with this process's standard streams, and passes signals on to it until it ends.
 * @throws the error of `spawn` if it cannot be started.
 */
export async function runInForeground(
  [program = '', ...args]: readonly string[],
  env: Environment,
  isTerminal: boolean,
): Promise<ProgramEnd> {
  const witness = startWitness()
  let child: ChildProcess | undefined
  let early: NodeJS.Signals | undefined
  const passUnlessShared = async (signal: NodeJS.Signals): Promise<void> => {
    if ((await witness.isSpared()) ?? !isTerminal) child?.kill(signal)
  }
  const pass = (signal: NodeJS.Signals): void => {
    if (child === undefined) early = signal
    // The terminal sends these to the program, too.
    else if (signal === 'SIGINT' || signal === 'SIGQUIT') void passUnlessShared(signal)
    else child.kill(signal)
  }
  // Before the program starts: it may be signalled at once, and must not be left alone.
  for (const signal of passedOn) process.on(signal, pass)
  try {
    // Node.js reports signals between two turns. Those until now cannot have reached the program.
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    if (early !== undefined) return { exitCode: null, signal: early }
    // Throws some errors, such as ENOTDIR, and emits others.
    const started = spawn(program, args, { stdio: 'inherit', env: { ...env } })
    child = started
    return await new Promise((resolve, reject) => {
      started.once('error', reject)
      started.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    })
  } finally {
    for (const signal of passedOn) process.off(signal, pass)
    witness.end()
  }
}
