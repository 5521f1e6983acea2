import { spawn } from 'node:child_process'
import type { Environment } from './core/environment.ts'
import type { ProgramEnd } from './terminal/surroundings.ts'

/** The signals that a person or a service manager sends to end a program. */
const passedOn = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const

/**
 * Runs a program with this process's standard streams, and passes signals on to it until it ends.
 * @throws the error of `spawn` if it cannot be started.
 */
export async function runInForeground(
  [program = '', ...args]: readonly string[],
  env: Environment,
  isTerminal: boolean,
): Promise<ProgramEnd> {
  const pass = (signal: NodeJS.Signals): void => {
    // The terminal sends these to both processes.
    if (!isTerminal || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) child.kill(signal)
  }
  // Before the program starts: it may be signalled at once, and must not be left alone.
  for (const signal of passedOn) process.on(signal, pass)
  const child = spawn(program, args, { stdio: 'inherit', env: { ...env } })
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }))
    })
  } finally {
    for (const signal of passedOn) process.off(signal, pass)
  }
}
