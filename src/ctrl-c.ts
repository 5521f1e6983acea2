import type { Interruption } from './http/interruption.ts'
import type { PlainOutput } from './terminal/surroundings.ts'

// SIGHUP: the terminal was closed, but a token that is being received must not be lost.
const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The exit code that shells report for SIGINT. */
export const interruptedExit = 130

/** The functions that control a run's handling of Ctrl-C and other signals. */
export interface SignalHandling {
  readonly listen: () => void
  /** Leaves signals to the system, which ends the process. */
  readonly ignore: () => void
  /** Ends the process as SIGINT does, even if work is pending. */
  readonly endAtOnce: () => void
}

/**
 * Interrupts a run at the first signal, after work that must be completed. The second signal does not wait. `letGo`
 * restores the terminal before the process ends.
 */
export function heedSignals(
  interruption: Interruption,
  isJson: boolean,
  stderr: Pick<PlainOutput, 'write'>,
  letGo: () => void,
): SignalHandling {
  const { platform } = process
  let signals = 0
  const onSignal = (): void => {
    signals++
    if (signals > 1) {
      if (interruption.isDeferring()) stderr.write(halfDone(isJson))
      endAtOnce()
    }
    interruption.interrupt()
    // With --json, stderr must contain only the error document.
    if (interruption.isDeferring() && !isJson)
      stderr.write('Finishing work that must be completed. Press Ctrl-C again to stop immediately.\n')
  }
  const ignore = (): void => names.forEach((name) => process.off(name, onSignal))
  const endAtOnce = (): void => {
    letGo()
    if (platform === 'win32') process.exit(interruptedExit)
    // exit() would wait for a thread that waits for the keychain. Shells report the signal as 130.
    ignore()
    process.kill(process.pid, 'SIGINT')
  }
  return { listen: () => names.forEach((name) => process.on(name, onSignal)), ignore, endAtOnce }
}

/** Returns the message after a second signal: as text, or as the error document. */
function halfDone(isJson: boolean): string {
  const cause = 'Interrupted. If a code was being sent, it may have been used: get a new one.'
  const fix = 'Run the command again.'
  const details = { codeState: 'unknown' }
  const error = { code: 'interrupted', message: cause, cause, fix, exitCode: interruptedExit, details }
  return isJson ? `${JSON.stringify({ error })}\n` : `${cause}\n`
}
